"""What the clocks read of an event: its columns, and of its payload nothing personal."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

SUBMITTED = "ApplicationSubmitted"
WORK_STARTED = "WorkStarted"
COMPLETE = "complete"
HAND_OVER = "hand_over"
"""The letter is ready, and waits for the applicant to fetch it."""
MAIN = "main"


class DueToken(NamedTuple):
    """One task that is due, as the ledger writes it beside the last event of an append."""

    service: str
    tugas: str
    langkah: str
    who: str
    slot: str = MAIN


class Mark(NamedTuple):
    """One event. A named tuple, because a rebuild makes millions and a frozen dataclass costs three times as much."""

    at: datetime
    """``recorded_at``."""
    type: str
    slot: str = MAIN
    langkah: str | None = None
    tugas: str | None = None
    hasil: str | None = None
    oleh: str | None = None
    actor: str | None = None
    """The official it happened by. None and no recorder: automatic; None with one: an outsider."""
    recorder: str | None = None
    """Who typed it in for somebody else."""
    occurred_at: datetime | None = None
    """When it happened, as claimed by who typed it in."""
    due: tuple[DueToken, ...] | None = None
    """All that is due after this append; on its last event only."""
    share: int = 1
    """How many letters the one request was for: each gets its share of the time."""
    evidence: bool = True
    """False: a claimed time with nothing to show for it."""
    batch_closed_at: datetime | None = None
    """When the batch this was done with closed; until then the office's clock stood still."""
    answers: tuple[str, ...] = ()
    """What the applicant answered at the counter; on the submission only."""


def received_at(submitted: Mark) -> datetime:
    """When an application was received: the claimed time of receipt, else the instant of ApplicationSubmitted."""
    return submitted.at if submitted.occurred_at is None else min(submitted.occurred_at, submitted.at)


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
    """The text ``parse_due`` reads."""
    return ",".join(f"{one.service}/{one.tugas};{one.langkah};{one.who};{one.slot}" for one in tokens)
