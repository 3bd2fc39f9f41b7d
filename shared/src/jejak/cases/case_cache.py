"""Cases that this process opened lately, so that opening one again reads and folds only what is new.

A cached case counts only while the hash of its last event is still the one stored at that version (the chain then
vouches for every event before it) and its keys are the same.
"""

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from jejak.cases.case import Case, OpenedEvent
from jejak.eventstore.types import StoredStream

_MOST: Final = 256
"""Enough for the cases on desks at one time; opened data of persons is held no longer than that."""


@dataclass(frozen=True, slots=True)
class CachedCase:
    """A case as it was folded, the hash of its last event, and its keys as wrapped then."""

    case: Case
    history: tuple[OpenedEvent, ...]
    head: bytes
    keys: tuple[bytes, bytes] | None

    def precedes(self, stream: StoredStream) -> bool:
        """Whether the stream as read now continues this case."""
        return stream.seen == self.head and stream.keys == self.keys


@dataclass(slots=True)
class CaseCache:
    """The cases opened last; the one opened longest ago is dropped first."""

    most: int = _MOST
    _cases: OrderedDict[uuid.UUID, CachedCase] = field(default_factory=OrderedDict)

    def get(self, case: uuid.UUID) -> CachedCase | None:
        """The cached case, if there is one."""
        return self._cases.get(case)

    def put(self, entry: CachedCase) -> None:
        """Stores the case, unless a later state of it is there already."""
        before = self._cases.get(entry.case.id)
        if before is None or before.case.version <= entry.case.version:
            self._cases[entry.case.id] = entry
        self._cases.move_to_end(entry.case.id)
        if len(self._cases) > self.most:
            self._cases.popitem(last=False)

    def forget(self, case: uuid.UUID) -> None:
        """Drops a case that is not as it was."""
        self._cases.pop(case, None)
