"""The envelope of an event, before and after it is stored: the columns around its payload; and due tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
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
    """The pelaksana of the sheet whose turn it was."""
    actor: str | None = None
    """The official who acted; None for an automatic task."""
    recorder: str | None = None
    """The official who recorded the act of another."""
    occurred_at: datetime | None = None
    """The claimed time of an act that happened elsewhere."""


class Event(NamedTuple):
    """An event as the ledger stores it. A tuple, because a rebuild makes hundreds of thousands a second."""

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
    """On the last event of an append: the tasks due after it, `service/tugas;langkah;who;slot`, comma-separated."""
    payload: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Due:
    """One task that is due after an append. At most one a line."""

    slot: str
    service: str
    tugas: str
    langkah: str
    who: str
    since: datetime | None
    """None: the recorded_at of the append that makes it due."""
    not_before: datetime | None
    automatic: bool
    owner: str
    """The pihak whose clock runs."""
    kumpulan: str | None
    """The batch in which the task is done, if the case belongs to one."""
    urgent: bool


class DueToken(NamedTuple):
    """A due task as written on the last event of an append: only the columns that identify it.

    The clocks look tokens up by the hundred thousand.
    """

    service: str
    tugas: str
    langkah: str
    who: str
    slot: str = "main"


@lru_cache(maxsize=65_536)
def parse_due(text: str) -> tuple[DueToken, ...]:
    """Read the ledger's ``due`` column: ``service/tugas;langkah;who;slot``, comma-separated; empty: nothing is due.

    Equal texts give the same tuple. Raises ValueError on anything else.
    """
    return tuple(_token(part) for part in text.split(",")) if text else ()


def _token(text: str) -> DueToken:
    service, slash, rest = text.partition("/")
    match rest.split(";"):
        case [tugas, langkah, who, slot] if slash and service and tugas and slot:
            return DueToken(service, tugas, langkah, who, slot)
        case _:
            raise ValueError(f"not a due token: {text!r}")


def write_due(tokens: Sequence[DueToken]) -> str:
    """The text that ``parse_due`` reads."""
    return ",".join(f"{due.service}/{due.tugas};{due.langkah};{due.who};{due.slot}" for due in tokens)
