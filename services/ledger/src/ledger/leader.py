"""One leader at a time: an advisory lock of a session of its own, which ends with the session, whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

RELAY: Final = 7300180
VIEWS: Final = 7300181
_TRY_EVERY: Final = 0.25


@dataclass(frozen=True, slots=True)
class Lead:
    """Leadership as long as the session that holds the lock lives."""

    connection: "asyncpg.Connection[asyncpg.Record]"

    @property
    def held(self) -> bool:
        """Whether the session is alive, as far as this end knows; checkpoints are compared and set all the same."""
        return not self.connection.is_closed()


@asynccontextmanager
async def leading(url: str, lock: int) -> AsyncIterator[Lead]:
    """Waits until this process leads, and leads until the block is left."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "jejak-leader"})
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):  # noqa: ASYNC110 - another process frees it
            await asyncio.sleep(_TRY_EVERY)
        yield Lead(connection)
    finally:
        await connection.close(timeout=2)
