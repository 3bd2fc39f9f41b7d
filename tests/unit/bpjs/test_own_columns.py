"""Lists with columns of their own: what `kolom` of [[kumpulan]] writes, as XLSX and CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from python_calamine import CalamineWorkbook

from bpjs_sync.answers.rows import Field, from_raw, read
from bpjs_sync.batches.files import HEADINGS, Form, Line, csv_text, line_of, list_file
from jejak.procedure.batches import IDENTIFYING, READ_BACK, SOURCES, ListColumn, ListHeadings
from jejak.procedure.checks.check import check
from jejak.tables.cells import BadValueError
from jejak.tables.reading import ReadingError
from tests.procedure import sheet, submitted

CLOSED: Final = datetime(2022, 7, 31, 17, tzinfo=UTC)
PAGE: Final = (Path(__file__).parents[3] / "docs" / "sop-format.md").read_text(encoding="utf-8")
[LAYOUT] = re.findall(r"```\n(\[\[kumpulan\]\]\n.*?kolom = .*?)```", PAGE, re.DOTALL)
"""The example of 34 columns on the page."""
SENT: Final = """
[[langkah]]
no = 1
kegiatan = "Mengirim usulan"
tugas = [{ tugas = "deliver", kumpulan = "usulan_bulanan" }]
kepada = "bpjs"
pelaksana = ["staf"]
"""


def table(form: Form, columns: tuple[ListColumn, ...], *lines: Line) -> list[list[str]]:
    data = list_file(form, "usulan", CLOSED, lines, columns).data
    if form == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    sheet_ = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet_.to_python()]


def line() -> Line:
    made = line_of(submitted(sheet(SENT + LAYOUT)).loaded)
    assert made is not None
    return made


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_example_of_34_columns_is_written_as_the_page_says(form: Form) -> None:
    sop = sheet(SENT + LAYOUT)
    columns = sop.kumpulan["usulan_bulanan"].kolom
    first = line()
    headings, one, two = table(form, columns, first, replace(first, nama="=SUM(A1)"))

    assert len(headings) == 34
    assert headings == re.findall(r'judul = "(.*?)"', LAYOUT)
    row = dict(zip(headings, one, strict=True))
    assert row["NO"] == "1"
    assert row["NIK"] == "'1399010101900001"
    assert row["TGL LAHIR"] == "01/01/1990"
    assert row["TMT KERJA"] == "2022-07-04"
    assert (row["JENIS KELAMIN"], row["KELAS RAWAT"], row["EMAIL"]) == ("L", "3", "")
    assert row["NO USULAN"] == first.nomor_usulan
    assert two[0] == "2"
    assert two[headings.index("NAMA LENGKAP")] == "'=SUM(A1)"


@pytest.mark.parametrize(
    ("mark", "value", "written"),
    [
        ("+62", "812", "'+62812"),
        ("=", "1+1", "'=1+1"),
        ("'", "=1+1", "'=1+1"),
        ("'", "", ""),
        (None, "=1+1", "'=1+1"),
    ],
)
def test_no_mark_in_front_makes_a_cell_a_formula(mark: str | None, value: str, written: str) -> None:
    column = ListColumn(judul="TELEPON", isi="telepon", awalan=mark)
    assert table("csv", (column,), replace(line(), telepon=value))[1:] == [[written]]


def test_every_source_that_the_checker_knows_can_be_written() -> None:
    assert {"urut", *(field.name for field in fields(Line))} == SOURCES.keys()
    columns = tuple(ListColumn(judul=source, isi=source) for source in SOURCES)
    assert len(table("csv", columns, line())[1]) == len(SOURCES)


def test_a_list_without_columns_of_its_own_stays_as_it_was() -> None:
    assert table("csv", (), line())[0] == list(HEADINGS)
    assert HEADINGS[-1] == "diterima"
    assert len(HEADINGS) == 14


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_answer_in_the_layout_of_the_list_is_read_by_its_own_headings(form: Form) -> None:
    batch = sheet(SENT + LAYOUT).kumpulan["usulan_bulanan"]
    first = line()
    headings, sent = table(form, batch.kolom, first)
    answered = list(sent)
    answered[headings.index("HASIL VALIDASI")] = "DITOLAK"
    answered[headings.index("KETERANGAN VALIDASI")] = "NIK tidak padan"
    data = csv_text([headings, answered]).encode()

    [answer] = read(data, lists=(batch.read_back,)).answers
    assert (answer.says, answer.reason) == ("ditolak", "NIK tidak padan")
    assert (answer.proposal, answer.nik) == (first.nomor_usulan, "1399010101900001")
    # Without it, the office's own STATUS column would be taken for the answer.
    with_own_status = read(data)
    assert with_own_status.answers == []
    # A list that nobody answered says nothing, and is not taken for an answer.
    unanswered = read(csv_text([headings, sent]).encode(), lists=(batch.read_back,))
    assert unanswered.answers == []
    assert from_raw(2, dict(zip(headings, answered, strict=True)), lists=(batch.read_back,)).says == "ditolak"


def answered_list(**titles: str | None) -> bytes:
    """The example as BPJS returns it, refused; titles changed, or without the column for None."""
    headings, row = table("csv", sheet(SENT + LAYOUT).kumpulan["usulan_bulanan"].kolom, line())
    cells = {**dict(zip(headings, row, strict=True)), "HASIL VALIDASI": "DITOLAK", "KETERANGAN VALIDASI": "tidak padan"}
    renamed = {titles.get(title.replace(" ", "_"), title): cell for title, cell in cells.items()}
    kept = {title: cell for title, cell in renamed.items() if title is not None}
    return csv_text([list(kept), list(kept.values())]).encode()


@pytest.mark.parametrize(
    "titles",
    [
        {"EMAIL": None},
        {"NAMA_LENGKAP": None},
        {"NO_USULAN": None},
        {"STATUS": "STATUS "},
        {"STATUS": "Status"},
        {"STATUS": None},
        {"HASIL_VALIDASI": "Hasil Validasi", "STATUS": "status."},
    ],
)
def test_a_list_that_comes_back_a_little_changed_is_still_read_by_its_own_headings(
    titles: dict[str, str | None],
) -> None:
    batch = sheet(SENT + LAYOUT).kumpulan["usulan_bulanan"]
    [answer] = read(answered_list(**titles), lists=(batch.read_back,)).answers
    assert (answer.says, answer.reason, answer.nik) == ("ditolak", "tidak padan", "1399010101900001")


def test_the_apostrophe_that_keeps_a_number_as_text_is_no_part_of_it() -> None:
    numbers = csv_text(
        [["nomor usulan", "nik", "no kartu", "hasil"], ["'ABC-1", "'1399010101900001", "'0001234567890", "diterima"]]
    )
    [answer] = read(numbers.encode()).answers
    assert (answer.proposal, answer.nik, answer.card) == ("ABC-1", "1399010101900001", "0001234567890")


def test_the_layout_with_the_most_titles_in_the_file_counts_and_of_two_the_newer() -> None:
    batch = sheet(SENT + LAYOUT).kumpulan["usulan_bulanan"].read_back
    # An older list asked for fewer columns, and its STATUS was the answer.
    older = ListHeadings({"nik": "NIK", "hasil": "STATUS"}, frozenset({"NAMA LENGKAP"}))
    [answer] = read(answered_list(), lists=(older, batch)).answers
    assert answer.says == "ditolak"
    plain = csv_text([["NIK", "NAMA LENGKAP", "A", "B"], ["1399010101900001", "Semisal", "ditolak", "aktif"]]).encode()
    first = ListHeadings({"nik": "NIK", "hasil": "A"}, frozenset({"NAMA LENGKAP"}))
    second = ListHeadings({"nik": "NIK", "hasil": "B"}, frozenset({"NAMA LENGKAP"}))
    assert [answer.says for answer in read(plain, lists=(first, second)).answers] == ["aktif"]


@pytest.mark.parametrize("titles", [{"HASIL_VALIDASI": None}, {"HASIL_VALIDASI": "VALIDASI BPJS"}])
def test_what_the_office_fills_itself_is_never_taken_for_the_answer(titles: dict[str, str | None]) -> None:
    batch = sheet(SENT + LAYOUT).kumpulan["usulan_bulanan"].read_back
    with pytest.raises(ReadingError, match="Kolom 'STATUS' diisi kantor sendiri"):
        read(answered_list(**titles), lists=(batch,))
    raw = {"NIK": "1399010101900001", "STATUS": "AKTIF"}
    assert from_raw(2, raw).says == "aktif"
    with pytest.raises(BadValueError, match="diisi kantor sendiri"):
        from_raw(2, raw, lists=(batch,))


def test_the_columns_that_are_read_back_are_those_of_answers() -> None:
    assert {*IDENTIFYING, *READ_BACK} == {str(field) for field in Field}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('isi = "no_kk"', 'isi = "nokk"', 'kolom "KARTU KELUARGA": isi "nokk" tidak dikenal — mungkin "no_kk"?'),
        ('isi = "no_kk"', 'isi = "no_kk", tetap = "1"', "isi dan tetap tidak dapat bersama"),
        ('"dd/mm/yyyy"', '"tanggal biasa"', 'tanggal "tanggal biasa" — tulis salah satu dari dd-mm-yyyy, dd/mm/yyyy'),
        ('isi = "no_kk"', 'isi = "no_kk", tanggal = "yyyymmdd"', "tanggal hanya bagi isi diterima atau tanggal_lahir"),
        ('dibaca = "hasil"', 'dibaca = "jawab"', 'dibaca "jawab" — tulis salah satu dari hasil, alasan'),
        ('dibaca = "hasil"', 'dibaca = "hasil", tetap = "1"', "dibaca hanya bagi kolom yang dikirim kosong"),
        ('"KETERANGAN VALIDASI"', '"STATUS"', 'kolom "STATUS": judul ini dipakai 2 kali'),
        ('dibaca = "alasan"', 'dibaca = "hasil"', 'dibaca "hasil" ditulis 2 kali — tulis pada satu kolom saja'),
        ('bentuk = "xlsx"', 'bentuk = "lembar_daring"', "kolom hanya ada pada daftar xlsx atau csv"),
    ],
)
def test_a_column_that_cannot_be_is_named_with_its_cure(old: str, new: str, words: str) -> None:
    text = sheet(SENT + LAYOUT).text.decode().replace(old, new)
    [mistake] = check(text.encode()).mistakes
    assert words in mistake
    if "tidak dikenal" in words:
        assert all(source in mistake for source in SOURCES)
