"""The index of letter numbers, filled from events: the Buku and the search by number read it.

The letters service reserves a number before the letter is printed. LetterDrafted names the numbers of a draft;
LetterNumbered, which letters appends within a minute or two, those for which no draft came.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from jejak.cases.unreadable import skipping_unreadable
from jejak.contracts import events as e

NAMED: Final = """
SELECT e.stream, e.office, e.recorded_at, e.payload FROM es.event e
WHERE e.position > $1 AND e.position <= $2 AND e.kind = 'case' AND e.type IN ('LetterDrafted', 'LetterNumbered')
ORDER BY e.position
"""
ENTER: Final = """
INSERT INTO view.number ("case", surat, office, year, urut, nomor, reserved_at)
SELECT n.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::timestamptz[])
    AS n ("case", surat, office, year, urut, nomor, reserved_at)
ON CONFLICT DO NOTHING
"""
_WIB: Final = timedelta(hours=7)

type Entry = tuple[uuid.UUID, str, str, int, int | None, str, datetime]


async def read(pool: asyncpg.Pool[asyncpg.Record], after: int, upto: int) -> list[Entry]:
    """The numbers named by the events after one position up to another; unreadable events are skipped."""
    entries: list[Entry] = []
    for row in await pool.fetch(NAMED, after, upto):
        with skipping_unreadable(row["stream"]):
            entries += list(_entries(row))
    return entries


def _entries(row: asyncpg.Record) -> Iterable[Entry]:
    recorded_at: datetime = row["recorded_at"]
    # The place in the book of a number whose event does not name it.
    unnamed = e.Reservation(year=(recorded_at + _WIB).year, at=recorded_at)
    for fields in json.loads(row["payload"])["letters"]:
        letter = e.DraftLetter.model_validate(fields)
        place = letter.reserved or unnamed
        yield row["stream"], letter.letter, row["office"], place.year, place.count, letter.number, place.at


async def enter(connection: Any, entries: Sequence[Entry]) -> None:
    """Adds the new numbers; idempotent, as a number once given never changes."""
    if entries:
        await connection.execute(ENTER, *(list(column) for column in zip(*entries, strict=True)))
