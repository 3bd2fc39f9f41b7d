"""What the columns of a register file mean, and what makes a row of it right.

A reason never repeats a value of the row: the report of an import may be printed, mailed and pinned to a wall.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from jejak import nik as niks
from jejak.registers import Kind
from verification.reading import Cell, ReadingError, no_nik_column


class Field(StrEnum):
    """The columns an import understands, by the names `--map` takes."""

    NIK = "nik"
    KK = "kk"
    NAME = "nama"
    BORN = "tanggal_lahir"
    NUMBER = "nomor"
    DESIL = "desil"
    CARD = "kartu"
    SEGMENT = "segmen"
    STATUS = "status"
    DEACTIVATED = "tanggal_nonaktif"
    DEACTIVATIONS = "jumlah_nonaktif"


FIELDS: Final[Mapping[Kind, tuple[Field, ...]]] = {
    Kind.POOR: (Field.NIK, Field.NAME, Field.NUMBER, Field.DESIL),
    Kind.MEMBERS: (
        *(Field.NIK, Field.NAME, Field.CARD, Field.SEGMENT, Field.STATUS),
        *(Field.DEACTIVATED, Field.DEACTIVATIONS),
    ),
    Kind.RESIDENTS: (Field.NIK, Field.KK, Field.NAME, Field.BORN, Field.STATUS),
}
"""Only what a rule reads or an official is shown: what no rule needs is not kept."""

_ALIASES: Final[Mapping[Field, str]] = {
    Field.NIK: "nik, no nik, nomor nik, nik peserta, nomor induk kependudukan, no ktp, nomor ktp, nik ktp",
    Field.KK: "kk, no kk, nomor kk, nokk, nomor kartu keluarga, no kartu keluarga",
    Field.NAME: "nama, nama lengkap, nama lgkp, nama peserta, nama art, nama anggota, nama pm, nama penerima",
    Field.BORN: "tanggal lahir, tgl lahir, tgl lhr, tanggal lahir peserta",
    Field.NUMBER: "no pbdt, nomor pbdt, no dtks, nomor dtks, id dtks, id bdt, idbdt, id dtsen, no dtsen, "
    "id keluarga dtsen, id keluarga, idjtg, id jtg, nomor, nomor register",
    Field.DESIL: "desil, desil kesejahteraan, desil nasional, peringkat desil, desil dtsen",
    Field.CARD: "no kartu, nomor kartu, noka, no kartu jkn, nomor kartu jkn, no kartu bpjs, no bpjs, nomor bpjs, "
    "no jkn, no kis, no kartu kis, kartu",
    Field.SEGMENT: "segmen, segmen peserta, segmentasi, jenis peserta, jenis kepesertaan, segmen kepesertaan",
    Field.STATUS: "status, status peserta, status kepesertaan, status kartu, keterangan status, status penduduk",
    Field.DEACTIVATED: "tgl nonaktif, tanggal nonaktif, tgl non aktif, tanggal non aktif, tmt nonaktif, "
    "tmt non aktif, tanggal dinonaktifkan, tgl dinonaktifkan, tanggal penonaktifan",
    Field.DEACTIVATIONS: "jumlah nonaktif, jumlah non aktif, jml nonaktif, jml non aktif, kali nonaktif, "
    "jumlah penonaktifan, frekuensi nonaktif",
}
_ABSENT: Final = frozenset({"", "-", "--", "NULL", "N/A", "#N/A", "NONE", "\\N"})
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: 00:00(?::00)?)?", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)?", re.ASCII)
_DESIL: Final = re.compile(r"(?:desil\s*)?(\d{1,2})(?:[.,]0+)?", re.ASCII | re.IGNORECASE)
_COUNT: Final = re.compile(r"(\d{1,3})(?:[.,]0+)?(?:\s*(?:x|kali))?", re.ASCII | re.IGNORECASE)
_TEXT_LIMIT: Final = 200
_EXACT_DIGITS: Final = 15
_DIGITS: Final = {Field.NIK: 16, Field.KK: 16, Field.CARD: 13}
_DESIL_MOST: Final = 10
_JKN_BEGAN: Final = date(2014, 1, 1)
_OLDEST: Final = date(1890, 1, 1)


class BadValueError(Exception):
    """A cell that cannot be right; the message is the reason, without the value."""


class Entry(NamedTuple):
    """One right row: what will be kept of a person."""

    row: int
    nik: str
    kk: str | None = None
    nama: str | None = None
    tanggal_lahir: date | None = None
    nomor: str | None = None
    desil: int | None = None
    kartu: str | None = None
    segmen: str | None = None
    status: str | None = None
    tanggal_nonaktif: date | None = None
    jumlah_nonaktif: int | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken: its number in the file, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in the file, by column number from 0; `width` is the header's."""

    places: Mapping[Field, int]
    width: int

    def missing(self, kind: Kind) -> tuple[Field, ...]:
        """Fields of this kind of register that the file does not have."""
        return tuple(field for field in FIELDS[kind] if field not in self.places)


