"""A list of applicants as an office keeps it: what its columns mean, and the content of each row.

A reason never repeats a value of the row: a report of it may be printed and pinned to a wall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

from jejak.tables.cells import day, digits, text
from jejak.tables.columns import Column, Layout, RowRead, find, read_row
from jejak.tables.files import open_table
from jejak.tables.people import of_person, read_nik
from jejak.tables.reading import ReadingError

MOST_ROWS: Final = 1000
_APPLICANT, _PARTICIPANT = "pemohon.", "peserta."

COLUMNS: Final = (
    *of_person("pemohon", "", "pemohon", required=True),
    *of_person("peserta", "peserta", required=False),
    Column(("peserta.mother",), "NIK ibu peserta", read_nik, "nik ibu"),
    Column(
        ("peserta.birth_paper",),
        "Akta atau surat keterangan lahir",
        text,
        "akta kelahiran, akta kelahiran peserta, surat keterangan lahir, surat keterangan lahir peserta",
    ),
    Column(
        ("peserta.birth_order",),
        "Urutan lahir bayi kembar",
        partial(digits, length=1),
        "kembar ke, bayi kembar ke, anak kembar ke, urutan kembar, urutan lahir kembar",
    ),
    Column(("hubungan",), "Hubungan", text, "hubungan dengan peserta, hubungan keluarga"),
    Column(("wilayah",), "Wilayah", text, "kelurahan, nagari, desa, kode wilayah"),
    Column(("jawaban",), "Jawaban", text),
    Column(("keperluan",), "Keperluan", text),
    Column(("pendanaan",), "Pendanaan", text),
    Column(("diterima",), "Tanggal diterima", day, "diterima, tanggal terima"),
)
"""Every column a list may have; the titles of those that are required must be there."""
TITLES: Final[Mapping[str, str]] = {column.place: column.title for column in COLUMNS if len(column.places) == 1}
"""The title by which each field is asked for."""
_NIKS: Final = frozenset[str]().union(*(column.known_as for column in COLUMNS if column.place.endswith(".nik")))


@dataclass(frozen=True, slots=True)
class Row:
    """One row with content: its number in the file, and the fields it gives, or why it cannot be taken.

    `asked`: it may be right, and has to be written more clearly.
    """

    number: int
    fields: Mapping[str, Any]
    why: str | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Applicants:
    """A list as read. `titles`: of each field, as the file heads it; `unused`: titles whose columns are left out."""

    rows: Sequence[Row]
    titles: Mapping[str, str]
    unused: Sequence[str]


def read(data: bytes) -> Applicants:
    """Every row of a file. ReadingError where it is no table, lacks a column, or is longer than is taken at once."""
    with open_table(data, _NIKS, hint="Beri judul kolom itu NIK.") as table:
        layout = _of_participants_alone(find(table.header, COLUMNS))
        missing = [column.title for column in COLUMNS if column.required and column.place not in layout.places]
        if missing:
            raise ReadingError(f"Kolom yang belum ada: {', '.join(missing)}. Tambahkan, lalu unggah lagi.")
        rows = []
        for number, cells in table.rows:
            if row := read_row(layout, number, cells):
                rows.append(_row(row, layout.places))
            if len(rows) > MOST_ROWS:
                raise ReadingError(f"Daftar ini lebih dari {MOST_ROWS} baris. Bagi menjadi beberapa berkas.")
    return Applicants(rows, layout.places, layout.unused)


def _of_participants_alone(layout: Layout) -> Layout:
    """A list that heads all its people as participants: each applies for himself."""
    if any(place.startswith(_APPLICANT) for place in layout.places):
        return layout
    found = (
        replace(one, column=replace(one.column, places=tuple(map(_as_applicant, one.column.places))))
        for one in layout.found
    )
    return replace(layout, found=tuple(found))


def _as_applicant(place: str) -> str:
    return _APPLICANT + place.removeprefix(_PARTICIPANT) if place.startswith(_PARTICIPANT) else place


def _row(row: RowRead, titles: Mapping[str, str]) -> Row:
    if row.why is not None:
        return Row(row.number, {}, f"{row.why[0].upper()}{row.why[1:]}.", row.asked)
    values = {
        place: value.isoformat() if isinstance(value, date) else value
        for place, value in row.values.items()
        if value is not None
    }
    if empty := [titles[column.place] for column in COLUMNS if column.required and column.place not in values]:
        return Row(row.number, {}, f"{', '.join(empty)} kosong.")
    if "jawaban" in values:
        answers = values["jawaban"].replace(";", ",").split(",")
        values["jawaban"] = [answer.strip() for answer in answers if answer.strip()]
    return Row(row.number, _nested(values))


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """`pemohon.nik` as the field `nik` of `pemohon`."""
    fields: dict[str, Any] = {}
    for place, value in values.items():
        outer, _, last = place.rpartition(".")
        (fields.setdefault(outer, {}) if outer else fields)[last] = value
    return fields
