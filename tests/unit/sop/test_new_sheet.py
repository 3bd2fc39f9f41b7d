"""`jejak sop new` asks what a paper says, and writes files that check, walk and run to their end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.cli import CommandError
from jejak.cli._sop_new import new_files
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor, office_warnings
from jejak.procedure.revision.first_file import Column, FirstSheet, FirstStep, columns_of, sheet_text, verbs_of
from jejak.procedure.walk import walk
from tests.property.examples import examples

ANSWERS = """\
1399
13.99

Rekomendasi PBI-JK
kis pbi
rekomendasi
460/1/2024
15 Januari 2024
2024-01-15
segera
Maksimal 3 (tiga) hari kerja sejak berkas lengkap
Fotokopi KTP
Fotokopi KK

Pemohon
Kepala Dinas
Kepala Bidang
Petugas "Loket"

Pemohon membawa berkas
9
1

Petugas memeriksa kelengkapan berkas
4
± 5 menit
Membuat surat rekomendasi
4
15 menit
Memaraf surat
3
seketika
5 menit
Menandatangani surat
2
1 hari
Menyerahkan surat kepada pemohon dan mengarsipkan
4


Dinas Sosial Kabupaten Contoh
Jalan Contoh 1
Contoh
Drs. Contoh
Contoh, S.Sos.
Contoh Petugas
"""


def typed(text: str = ANSWERS) -> Iterator[str]:
    return iter(text.splitlines())


def test_the_answers_become_a_sheet_and_an_office_that_run(tmp_path: Path) -> None:
    lines, told = typed(), list[str]()

    sheet, kantor = new_files(tmp_path / "13.99", lambda _: next(lines), told.append)

    report = check(sheet.read_bytes())
    sop = load_sop(sheet.read_bytes())
    office = load_kantor(kantor.read_bytes())
    assert report.mistakes == ()
    assert [(visit.tugas, visit.oleh) for visit in walk(sop).slots[0].visits] == [
        ("submit", "Pemohon"),
        ("check_documents", 'Petugas "Loket"'),
        ("draft_letter", 'Petugas "Loket"'),
        ("paraf", "Kepala Bidang"),
        ("sign", "Kepala Dinas"),
        ("hand_over", 'Petugas "Loket"'),
        ("archive", 'Petugas "Loket"'),
    ]
    assert walk(sop).slots[0].ending == "selesai"
    assert (sop.total_dari, sop.waktu_total_cetak) == ("lengkap", "Maksimal 3 (tiga) hari kerja sejak berkas lengkap")
    assert list(office_warnings(office, sop)) == []
    assert all("tugas" in step.tersirat for step in sop.langkah)
    assert 'waktu "segera" tidak dapat diukur: hapus kuncinya, dan tulis kata-katanya di catatan_waktu' in told
    assert "Tulis tahun-bulan-hari, misalnya 2024-01-15." in told


def test_a_sheet_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "rekomendasi.toml").write_text("milik orang", encoding="utf-8")
    lines = typed()

    with pytest.raises(CommandError, match="sudah ada"):
        new_files(tmp_path, lambda _: next(lines), lambda _: None)
    assert next(lines) == "460/1/2024"  # refused before the rest is typed in vain
    assert (tmp_path / "rekomendasi.toml").read_text(encoding="utf-8") == "milik orang"


def test_answers_that_break_off_at_the_office_leave_no_file(tmp_path: Path) -> None:
    lines = typed(ANSWERS.partition("Dinas Sosial Kabupaten Contoh")[0])

    with pytest.raises(StopIteration):
        new_files(tmp_path, lambda _: next(lines), lambda _: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Puskesmas", "RSUD Contoh", "Rumah Sakit"])
def test_a_health_facility_is_a_party_and_no_post_of_the_office(name: str) -> None:
    assert Column(name).pihak == "faskes"


@pytest.mark.parametrize(
    ("kegiatan", "verbs"),
    [
        ("Mengecek Persyaratan Administrasi", ("check_documents",)),
        ("Mengecek data dengan PBDT", ("check_registry",)),
        ("Mengoreksi dan mamaraf surat rekomendasi", ("paraf",)),
        ("Penandatanganan Surat Rekomendasi", ("sign",)),
        ("Penyerahan dan Pengarsipan Surat rekomendasi", ("hand_over", "archive")),
        ("Kabid mendisposisikan permohonan ke Korpel", ("dispose",)),
        ("Menjelaskan alur pelayanan", ("record",)),
    ],
)
def test_the_words_of_a_step_name_its_tasks(kegiatan: str, verbs: tuple[str, ...]) -> None:
    assert verbs_of(kegiatan) == verbs


printed = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip()) and text.strip() != "-"
)
columns = st.lists(
    st.sampled_from([
        *("Pemohon", "Kepala Dinas", "Kabid", "Staf", "BPJS Kesehatan", "Camat", "Front Office", "Staf Loket", "1"),
        *("Puskesmas", "RSUD Contoh", "Kementerian Sosial", "Dinas Sosial Provinsi", "Kepala Bidang Rehabilitasi"),
    ]),
    min_size=1, unique=True,
).map(lambda names: columns_of([*names, "Staf"]))  # fmt: skip
WORDS = (
    *("Memeriksa kelengkapan", "Membuat surat", "Memaraf", "Menandatangani", "Mengirim ke BPJS", "Survei lapangan"),
    *("Surat dikirim ke BPJS dan Puskesmas", "Mengirim surat ke RSUD Contoh", "Mengirim usulan ke Kementerian Sosial"),
    *("Menyerahkan surat", "Mengarsipkan", "Disposisi", "Cek DTKS", "Cek kepesertaan BPJS", "Input data"),
)


@settings(max_examples=examples(200), deadline=None)
@given(st.data(), columns, st.lists(printed, max_size=5))
def test_whatever_the_paper_says_the_first_file_has_no_mistake(
    data: st.DataObject, kolom: tuple[Column, ...], documents: list[str]
) -> None:
    steps = data.draw(
        st.lists(
            st.builds(
                FirstStep, st.sampled_from(WORDS) | printed, st.integers(0, len(kolom) - 1),
                st.sampled_from([None, "5 menit", "1 (satu) hari kerja"]),
            ),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    sheet = FirstSheet("kis", "KIS", "13.99", None, None, "3 hari kerja", tuple(documents), kolom, tuple(steps))

    assert check(sheet_text(sheet).encode()).mistakes == ()


def test_a_service_that_gives_a_certificate_gets_a_certificate_by_its_name() -> None:
    columns = (Column("Pemohon"), Column("Petugas"))
    steps = (FirstStep("Membuat surat keterangan", 1), FirstStep("Menandatangani", 1))
    nama = "Surat Keterangan Tidak Mampu"
    sop = load_sop(sheet_text(FirstSheet("sktm", nama, "13.99", None, None, None, (), columns, steps)).encode())
    [letter] = sop.surat.values()
    assert (letter.jenis, letter.disebut) == ("keterangan", nama)


def written(columns: list[str], *steps: FirstStep) -> Sop:
    return load_sop(
        sheet_text(FirstSheet("a", "A", "13.99", None, None, None, (), columns_of(columns), steps)).encode()
    )


def test_two_kinds_of_staff_and_two_health_facilities_stay_two_columns() -> None:
    columns = columns_of(["Staf Loket", "Staf Bidang", "Puskesmas", "RSUD Contoh", "Staf  Loket"])
    assert [column.kode for column in columns] == ["staf", "staf_bidang", "faskes", "rsud_contoh"]
    sop = written(["Staf Loket", "Staf Bidang"], FirstStep("Memeriksa berkas", 0), FirstStep("Mencatat", 1))
    assert [task.pelaksana for task in sop.main] == [("pemohon",), ("staf",), ("staf_bidang",)]


def test_a_step_that_sends_to_two_parties_becomes_a_task_for_each() -> None:
    columns = ["Staf", "BPJS Kesehatan", "Puskesmas"]
    sop = written(columns, FirstStep("Surat dikirim ke BPJS Kesehatan dan Puskesmas", 0, "1 hari"))
    sent = [(task.langkah, task.kepada) for task in sop.main if task.verb == "deliver"]
    assert sent == [("1", "bpjs"), ("1A", "faskes")]
    assert sop.steps["main", "1A"].tersirat == ("no", "tugas", "kepada")


@pytest.mark.parametrize(
    ("kegiatan", "kepada"),
    [("Mengirim surat ke Puskesmas", "faskes"), ("Dikirim ke BPJS", "bpjs"), ("Dikirim ke RSUD Contoh", "rsud_contoh")],
)
def test_a_step_sends_to_the_party_that_it_names(kegiatan: str, kepada: str) -> None:
    sop = written(["Staf", "Puskesmas", "RSUD Contoh"], FirstStep(kegiatan, 0))
    assert [task.kepada for task in sop.main if task.verb == "deliver"] == [kepada]


def test_who_does_a_step_is_answered_by_number_or_by_name(tmp_path: Path) -> None:
    named = ANSWERS.replace("Memaraf surat\n3\n", "Memaraf surat\nkepala\nKepala  bidang\n")
    lines, told = (
        typed(named.replace("Membuat surat rekomendasi\n4\n", "Membuat surat rekomendasi\npetugas\n")),
        list[str](),
    )

    sheet, _ = new_files(tmp_path, lambda _: next(lines), told.append)

    sop = load_sop(sheet.read_bytes())
    assert {task.verb: task.pelaksana[0] for task in sop.main if task.verb in ("draft_letter", "paraf")} == {
        "draft_letter": "staf",
        "paraf": "kabid",
    }
    assert 'Pilih nomor atau nama kolomnya: 1 Pemohon, 2 Kepala Dinas, 3 Kepala Bidang, 4 Petugas "Loket".' in told