def is_header(mapping: Mapping[Field, str]) -> Callable[[Sequence[Cell]], bool]:
    """A test for the header row: one of its cells is the heading of the NIK."""
    wanted = {_plain(mapping[Field.NIK])} if Field.NIK in mapping else _aliases(Field.NIK)
    return lambda cells: any(isinstance(cell, str) and _plain(cell) in wanted for cell in cells)


def find_columns(kind: Kind, header: Sequence[str], mapping: Mapping[Field, str]) -> Columns:
    """Where the fields of this kind of register stand: by the given heading, else by the usual ones.

    ReadingError when a given heading is not there, or when two headings claim one field.
    """
    plain = [_plain(heading) for heading in header]
    places = {}
    for field in FIELDS[kind]:
        wanted = {_plain(mapping[field])} if field in mapping else _aliases(field)
        at = [place for place, heading in enumerate(plain) if heading in wanted]
        if not at and field in mapping:
            raise ReadingError(f"Kolom '{mapping[field]}' (untuk {field}) tidak ada di baris judul berkas ini.")
        if len(at) > 1:
            names = " dan ".join(f"'{header[place].strip()}'" for place in at)
            raise ReadingError(f"Lebih dari satu kolom cocok untuk {field}: {names}. Pilih dengan --map {field}=JUDUL.")
        if at:
            places[field] = at[0]
    if Field.NIK not in places:
        raise no_nik_column()
    return Columns(places, len(header))


def read_row(columns: Columns, number: int, cells: Sequence[Cell]) -> Entry | BadRow | None:
    """One row of the file: what it says, or what is wrong with it; None for an empty row."""
    if len(cells) != columns.width:
        if not any(_written(cell) for cell in cells):
            return None
        if len(cells) < columns.width or any(_written(cell) for cell in cells[columns.width :]):
            return BadRow(number, f"ada {len(cells)} kolom, padahal baris judul punya {columns.width}")
    values: dict[str, object] = {}
    try:
        for field, place in columns.places.items():
            values[field] = _PARSERS[field](cells[place])
    except BadValueError as bad:
        if not any(_written(cell) for cell in cells):
            return None
        return BadRow(number, str(bad))
    return Entry(number, **values)  # type: ignore[arg-type] # each parser gives the type of its field


def _nik(cell: Cell) -> str:
    nik = _number(cell, Field.NIK)
    if nik is None:
        raise BadValueError("NIK kosong")
    if fault := niks.fault(nik):
        raise BadValueError(fault)
    return nik


def _number(cell: Cell, field: Field) -> str | None:
    """A number that is a name: exactly so many digits, none lost on the way through a spreadsheet."""
    length, label = _DIGITS[field], _LABELS[field]
    stored_as_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    text = f"{cell:.0f}" if stored_as_number else _words(cell).removeprefix("'").replace(" ", "")
    if text.upper() in _ABSENT:
        return None
    if _SCIENTIFIC.fullmatch(text) or (stored_as_number and len(text) > _EXACT_DIGITS and text.endswith("0")):
        # A spreadsheet keeps 15 digits of a number: a sixteenth that is not 0 was written by a program, and is whole.
        raise BadValueError(f"{label} tersimpan sebagai angka sehingga digit terakhir hilang; jadikan kolomnya Teks")
    if not (text.isascii() and text.isdigit()):
        raise BadValueError(f"{label} memuat selain angka")
    if len(text) < length and field is Field.CARD:
        raise BadValueError(f"{label} harus {length} angka; nol di depan mungkin hilang, jadikan kolomnya Teks")
    if len(text) != length:
        raise BadValueError(f"{label} harus {length} angka")
    return text


