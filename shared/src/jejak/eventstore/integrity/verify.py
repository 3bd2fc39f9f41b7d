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
STRAY: Final = "the stream of the event is missing"
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
_FIRST, _LAST = -(2**63), 2**63 - 1
"""Below and up to any number of a stream."""


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

    streams: int = 0
    events: int = 0
    broken: ChainFault | None = None
    reached: int = 0
    """The number of the last stream that was checked."""

    def plus(self, other: LedgerReport) -> LedgerReport:
        """Both, of which `other` is of later streams."""
        streams, events = self.streams + other.streams, self.events + other.events
        return LedgerReport(streams, events, _first(self.broken, other.broken), max(self.reached, other.reached))


def _first(*faults: ChainFault | None) -> ChainFault | None:
    real = (fault for fault in faults if fault is not None)
    return min(real, key=lambda fault: (fault.position is not None, fault.position or 0), default=None)


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
    """Walks the whole ledger (`verify_ranges`)."""
    [*_, report] = [report async for report in verify_ranges(url)]
    return report


async def verify_ranges(url: str, after: int | None = None) -> AsyncIterator[LedgerReport]:
    """Walks the ledger in bounded memory, some streams at a time, and gives the report of all so far after each.

    Each range of streams is checked as it is at one instant, in a transaction of its own: no limit on the time of a
    transaction ends a large ledger's check, and vacuum goes on. `after`: the number of the last stream that an earlier
    run had checked; None begins with the lowest number that a stream or a stray event can have.
    """
    connection = await asyncpg.connect(url)
    try:
        report, last = LedgerReport(reached=after or 0), _FIRST if after is None else after
        while last < _LAST:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute("SET LOCAL jit = off")
                last, part = await _verify_range(connection, last)
            report = report.plus(part)
            yield report
    finally:
        await connection.close()


async def _verify_range(connection: asyncpg.Connection[Any], after: int) -> tuple[int, LedgerReport]:
    """Checks the next streams after a number; returns up to which number nothing is left to check, and the report."""
    rows = await connection.fetch(_NEXT_STREAMS, after, _STREAMS)
    walks = {row["stream_no"]: _Walk(row) for row in rows}
    last = rows[-1]["stream_no"] if len(rows) == _STREAMS else _LAST
    events, stray = 0, None
    async for event in connection.cursor(_EVENTS_OF, after, last, prefetch=_EVENTS):
        events += 1
        if (walk := walks.get(event["stream_no"])) is not None:
            walk.step(event)
        else:
            stray = _first(stray, ChainFault(event["stream"], event["version"], event["position"], STRAY))
    broken = _first(stray, *(walk.end() for walk in walks.values()))
    return last, LedgerReport(len(rows), events, broken, max(walks, default=0))
