"""Events as the clocks read them, and the books they are held against."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from jejak.cases.registry import Books
from jejak.eventstore.types import Recorded
from jejak.procedure.kantor import Kantor
from jejak.procedure.model import Sop
from jejak.timekeeping.calendar import Calendar, with_versions
from jejak.timekeeping.clocks.marks import Mark, parse_due, received_at
from jejak.timekeeping.clocks.times import Book, book_of

NO_EVIDENCE: Final = b'"evidence":[]'
"""Stands in the stored bytes of an act without evidence, and nowhere else: free text is sealed, keys are sorted."""


FROM_A_FILE: Final = b'"way":"impor"'
"""Stands in the stored bytes of what came as a file, which is its evidence."""
BATCH_CLOSED: Final = b'"batch_closed_at":'
SHARE: Final = b'"share":'
ANSWERS: Final = b'"answers":["'
_CLOSED: Final = re.compile(BATCH_CLOSED + rb'"([^"]+)"')
_ANSWERS: Final = re.compile(rb'"answers":(\["[^]]*\])')
_SHARE: Final = re.compile(SHARE + rb"(\d+)")


def batch_closed_at(payload: bytes) -> datetime | None:
    """When the batch closed that an act was done with; None for an act done alone. No other field is named so."""
    found = _CLOSED.search(payload)
    return datetime.fromisoformat(found[1].decode()) if found else None


def share_of(payload: bytes) -> int:
    """How many cases or letters the one request was for."""
    found = _SHARE.search(payload)
    return int(found[1]) if found else 1


def answers_of(payload: bytes) -> tuple[str, ...]:
    """What was answered at the counter, by the sheet's names; empty for any other event."""
    found = _ANSWERS.search(payload)
    return tuple(json.loads(found[1])) if found else ()


def mark_of(event: Recorded) -> Mark:
    """One event as the clocks read it."""
    claimed = event.recorder is not None and event.occurred_at is not None
    shown = not claimed or NO_EVIDENCE not in event.payload or FROM_A_FILE in event.payload
    return Mark(
        event.recorded_at,
        event.type,
        event.slot,
        event.langkah,
        event.tugas,
        event.hasil,
        event.oleh,
        event.actor,
        event.recorder,
        event.occurred_at,
        None if event.due is None else parse_due(event.due),
        share_of(event.payload),
        shown,
        batch_closed_at(event.payload),
        answers_of(event.payload),
    )


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
