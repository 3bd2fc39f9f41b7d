"""One leader at a time: an advisory lock of a session of its own, which ends with the session, whatever happens."""

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
"""7300182, 7300183 and 7300185 are taken: rebuilding the views, summing up their months, placing settled answers."""
_TRY_EVERY: Final = 0.25
_PAUSE: Final = 0.5

_log = structlog.get_logger()


class LeadershipLost(Exception):
    """Somebody else moved the checkpoint."""


@dataclass(frozen=True, slots=True)
class Leadership:
    """Leadership as long as the session that holds the lock lives."""

    connection: "asyncpg.Connection[asyncpg.Record]"

    @property
    def held(self) -> bool:
        """Whether the session is alive, as far as this end knows; checkpoints are compared and set all the same."""
        return not self.connection.is_closed()


@asynccontextmanager
async def leading(url: str, lock: int, epoch: Epoch) -> AsyncIterator[Leadership]:
    """Waits until this process leads, and leads until the block is left. EpochChanged where there is another."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "jejak-leader"})
    try:
        await epoch.admit(connection)
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):  # noqa: ASYNC110 - another process frees it
            await asyncio.sleep(_TRY_EVERY)
        yield Leadership(connection)
    finally:
        await connection.close(timeout=2)


type Led = Callable[[Leadership], Awaitable[None]]


async def lead_for_ever(url: str, lock: int, epoch: Epoch, *works: Led) -> None:
    """Waits to lead, does all of these side by side while it does, and begins again whatever becomes of the lead."""
    while True:
        try:
            async with leading(url, lock, epoch) as lead, asyncio.TaskGroup() as group:
                for work in works:
                    group.create_task(_led(work, lead))
        except* (*DATABASE_DOWN, LeadershipLost) as errors:
            _log.warning("lead_lost", lock=lock, errors=sorted({type(one).__name__ for one in errors.exceptions}))
        await asyncio.sleep(_PAUSE)


async def _led(work: Led, lead: Leadership) -> None:
    """A work that ends because the lead is gone ends the others with it."""
    await work(lead)
    raise LeadershipLost
