"""An event from the append to the clocks: its columns around the payload, before it is stored and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be appended. `payload` is stored and hashed as it is; every other field is a column."""

    id: UUID
    type: str
    payload: bytes
    slot: str = "main"
    langkah: str | None = None
    tugas: str | None = None
    hasil: str | None = None
    oleh: str | None = None
    """Whose turn it was: a pelaksana of the sheet."""
    actor: str | None = None
    """The official who did it; None when nobody did (automatic)."""
    recorder: str | None = None
    """Who typed it in for somebody else."""
    occurred_at: datetime | None = None
    """When it happened elsewhere, as claimed."""


class Event(NamedTuple):
    """An event as the ledger keeps it. A tuple because hundreds of thousands a second are made of it."""

    position: int
    stream: UUID
    version: int
    kind: str
    office: str
    id: UUID
    type: str
    slot: str
    langkah: str | None
    tugas: str | None
    hasil: str | None
    oleh: str | None
    actor: str | None
    recorder: str | None
    occurred_at: datetime | None
    recorded_at: datetime
    due: str | None
    """On the last event of an append: what is due after it, `service/tugas;langkah;who;slot`, comma-separated."""
    payload: bytes
    hash: bytes
