"""The columns of a register file, and the checks of its rows.

A reason never repeats a value of the row: the report of an import may be printed and passed on.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from jejak.privacy import nik as niks
from jejak.procedure.vocabularies import YES_OR_NO
from jejak.tables.cells import EXACT_DIGITS, BadValueError, digits, headings, plain, text, written
from jejak.tables.cells import day as day_of
from jejak.tables.reading import HEADER_WITHIN, Cell, ReadingError
from jejak.timekeeping import dates
from verification.registers.lookup import RegisterKind


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
    DECREE = "sk_nonaktif"
    REASON = "alasan_nonaktif"


FIELDS: Final[Mapping[RegisterKind, tuple[Field, ...]]] = {
    RegisterKind.POOR: (Field.NIK, Field.NAME, Field.NUMBER, Field.DESIL, Field.STATUS),
    RegisterKind.MEMBERS: (
        *(Field.NIK, Field.NAME, Field.CARD, Field.SEGMENT, Field.STATUS),
        *(Field.DEACTIVATED, Field.DEACTIVATIONS, Field.DECREE, Field.REASON),
    ),
    RegisterKind.RESIDENTS: (Field.NIK, Field.KK, Field.NAME, Field.BORN, Field.STATUS),
}
"""Only fields that a rule reads or an official sees: others are not stored."""

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
    Field.STATUS: "status, status peserta, status kepesertaan, status kartu, keterangan status, status penduduk, "
    "status keaktifan, status aktif, status jkn, status bpjs, status kis, status hidup, status kehidupan, status nik, "
    "terdaftar, terdaftar pbdt, terdaftar dtks, terdaftar dtsen, status terdaftar, status pbdt, status dtks, "
    "status dtsen, layak, status layak, kelayakan, status kelayakan",
    Field.DEACTIVATED: "tgl nonaktif, tanggal nonaktif, tgl non aktif, tanggal non aktif, tmt nonaktif, "
    "tmt non aktif, tanggal dinonaktifkan, tgl dinonaktifkan, tanggal penonaktifan",
    Field.DEACTIVATIONS: "jumlah nonaktif, jumlah non aktif, jml nonaktif, jml non aktif, kali nonaktif, "
    "jumlah penonaktifan, frekuensi nonaktif",
    Field.DECREE: "sk nonaktif, no sk nonaktif, nomor sk nonaktif, sk non aktif, no sk non aktif, nomor sk non aktif, "
    "sk penonaktifan, no sk penonaktifan, nomor sk penonaktifan, no sk, nomor sk",
    Field.REASON: "alasan nonaktif, alasan non aktif, alasan penonaktifan, sebab nonaktif, sebab non aktif, "
    "sebab penonaktifan, keterangan nonaktif, keterangan non aktif",
}
_SELDOM: Final = {(RegisterKind.POOR, Field.STATUS), (RegisterKind.MEMBERS, Field.REASON)}
NO_COLUMN: Final = "-"
"""As the heading of a field: the file has no such column, whatever its headings say."""
_DESIL: Final = re.compile(r"(?:desil\s*)?(\d{1,2})(?:[.,]0+)?", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?:desil\s*)?-?[\d.,]+", re.ASCII | re.IGNORECASE)
_COUNT: Final = re.compile(r"(\d{1,3})(?:[.,]0+)?(?:\s*(?:x|kali))?", re.ASCII | re.IGNORECASE)
_DIGITS: Final = {Field.NIK: 16, Field.KK: 16, Field.CARD: 13}
_NIK_WITHIN: Final = re.compile(r"\d{16}")
_DESIL_MOST: Final = 10
_DECREE_MOST: Final = 100


class Entry(NamedTuple):
    """One right row: the stored fields of a person."""

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
    sk_nonaktif: str | None = None
    alasan_nonaktif: str | None = None
    kata_desil: str | None = None
    """The word in the decile's column that is no number."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken: its number in the file, and why; its NIK where that could be read, else its name."""

    row: int
    reason: str
    nik: str | None = dataclasses.field(default=None, repr=False, compare=False)
    name: str | None = dataclasses.field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Columns:
    """The column number of each field, from 0; `width` is the header's.

    `as_of` is the date of the list, where the dates of its rows are checked against it.
    """

    places: Mapping[Field, int]
    width: int
    as_of: date | None = None
    status_heading: str = ""

    def missing(self, kind: RegisterKind) -> tuple[Field, ...]:
        """Fields of this kind of register that the file does not have, but for those that few lists have."""
        return tuple(field for field in FIELDS[kind] if field not in self.places and (kind, field) not in _SELDOM)


def key_headings(mapping: Mapping[Field, str]) -> frozenset[str]:
    """The headings of the NIK, as `plain` writes them: a cell with one marks the header row."""
    return frozenset({plain(mapping[Field.NIK])}) if Field.NIK in mapping else _aliases(Field.NIK)


def find_columns(kind: RegisterKind, header: Sequence[str], mapping: Mapping[Field, str]) -> Columns:
    """The columns of this kind of register: by the given heading, else by the usual ones.

    ReadingError for a given heading that the file lacks, and for two columns of one field.
    """
    shown = [plain(heading) for heading in header]
    places = {}
    for field in FIELDS[kind]:
        if mapping.get(field) == NO_COLUMN:
            continue
        accepted = {plain(mapping[field])} if field in mapping else _aliases(field)
        at = [place for place, heading in enumerate(shown) if heading in accepted]
        if not at and field in mapping:
            raise ReadingError(f"Kolom '{mapping[field]}' (untuk {field}) tidak ada di baris judul berkas ini.")
        if len(at) > 1:
            names = " dan ".join(f"'{header[place].strip()}'" for place in at)
            raise ReadingError(f"Lebih dari satu kolom cocok untuk {field}: {names}. Pilih dengan --map {field}=JUDUL.")
        if at:
            places[field] = at[0]
    if Field.NIK not in places:
        raise ReadingError(f"Kolom NIK tidak ditemukan pada {HEADER_WITHIN} baris pertama.")
    status = places.get(Field.STATUS)
    return Columns(places, len(header), status_heading="" if status is None else header[status].strip())


