"""Commands to the ledger, their outcomes, and streams as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from jejak.contracts.envelope import Due, Event, NewEvent


@dataclass(frozen=True, slots=True)
class Append:
    """One command to one stream: these events, if its version is `expected`, and then exactly these due rows.

    `kind`, `office` and `sop` describe the stream and count at its first append only.
    """

    stream: UUID
    kind: str
    expected: int
    events: tuple[NewEvent, ...]
    due: tuple[Due, ...]
    office: str
    sop: str
    traceparent: str | None = None
    """The trace that these events belong to; None outside of any."""


class Outcome(NamedTuple):
    """The result of an Append, as the SQL functions return it.

    appended: version and position of its last event. already: the same, of the same events stored before.
    conflict: the version that the stream has now, position 0.
    """

    status: Literal["appended", "conflict", "already"]
    version: int
    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDue(Due):
    """A due task in the ledger, with its claim and its deferrals (real time).

    Appended again it is the same task, and keeps its claim and its back-off.
    """

    since: datetime
    stream: UUID
    office: str
    retry_at: datetime | None
    claimed_until: datetime | None
    attempts: int
    deferred: str | None
    """Reason code of the last deferral."""
    parked: str | None
    """Reason code; a parked task is skipped until it is put back."""
    waiting: bool
    """Whether it was claimed or deferred when it was read."""


@dataclass(frozen=True, slots=True)
class StoredStream:
    """A stream: whole, or its events after a known version."""

    stream: UUID
    kind: str
    office: str
    sop: str
    version: int
    head: bytes
    events: tuple[Event, ...]
    due: tuple[StoredDue, ...]
    keys: tuple[bytes, bytes] | None
    """Wrapped working key and archive key."""
    seen: bytes | None = None
    """Hash of the event at the known version; `events` are those after it."""


@dataclass(frozen=True, slots=True)
class StreamSnapshot:
    """Streams at one instant; a stream that does not exist is absent."""

    now: datetime
    """The governed clock."""
    streams: Mapping[UUID, StoredStream]


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes of a case, sealed. `sha256` (hex) and `size` are of the bytes before sealing."""

    sha256: str
    media_type: str
    size: int
    sealed: bytes


class LedgerUnavailableError(ConnectionError):
    """PostgreSQL stayed unreachable. The command may have been stored: sending it again is safe."""
