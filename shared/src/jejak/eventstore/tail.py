"""The gap-safe tail: every event once, in order of position, and none lost.

Positions are drawn before commit, so a reader of `position > last` can pass over an append that is still in flight.
The tail delivers a run without holes at once. At a hole it reads from pg_locks which virtual transactions hold the
append fence; once exactly those have released it, every position that is still missing was rolled back. (Process ids
would not do: a busy process never clears.) Nothing is guessed by time, and no transaction id is stored, so a dump and
restore changes nothing.

On the primary only: on a standby the fence cannot be seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from jejak.eventstore.postgres.outage import LOST
from jejak.eventstore.store import EVENT_COLUMNS, event_of_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import asyncpg

    from jejak.contracts.envelope import Event

_log: Final = structlog.get_logger(__name__)

FENCE: Final = 7_300_171
BUSY_SECONDS: Final = 0.01
_QUIET: Final = ((10.0, 0.2), (1.0, 0.05))
"""After so many seconds without an event, so many seconds between polls: an office at night costs little."""
_FENCE_SECONDS: Final = (0.001, 0.05)
"""First and longest pause between looks at the holders of the fence; it doubles each time."""
_LOST_SECONDS: Final = 0.2

NEXT: Final = f"SELECT {EVENT_COLUMNS} FROM es.event WHERE position > $1 ORDER BY position LIMIT $2"  # noqa: S608
_NEWEST: Final = "SELECT coalesce(max(position), 0) FROM es.event"
_HOLDERS: Final = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

type Demand = Callable[[], Awaitable[None]]
"""Awaited before each poll: returns once there is a use for more events."""


class StandbyError(RuntimeError):
    """The server is a standby, where appends in flight cannot be seen."""


class Tail:
    """Follows the ledger over one pool. It holds no position: each call brings its own."""

    def __init__(
        self, pool: asyncpg.Pool[asyncpg.Record], *, limit: int = 5_000, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        """`busy_seconds`: time between polls while events arrive."""
        self._pool = pool
        self._limit = limit
        self._busy = busy_seconds

    async def follow(self, after: int, demand: Demand | None = None) -> AsyncIterator[list[Event]]:
        """Batches of events after a position, for ever. While PostgreSQL is away, waits and resumes where it was."""
        clock = asyncio.get_running_loop().time
        last, seen = after, clock()
        while True:
            if demand is not None:
                await demand()
            polled = clock()
            try:
                batch = await self.next(last)
            except LOST as error:
                _log.warning("tail_connection_lost", position=last, error=type(error).__name__)
                await asyncio.sleep(_LOST_SECONDS)
                continue
            if batch:
                last, seen = batch[-1].position, clock()
                yield batch
            if len(batch) < self._limit:
                await asyncio.sleep(max(0.0, polled + self._pause(clock() - seen) - clock()))

    def _pause(self, quiet: float) -> float:
        """Seconds between polls after so many seconds without an event."""
        return max(self._busy, next((pause for since, pause in _QUIET if quiet >= since), 0.0))

    async def next(self, after: int) -> list[Event]:
        """The next events after a position, at most `limit`; empty when there are none yet."""
        rows = await self._pool.fetch(NEXT, after, self._limit)
        if not rows or rows[-1][0] == after + len(rows):
            return [event_of_row(row) for row in rows]
        bound = rows[-1][0]
        await self._pass_fence()
        # Up to `bound`, a position still missing was rolled back; beyond it, only the run without a hole counts.
        final, events = bound, []
        for row in await self._pool.fetch(NEXT, after, self._limit):
            if row[0] > final + 1:
                break
            final = max(final, row[0])
            events.append(event_of_row(row))
        return events

    async def head(self) -> int:
        """A position up to which no event can appear any more: a reader that has reached it has read all."""
        newest: int = await self._pool.fetchval(_NEWEST)
        await self._pass_fence()
        return newest

    async def _pass_fence(self) -> None:
        """Returns when every transaction that holds the fence now has ended."""
        if await self._pool.fetchval("SELECT pg_is_in_recovery()"):
            raise StandbyError("a tail needs the primary: on a standby the appends in flight cannot be seen")
        waiting, (pause, longest) = await self._holders(), _FENCE_SECONDS
        while waiting:
            await asyncio.sleep(pause)
            waiting &= await self._holders()
            pause = min(2 * pause, longest)

    async def _holders(self) -> set[str]:
        return {row[0] for row in await self._pool.fetch(_HOLDERS, FENCE)}
