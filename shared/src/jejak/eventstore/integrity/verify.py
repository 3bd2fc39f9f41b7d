"""Recomputes every chain of the ledger and names the first event that is not what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from jejak.eventstore.integrity import chain
from jejak.eventstore.store import EVENT_COLUMNS, event_of_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

MISSING: Final = "the event is missing"
STRANGER: Final = "stream, kind or office is not the stream's"
HASH: Final = "the hash does not follow from the record"
SHORT: Final = "the events end before the stream does"
HEAD: Final = "the stream's head is not its last hash"
"""What may be wrong with a chain."""

_STREAMS: Final = 500
_EVENTS: Final = 2_000
_NEXT_STREAMS: Final = """
SELECT stream_no, key, kind, office, sop, version, head FROM es.stream WHERE stream_no > $1 ORDER BY stream_no LIMIT $2
"""
_EVENTS_OF: Final = (
    f"SELECT {EVENT_COLUMNS}, stream_no FROM es.event"  # noqa: S608 - column names only
    " WHERE stream_no > $1 AND stream_no <= $2 ORDER BY stream_no, version"
)
_STREAM: Final = "SELECT stream_no, key, kind, office, sop, version, head FROM es.stream WHERE key = $1"
_STRAY: Final = (
    f"SELECT {EVENT_COLUMNS} FROM es.event e"  # noqa: S608 - column names only
    " WHERE NOT EXISTS (SELECT FROM es.stream s WHERE s.stream_no = e.stream_no) ORDER BY position LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first fault of a chain: where, and what. `position` is None when the event itself is missing."""

    stream: UUID
    version: int
    position: int | None
    fault: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """How much was looked at, and the first fault (by position, a missing event first) if there is one."""

    streams: int
    events: int
    broken: ChainFault | None


@dataclass(slots=True)
class _Walk:
    """One stream while its events pass by."""

    row: Any
    head: bytes
    version: int = 0
    broken: ChainFault | None = None

    def step(self, event: Any) -> None:
        """Takes the next event; after a fault nothing more can be said of this stream."""
        if self.broken is not None:
            return
        one = event_of_row(event)
        if one.version != self.version + 1:
            self.broken = ChainFault(self.row["key"], self.version + 1, None, MISSING)
        elif (one.stream, one.kind, one.office) != (self.row["key"], self.row["kind"], self.row["office"]):
            self.broken = ChainFault(self.row["key"], one.version, one.position, STRANGER)
        elif chain.event_hash(self.head, one) != one.hash:
            self.broken = ChainFault(self.row["key"], one.version, one.position, HASH)
        self.version = one.version
        self.head = one.hash

    def end(self) -> ChainFault | None:
        """The stream's row must agree with its last event, so that none was cut off."""
        if self.broken is None and self.version != self.row["version"]:
            self.broken = ChainFault(self.row["key"], self.version + 1, None, SHORT)
        if self.broken is None and self.head != self.row["head"]:
            self.broken = ChainFault(self.row["key"], self.version, None, HEAD)
        return self.broken


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream's chain: how many events it has, the head that its row names, and its first fault."""

    events: int
    head: bytes
    broken: ChainFault | None


async def verify_stream(pool: asyncpg.Pool[asyncpg.Record], key: UUID) -> StreamReport | None:
    """Recomputes one stream's chain from its rows as they are at one instant; None where there is no such stream."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(_STREAM, key)
        if row is None:
            return None
        walk, count = _walk(row), 0
        async for event in _events(connection, row["stream_no"] - 1, row["stream_no"]):
            count += 1
            walk.step(event)
    return StreamReport(count, row["head"], walk.end())


async def verify(url: str) -> LedgerReport:
    """Walks the whole ledger as it is at one instant, some streams at a time, in bounded memory."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _verify(connection)
    finally:
        await connection.close()


async def _verify(connection: asyncpg.Connection[Any]) -> LedgerReport:
    streams = events = after = 0
    faults: list[ChainFault] = []
    while rows := await connection.fetch(_NEXT_STREAMS, after, _STREAMS):
        walks = {row["stream_no"]: _walk(row) for row in rows}
        last = rows[-1]["stream_no"]
        async for event in _events(connection, after, last):
            events += 1
            if event["stream_no"] in walks:
                walks[event["stream_no"]].step(event)
        faults += [fault for walk in walks.values() if (fault := walk.end()) is not None]
        streams += len(rows)
        after = last
    stray = await connection.fetchrow(_STRAY)
    if stray is not None:
        faults.append(
            ChainFault(stray["stream"], stray["version"], stray["position"], "the stream of the event is missing")
        )
    first = min(faults, key=lambda fault: (fault.position is not None, fault.position or 0), default=None)
    return LedgerReport(streams, events, first)


def _walk(row: Any) -> _Walk:
    return _Walk(row, chain.genesis(row["key"], row["kind"], row["office"], row["sop"]))


async def _events(connection: Any, after: int, last: int) -> AsyncIterator[Any]:
    async for event in connection.cursor(_EVENTS_OF, after, last, prefetch=_EVENTS):
        yield event
