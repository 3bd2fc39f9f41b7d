"""The event store after a restore: a new epoch, whose positions no message of the lost events has borne.

PostgreSQL begins an epoch itself where the server's history changed (`es.current_epoch`). A copy of files that was
started without `recovery.signal`, and a snapshot of disks, change no history: so the operator's word begins it here, in
any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncpg

UNKNOWN_GAP: Final = 1_000_000
"""Positions left out where nothing tells how far the lost events came: a province's events of two months."""
_SESSIONS: Final = """
SELECT coalesce(string_agg(DISTINCT usename::text, ', ' ORDER BY usename::text), '') FROM pg_stat_activity
WHERE datname = current_database() AND usename LIKE 'jejak\\_%' AND usename <> 'jejak_owner' AND pid <> pg_backend_pid()
"""
_NEXT: Final = "SELECT greatest((SELECT max(position) FROM es.event), (SELECT last_value FROM es.event_position))"
_MOVE: Final = "SELECT setval('es.event_position', $1)"
_BEGIN: Final = "SELECT es.new_epoch()"
_NUMBER: Final = "SELECT number FROM es.epoch"


class ServicesRun(Exception):
    """Services are connected; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The epoch that has begun, counted from 1, and the position of its first event."""

    number: int
    first_position: int


async def begin_anew(connection: asyncpg.Connection[Any], published: int | None) -> Begun:
    """Begins an epoch whose positions come after `published`; None: it is not known, and many are left out.

    ServicesRun while a service is connected: it could give a position or a letter number meanwhile.
    """
    if sessions := await connection.fetchval(_SESSIONS):
        raise ServicesRun(f"Services are connected ({sessions}): stop them all, then repeat.")
    async with connection.transaction():
        last = await connection.fetchval(_NEXT)
        last = last + UNKNOWN_GAP if published is None else max(last, published)
        await connection.execute(_MOVE, last)
        await connection.execute(_BEGIN)
        return Begun(await connection.fetchval(_NUMBER), last + 1)
