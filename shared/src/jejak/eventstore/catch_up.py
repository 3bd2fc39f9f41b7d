"""A service's own view of all cases, completed from the event store: messages make it quick, and may be lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

import structlog

from jejak.eventstore.postgres.outage import DATABASE_DOWN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime
    from uuid import UUID

    import asyncpg

WINDOW: Final = 5_000
CHANGES: Final = """
SELECT stream, office, version, type, due, recorded_at, position FROM es.event
WHERE position > $1 AND position <= $2 AND kind = 'case' ORDER BY position LIMIT $3
"""

_log: Final = structlog.get_logger(__name__)


class Change(NamedTuple):
    """An event of a case without its payload: that the case moved on, and what is due after it."""

    case: UUID
    office: str
    version: int
    type: str
    due: str | None
    """As `Event.due`."""
    recorded_at: datetime
    position: int


async def windows(pool: asyncpg.Pool[asyncpg.Record], after: int, head: int) -> AsyncIterator[tuple[list[Change], int]]:
    """The events of cases after a position and up to `head` (`Tail.head`): windows in order, each with its end."""
    while after < head:
        changes = [Change(*row) for row in await pool.fetch(CHANGES, after, head, WINDOW)]
        after = changes[-1].position if len(changes) == WINDOW else head
        yield changes, after


async def catch_up_for_ever(catch_up: Callable[[], Awaitable[None]], seconds: float) -> NoReturn:
    """Catches up now and then every so many seconds; while PostgreSQL is away, waits."""
    while True:
        try:
            await catch_up()
        except DATABASE_DOWN as error:
            _log.warning("catching_up_waits", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - an error of one round must not stop the service
            _log.error("not_caught_up", error=type(error).__name__)
        await asyncio.sleep(seconds)
