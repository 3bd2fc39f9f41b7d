"""`catat`: what a sheet records of documents, and the letters that name it."""

from __future__ import annotations

from typing import get_args

import pytest

from jejak.contracts.parts import FACTS, DocumentFacts, Fact
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from tests.unit.sop.sheets import SMALL

SHEET = (
    SMALL.replace(
        "[[surat]]",
        """\
[[jalur]]
kode = "dinas"
nama = "Lewat dinas"

[[jalur]]
kode = "peserta"
nama = "Dibawa peserta"

[[pertanyaan]]
kode = "darurat"
teks = "Apakah darurat?"
prioritas = true

[[persyaratan]]
kode = "FASKES"
nama = "Surat fasilitas kesehatan"
catat = ["nomor", "tanggal"]

[[surat]]""",
    )
    .replace(
        'kepada = "Kepala', 'isi = "menurut surat nomor {FASKES.nomor} tanggal {FASKES.tanggal}."\nkepada = "Kepala'
    )
    .replace('tugas = ["draft_letter"]', 'tugas = ["choose_route", "draft_letter"]')
)
DOCUMENT = 'nama = "Surat fasilitas kesehatan"\n'
CHECK = 'tugas = ["check_documents"]'


def damaged(*changes: tuple[str, str]) -> bytes:
    sheet = SHEET
    for old, new in changes:
        assert old in sheet, old
        sheet = sheet.replace(old, new)
    return sheet.encode()


def test_the_vocabulary_is_that_of_the_recorded_fields() -> None:
    assert FACTS == get_args(Fact.__value__) == tuple(DocumentFacts.model_fields)


def test_a_sheet_records_facts_and_its_letter_names_them() -> None:
    report = check(SHEET.encode())
    assert (report.mistakes, report.stops) == ((), ())
    sop = load_sop(SHEET.encode())
    assert sop.persyaratan["FASKES"].catat == ("nomor", "tanggal")
    assert [str(named) for named in sop.surat["rekomendasi"].facts] == ["{FASKES.nomor}", "{FASKES.tanggal}"]


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ([('"tanggal"]', '"stempel"]')], '"nomor", "tanggal", "penerbit"'),
        ([(CHECK, 'tugas = ["record"]')], "persyaratan FASKES: catat: tidak ada tugas check_documents"),
        (
            [(CHECK, f'kumpulan = "mingguan"\n{CHECK}'), ("[[surat]]", '[[kumpulan]]\nkode = "mingguan"\n\n[[surat]]')],
            "hapus kumpulan pada pemeriksaan dokumennya",
        ),
        ([("{FASKES.nomor}", "{FASKE.nomor}")], '{FASKE.nomor}: dokumen "FASKE" tidak dikenal — mungkin "FASKES"?'),
        ([("{FASKES.nomor}", "{FASKES.nomer}")], 'isi: {FASKES.nomer}: "nomer" tidak dikenal — mungkin "nomor"?'),
        (
            [("{FASKES.nomor}", "{FASKES.penerbit}")],
            '{FASKES.penerbit} tidak dicatat — tulis catat = ["nomor", "tanggal", "penerbit"] pada persyaratan FASKES',
        ),
        (
            [('catat = ["nomor", "tanggal"]\n', "")],
            'isi: {FASKES.nomor} tidak dicatat — tulis catat = ["nomor"] pada persyaratan FASKES',
        ),
        (
            [(DOCUMENT, DOCUMENT + 'salah_satu = [{ kode = "RESUME", nama = "Resume medis" }]\n')],
            "isi: {FASKES.nomor} kosong bila yang dibawa RESUME — hapus salah_satu pada persyaratan FASKES",
        ),
        (
            [("isi = ", 'hal = "Surat {FASKES.nomor}"\nisi = ')],
            "hal: {FASKES.nomor} hanya diisi pada pembuka, isi, penutup, menimbang, memutuskan — pindahkan ke sana",
        ),
        ([("menurut surat", "a.n. {nama} menurut surat")], '"{nama}" akan tercetak begitu saja'),
        ([("menurut surat", f"{'a' * 1850} menurut surat")], "satu alinea paling panjang 2000 huruf"),
    ],
)  # fmt: skip
def test_what_nothing_records_or_fills_is_a_mistake_with_its_cure(changes: list[tuple[str, str]], mistake: str) -> None:
    mistakes = check(damaged(*changes)).mistakes
    assert any(mistake in line for line in mistakes), mistakes


