"""What a backup must hold, in a few lines beside it: how far the event store had come, and a digest over every chain.

The note is made before the backup and kept apart from the database. A restored copy is compared with it: the same
count of events up to the noted position, and the same head of each chain there. Later events are no difference.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from jejak.eventstore.tail import FENCE, StandbyError
from jejak.timekeeping.dates import cursor_instant

if TYPE_CHECKING:
    import asyncpg

_PREFETCH: Final = 5_000
_LAST: Final = "SELECT coalesce(max(position), 0) FROM es.event"
_EPOCH: Final = "SELECT clock_timestamp() AS at, epoch::text FROM es.epoch"
_EVENTS: Final = "SELECT count(*) FROM es.event WHERE position <= $1"
_HEADS: Final = """
SELECT s.key, e.hash FROM es.stream s, LATERAL (
    SELECT hash FROM es.event e WHERE e.stream_no = s.stream_no AND e.position <= $1 ORDER BY version DESC LIMIT 1) e
ORDER BY s.stream_no
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """The event store up to a position: its events, its streams that have any, a digest over the heads of their chains.

    The digest is SHA-256 over key and head of each stream, in the order in which the streams were begun.
    """

    position: int
    events: int
    streams: int
    digest: str


@dataclass(frozen=True, slots=True)
class BackupNote:
    """What was there when the note was made."""

    made_at: datetime
    epoch: str
    measured: Measured

    def text(self) -> str:
        """The note as a file: JSON."""
        content = {"made_at": self.made_at.isoformat(), "epoch": self.epoch, **asdict(self.measured)}
        return json.dumps(content, indent=2) + "\n"


def parsed(text: str) -> BackupNote:
    """The note of a file. ValueError for anything else."""
    try:
        content = json.loads(text)
        measured = Measured(
            position=int(content["position"]),
            events=int(content["events"]),
            streams=int(content["streams"]),
            digest=bytes.fromhex(content["digest"]).hex(),
        )
        return BackupNote(cursor_instant(content["made_at"]), str(content["epoch"]), measured)
    except (KeyError, TypeError, ValueError):
        raise ValueError("not a backup note") from None


async def note_of(connection: asyncpg.Connection[Any]) -> BackupNote:
    """Notes the present state. Appends wait for some milliseconds: none below the noted position may be in flight.

    StandbyError on a standby, where appends in flight are not seen.
    """
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        raise StandbyError("A note is made on the primary: this server is a standby.")
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '10s'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", FENCE)
        position = await connection.fetchval(_LAST)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        [(at, epoch)] = await connection.fetch(_EPOCH)
        return BackupNote(at, epoch, await measured_to(connection, position))


async def measured_to(connection: asyncpg.Connection[Any], position: int) -> Measured:
    """Measures the event store up to a position, in the transaction that the caller has begun, in bounded memory."""
    digest, streams = hashlib.sha256(), 0
    async for row in connection.cursor(_HEADS, position, prefetch=_PREFETCH):
        digest.update(row["key"].bytes + row["hash"])
        streams += 1
    return Measured(position, await connection.fetchval(_EVENTS, position), streams, digest.hexdigest())
