"""The columns of a register file, and the checks of its rows.

A reason never repeats a value of the row: the report of an import may be printed and passed on.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from jejak.privacy import nik as niks
from jejak.procedure.office.vocabularies import YES_OR_NO, spelt
from jejak.tables import people
from jejak.tables.cells import EXACT_DIGITS, BadValueError, birth, day, deciding, text
from jejak.tables.columns import Column, Layout, find, is_misplaced
from jejak.tables.columns import read_row as read_cells
from jejak.tables.headings import keys
from jejak.tables.reading import HEADER_WITHIN, Cell, ReadingError
from jejak.timekeeping import dates
from verification.registers.lookup import RegisterKind
from verification.registers.remarks import death_word, remark_columns, says_death

HINT: Final = "Beri judul kolom itu NIK, atau sebutkan judulnya dengan --map nik=JUDUL."
"""What to do where there is no column of NIKs: a command reads registers."""


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
    NEED = "kebutuhan"
    """Of a list to be matched: the need of health care, in the words of an answer of the sheet."""


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
    Field.NUMBER: "nomor pbdt, nomor dtks, id dtks, id bdt, idbdt, id dtsen, nomor dtsen, "
    "id keluarga dtsen, id keluarga, idjtg, id jtg, nomor register",
    Field.DESIL: "desil kesejahteraan, desil nasional, peringkat desil, desil dtsen",
    Field.SEGMENT: "segmen peserta, segmentasi, jenis peserta, jenis kepesertaan, segmen kepesertaan",
    Field.STATUS: "status peserta, status kepesertaan, status kartu, keterangan status, status penduduk, "
    "status keaktifan, status aktif, status jkn, status bpjs, status kis, status hidup, status kehidupan, status nik, "
    "terdaftar, terdaftar pbdt, terdaftar dtks, terdaftar dtsen, status terdaftar, status pbdt, status dtks, "
    "status dtsen, layak, status layak, kelayakan, status kelayakan",
    Field.DEACTIVATED: "tanggal non aktif, tmt nonaktif, tmt non aktif, tanggal dinonaktifkan, tanggal penonaktifan",
    Field.DEACTIVATIONS: "jumlah non aktif, kali nonaktif, jumlah penonaktifan, frekuensi nonaktif",
    Field.DECREE: "nomor sk nonaktif, sk non aktif, nomor sk non aktif, sk penonaktifan, "
    "nomor sk penonaktifan, nomor sk",
    Field.REASON: "alasan non aktif, alasan penonaktifan, sebab nonaktif, sebab non aktif, sebab penonaktifan, "
    "keterangan nonaktif, keterangan non aktif",
    Field.NEED: "kebutuhan layanan, kebutuhan layanan kesehatan, kebutuhan medis",
}
"""Titles beside the field's own, and beside those of a person (`jejak.tables.people`)."""
_ONE_PERSON: Final = ("", "peserta")
"""What the titles of the people of a register may end in."""
_SELDOM: Final = {(RegisterKind.POOR, Field.STATUS), (RegisterKind.MEMBERS, Field.REASON)}
NO_COLUMN: Final = "-"
"""As the heading of a field: the file has no such column, even where a heading seems to name it."""
_DESIL: Final = re.compile(r"(?:desil\s*)?(\d{1,2})(?:[.,]0+)?", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?:desil\s*)?-?[\d.,]+", re.ASCII | re.IGNORECASE)
_COUNT: Final = re.compile(r"(\d{1,3})(?:[.,]0+)?(?:\s*(?:x|kali))?", re.ASCII | re.IGNORECASE)
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
    kebutuhan: str | None = None
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
    """The columns of a register in a file; `as_of` is its date, where the dates of its rows are checked against it."""

    layout: Layout
    as_of: date | None = None
    status_heading: str = ""
    remarks: tuple[tuple[int, str], ...] = ()
    """The columns that hold no field, by place and title: one may say that the person has died."""

    @property
    def titles(self) -> Mapping[Field, str]:
        """The fields that the file has, with the titles of their columns."""
        return {Field(place): title for place, title in self.layout.places.items()}

    def missing(self, kind: RegisterKind) -> tuple[Field, ...]:
        """Fields of this kind of register that the file does not have, but for those that few lists have."""
        there = self.layout.places
        return tuple(field for field in FIELDS[kind] if field not in there and (kind, field) not in _SELDOM)


