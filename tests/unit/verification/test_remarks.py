"""A column that no field is read from may say that a person has died: then no row of a register counts as a yes."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from jejak.messaging.task_runner import DueWork, Undecided
from jejak.procedure.meanings import put_off_words
from tests.procedure import sheet, submitted
from tests.unit.verification.test_reading import BUDI, csv_file, read
from verification.registers.lookup import Answering, LookUp, RegisterAnswers, RegisterEntry, RegisterKind
from verification.registers.rows import Entry
from verification.tasks import registry_of

STEPS: Final = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["check_registry"]\npelaksana = ["staf"]\n'


def entry_of(folder: Path, heading: str, cell: str, kind: RegisterKind = RegisterKind.POOR) -> Entry:
    [row] = read(csv_file(folder, f"NIK;Nama;{heading}\n{BUDI};Budi;{cell}\n"), kind)
    assert isinstance(row, Entry)
    return row


@pytest.mark.parametrize(
    ("heading", "cell", "word"),
    [
        ("Keterangan", "MENINGGAL", "Keterangan MENINGGAL"),
        ("Ket.", "meninggal dunia 3-2-2026", "Ket. meninggal dunia"),
        ("Ket", "sudah wafat", "Ket wafat"),
        ("Kondisi", "Almarhum", "Kondisi Almarhum"),
        ("Hasil verifikasi", "MATI", "Hasil verifikasi MATI"),
        ("Meninggal", "YA", "Meninggal YA"),
        ("Tanggal meninggal", "03-02-2026", "Tanggal meninggal 03-02-2026"),
        ("Catatan", "meninggal a.n. SITI CONTOH", "Catatan meninggal"),
        ("Status DTKS;Keterangan", "TERDAFTAR;MENINGGAL", "Keterangan MENINGGAL"),
        ("Status Meninggal", "Ya, dilaporkan anaknya SITI CONTOH 0812345", "Status Meninggal"),
        ("Status meninggal", "Almarhum", "Status meninggal Almarhum"),
        ("Tanggal meninggal", "3 Februari 2026", "Tanggal meninggal 3 Februari 2026"),
        ("Tanggal meninggal", "tidak diketahui", "Tanggal meninggal"),
        ("Meninggal", "✓", "Meninggal ✓"),
        ("Ket", "suami belum meninggal, istri wafat", "Ket wafat"),
    ],
)
@pytest.mark.parametrize("kind", RegisterKind)
def test_a_death_in_another_column_stands_in_place_of_the_status(
    tmp_path: Path, kind: RegisterKind, heading: str, cell: str, word: str
) -> None:
    assert entry_of(tmp_path, heading, cell, kind).status == word


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Keterangan", ""),
        ("Keterangan", "JANDA"),
        ("Meninggal", "TIDAK"),
        ("Meninggal", "-"),
        ("Tanggal meninggal", ""),
        ("Tanggal Meninggal", "0000-00-00"),
        ("Tanggal Meninggal", "00/00/0000"),
        ("Tanggal Meninggal", "tidak ada"),
        ("Meninggal", "bukan"),
        ("Meninggal", "Tidak Meninggal"),
        ("Meninggal", "tidak, masih hidup"),
        ("Keterangan", "belum meninggal"),
        ("Keterangan", "Tidak meninggal dunia"),
        ("Nama ayah", "ALMARHUM"),
        ("Nama suami (meninggal)", "BUDI"),
        ("Alamat makam", "MENINGGAL"),
        ("Aset", "lampu mati"),
    ],
)
def test_what_says_no_death_leaves_the_row_as_it_is(tmp_path: Path, heading: str, cell: str) -> None:
    assert entry_of(tmp_path, heading, cell).status is None


def test_a_status_that_says_so_itself_keeps_its_own_word(tmp_path: Path) -> None:
    row = entry_of(tmp_path, "Status hidup;Keterangan", "Meninggal;wafat 2025", RegisterKind.RESIDENTS)
    assert row.status == "Meninggal"


def test_a_poor_person_whose_remark_says_death_is_no_yes_and_the_official_sees_the_word(tmp_path: Path) -> None:
    row = entry_of(tmp_path, "Desil;Keterangan", "1;MENINGGAL DUNIA")
    source = Answering(uuid.UUID(int=9), "13.99", "DTKS", RegisterKind.POOR, date(2026, 9, 30))
    listed = RegisterEntry(source, row.desil, row.nama, None, row.status)
    story = submitted(sheet(STEPS))
    work = DueWork(story.loaded, story.due[0])
    with pytest.raises(Undecided) as waits:
        registry_of(work, LookUp({"DTKS": source}, {}), RegisterAnswers(listed=(listed,)))
    assert "tertulis «Keterangan MENINGGAL DUNIA»" in (put_off_words(waits.value.shown) or "")
