"""One leader at a time: an advisory lock of a session of its own, which ends with the session in every case."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
import structlog

from jejak.eventstore.epoch import Epoch
from jejak.eventstore.postgres.outage import DATABASE_DOWN

RELAY: Final = 7300180
VIEWS: Final = 7300181
BPJS: Final = 7300184
REPORT: Final = 7300186
"""7300182, 7300183 and 7300185 are in use: rebuilding the views, summing up their months, placing settled answers."""
_TRY_EVERY: Final = 0.25
_PAUSE: Final = 0.5

_log = structlog.get_logger()


class LeadershipLost(Exception):
    """Another leader has moved the checkpoint, or the session of this one has ended."""


@dataclass(frozen=True, slots=True)
class Leadership:
    """Leadership as long as the session that holds the lock lives."""

    connection: "asyncpg.Connection[asyncpg.Record]"

    @property
    def held(self) -> bool:
        """Whether the session is alive, as far as this end knows: checkpoints are compared and set all the same."""
        return not self.connection.is_closed()


@asynccontextmanager
async def leading(url: str, lock: int, epoch: Epoch) -> AsyncIterator[Leadership]:
    """Waits until this process leads, and leads until the block is left. EpochChanged in another epoch."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "jejak-leader"})
    try:
        await epoch.admit(connection)
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):  # noqa: ASYNC110 - another process frees it
            await asyncio.sleep(_TRY_EVERY)
        yield Leadership(connection)
    finally:
        await connection.close(timeout=2)


type LeaderWork = Callable[[Leadership], Awaitable[None]]


async def lead_for_ever(url: str, lock: int, epoch: Epoch, *works: LeaderWork) -> None:
    """Waits to lead, runs all works side by side while it leads, and starts over when the leadership is lost."""
    while True:
        try:
            async with leading(url, lock, epoch) as lead, asyncio.TaskGroup() as group:
                for work in works:
                    group.create_task(_run_led(work, lead))
        except* (*DATABASE_DOWN, LeadershipLost) as errors:
            _log.warning("lead_lost", lock=lock, errors=sorted({type(error).__name__ for error in errors.exceptions}))
        await asyncio.sleep(_PAUSE)


async def _run_led(work: LeaderWork, lead: Leadership) -> None:
    """A work that ends because the leadership is lost ends the others too."""
    await work(lead)
    raise LeadershipLost
