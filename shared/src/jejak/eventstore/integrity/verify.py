"""Recomputes every chain of the ledger and names the first event that is not what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from jejak.eventstore.integrity import chain
from jejak.eventstore.store import EVENT_COLUMNS, event_of_row

if TYPE_CHECKING:
    from uuid import UUID

MISSING: Final = "the event is missing"
STRANGER: Final = "stream, kind or office is not the stream's"
HASH: Final = "the hash does not follow from the record"
SHORT: Final = "the events end before the stream does"
HEAD: Final = "the stream's head is not its last hash"
"""The faults of a chain."""

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
    """The first fault of a chain: where, and which. `position` is None when the event itself is missing."""

    stream: UUID
    version: int
    position: int | None
    fault: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """How much was checked, and the first fault (by position, a missing event first) if there is one."""

    streams: int
    events: int
    broken: ChainFault | None


class _Walk:
    """The check of one stream, event by event."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.identity = stream["key"], stream["kind"], stream["office"]
        self.head = chain.genesis(*self.identity, stream["sop"])
        self.version = 0
        self.broken: ChainFault | None = None

    def step(self, row: Any) -> None:
        """Checks the next event; after a fault nothing more is known about this stream."""
        if self.broken is not None:
            return
        event = event_of_row(row)
        if event.version != self.version + 1:
            self._break(MISSING, self.version + 1)
        elif (event.stream, event.kind, event.office) != self.identity:
            self._break(STRANGER, event.version, event.position)
        elif chain.event_hash(self.head, event) != event.hash:
            self._break(HASH, event.version, event.position)
        self.version = event.version
        self.head = event.hash

    def end(self) -> ChainFault | None:
        """The stream's row must agree with its last event, so that none was cut off."""
        if self.broken is None and self.version != self.stream["version"]:
            self._break(SHORT, self.version + 1)
        if self.broken is None and self.head != self.stream["head"]:
            self._break(HEAD, self.version)
        return self.broken

    def _break(self, fault: str, version: int, position: int | None = None) -> None:
        self.broken = ChainFault(self.stream["key"], version, position, fault)


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
        walk, count = _Walk(row), 0
        async for event in connection.cursor(_EVENTS_OF, row["stream_no"] - 1, row["stream_no"], prefetch=_EVENTS):
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
        walks = {row["stream_no"]: _Walk(row) for row in rows}
        last = rows[-1]["stream_no"]
        async for event in connection.cursor(_EVENTS_OF, after, last, prefetch=_EVENTS):
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
