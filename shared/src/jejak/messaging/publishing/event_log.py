"""The one tail of this process, and what hangs on it: relay and views each read on from where they are.

The tail says up to which position the ledger has no holes any more. Up to there plain SQL is safe, so a reader that is
behind catches up by itself, and one that is abreast is served from memory. What is derived from the ledger for others
is read in the same way.
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

_KEPT: Final = 5_000
"""How many of the newest stay in memory."""
_PAUSE: Final = 0.5
_UNASKED_SECONDS: Final = 0.5
"""How often the tail looks while no reader waits, so that what is said of their lag is true."""
_EVENTS: Final = f"""
SELECT {EVENT_COLUMNS} FROM es.event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
"""  # noqa: S608 - column names only

_log = structlog.get_logger()


class Positioned(Protocol):
    """What has a place in the order of the ledger."""

    @property
    def position(self) -> int: ...


type Fetch[T] = Callable[[int, int, int], Awaitable[list[T]]]
"""What stands after one position and up to another, in order, so many at most."""


@dataclass(slots=True)
class EventWindow[T: Positioned]:
    """Readers ask `after(position)`; whoever writes it begins somewhere and moves `head` on."""

    fetch: Fetch[T]
    head: int = -1
    """Everything up to here is final. -1: not known yet."""
    _begun: int = 0
    _recent: deque[T] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _waiting: int = 0
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def _since(self) -> int:
        """Everything after this position is in memory; everything up to it can be fetched."""
        return self._recent[0].position - 1 if len(self._recent) == _KEPT else self._begun

    async def after(self, position: int, limit: int, seconds: float | None = None) -> tuple[list[T], int]:
        """What stands after a position, in order, and up to which position it reaches; nothing once `seconds` passed.

        Waits until there is any. A reach beyond the last one means that nothing stands on the positions between.
        """
        if self.head <= position:
            with contextlib.suppress(TimeoutError), self._asking():
                async with asyncio.timeout(seconds), self._moved:
                    await self._moved.wait_for(lambda: self.head > position)
        head, since = self.head, self._since
        if head <= position:
            return [], position
        if position < since:
            return _cut(await self.fetch(position, since, limit + 1), limit, since)
        # Readers are near the end: it is looked for from there.
        found = list(takewhile(lambda one: one.position > position, reversed(self._recent)))
        return _cut(found[::-1], limit, head)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        self._waiting += 1
        self._asked.set()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._asked.clear()

    async def asked(self) -> None:
        """Returns once a reader waits for more, at the latest after half a second."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UNASKED_SECONDS):
                await self._asked.wait()

    async def begin(self, head: int) -> None:
        """From here on; what was in memory is forgotten, for somebody else may have written since."""
        async with self._moved:
            self._recent.clear()
            self._begun = self.head = head
            self._moved.notify_all()

    async def move(self, head: int, fresh: Sequence[T]) -> None:
        """Everything up to `head` is final now, and `fresh` is all that stands after the head before."""
        async with self._moved:
            self.head = head
            self._recent.extend(fresh)
            self._moved.notify_all()


@dataclass(slots=True)
class EventLogReader:
    """The events of the ledger as a stretch that its tail moves."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    tail: Tail
    events: EventWindow[Event] = field(init=False)

    def __post_init__(self) -> None:
        self.events = EventWindow(self._fetch)

    @property
    def head(self) -> int:
        """Everything up to here is final."""
        return self.events.head

    async def run(self, start: int) -> None:
        """Follow the ledger for ever from a position known to be final; while PostgreSQL is away, wait."""
        await self.events.begin(start)
        while True:
            try:
                async for events in self.tail.follow(self.head, self.events.asked):
                    if events:
                        await self.events.move(events[-1].position, events)
            except DATABASE_DOWN as error:
                _log.warning("tail_waits", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def after(self, position: int, limit: int, seconds: float | None = None) -> tuple[list[Event], int]:
        """As `EventWindow.after`."""
        return await self.events.after(position, limit, seconds)

    async def _fetch(self, position: int, head: int, limit: int) -> list[Event]:
        return [event_of_row(row) for row in await self.pool.fetch(_EVENTS, position, head, limit)]


def _cut[T: Positioned](found: list[T], limit: int, head: int) -> tuple[list[T], int]:
    return (found[:limit], found[limit - 1].position) if len(found) > limit else (found, head)
