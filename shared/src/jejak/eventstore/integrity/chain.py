"""The hash chain, recomputed: an auditor checks what append() wrote with SHA-256 and this page.

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
_HEADER_LINES: Final = 17


def genesis(stream: UUID, kind: str, office: str, sop: str) -> bytes:
    """The hash before a stream's first event."""
    return hashlib.sha256("\n".join((str(stream), kind, office, sop)).encode()).digest()


def header(event: Event) -> bytes:
    """Everything that is recorded about an event but its payload, as hashed: its fields in order, a line each."""
    return "\n".join(map(_line, event[:_HEADER_LINES])).encode()


def _line(value: object) -> str:
    if value is None:
        return _NULL
    return str((value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value)


def event_hash(previous: bytes, event: Event) -> bytes:
    """The hash that this event must have after `previous`."""
    return chained_hash(previous, header(event), event.payload)


def chained_hash(previous: bytes, head: bytes, payload: bytes) -> bytes:
    """The hash after `previous` of this header and this payload, as they were hashed."""
    return hashlib.sha256(previous + head + hashlib.sha256(payload).digest()).digest()
