"""The one tail of a process and its readers: relay and views each continue from their own position.

The tail determines the position up to which the ledger has no holes any more. Up to there plain SQL is safe: a reader
that is behind catches up by itself, and one that is up to date is served from memory. Messages derived from the ledger
are read in the same way.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, Protocol

import asyncpg
import structlog

from jejak.contracts.envelope import Event
from jejak.eventstore.postgres.outage import DATABASE_DOWN
from jejak.eventstore.store import EVENT_COLUMNS, event_of_row
from jejak.eventstore.tail import Tail

IN_MEMORY: Final = 5_000
"""How many of the newest stay in memory."""
_PAUSE: Final = 0.5
_IDLE_SECONDS: Final = 0.5
"""How often the tail polls while no reader waits, so that the lag of readers is correct."""
_EVENTS: Final = f"""
SELECT {EVENT_COLUMNS} FROM es.event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
"""  # noqa: S608 - column names only

_log = structlog.get_logger()


class Positioned(Protocol):
    """A record with a position in the order of the ledger."""

    @property
    def position(self) -> int: ...


type Fetch[T] = Callable[[int, int, int], Awaitable[list[T]]]
"""The records after one position and up to another, in order, so many at most."""


@dataclass(slots=True)
class EventWindow[T: Positioned]:
    """Readers call `after(position)`; the one writer calls `begin` and then `move`."""

    fetch: Fetch[T]
    head: int = -1
    """Everything up to here is final. -1: not known yet."""
    _begun: int = 0
    _recent: deque[T] = field(default_factory=lambda: deque(maxlen=IN_MEMORY))
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _waiting: int = 0
    _demand: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def _since(self) -> int:
        """Everything after this position is in memory; everything up to it can be fetched."""
        return self._recent[0].position - 1 if len(self._recent) == IN_MEMORY else self._begun

    async def after(self, position: int, limit: int, seconds: float | None = None) -> tuple[list[T], int]:
        """The records after a position, in order, and the position that they reach; none once `seconds` have passed.

        Waits until there is one. A reach beyond the last record means that the positions between are empty.
        """
        if self.head <= position:
            with contextlib.suppress(TimeoutError), self._demanding():
                async with asyncio.timeout(seconds), self._moved:
                    await self._moved.wait_for(lambda: self.head > position)
        head, since = self.head, self._since
        if head <= position:
            return [], position
        if position < since:
            return _cut(await self.fetch(position, since, limit + 1), limit, since)
        # Readers are near the end, so the search begins there.
        newest = list(takewhile(lambda record: record.position > position, reversed(self._recent)))
        return _cut(newest[::-1], limit, head)

    @contextlib.contextmanager
    def _demanding(self) -> Iterator[None]:
        self._waiting += 1
        self._demand.set()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._demand.clear()

    async def demand(self) -> None:
        """Returns once a reader waits for more, at the latest after half a second."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_IDLE_SECONDS):
                await self._demand.wait()

    async def begin(self, head: int) -> None:
        """Starts at a head and clears the memory: another process may have written since."""
        async with self._moved:
            self._recent.clear()
            self._begun = self.head = head
            self._moved.notify_all()

    async def move(self, head: int, fresh: Sequence[T]) -> None:
        """Everything up to `head` is final now, and `fresh` holds all records after the previous head."""
        async with self._moved:
            self.head = head
            self._recent.extend(fresh)
            self._moved.notify_all()


class EventLogReader(EventWindow[Event]):
    """The events of the ledger, moved by its tail."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", tail: Tail) -> None:
        async def fetch(position: int, head: int, limit: int) -> list[Event]:
            return [event_of_row(row) for row in await pool.fetch(_EVENTS, position, head, limit)]

        super().__init__(fetch)
        self._tail = tail

    async def run(self, start: int) -> None:
        """Follows the ledger for ever from a position known to be final; while PostgreSQL is away, waits."""
        await self.begin(start)
        while True:
            try:
                async for events in self._tail.follow(self.head, self.demand):
                    await self.move(events[-1].position, events)
            except DATABASE_DOWN as error:
                _log.warning("tail_waits", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)


def _cut[T: Positioned](records: list[T], limit: int, head: int) -> tuple[list[T], int]:
    return (records[:limit], records[limit - 1].position) if len(records) > limit else (records, head)
