"""The query of bpjs-sync to verification about imported membership lists, and its answer; HTTP, inner network only."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from jejak.contracts.parts import Nik, Part

PATH: Final = "/internal/member-lists"
MOST_PEOPLE: Final = 500
"""In one query."""


class MemberQuery(Part):
    """People of one office, by NIK."""

    office: Annotated[str, Field(pattern=r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?(-[a-z0-9]{1,20}){0,2})?$")]
    niks: Annotated[tuple[Nik, ...], Field(min_length=1, max_length=MOST_PEOPLE)]


class _Answer(BaseModel):
    """Unknown fields are ignored: a newer verification may send more."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class MemberList(_Answer):
    """An imported list that answers for the office, its own or its province's; `as_of` is the day of its data."""

    import_id: UUID
    as_of: date
    own: bool = True
    """Whether it is its kabupaten's and not its province's: an office's digits speak of its own lists."""


class MemberRow(_Answer):
    """A row of a list. `status` is the list's own word, whose meaning is in `jejak.procedure.meanings`.

    `status` and `segment` are None where the list has no such column, empty where the cell is. `fault` is why a row
    could not be read: then nothing else of it is known.
    """

    source: MemberList
    segment: str | None = None
    status: str | None = None
    deactivated_on: date | None = None
    fault: str | None = None


class MemberQueryAnswer(_Answer):
    """The lists that answer, none if none was imported; and the rows of each person, in the order of the query."""

    lists: tuple[MemberList, ...]
    rows: tuple[tuple[MemberRow, ...], ...]
