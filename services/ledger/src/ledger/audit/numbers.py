"""The numbers of letters, as events name them: from these the Buku and the search by number are read.

A number is a row of letters before it is print. One that a draft names stands in LetterDrafted, one that no draft came
for in LetterNumbered, which letters says within a minute or two.
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
    """The numbers that the events of a stretch of the ledger name; an event that cannot be read stops no other."""
    found: list[Entry] = []
    for row in await pool.fetch(NAMED, after, upto):
        with skipping_unreadable(row["stream"]):
            found += list(_entries(row))
    return found


def _entries(row: asyncpg.Record) -> Iterable[Entry]:
    for one in json.loads(row["payload"])["letters"]:
        letter = e.DraftLetter.model_validate(one)
        said = letter.reserved or _by(row["recorded_at"])
        yield row["stream"], letter.letter, row["office"], said.year, said.count, letter.number, said.at


def _by(recorded_at: datetime) -> e.Reservation:
    """Where a number stands in the book whose event does not say so."""
    return e.Reservation(year=(recorded_at + _WIB).year, at=recorded_at)


async def enter(connection: Any, entries: Sequence[Entry]) -> None:
    """Adds what is new. As often as one likes: a number once given is changed by nobody."""
    if entries:
        await connection.execute(ENTER, *(list(column) for column in zip(*entries, strict=True)))
