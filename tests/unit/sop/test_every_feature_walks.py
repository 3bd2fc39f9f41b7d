"""Features that the five sheets do not use (branches, waits, printed parts) are read, checked and walked."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jejak.cases.case import Case
from jejak.contracts import events as e
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.walk import walk
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.standard import deadline
from tests.procedure import sheet
from tests.unit.sop.sheets import SMALL, damaged
from verification.domain import eligibility_judged

WIB = Calendar(zone="Asia/Jakarta")
MONDAY = datetime(2024, 7, 1, 2, tzinfo=UTC)
"""09.00 WIB."""
LAST = timedelta(microseconds=1)
"""A day ends with its last instant."""


def small(old: str, new: str) -> Sop:
    data = damaged(old, new)
    assert check(data).mistakes == ()
    return load_sop(data)


# Times


@pytest.mark.parametrize(
    ("waktu", "clock", "until"),
    [
        ('"90 menit"', "touch", datetime(2024, 7, 1, 3, 30, tzinfo=UTC)),
        ('"1 x 24 jam"', "elapsed", datetime(2024, 7, 2, 2, tzinfo=UTC)),
        ('"48 jam"', "elapsed", datetime(2024, 7, 3, 2, tzinfo=UTC)),
        ('"8 hari"', "elapsed", datetime(2024, 7, 11, 17, tzinfo=UTC) - LAST),
        ('"7-15 hari kerja"', "elapsed", datetime(2024, 7, 22, 17, tzinfo=UTC) - LAST),
        ('"3 BULAN"', "elapsed", datetime(2024, 10, 1, 17, tzinfo=UTC) - LAST),
        ('"tanggal 1 bulan berikutnya"', "elapsed", datetime(2024, 8, 1, 17, tzinfo=UTC) - LAST),
        ('[{ masuk_sampai = "12.00", selesai = "13.00" }, { selesai = "1 hari kerja" }]', "elapsed",
         datetime(2024, 7, 1, 6, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_every_kind_of_time_is_read_and_runs_out_when_it_should(waktu: str, clock: str, until: datetime) -> None:
    standard = small('waktu = "5 menit"', f"waktu = {waktu}").step("main", "1").waktu
    assert standard is not None
    assert standard.clock == clock
    assert deadline(standard, MONDAY, WIB) == until


def test_the_sheet_may_say_that_hours_are_elapsed() -> None:
    standard = small('waktu = "5 menit"', 'waktu = "2 jam"\nukuran = "lewat"').step("main", "1").waktu
    assert standard is not None
    assert standard.clock == "elapsed"


def test_days_are_calendar_days_where_the_sheet_says_so() -> None:
    sop = small('waktu = "5 menit"', 'waktu = "8 hari"')
    calendar_days = load_sop(b'hari = "kalender"\n' + sop.text)
    (working, plain) = (sheet.step("main", "1").waktu for sheet in (sop, calendar_days))
    assert working is not None
    assert plain is not None
    assert "hari" in sop.tersirat
    assert "hari" not in calendar_days.tersirat
    assert deadline(plain, MONDAY, WIB) == datetime(2024, 7, 9, 17, tzinfo=UTC) - LAST < deadline(working, MONDAY, WIB)


def test_a_task_may_have_a_time_of_its_own_beside_its_steps() -> None:
    sop = small('tugas = ["sign"]', 'tugas = [{ tugas = "sign", waktu = "1 hari" }, "hand_over"]')
    shown = [(visit.tugas, visit.waktu) for visit in walk(sop).slots[0].visits][-2:]
    assert shown == [("sign", "1 hari"), ("hand_over", "5 menit")]


def test_a_sheet_with_only_a_total_says_no_more_than_it_prints() -> None:
    sheet_text = 'waktu_total = "3 hari kerja"\ntotal_dari = "lengkap"\ntotal_sampai = "langkah 3"\n' + SMALL
    sheet_text = sheet_text.replace('waktu = "5 menit"\n', "")
    report = check(sheet_text.encode())
    assert (report.mistakes, report.warnings) == ((), ())
    sop = load_sop(sheet_text.encode())
    assert (sop.waktu_total_cetak, sop.total_dari, sop.total_sampai) == ("3 hari kerja", "lengkap", "langkah 3")
    assert [step.waktu for step in sop.langkah] == [None, None, None]
    assert [visit.waktu for visit in walk(sop).slots[0].visits] == [None] * 4


def test_the_cell_is_shown_as_printed_where_its_unit_stands_in_the_heading() -> None:
    sop = small('waktu = "5 menit"', 'waktu = "10 menit"\nwaktu_cetak = "10"')
    assert sop.step("main", "1").waktu_cetak == "10"


# Documents and rules


ANSWERS = """
[[pertanyaan]]
kode = "keadaan"
teks = "Bagaimana keadaannya?"
pilihan = ["gawat", "biasa"]
prioritas = ["gawat"]

