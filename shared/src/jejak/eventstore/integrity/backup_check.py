"""Checks a restored event store, wherever it stands: its chains, its counts, its age, its keys, its epoch.

A copy that is still recovering can be checked as well, before it is opened for writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jejak.eventstore.integrity.backup_note import BackupNote, measured_to
from jejak.eventstore.integrity.verify import verify
from jejak.eventstore.key_rotation import UNOPENED, counted, tables_of
from jejak.eventstore.postgres.migration_files import known
from jejak.eventstore.postgres.owner import as_owner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime, timedelta

    import asyncpg

    from jejak.platform.key_settings import MasterKeys

_APPLIED: Final = "SELECT name FROM jejak.migration"
_NEWEST: Final = """
SELECT position, recorded_at, clock_timestamp() - recorded_at AS age FROM es.event ORDER BY position DESC LIMIT 1
"""
_SAME_HISTORY: Final = "SELECT history = es.history() FROM es.epoch"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a restored copy, and whether it is as it should be."""

    sentence: str
    holds: bool


def _good(sentence: str) -> Finding:
    return Finding(sentence, holds=True)


def _wrong(sentence: str) -> Finding:
    return Finding(sentence, holds=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a copy is held against; None: not compared."""

    note: BackupNote | None
    max_age: timedelta | None
    masters: MasterKeys | None


async def check(url: str, expected: Expected) -> AsyncIterator[Finding]:
    """What is found, each as soon as it is known. Reads only."""
    async with as_owner(url) as connection:
        recovering = await connection.fetchval("SELECT pg_is_in_recovery()")
        if recovering:
            yield _good("The copy is still in recovery: nothing can be written to it yet.")
        yield await _schema(connection)
        async for finding in _chains(url):
            yield finding
        yield await _age(connection, expected.max_age)
        if expected.note is not None:
            yield await _counts(connection, expected.note)
        if expected.masters is not None:
            yield await _keys(connection, expected.masters)
        if not recovering:
            yield await _epoch(connection)


async def _schema(connection: asyncpg.Connection[Any]) -> Finding:
    applied, here = {row[0] for row in await connection.fetch(_APPLIED)}, set(known())
    if newer := sorted(applied - here):
        return _wrong(f"The copy is of a newer release than these programs: {newer[0]} is unknown here.")
    if missing := len(here - applied):
        return _good(f"The copy lacks {missing} migrations of these programs: run `jejak migrate` before use.")
    return _good("The schema is that of these programs.")


async def _chains(url: str) -> AsyncIterator[Finding]:
    report = await verify(url)
    if (broken := report.broken) is None:
        yield _good(f"Every chain holds: {report.streams} streams, {report.events} events.")
    else:
        place = f"stream {broken.stream}, version {broken.version}"
        yield _wrong(f"A chain is BROKEN at {place}: {broken.fault}.")


async def _age(connection: asyncpg.Connection[Any], most: timedelta | None) -> Finding:
    row = await connection.fetchrow(_NEWEST)
    if row is None:
        return Finding("The copy holds no event.", holds=most is None)
    age: timedelta = row["age"]
    sentence = f"The newest event is {row['position']}, recorded at {_clock(row['recorded_at'])}, {duration(age)} ago"
    if most is not None and age > most:
        return _wrong(f"{sentence}: older than {duration(most)}.")
    return _good(f"{sentence}.")


async def _counts(connection: asyncpg.Connection[Any], note: BackupNote) -> Finding:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        here = await measured_to(connection, note.measured.position)
    noted, made = note.measured, f"the note of {_clock(note.made_at)}"
    if here == noted:
        return _good(f"The copy has all that {made} counts: {noted.streams} streams, {noted.events} events.")
    if here.events < noted.events:
        missing = noted.events - here.events
        return _wrong(f"{missing} of {noted.events} events that {made} counts are missing.")
    return _wrong(f"The chains up to position {noted.position} are other ones than {made} counts.")


async def _keys(connection: asyncpg.Connection[Any], masters: MasterKeys) -> Finding:
    known_ids = {name.hex() for name in masters.by_id}
    total, strange, unopened = 0, set[str](), 0
    for table in await tables_of(connection):
        counts = await counted(connection, masters, table)
        total += sum(counts.values())
        strange |= counts.keys() - known_ids - {UNOPENED}
        unopened += counts.get(UNOPENED, 0)
    if strange:
        return _wrong(f"The ring lacks the master keys {', '.join(sorted(strange))}: keys of the copy need them.")
    if unopened:
        return _wrong(f"{unopened} of {total} wrapped keys open with no master key of the ring.")
    return _good(f"The master keys of the ring open all {total} wrapped keys.")


async def _epoch(connection: asyncpg.Connection[Any]) -> Finding:
    if await connection.fetchval(_SAME_HISTORY):
        return _good("The server's history is that of the epoch: after a restore, run `jejak restore done`.")
    return _good("The server writes another history than the epoch's: a new epoch begins with the first start.")


def _clock(moment: datetime) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")


def duration(span: timedelta) -> str:
    """A duration in the largest two units: "2 days 3 hours", "4 minutes"; a negative one counts as none."""
    seconds = max(0, int(span.total_seconds()))
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    parts = [
        f"{count} {unit if count == 1 else unit + 's'}"
        for count, unit in ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds % _MINUTE, "second"))
        if count
    ]
    return " ".join(parts[:2]) or "0 seconds"
