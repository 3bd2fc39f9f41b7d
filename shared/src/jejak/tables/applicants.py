"""A list of applicants as an office keeps it, CSV or XLSX: what its columns mean, and the content of each row.

A reason never repeats a value of the row: a report of it may be printed and pinned to a wall.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from jejak.tables.cells import BadValueError, day, digits, headings, plain, text, written
from jejak.tables.files import open_table
from jejak.tables.reading import Cell, ReadingError

MOST_ROWS: Final = 1000
_NIK, _KK, _CARD = 16, 16, 13


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its cell belongs in an application, its title, other titles for it, and how it is read."""

    place: str
    title: str
    read: Callable[[Cell], Any]
    also: str = ""
    required: bool = False

    @property
    def known_as(self) -> frozenset[str]:
        """Its titles without case, dots and spaces."""
        return headings((self.title, *self.also.split(",")))


def _person(prefix: str, suffix: str, *, required: bool) -> Iterator[Column]:
    def column(
        field: str, title: str, read: Callable[[Cell], Any], also: str = "", *, may_lack: bool = False
    ) -> Column:
        others = ",".join(f"{synonym}{suffix}" for synonym in also.split(",") if synonym)
        return Column(f"{prefix}.{field}", f"{title}{suffix}", read, others, required and not may_lack)

    yield column("nik", "NIK", partial(digits, label="NIK", length=_NIK), "no nik,nomor nik,no ktp,nomor ktp")
    yield column("kk", "Nomor KK", partial(digits, label="Nomor KK", length=_KK), "kk,no kk,nomor kartu keluarga")
    yield column("name", "Nama", text, "nama lengkap")
    yield column("birthplace", "Tempat lahir", text, may_lack=True)
    yield column("born", "Tanggal lahir", partial(day, label="Tanggal lahir"), "tgl lahir")
    yield column("address", "Alamat", text)
    yield column("phone", "Telepon", text, "no telepon,no hp,nomor hp,hp", may_lack=True)
    card = partial(digits, label="Nomor kartu", length=_CARD, may_begin_with_zero=True)
    yield column("card", "Nomor kartu", card, "no kartu,nomor kartu jkn,no kartu jkn,noka", may_lack=True)


COLUMNS: Final = (
    *_person("pemohon", "", required=True),
    *_person("peserta", " peserta", required=False),
    Column("peserta.mother", "NIK ibu peserta", partial(digits, label="NIK ibu peserta", length=_NIK), "nik ibu"),
    Column(
        "peserta.birth_paper",
        "Akta atau surat keterangan lahir",
        text,
        "akta kelahiran,akta kelahiran peserta,surat keterangan lahir,surat keterangan lahir peserta",
    ),
    Column("hubungan", "Hubungan", text),
    Column("wilayah", "Wilayah", text, "kelurahan,nagari,desa,kode wilayah"),
    Column("jawaban", "Jawaban", text),
    Column("keperluan", "Keperluan", text),
    Column("pendanaan", "Pendanaan", text),
    Column("diterima", "Tanggal diterima", partial(day, label="Tanggal diterima"), "diterima,tgl diterima"),
)
"""Every column a list may have; the titles of those that are required must be there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with content: its number in the file, and the fields it gives, or why it cannot be right."""

    number: int
    fields: Mapping[str, Any]
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Applicants:
    """A list as read. `unused`: unknown titles, whose columns are left out."""

    rows: Sequence[Row]
    unused: Sequence[str]


def read(data: bytes) -> Applicants:
    """Every row of a file. ReadingError where it is no table, lacks a column, or is longer than is taken at once."""
    known = {title: column for column in COLUMNS for title in column.known_as}
    hint = "Beri judul kolom itu NIK."
    with open_table(data, {"nik"}, hint=hint) as table:
        columns = [known.get(plain(title)) for title in table.header]
        if missing := [column.title for column in COLUMNS if column.required and column not in columns]:
            raise ReadingError(f"Kolom yang belum ada: {', '.join(missing)}. Tambahkan, lalu unggah lagi.")
        if twice := sorted({column.title for column in columns if column and columns.count(column) > 1}):
            raise ReadingError(f"Kolom {', '.join(twice)} ada dua kali. Hapus salah satunya, lalu unggah lagi.")
        rows = []
        for number, cells in table.rows:
            if any(written(cell) for cell in cells):
                rows.append(_row(number, columns, cells))
            if len(rows) > MOST_ROWS:
                raise ReadingError(f"Daftar ini lebih dari {MOST_ROWS} baris. Bagi menjadi beberapa berkas.")
        unused = [
            title for title, column in zip(table.header, columns, strict=True) if column is None and title.strip()
        ]
    return Applicants(rows, unused)


def _row(number: int, columns: Sequence[Column | None], cells: Sequence[Cell]) -> Row:
    values: dict[str, Any] = {}
    try:
        for column, cell in zip(columns, cells, strict=False):
            value = column.read(cell) if column else None
            if column and value is not None:
                values[column.place] = value.isoformat() if isinstance(value, date) else value
    except BadValueError as error:
        return Row(number, {}, f"{str(error)[0].upper()}{str(error)[1:]}.")
    if empty := [column.title for column in columns if column and column.required and column.place not in values]:
        return Row(number, {}, f"{', '.join(empty)} kosong.")
    if "jawaban" in values:
        answers = values["jawaban"].replace(";", ",").split(",")
        values["jawaban"] = [answer.strip() for answer in answers if answer.strip()]
    return Row(number, _nested(values))


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """`pemohon.nik` as the field `nik` of `pemohon`."""
    fields: dict[str, Any] = {}
    for place, value in values.items():
        outer, _, last = place.rpartition(".")
        (fields.setdefault(outer, {}) if outer else fields)[last] = value
    return fields