[[pertanyaan]]
kode = "bayi"
teks = "Apakah peserta bayi baru lahir?"

[[persyaratan]]
kode = "KTP"
nama = "Fotokopi KTP"

[[persyaratan]]
kode = "SKD"
nama = "Surat dokter"
periksa = ["dari fasilitas kesehatan"]
untuk = ["gawat"]

[[persyaratan]]
kode = "SKL"
nama = "Surat kelahiran"
untuk = ["bayi"]

[[surat]]
"""


@pytest.mark.parametrize(
    ("held", "documents"),
    [({"biasa"}, ["KTP"]), ({"gawat"}, ["KTP", "SKD"]), ({"gawat", "bayi"}, ["KTP", "SKD", "SKL"])],
)
def test_documents_are_asked_by_the_answers_given(held: set[str], documents: list[str]) -> None:
    sop = small("\n[[surat]]\n", ANSWERS)
    assert [document.kode for document in sop.documents_for(frozenset(held))] == documents
    assert sop.persyaratan["SKD"].periksa == ("dari fasilitas kesehatan",)


RULES = """
[[aturan]]
nama = "Terdaftar, desil rendah"
terdaftar_di = ["DTSEN"]
desil = [1, 2, 3, 4, 5]

[[aturan]]
nama = "Gawat, di luar DTSEN"
untuk = ["gawat"]
tidak_terdaftar_di = ["DTSEN", "DTKS"]

[[aturan]]
nama = "Baru sekali nonaktif"
nonaktif_paling_lama = "6 bulan"
nonaktif_paling_banyak = 1

[[pertanyaan]]
kode = "gawat"
teks = "Gawat?"

