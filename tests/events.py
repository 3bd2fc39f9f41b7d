"""Events as the ledger keeps them, for readers that need no more of them than the clocks do."""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from jejak.contracts.envelope import Event

CASE = uuid.UUID(int=1)


def happened(
    at: datetime,
    type_: str,
    slot: str = "main",
    langkah: str | None = None,
    tugas: str | None = None,
    hasil: str | None = None,
    oleh: str | None = None,
    actor: str | None = None,
    recorder: str | None = None,
    occurred_at: datetime | None = None,
    due: str | None = None,
    share: int = 1,
    evidence: bool = True,
    batch_closed_at: datetime | None = None,
    answers: tuple[str, ...] = (),
) -> Event:
    """An event of the case, with a payload of the given fields."""
    content = {
        "share": None if share == 1 else share,
        "evidence": [{"document": "bukti"}] if evidence else [],
        "batch_closed_at": batch_closed_at and batch_closed_at.isoformat(),
        "answers": answers or None,
    }
    payload = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
    acted = (type_, slot, langkah, tugas, hasil, oleh, actor, recorder, occurred_at)
    return Event(1, CASE, 1, "case", "99.01", uuid.UUID(int=2), *acted, at, due, payload, b"")
