"""The hash chain, recomputed: what append() writes, an auditor can check with SHA-256 and this page.

hash = SHA-256(previous ‖ header ‖ SHA-256(payload)). The header's 17 lines are described in migrations/0002_append.sql.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from jejak.contracts.envelope import Event

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NULL: Final = "\x01"


def genesis(stream: UUID, kind: str, office: str, sop: str) -> bytes:
    """What stands before a stream's first event."""
    return hashlib.sha256("\n".join((str(stream), kind, office, sop)).encode()).digest()


def header(event: Event) -> bytes:
    """Everything that is recorded about an event but its payload, as hashed."""
    fields = (
        str(event.position),
        str(event.stream),
        str(event.version),
        event.kind,
        event.office,
        str(event.id),
        event.type,
        event.slot,
        event.langkah,
        event.tugas,
        event.hasil,
        event.oleh,
        event.actor,
        event.recorder,
        None if event.occurred_at is None else _micros(event.occurred_at),
        _micros(event.recorded_at),
        event.due,
    )
    return "\n".join(_NULL if field is None else field for field in fields).encode()


def event_hash(previous: bytes, event: Event) -> bytes:
    """The hash that this event must have after `previous`."""
    return chained_hash(previous, header(event), event.payload)


def chained_hash(previous: bytes, head: bytes, payload: bytes) -> bytes:
    """The hash after `previous` of what has this header and this payload, as they were hashed."""
    return hashlib.sha256(previous + head + hashlib.sha256(payload).digest()).digest()


def _micros(at: datetime) -> str:
    return str((at - _EPOCH) // _MICROSECOND)
