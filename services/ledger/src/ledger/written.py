"""What was written lately of each case's clocks, so that only what has changed of them is written again.

A case of forty rows changes three of them with an event; to delete and write all forty was most of what a view cost.
"""

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.step_rows import COLUMNS, Row

KEY: Final = ("stream", "kind", "slot", "langkah", "tugas", "who", "repetition")
_PLACES: Final = tuple(COLUMNS.index(name) for name in KEY)
_STREAM: Final = COLUMNS.index("stream")
_MOST: Final = 2_000
"""Cases: some fifteen megabytes."""

type Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Rows to replace: of `whole` cases all are deleted, others `gone` by their keys; those that `come` are written."""

    whole: list[uuid.UUID] = field(default_factory=list)
    gone: list[Key] = field(default_factory=list)
    come: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Written:
    """Holds as long as nobody else writes: whoever writes says from where (`since`), and what came of it (`keep`)."""

    most: int = _MOST
    _at: object = None
    _cases: OrderedDict[uuid.UUID, Mapping[Key, int]] = field(default_factory=OrderedDict)

    def since(self, progress: object) -> None:
        """All is forgotten unless the views stand where they were when it was kept."""
        if progress != self._at:
            self._cases.clear()

    def change(self, streams: Sequence[uuid.UUID], rows: Iterable[Row]) -> Change:
        """What has changed of these cases, of which `rows` are all."""
        change = Change()
        for stream, now in _by_stream(streams, rows).items():
            before, marks = self._cases.get(stream), _marks(now)
            if before is None or len(marks) < len(now):
                change.whole.append(stream)
                change.come.extend(now)
            else:
                change.gone.extend(key for key, mark in before.items() if marks.get(key) != mark)
                change.come.extend(row for row in now if before.get(_key(row)) != hash(row))
        return change

    def keep(self, progress: object, folded: Iterable[tuple[Sequence[uuid.UUID], Sequence[Row]]]) -> None:
        """These are all rows of these cases, and the views stand here. Where two rows share a key, nothing is kept."""
        self._at = progress
        for streams, rows in folded:
            for stream, now in _by_stream(streams, rows).items():
                self._cases.pop(stream, None)
                if len(marks := _marks(now)) == len(now):
                    self._cases[stream] = marks
        while len(self._cases) > self.most:
            self._cases.popitem(last=False)


def _by_stream(streams: Sequence[uuid.UUID], rows: Iterable[Row]) -> dict[uuid.UUID, list[Row]]:
    found: dict[uuid.UUID, list[Row]] = {stream: [] for stream in streams}
    for row in rows:
        found[row[_STREAM]].append(row)
    return found


def _marks(rows: Iterable[Row]) -> dict[Key, int]:
    return {_key(row): hash(row) for row in rows}


def _key(row: Row) -> Key:
    return tuple(row[place] for place in _PLACES)