def key_headings(mapping: Mapping[Field, str]) -> frozenset[str]:
    """The headings of the NIK: a cell with one marks the header row."""
    return keys((mapping[Field.NIK],)) if Field.NIK in mapping else _COLUMNS[Field.NIK].known_as


def find_columns(
    kind: RegisterKind, header: Sequence[str], mapping: Mapping[Field, str], only: Sequence[Field] | None = None
) -> Columns:
    """The columns of this kind of register, or `only` some of them: by the given heading, else by the usual ones.

    ReadingError for a given heading that the file lacks, and for two columns of one field.
    """
    columns = [_COLUMNS[field] for field in only or FIELDS[kind] if mapping.get(field) != NO_COLUMN]
    if only is None and Field.BORN in FIELDS[kind] and Field.BORN not in mapping:
        columns.append(_BIRTH)
    layout = find(
        header, columns, {str(field): title for field, title in mapping.items()}, "Pilih dengan --map {field}=JUDUL."
    )
    if Field.NIK not in layout.places:
        raise ReadingError(f"Kolom NIK tidak ditemukan pada {HEADER_WITHIN} baris pertama.")
    remarks = remark_columns(layout, header) if only is None else ()
    return Columns(layout, status_heading=layout.places.get(Field.STATUS, ""), remarks=remarks)


def read_row(columns: Columns, number: int, cells: Sequence[Cell]) -> Entry | BadRow | None:
    """One row of the file: its entry, or its fault; None for an empty row."""
    row = read_cells(columns.layout, number, cells)
    if row is None:
        return None
    if wrong := row.why or _wrong_days(row.values, columns.as_of):
        nik = _readable(columns.layout, cells, Field.NIK)
        is_named = nik is None and not is_misplaced(columns.layout, cells)
        return BadRow(number, wrong, nik, _readable(columns.layout, cells, Field.NAME) if is_named else None)
    entry = Entry(number, **_in_words(row.values, columns.status_heading))
    death = death_word(columns.remarks, cells)
    return entry if death is None or says_death(entry.status) else entry._replace(status=death)


def _in_words(values: Mapping[str, Any], status_heading: str) -> Mapping[str, Any]:
    """The fields of an entry: a word in the decile's column has its own, and a bare yes or no its heading."""
    if isinstance(word := values.get(Field.DESIL), str):
        values = {**values, Field.DESIL: None, "kata_desil": word}
    if (word := values.get(Field.STATUS)) and spelt(word) in YES_OR_NO:
        values = {**values, Field.STATUS: f"{status_heading} {word}"}
    return values


def _readable(layout: Layout, cells: Sequence[Cell], field: Field) -> str | None:
    """NIK or name of a row that was not taken: a person with such a row is not one whom the list does not name."""
    with suppress(BadValueError):
        for found in layout.found:
            if found.column.place == field and found.at < len(cells):
                value: str | None = found.column.read(cells[found.at], found.title)
                return value
    return None


def swapped_birth_date(entry: Entry) -> bool:
    """Whether the date of birth is the NIK's with day and month changed places, as in a file written month first."""
    return entry.tanggal_lahir is not None and niks.swaps_day_and_month(entry.nik, entry.tanggal_lahir)


def _nik(cell: Cell, title: str) -> str:
    nik: str | None = people.read_nik(cell, title)
    if nik is None:
        raise BadValueError(f"{title} kosong")
    if fault := niks.fault(nik):
        raise BadValueError(fault)
    return nik