[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["check_registry", "check_membership", "check_rules"]
pelaksana = ["staf"]
bila = { tidak_terdaftar = "lanjut" }
"""


def given(dtsen: int | None, deactivated: date, times: int) -> Case:
    manual = e.Source(way="manual")
    listings = (
        e.Listing(register_name="DTSEN", listed=dtsen is not None, desil=dtsen, source=manual),
        e.Listing(register_name="DTKS", listed=False, source=manual),
    )
    membership = e.Membership(active=False, deactivated_on=deactivated, deactivations=times)
    return replace(Case(id=uuid.UUID(int=1), office="13.99", sop="x"), listings=listings, membership=membership)


LONG_AGO, LATELY = date(2023, 1, 1), date(2024, 5, 1)


@pytest.mark.parametrize(
    ("case", "held", "hasil", "keys"),
    [
        (given(3, LONG_AGO, 4), set(), "memenuhi", set()),
        (given(6, LONG_AGO, 4), set(), "tidak_memenuhi", {"desil", "nonaktif_paling_lama", "nonaktif_paling_banyak"}),
        (given(None, LONG_AGO, 4), {"gawat"}, "memenuhi", set()),
        (given(6, LATELY, 1), set(), "memenuhi", set()),
        (given(6, LATELY, 2), set(), "tidak_memenuhi", {"desil", "nonaktif_paling_banyak"}),
        (given(6, LATELY, 2), {"gawat"}, "tidak_memenuhi", {"desil", "tidak_terdaftar_di", "nonaktif_paling_banyak"}),
    ],
)
def test_any_block_of_rules_suffices_and_within_one_every_key_holds(
    case: Case, held: set[str], hasil: str, keys: set[str]
) -> None:
    decided = eligibility_judged(case, sheet(RULES), frozenset(held), date(2024, 7, 1))
    assert decided.hasil == hasil
    reasons = decided.data.reasons if isinstance(decided.data, e.EligibilityDenied) else ()
    assert {reason.key for reason in reasons} == keys


def test_every_register_the_rules_name_is_looked_up_once() -> None:
    assert sheet(RULES).daftar == ("DTSEN", "DTKS")


# Sheets that leave a case without an official, or that run for ever


FOLLOW_UP = '[[tindak_lanjut]]\nkode = "aktif"\ntugas = ["confirm_status"]\npelaksana = ["bpjs"]\n'
OUTSIDER = '\n[[pelaksana]]\nkode = "bpjs"\nnama = "BPJS"\npihak = "bpjs"\n'


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('pelaksana = ["kadis"]', 'pelaksana = ["kadis", "kadis"]',
         'langkah 3: pelaksana "kadis" disebut 2 kali dalam satu giliran — hapus satu'),
        ('tugas = ["check_documents"]\npelaksana = ["staf"]', 'tugas = ["submit"]\npelaksana = ["staf", "kadis"]',
         "langkah 1: submit hanya satu pelaksananya — yang lain beri tugas record atau forward"),
        ('tugas = ["check_documents"]', 'tugas = [{ tugas = "submit", bila = { selesai = "tunggu" } }]',
         "langkah 1: sesudah submit selalu lanjut — pindahkan bila ke tugas sesudahnya"),
        ('tugas = ["check_documents"]', 'tugas = [{ tugas = "submit", untuk = ["ditandatangani"] }]',
         "langkah 1: submit selalu dikerjakan — hapus untuk, atau pindahkan ke tugas sesudahnya"),
        ("\n[[surat]]", f"{OUTSIDER}\n{FOLLOW_UP}\n[[surat]]",
         ('pelaksana bpjs: tidak punya jabatan di kantor — tulis pencatat = "…", siapa yang mencatat baginya; '
          'bila ia memakai Jejak sendiri: jabatan = ["bpjs"] dan [[pejabat]]nya di kantor.toml')),
        ("\n[[surat]]", (f'{OUTSIDER}pencatat = "warga"\n\n[[pelaksana]]\nkode = "warga"\nnama = "Warga"\n'
         f'pihak = "pemohon"\npencatat = "staf"\n{FOLLOW_UP}\n[[surat]]'),
         'pelaksana bpjs: pencatat "warga" sendiri tidak punya jabatan — pilih lain, atau beri ia jabatan = ["warga"]'),
        ("\n[[surat]]", ('\n[[pertanyaan]]\nkode = "keadaan"\nteks = "Keadaan?"\npilihan = ["gawat", "biasa"]\n'
         "prioritas = true\n\n[[surat]]"),
         'pertanyaan keadaan: jawaban mana yang mendesak? — tulis prioritas = ["gawat"]'),
        ("\n[[surat]]", ('\n[[pertanyaan]]\nkode = "keadaan"\nteks = "Keadaan?"\npilihan = ["gawat", "biasa"]\n'
         'prioritas = ["gawt"]\n\n[[surat]]'),
         'pertanyaan keadaan: prioritas "gawt" bukan pilihan jawabannya — mungkin "gawat"?'),
        ('layanan = "kis"', 'layanan = "kis"\ntujuan = "non aktif"', 'tujuan: harus salah satu dari "nonaktif"'),
        ('tugas = ["check_documents"]', 'tugas = ["check_membership"]\nbila = { sudah = "langkah 1" }',
         ("langkah 1: check_membership dapat berputar tanpa seorang pun bertindak — arahkan ke pemohon, ke tunggu, "
         "atau ke tugas yang dikerjakan orang")),
        ('tugas = ["draft_letter"]', 'tugas = ["draft_letter", "paraf"]\nbila = { dilewati = "langkah 2" }', None),
        ('tugas = ["sign"]', 'tugas = ["paraf", "sign"]\nbila = { dilewati = "langkah 3" }',
         ("langkah 3: paraf dapat berputar tanpa seorang pun bertindak — arahkan ke pemohon, ke tunggu, "
         "atau ke tugas yang dikerjakan orang")),
        ("\n[[surat]]", ('\n[[aturan]]\nnama = "x"\nterdaftar_di = ["A"]\n\n[[aturan]]\nnama = "x"\n'
         'terdaftar_di = ["B"]\n\n[[surat]]'), 'aturan: nama "x" dipakai 2 kali — beri nama yang berbeda'),
    ],
)  # fmt: skip
def test_a_sheet_that_leaves_a_case_without_an_official_is_a_mistake(old: str, new: str, line: str | None) -> None:
    mistakes = check(damaged(old, new)).mistakes
    assert (line in mistakes) if line else not mistakes


def test_a_reason_without_a_new_edition_is_a_warning() -> None:
    report = check(b'alasan_edisi = "Salah salin"\n' + SMALL.encode())
    assert report.mistakes == ()
    assert report.warnings == (
        "alasan_edisi: ditulis, tetapi edisinya masih 1 — naikkan edisi bila ini perbaikan, atau hapus alasannya",
    )