@pytest.mark.parametrize(
    ("changes", "stops"),
    [
        (
            [(DOCUMENT, DOCUMENT + 'untuk = ["darurat"]\n')],
            {
                f"surat rekomendasi: {fact} belum dicatat pada {route} ketika suratnya disusun — samakan untuk "
                "persyaratan FASKES dengan untuk suratnya"
                for fact in ("{FASKES.nomor}", "{FASKES.tanggal}")
                for route in ("dinas", "peserta")
            },
        ),
        # Asked by route, but checked before the route is chosen.
        (
            [(DOCUMENT, DOCUMENT + 'untuk = ["dinas"]\n')],
            {
                f"surat rekomendasi: {fact} belum dicatat pada {held} ketika suratnya disusun — samakan untuk "
                "persyaratan FASKES dengan untuk suratnya"
                for fact in ("{FASKES.nomor}", "{FASKES.tanggal}")
                for held in ("dinas", "peserta", "dinas, darurat", "peserta, darurat")
            },
        ),
        # The check is left out where nobody answers that it is urgent.
        (
            [(CHECK, f'untuk = ["darurat"]\n{CHECK}')],
            {
                f"surat rekomendasi: {fact} belum dicatat pada {route} ketika suratnya disusun — tulis check_documents "
                f"sebelum draft_letter di jalur itu, atau surat sendiri tanpa {fact}"
                for fact in ("{FASKES.nomor}", "{FASKES.tanggal}")
                for route in ("dinas", "peserta")
            },
        ),
        # A check that found documents missing records nothing, and the line goes on.
        (
            [(CHECK, f'bila = {{ kurang = "lanjut" }}\n{CHECK}')],
            {
                f"surat rekomendasi: {fact} belum dicatat pada {held} ketika suratnya disusun — tulis check_documents "
                f"sebelum draft_letter di jalur itu, atau surat sendiri tanpa {fact}"
                for fact in ("{FASKES.nomor}", "{FASKES.tanggal}")
                for held in ("dinas", "peserta", "dinas, darurat", "peserta, darurat")
            },
        ),
    ],
)  # fmt: skip
def test_a_fact_that_may_be_missing_when_its_letter_is_drafted_stops_the_sheet(
    changes: list[tuple[str, str]], stops: set[str]
) -> None:
    report = check(damaged(*changes))
    assert report.mistakes == ()
    assert set(report.stops) == stops


def test_a_document_of_one_route_serves_the_letter_of_that_route() -> None:
    sheet = damaged(
        (DOCUMENT, DOCUMENT + 'untuk = ["dinas"]\n'),
        (CHECK, 'tugas = ["choose_route", "check_documents"]'),
        ('tugas = ["choose_route", "draft_letter"]', 'tugas = ["draft_letter"]\nuntuk = ["dinas"]'),
        ('tugas = ["sign"]', 'tugas = ["sign"]\nuntuk = ["dinas"]'),
    )
    report = check(sheet)
    assert (report.mistakes, report.stops) == ((), ())


def test_a_letter_after_a_no_has_words_of_its_own_and_needs_no_fact() -> None:
    sheet = damaged(
        (CHECK, f'bila = {{ kurang = "tolak" }}\n{CHECK}'),
    ).decode()
    refusal = """
[[tindak_lanjut]]
kode = "jawaban"
sesudah = "tolak"
kegiatan = "Menyusun surat penolakan"
tugas = ["draft_letter", { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""
    assert check((sheet + refusal).encode()).stops == ()


def test_a_stored_sheet_is_read_as_it_is() -> None:
    sheet = damaged(('catat = ["nomor", "tanggal"]\n', ""))
    assert check(sheet).mistakes
    assert load_sop(sheet, stored=True).text == sheet
