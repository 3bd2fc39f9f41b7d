"""Cases that this process opened lately, so that opening one again reads and folds only what is new.

Nothing is trusted that the ledger does not confirm: a remembered case counts only while the hash of its last event is
still the one stored at that version (the chain then vouches for everything before it) and its keys are the same.
"""

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from jejak.cases.case import Case, OpenedEvent
from jejak.eventstore.types import StoredStream

_MOST: Final = 256
"""Enough for the files that are on desks at one time; opened data of persons is held no longer than that."""


@dataclass(frozen=True, slots=True)
class CachedCase:
    """A case as it was folded, the hash of its last event, and its keys as wrapped then."""

    case: Case
    history: tuple[OpenedEvent, ...]
    head: bytes
    keys: tuple[bytes, bytes] | None

    def begins(self, stream: StoredStream) -> bool:
        """Whether what was read now goes on where this ends."""
        return stream.seen == self.head and stream.keys == self.keys


@dataclass(slots=True)
class CaseCache:
    """The cases opened last, the one opened longest ago forgotten first."""

    most: int = _MOST
    _cases: OrderedDict[uuid.UUID, CachedCase] = field(default_factory=OrderedDict)

    def get(self, case: uuid.UUID) -> CachedCase | None:
        """The case as it was, if it is remembered."""
        return self._cases.get(case)

    def keep(self, kept: CachedCase) -> None:
        """Remember it as it is now, unless a later state was remembered meanwhile."""
        before = self._cases.get(kept.case.id)
        if before is None or before.case.version <= kept.case.version:
            self._cases[kept.case.id] = kept
        self._cases.move_to_end(kept.case.id)
        if len(self._cases) > self.most:
            self._cases.popitem(last=False)

    def forget(self, case: uuid.UUID) -> None:
        """It is not as it was."""
        self._cases.pop(case, None)
