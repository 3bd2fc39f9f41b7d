"""The people of a letter for many: the list that its drafter pastes, read as every table of people is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jejak.contracts import events as e
from jejak.contracts.parts import MOST_LISTED
from jejak.platform.errors import Malformed
from jejak.privacy import nik, normalise
from jejak.procedure.model import Sop
from jejak.tables.columns import Column, find, read_row
from jejak.tables.files import open_table
from jejak.tables.people import of_person
from jejak.tables.reading import ReadingError
from jejak.uploads.parsing import TABLES

_FIELDS: Final = ("nik", "kk", "name", "address")
_COLUMNS: Final[tuple[Column, ...]] = tuple(
    column
    for column in of_person("orang", "", "peserta", required=True)
    if column.place.removeprefix("orang.") in _FIELDS
)
_NEEDED: Final = ("orang.nik", "orang.name")
_TITLES: Final[Mapping[str, str]] = {column.place: column.title for column in _COLUMNS}


def lists_people(sop: Sop, letters: Sequence[str]) -> bool:
    """Whether one of these letters is for many people, with their list attached."""
    return any(sop.surat[name].daftar_terlampir for name in letters)


async def listed_people(text: str, participant: e.Person) -> tuple[e.ListedPerson, ...]:
    """The people of a pasted table, in its order, without the participant, whom the letter names first.

    Malformed with the row for what cannot be read, a wrong NIK or KK number, and one person twice. No value of a row is
    repeated.
    """
    try:
        rows = await TABLES.run(_rows, text.encode())
    except ReadingError as error:
        raise Malformed("daftar_tidak_terbaca", str(error)) from None
    people: dict[str, e.ListedPerson] = {}
    for number, values in rows:
        person = _person(number, values)
        if person.nik in people:
            raise Malformed("daftar_ganda", f"Baris {number}: NIK ini sudah ada di baris lain. Hapus salah satunya.")
        people[person.nik] = person
    others = tuple(person for number, person in people.items() if number != participant.nik)
    if not others:
        raise Malformed(
            "daftar_perlu", "Daftar ini tidak memuat orang lain. Tempel daftar namanya, dengan baris judul."
        )
    if len(others) > MOST_LISTED:
        raise Malformed("daftar_panjang", f"Satu surat memuat paling banyak {MOST_LISTED + 1} orang. Bagi daftarnya.")
    return others


def _rows(data: bytes) -> list[tuple[int, Mapping[str, Any]]]:
    """The rows of the table; ReadingError for a missing column, and for the first row that cannot be taken."""
    niks = next(column for column in _COLUMNS if column.place == "orang.nik").known_as
    with open_table(data, niks, hint="Beri judul kolom itu NIK.") as table:
        layout = find(table.header, _COLUMNS)
        if missing := [_TITLES[place] for place in _NEEDED if place not in layout.places]:
            raise ReadingError(f"Kolom yang belum ada: {', '.join(missing)}. Tambahkan baris judulnya.")
        taken = []
        for number, cells in table.rows:
            row = read_row(layout, number, cells)
            if row is None:
                continue
            if row.why is not None:
                raise ReadingError(f"Baris {number}: {row.why}.")
            taken.append((number, row.values))
    return taken


def _person(number: int, values: Mapping[str, Any]) -> e.ListedPerson:
    if empty := [_TITLES[place] for place in _NEEDED if not values.get(place)]:
        raise Malformed("daftar_kosong", f"Baris {number}: {', '.join(empty)} kosong.")
    fields = {place.removeprefix("orang."): value for place, value in values.items() if value}
    if wrong := nik.fault(fields["nik"]) or (nik.fault_of_kk(fields["kk"]) if "kk" in fields else None):
        raise Malformed("daftar_salah", f"Baris {number}: {wrong}.")
    if normalise.unprintable("".join(fields.values())):
        raise Malformed("huruf_tidak_tercetak", f"Baris {number}: ada huruf yang tidak dapat dicetak.")
    return e.ListedPerson.model_validate(fields)