def read_row(columns: Columns, number: int, cells: Sequence[Cell]) -> Entry | BadRow | None:
    """One row of the file: its entry, or its fault; None for an empty row."""
    if len(cells) != columns.width:
        if not any(written(cell) for cell in cells):
            return None
        if len(cells) < columns.width or any(written(cell) for cell in cells[columns.width :]):
            reason = f"ada {len(cells)} kolom, padahal baris judul punya {columns.width}"
            return BadRow(number, reason, _readable(columns, cells, Field.NIK))
    values: dict[str, object] = {}
    try:
        for field, place in columns.places.items():
            values[field] = _PARSERS[field](cells[place])
        _check_days(values, columns.as_of)
    except BadValueError as bad:
        if not any(written(cell) for cell in cells):
            return None
        nik = _readable(columns, cells, Field.NIK)
        return BadRow(number, str(bad), nik, None if nik else _readable(columns, cells, Field.NAME))
    if isinstance(word := values.get(Field.DESIL), str):
        values |= {Field.DESIL: None, "kata_desil": word}
    if isinstance(word := values.get(Field.STATUS), str) and plain(word) in YES_OR_NO:
        values[Field.STATUS] = f"{columns.status_heading} {word}"
    return Entry(number, **values)  # type: ignore[arg-type] # each parser gives the type of its field


def _readable(columns: Columns, cells: Sequence[Cell], field: Field) -> str | None:
    """NIK or name of a row that was not taken: a person with such a row is not one whom the list does not name."""
    place = columns.places.get(field)
    with suppress(BadValueError):
        if place is not None and place < len(cells):
            return _nik(cells[place]) if field is Field.NIK else text(cells[place])
    return None


def _nik(cell: Cell) -> str:
    nik = _number(cell, Field.NIK)
    if nik is None:
        raise BadValueError("NIK kosong")
    if fault := niks.fault(nik):
        raise BadValueError(fault)
    return nik


def _number(cell: Cell, field: Field) -> str | None:
    """An identity number, of the length of its field."""
    return digits(cell, _LABELS[field], _DIGITS[field], may_begin_with_zero=field is Field.CARD)


def _register_number(cell: Cell) -> str | None:
    if isinstance(cell, float) and len(f"{cell:.0f}") > EXACT_DIGITS:
        raise BadValueError("nomor register tersimpan sebagai angka sehingga digitnya hilang; jadikan kolomnya Teks")
    return text(cell)


def _check_days(values: Mapping[str, object], as_of: date | None) -> None:
    """Refuses impossible dates: too early for any list, or after the date of this one."""
    born, off = values.get(Field.BORN), values.get(Field.DEACTIVATED)
    made = as_of or dates.FIGURES[1]
    wrong = None
    if isinstance(born, date):
        wrong = dates.birth_date_fault(born, made) if as_of else None
    if isinstance(off, date):
        wrong = wrong or dates.future_date_fault(off, made, "Tanggal nonaktif")
    if wrong:
        raise BadValueError(f"{wrong[0].lower()}{wrong[1:].rstrip('.')}")


def _word(cell: Cell) -> str:
    """A deciding word; empty for an empty cell."""
    return text(cell) or ""


def _decree(cell: Cell) -> str | None:
    number = text(cell)
    if number and len(number) > _DECREE_MOST:
        raise BadValueError(f"nomor SK lebih panjang dari {_DECREE_MOST} huruf")
    if number and _NIK_WITHIN.search(number):
        raise BadValueError("nomor SK memuat angka sepanjang NIK")
    return number


def _small(cell: Cell, form: re.Pattern[str], reason: str) -> int | None:
    value = text(cell)
    if value is None:
        return None
    if match := form.fullmatch(value):
        return int(match[1])
    raise BadValueError(reason)


def _desil(cell: Cell) -> int | str | None:
    """The decile, or the word that stands in its place. Refused is a number that no decile has."""
    word = text(cell)
    if word is None:
        return None
    match = _DESIL.fullmatch(word)
    if _NUMBER.fullmatch(word) and not (match and int(match[1]) <= _DESIL_MOST):
        raise BadValueError(f"desil harus angka 0 sampai {_DESIL_MOST}")
    return int(match[1]) if match else word


def _deactivations(cell: Cell) -> int | None:
    return _small(cell, _COUNT, "jumlah nonaktif harus bilangan bulat, 0 atau lebih")


def _aliases(field: Field) -> frozenset[str]:
    return headings((field, *_ALIASES[field].split(",")))


_LABELS: Final = {Field.NIK: "NIK", Field.KK: "No. KK", Field.CARD: "nomor kartu"}
_PARSERS: Final[Mapping[Field, Callable[[Cell], object]]] = {
    Field.NIK: _nik,
    Field.KK: lambda cell: _number(cell, Field.KK),
    Field.NAME: text,
    Field.BORN: lambda cell: day_of(cell, "tanggal lahir"),
    Field.NUMBER: _register_number,
    Field.DESIL: _desil,
    Field.CARD: lambda cell: _number(cell, Field.CARD),
    Field.SEGMENT: _word,
    Field.STATUS: _word,
    Field.DEACTIVATED: lambda cell: day_of(cell, "tanggal nonaktif"),
    Field.DEACTIVATIONS: _deactivations,
    Field.DECREE: _decree,
    Field.REASON: text,
}
