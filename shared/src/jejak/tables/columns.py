"""The columns of a table of people: found by their headings, read row by row. Every list and register is read so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from jejak.tables import headings
from jejak.tables.cells import BadValueError, UnclearValueError, written
from jejak.tables.reading import Cell, ReadingError

OWN_HEADING: Final = "Hapus atau ganti judul salah satunya, lalu unggah lagi."


@dataclass(frozen=True, eq=False)
class Column:
    """One column: the fields that its cell fills, its title, other titles for it, and how a cell is read.

    `read` takes the cell and the title in the file. Of several `places` it returns a value each.
    """

    places: tuple[str, ...]
    title: str
    read: Callable[[Cell, str], Any]
    also: str = ""
    required: bool = False

    @property
    def place(self) -> str:
        """The only field that it fills, or the first."""
        return self.places[0]

    @cached_property
    def known_as(self) -> frozenset[str]:
        """Its titles, as `headings.key` writes them."""
        return headings.keys(name for name in (self.title, *self.also.split(",")) if name.strip())


@dataclass(frozen=True, slots=True)
class Found:
    """A column of a file: what it holds, and its place and title there."""

    column: Column
    at: int
    title: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns found in a file; `width` is the header's, `unused` the titles of those that are not read."""

    found: tuple[Found, ...]
    width: int
    unused: tuple[str, ...] = ()

    @property
    def places(self) -> Mapping[str, str]:
        """The fields that the file has, with the titles of their columns."""
        return {place: found.title for found in self.found for place in found.column.places}


@dataclass(frozen=True, slots=True)
class RowRead:
    """A row with something in it: the fields it fills, or why it cannot be taken; `asked`: a person has to clear it."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    why: str | None = None
    asked: bool = False


def find(
    header: Sequence[str], columns: Sequence[Column], chosen: Mapping[str, str] | None = None, choose: str = OWN_HEADING
) -> Layout:
    """The columns of a file: by the headings chosen for their fields, else by the usual ones.

    ReadingError for a chosen heading that the file lacks, and for two columns of one field: `choose` says what to do,
    with the field in braces.
    """
    accepted = {column: _accepted(column, chosen or {}) for column in columns}
    known = frozenset[str]().union(*accepted.values())
    shown, found = [headings.key(heading, known) for heading in header], list[Found]()
    for column, spellings in accepted.items():
        at = [place for place, heading in enumerate(shown) if heading in spellings]
        if not at and chosen and column.place in chosen:
            raise ReadingError(
                f"Kolom '{chosen[column.place]}' (untuk {column.place}) tidak ada di baris judul berkas ini."
            )
        found += [Found(column, place, " ".join(header[place].split())) for place in at]
    for place in {place for one in found for place in one.column.places}:
        titles = [one.title for one in found if place in one.column.places]
        if len(titles) > 1:
            names = " dan ".join(f"'{title}'" for title in titles)
            title = next(column.title for column in columns if place in column.places)
            raise ReadingError(f"Lebih dari satu kolom cocok untuk {title}: {names}. {choose.format(field=place)}")
    taken = {one.at for one in found}
    unused = tuple(heading.strip() for at, heading in enumerate(header) if at not in taken and heading.strip())
    return Layout(tuple(found), len(header), unused)


def _accepted(column: Column, chosen: Mapping[str, str]) -> frozenset[str]:
    wanted = chosen.get(column.place)
    return column.known_as if wanted is None else frozenset({headings.key(wanted, ())})


def is_misplaced(layout: Layout, cells: Sequence[Cell]) -> bool:
    """Whether a row is wider or narrower than the header, so that its cells may stand under headings of others."""
    return len(cells) < layout.width or any(map(written, cells[layout.width :]))


def read_row(layout: Layout, number: int, cells: Sequence[Cell]) -> RowRead | None:
    """One row of the file; None for an empty one. A row that is wider or narrower than the header is never cut."""
    if not any(map(written, cells)):
        return None
    if is_misplaced(layout, cells):
        why = f"ada {len(cells)} kolom, padahal baris judul punya {layout.width}"
        if len(cells) > layout.width:
            why += "; beri tanda kutip pada isian yang memuat pemisah kolom"
        return RowRead(number, why=why)
    values: dict[str, Any] = {}
    try:
        for one in layout.found:
            value, places = one.column.read(cells[one.at], one.title), one.column.places
            if len(places) == 1:
                values[places[0]] = value
            else:
                values.update(zip(places, value, strict=True))
    except BadValueError as bad:
        return RowRead(number, why=str(bad), asked=isinstance(bad, UnclearValueError))
    return RowRead(number, values)