def _register_number(cell: Cell, title: str) -> str | None:
    if isinstance(cell, float) and len(f"{cell:.0f}") > EXACT_DIGITS:
        raise BadValueError("nomor register tersimpan sebagai angka sehingga digitnya hilang; jadikan kolomnya Teks")
    return text(cell, title)


def _wrong_days(values: Mapping[str, object], as_of: date | None) -> str | None:
    """What is wrong with the dates of a row: too early for any list, or after the date of this one."""
    born, off = values.get(Field.BORN), values.get(Field.DEACTIVATED)
    made = as_of or dates.FIGURES[1]
    wrong = None
    if isinstance(born, date):
        wrong = dates.birth_date_fault(born, made) if as_of else None
    if isinstance(off, date):
        wrong = wrong or dates.future_date_fault(off, made, "Tanggal nonaktif")
    return f"{wrong[0].lower()}{wrong[1:].rstrip('.')}" if wrong else None


def _word(cell: Cell, title: str) -> str:
    """A deciding word; empty for an empty cell."""
    return deciding(cell, title) or ""


def _decree(cell: Cell, title: str) -> str | None:
    number = text(cell, title)
    if number and len(number) > _DECREE_MOST:
        raise BadValueError(f"nomor SK lebih panjang dari {_DECREE_MOST} huruf")
    if number and _NIK_WITHIN.search(number):
        raise BadValueError("nomor SK memuat angka sepanjang NIK")
    return number


def _small(cell: Cell, title: str, form: re.Pattern[str], reason: str) -> int | None:
    value = deciding(cell, title)
    if value is None:
        return None
    if match := form.fullmatch(value):
        return int(match[1])
    raise BadValueError(reason)


def _desil(cell: Cell, title: str) -> int | str | None:
    """The decile, or the word that stands in its place. Refused is a number that no decile has."""
    word = deciding(cell, title)
    if word is None:
        return None
    match = _DESIL.fullmatch(word)
    if _NUMBER.fullmatch(word) and not (match and int(match[1]) <= _DESIL_MOST):
        raise BadValueError(f"desil harus angka 0 sampai {_DESIL_MOST}")
    return int(match[1]) if match else word


def _deactivations(cell: Cell, title: str) -> int | None:
    return _small(cell, title, _COUNT, "jumlah nonaktif harus bilangan bulat, 0 atau lebih")


def _birth_date(cell: Cell, title: str) -> date | None:
    return birth(cell, title)[1]


_OF_PERSON: Final = {column.places: column for column in people.of_person("orang", *_ONE_PERSON, required=False)}


def _person(field: Field, what: str, read: people.Read | None = None) -> Column:
    """The column of a person's field, under the name that `--map` takes."""
    column = _OF_PERSON[tuple(f"orang.{part}" for part in what.split())]
    also = f"{column.also},{field}" if len(column.places) == 1 else column.also
    return Column((field,), column.title, read or column.read, also)


def _own(field: Field, read: people.Read) -> Column:
    return Column((field,), field.replace("_", " "), read, _ALIASES[field])


_COLUMNS: Final[Mapping[Field, Column]] = {
    Field.NIK: _person(Field.NIK, "nik", _nik),
    Field.KK: _person(Field.KK, "kk"),
    Field.NAME: _person(Field.NAME, "name"),
    Field.BORN: _person(Field.BORN, "born"),
    Field.NUMBER: _own(Field.NUMBER, _register_number),
    Field.DESIL: _own(Field.DESIL, _desil),
    Field.CARD: _person(Field.CARD, "card"),
    Field.SEGMENT: _own(Field.SEGMENT, _word),
    Field.STATUS: _own(Field.STATUS, _word),
    Field.DEACTIVATED: _own(Field.DEACTIVATED, day),
    Field.DEACTIVATIONS: _own(Field.DEACTIVATIONS, _deactivations),
    Field.DECREE: _own(Field.DECREE, _decree),
    Field.REASON: _own(Field.REASON, text),
    Field.NEED: _own(Field.NEED, text),
}
_BIRTH: Final = _person(Field.BORN, "birthplace born", _birth_date)
