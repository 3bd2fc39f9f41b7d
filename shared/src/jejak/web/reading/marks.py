"""Events as the clocks read them, and the books they are held against."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from jejak.cases.registry import Books
from jejak.contracts.envelope import Event
from jejak.contracts.timing import is_proven, timing_fields
from jejak.procedure.kantor import Kantor
from jejak.procedure.model import Sop
from jejak.timekeeping.calendar import Calendar, with_versions
from jejak.timekeeping.clocks.marks import Mark, parse_due, received_at
from jejak.timekeeping.clocks.times import Book, book_of

MARK_COLUMNS: Final = """
e.recorded_at, e.type, e.slot, e.langkah, e.tugas, e.hasil, e.oleh, e.actor, e.recorder, e.occurred_at, e.due, e.payload
"""


def mark_of(event: Event) -> Mark:
    """One event as the clocks read it. ValueError for a payload that cannot be read."""
    return mark_from((
        *(event.recorded_at, event.type, event.slot, event.langkah, event.tugas, event.hasil, event.oleh),
        *(event.actor, event.recorder, event.occurred_at, event.due, event.payload),
    ))  # fmt: skip


def mark_from(row: Any) -> Mark:
    """As `mark_of`, from a row that begins with MARK_COLUMNS."""
    recorder, occurred_at, due, payload = row[8:12]
    shown = recorder is None or occurred_at is None or is_proven(payload)
    tasks = None if due is None else parse_due(due)
    said = timing_fields(payload)
    if not said:  # as most are
        return tuple.__new__(Mark, (*row[:10], tasks, 1, shown, None, ()))
    fields = (said.get("share", 1), shown, said.get("batch_closed_at"), said.get("answers", ()))
    return tuple.__new__(Mark, (*row[:10], tasks, *fields))


class Shelf(NamedTuple):
    """What is needed to judge a case: its sheet, its office as it was on the day of receipt, and the book of both."""

    sop: Sop
    office: Kantor
    book: Book


@dataclass(slots=True)
class Shelves:
    """Books by office, edition and version of the kantor file, made once."""

    books: Books
    _kept: dict[tuple[str, str, str], Shelf] = field(default_factory=dict)

    async def of(self, office: str, sop_sha256: str, received: datetime) -> Shelf:
        """The book that judges a case received then; hours and holidays are those in force on each day."""
        versions = await self.books.kantors(office)
        kantor = await self.books.kantor(office, received)
        key = (sop_sha256, kantor.sha256, versions[-1].sha256)
        if key not in self._kept:
            sop = await self.books.sop(sop_sha256)
            self._kept[key] = Shelf(sop, kantor, book_of(sop, calendar_of(versions), kantor.batas_tunggu))
        return self._kept[key]


def calendar_of(versions: Sequence[Kantor]) -> Calendar:
    """One calendar of all versions of an office, each from its day."""
    return with_versions([(one.berlaku_sejak or date(2000, 1, 1), one.calendar) for one in versions])


def received(marks: Sequence[Mark]) -> datetime:
    """When a case was received, by its first event."""
    return received_at(marks[0])


class StreamMarks(NamedTuple):
    """One case's columns, in order."""

    stream: uuid.UUID
    office: str
    sop: str
    marks: list[Mark]
