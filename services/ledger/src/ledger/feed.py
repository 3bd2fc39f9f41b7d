"""The one tail of this process, and what hangs on it: relay and views each read on from where they are.

The tail says up to which position the ledger has no holes any more. Up to there plain SQL is safe, so a reader that is
behind catches up by itself, and one that is abreast is served from memory.
"""

import asyncio
import contextlib
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import structlog

from jejak.loop import DATABASE_DOWN
from jejak.store.store import EVENT_COLUMNS, recorded
from jejak.store.tail import Tail
from jejak.store.types import Recorded

_KEPT_EVENTS: Final = 5_000
"""How many of the newest events stay in memory."""
_PAUSE: Final = 0.5
_EVENTS: Final = f"""
SELECT {EVENT_COLUMNS} FROM es.event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3
"""  # noqa: S608 - column names only

_log = structlog.get_logger()


@dataclass(slots=True)
class Feed:
    """Readers ask `after(position)`; the tail moves `head`."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    tail: Tail
    head: int = -1
    """Everything up to here is final. -1: not known yet."""
    _recent: deque[Recorded] = field(default_factory=lambda: deque(maxlen=_KEPT_EVENTS))
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, start: int) -> None:
        """Follow the ledger for ever from a position known to be final; while PostgreSQL is away, wait."""
        await self._move(start, ())
        while True:
            try:
                async for events in self.tail.follow(self.head):
                    if events:
                        await self._move(events[-1].position, events)
            except DATABASE_DOWN as error:
                _log.warning("tail_waits", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def after(self, position: int, limit: int, seconds: float | None = None) -> tuple[list[Recorded], int]:
        """Events after a position, in order, and up to which position they reach; none once `seconds` have passed.

        Waits until there are any. A reach beyond the last event means that the positions between were never used.
        """
        async with self._moved:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait_for(lambda: self.head > position), seconds)
            head = self.head
            if head <= position:
                return [], position
            if self._recent and self._recent[0].position <= position + 1:
                found = list(self._recent)
                begin = bisect_right(found, position, key=_position)
                return _cut(found[begin:], limit, head)
        return _cut([recorded(row) for row in await self.pool.fetch(_EVENTS, position, head, limit + 1)], limit, head)

    async def _move(self, head: int, events: Sequence[Recorded]) -> None:
        async with self._moved:
            self.head = max(self.head, head)
            self._recent.extend(events)
            self._moved.notify_all()


def _position(event: Recorded) -> int:
    return event.position


def _cut(events: list[Recorded], limit: int, head: int) -> tuple[list[Recorded], int]:
    return (events[:limit], events[limit - 1].position) if len(events) > limit else (events, head)
