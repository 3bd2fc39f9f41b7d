"""The rows last written of each case's clocks: only the changed ones are written again.

An event changes about three of the forty rows of a case; rewriting all forty is most of the cost of the view.
"""

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.timings.step_rows import COLUMNS, Row

KEY: Final = ("stream", "kind", "slot", "langkah", "tugas", "who", "repetition")
_PLACES: Final = tuple(COLUMNS.index(name) for name in KEY)
_STREAM: Final = COLUMNS.index("stream")
_MOST: Final = 2_000
"""Cases: some fifteen megabytes."""

type Key = tuple[Any, ...]
type Marks = Mapping[Key, int]
"""The hash of each row, by its key."""


@dataclass(frozen=True, slots=True)
class ProjectionChange:
    """Rows to replace: those of the `whole` cases and those `gone` by key are deleted, those in `come` written."""

    whole: list[uuid.UUID] = field(default_factory=list)
    gone: list[Key] = field(default_factory=list)
    come: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class ProjectionCache:
    """Holds as long as no other process writes: a write begins with `since` its progress and ends with `keep`."""

    most: int = _MOST
    _at: object = None
    _cases: OrderedDict[uuid.UUID, Marks] = field(default_factory=OrderedDict)
    _coming: dict[uuid.UUID, Marks] = field(default_factory=dict)

    def since(self, progress: object) -> None:
        """Drops everything unless the views stand where they stood at the last `keep`."""
        self._coming.clear()
        if progress != self._at:
            self._cases.clear()

    def change(self, streams: Sequence[uuid.UUID], rows: Iterable[Row]) -> ProjectionChange:
        """The change of these cases to `rows`, which are all of theirs. Where rows share a key, all change."""
        change = ProjectionChange()
        by_stream: dict[uuid.UUID, list[Row]] = {stream: [] for stream in streams}
        for row in rows:
            by_stream[row[_STREAM]].append(row)
        for stream, now in by_stream.items():
            before = self._cases.pop(stream, None)
            marks = {tuple(row[place] for place in _PLACES): hash(row) for row in now}
            if len(marks) == len(now):
                self._coming[stream] = marks
            if before is None or len(marks) < len(now):
                change.whole.append(stream)
                change.come.extend(now)
            else:
                change.gone.extend(key for key, mark in before.items() if marks.get(key) != mark)
                change.come.extend(row for row, key in zip(now, marks, strict=True) if before.get(key) != marks[key])
        return change

    def keep(self, progress: object) -> None:
        """Takes in the changes since `since`: they are written, and the views stand at `progress`."""
        self._at = progress
        self._cases.update(self._coming)
        while len(self._cases) > self.most:
            self._cases.popitem(last=False)
