"""A service's own view of all cases, completed from the event store: messages make it quick, and may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from uuid import UUID

    import asyncpg

WINDOW: Final = 5_000
CHANGES: Final = """
SELECT stream, office, version, type, due, recorded_at, position FROM es.event
WHERE position > $1 AND position <= $2 AND kind = 'case' ORDER BY position LIMIT $3
"""


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
