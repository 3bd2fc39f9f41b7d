"""The gap-safe tail: every event once, in order of position, and none lost.

Positions are drawn before commit, so a reader of `position > last` can pass over one that is still in flight. Here a
run without holes is delivered at once. At a hole, pg_locks says who holds the append fence now; when exactly those
virtual transactions have let go, whatever is still missing was rolled back. (Not process ids: a busy one never clears.)
Nothing is guessed by time, and no transaction id is kept, so a dump and restore changes nothing.

On the primary only: on a standby the fence cannot be seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

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
"""How often it looks, in seconds, once nothing has happened for so many: an office at night costs little."""
_FENCE_SECONDS: Final = (0.001, 0.05)
"""How soon it looks again who holds the fence; twice as late each time, up to the second."""
_LOST_SECONDS: Final = 0.2

NEXT: Final = f"SELECT {EVENT_COLUMNS} FROM es.event WHERE position > $1 ORDER BY position LIMIT $2"  # noqa: S608
_NEWEST: Final = "SELECT coalesce(max(position), 0) FROM es.event"
_HOLDERS: Final = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_LOCK: Final = "SELECT pg_advisory_xact_lock($1)"


type Wanted = Callable[[], Awaitable[None]]


class StandbyError(RuntimeError):
    """A tail was asked for on a standby, where appends in flight cannot be seen."""


class Tail:
    """Follows the ledger over one pool. Keeps no state but what `follow` is told."""

    def __init__(
        self, pool: asyncpg.Pool[asyncpg.Record], *, limit: int = 5_000, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        """`busy_seconds`: how often it looks while something happens."""
        self._pool = pool
        self._limit = limit
        self._busy = busy_seconds

    async def follow(self, after: int, wanted: Wanted | None = None) -> AsyncIterator[list[Event]]:
        """Batches of events after a position, for ever. While PostgreSQL is away, waits and goes on where it was.

        `wanted` is awaited before each look: returns once there is a use for more.
        """
        clock = asyncio.get_running_loop().time
        last, seen = after, clock()
        while True:
            if wanted is not None:
                await wanted()
            looked = clock()
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
                await asyncio.sleep(max(0.0, looked + self._pause(clock() - seen) - clock()))

    def _pause(self, quiet: float) -> float:
        """Seconds from one look to the next after so many without an event."""
        return max(self._busy, next((pause for since, pause in _QUIET if quiet >= since), 0.0))

    async def next(self, after: int) -> list[Event]:
        """The next events after a position, at most `limit`; empty when there are none yet."""
        rows = await self._pool.fetch(NEXT, after, self._limit)
        if not rows or _dense(rows, after):
            return [event_of_row(row) for row in rows]
        bound = rows[-1][0]
        await self._pass_fence()
        # What lay below `bound` and still does not show was rolled back; above it, only what has no hole.
        rows = await self._pool.fetch(NEXT, after, self._limit)
        sure = sum(row[0] <= bound for row in rows)
        run = sure + _run(rows[sure:], max(bound, after))
        return [event_of_row(row) for row in rows[:run]]

    async def head(self) -> int:
        """A position up to which nothing can appear any more: who has read so far has read all."""
        newest: int = await self._pool.fetchval(_NEWEST)
        await self._pass_fence()
        return newest

    async def next_by_exclusion(self, after: int) -> list[Event]:
        """As `next`, by shutting every append out for a moment: slow, simple, and the measure of `next` in tests."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_LOCK, FENCE)
            return [event_of_row(row) for row in await connection.fetch(NEXT, after, self._limit)]

    async def _pass_fence(self) -> None:
        """Returns when every transaction that holds the fence now has ended."""
        if await self._pool.fetchval("SELECT pg_is_in_recovery()"):
            msg = "a tail needs the primary: on a standby the appends in flight cannot be seen"
            raise StandbyError(msg)
        waiting, (pause, longest) = await self._holders(), _FENCE_SECONDS
        while waiting:
            await asyncio.sleep(pause)
            waiting &= await self._holders()
            pause = min(2 * pause, longest)

    async def _holders(self) -> set[str]:
        return {row[0] for row in await self._pool.fetch(_HOLDERS, FENCE)}


def _dense(rows: list[Any], after: int) -> bool:
    return bool(rows[-1][0] == after + len(rows))


def _run(rows: list[Any], after: int) -> int:
    """How many rows follow `after` without a hole."""
    return next((n for n, row in enumerate(rows) if row[0] != after + n + 1), len(rows))