def _words(cell: Cell) -> str:
    """The cell as text, white space made single. Refused when it cannot be a name or a word."""
    if isinstance(cell, str):
        text = " ".join(cell.split())
    elif isinstance(cell, float) and cell.is_integer():
        text = f"{cell:.0f}"
    else:
        text = str(cell)
    if len(text) > _TEXT_LIMIT:
        raise BadValueError(f"ada isian yang lebih panjang dari {_TEXT_LIMIT} huruf")
    if not text.isprintable():
        raise BadValueError("ada isian dengan huruf yang tidak dapat dicetak")
    return text


def _text(cell: Cell) -> str | None:
    text = _words(cell)
    return None if text.upper() in _ABSENT else text


def _register_number(cell: Cell) -> str | None:
    if isinstance(cell, float) and len(f"{cell:.0f}") > _EXACT_DIGITS:
        raise BadValueError("nomor register tersimpan sebagai angka sehingga digitnya hilang; jadikan kolomnya Teks")
    return _text(cell)


def _date(cell: Cell, label: str) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _words(cell)
    if text.upper() in _ABSENT:
        return None
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    else:
        raise BadValueError(f"{label} tidak terbaca; tulis sebagai hari-bulan-tahun, misalnya 31-12-2025")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise BadValueError(f"{label} bukan tanggal yang ada") from None


def _born(cell: Cell) -> date | None:
    born = _date(cell, "tanggal lahir")
    if born is not None and born < _OLDEST:
        raise BadValueError("tanggal lahir terlalu lampau")
    return born


def _deactivated(cell: Cell) -> date | None:
    day = _date(cell, "tanggal nonaktif")
    if day is not None and day < _JKN_BEGAN:
        raise BadValueError("tanggal nonaktif sebelum JKN ada (1 Januari 2014)")
    return day


def _small(cell: Cell, form: re.Pattern[str], reason: str) -> int | None:
    text = _text(cell)
    if text is None:
        return None
    found = form.fullmatch(text)
    if found is None:
        raise BadValueError(reason)
    return int(found[1])


def _desil(cell: Cell) -> int | None:
    reason = f"desil harus angka 0 sampai {_DESIL_MOST}"
    desil = _small(cell, _DESIL, reason)
    if desil is not None and desil > _DESIL_MOST:
        raise BadValueError(reason)
    return desil


def _deactivations(cell: Cell) -> int | None:
    return _small(cell, _COUNT, "jumlah nonaktif harus bilangan bulat, 0 atau lebih")


def _written(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _plain(heading: str) -> str:
    """A heading without case, dots and spaces: "No. KK" and "no_kk" are one."""
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


def _aliases(field: Field) -> frozenset[str]:
    return frozenset(_plain(alias) for alias in (field, *_ALIASES[field].split(",")))


_LABELS: Final = {Field.NIK: "NIK", Field.KK: "No. KK", Field.CARD: "nomor kartu"}
_PARSERS: Final[Mapping[Field, Callable[[Cell], object]]] = {
    Field.NIK: _nik,
    Field.KK: lambda cell: _number(cell, Field.KK),
    Field.NAME: _text,
    Field.BORN: _born,
    Field.NUMBER: _register_number,
    Field.DESIL: _desil,
    Field.CARD: lambda cell: _number(cell, Field.CARD),
    Field.SEGMENT: _text,
    Field.STATUS: _text,
    Field.DEACTIVATED: _deactivated,
    Field.DEACTIVATIONS: _deactivations,
}
