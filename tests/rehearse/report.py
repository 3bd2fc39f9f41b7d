"""The rehearsals as a table, and as build/rehearse.json."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from jejak_tools.delivery import Delivery
from tests.rehearse.acknowledged import Held

_COLUMNS: Final = ("rehearsal", "gap", "abreast", "answers", "lost", "2x", "order", "events", "lost", "2x", "order")
_WIDTHS: Final = (16, 7, 9, 9, 6, 5, 7, 9, 6, 8, 7)
_GROUPS: Final = f"{'':16}{'s':>7}{'s':>9}{'in the ledger':>27}{'on Kafka':>30}  requests failed"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of a rehearsal: what had happened, and how long it took until all begun by then was finished."""

    what: str
    at: float
    """Seconds since the loss."""
    published: float
    """Seconds from then until Kafka had all that was in the ledger by then."""
    viewed: float
    """The same for the views."""
    ended: float
    """The same for the cases that were under way: they had come to their end."""

    @property
    def abreast(self) -> float:
        """Seconds until all three were reached."""
        return max(self.published, self.viewed, self.ended)


@dataclass(slots=True)
class Row:
    """The result of one rehearsal. Times are in seconds, from the client's side."""

    name: str
    what: str
    calm_gap: float = 0.0
    """The longest time without a finished case before the loss."""
    gap: float = 0.0
    """The same from the loss to the end of the rehearsal."""
    finished: int = 0
    marks: list[Mark] = field(default_factory=list)
    held: Held | None = None
    delivered: Delivery | None = None
    chains: str = ""
    """What is broken in the ledger's chains; empty where all hold."""
    failures: Mapping[str, int] = field(default_factory=dict)
    failing: float = 0.0
    """Seconds from the first failed request to the last."""
    notes: list[str] = field(default_factory=list)
    error: str = ""
    """Why the rehearsal was not carried to its end."""

    @property
    def abreast(self) -> float:
        """The longest of its marks."""
        return max((mark.abreast for mark in self.marks), default=0.0)

    @property
    def kept(self) -> bool:
        """Whether the promise was kept: nothing acknowledged is lost, doubled or out of order, and all is published.

        Kafka may deliver an event again.
        """
        if self.error or self.chains or self.held is None or self.delivered is None:
            return False
        kafka = self.delivered
        return self.held.exact and not (kafka.lost or kafka.reordered or kafka.changed)


def table(rows: Sequence[Row]) -> str:
    """One line a rehearsal; below, what has to be read in words."""
    head = "".join(
        f"{name:<{width}}" if number == 0 else f"{name:>{width}}"
        for number, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True))
    )
    lines = [_GROUPS, head, *map(_line, rows), ""]
    for row in rows:
        lines += [f"{row.name}: {word}" for word in _words(row)]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    if row.error or row.held is None or row.delivered is None:
        return f"{row.name:<{_WIDTHS[0]}}  not carried to its end"
    held, kafka = row.held, row.delivered
    counts = (held.acknowledged, held.lost, held.doubled, held.reordered)
    on_kafka = (kafka.stored, kafka.lost, kafka.doubled, kafka.reordered)
    cells = [f"{row.gap:7.1f}", f"{row.abreast:9.1f}"]
    cells += [f"{count:{width},}" for count, width in zip((*counts, *on_kafka), _WIDTHS[3:], strict=True)]
    failed = sum(row.failures.values())
    return f"{row.name:<{_WIDTHS[0]}}" + "".join(cells) + f"  {failed or 'none'}" + ("" if row.kept else "  NOT KEPT")


def _words(row: Row) -> list[str]:
    words = [
        f"{mark.what} at {mark.at:.0f} s; after {mark.published:.1f} s Kafka was abreast, "
        f"after {mark.viewed:.1f} s the views, after {mark.ended:.1f} s the cases under way had ended"
        for mark in row.marks
    ]
    if row.failures:
        kinds = ", ".join(f"{count} {how}" for how, count in row.failures.items())
        words.append(f"requests that failed and were repeated, over {row.failing:.0f} s: {kinds}")
    if row.held is not None and row.held.unclaimed:
        words.append(f"{row.held.unclaimed} cases in the ledger that no client was told of")
    if row.delivered is not None and row.delivered.changed:
        words.append(f"{row.delivered.changed} messages on Kafka that differ from the ledger")
    return words + row.notes + [problem for problem in (row.chains, row.error) if problem]


def machine() -> dict[str, Any]:
    """The machine of the figures."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def write(rows: Sequence[Row], about: Mapping[str, Any], path: Path) -> None:
    """Everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    results = [asdict(row) | {"kept": row.kept, "abreast": row.abreast} for row in rows]
    path.write_text(json.dumps({**about, "rehearsals": results}, indent=2) + "\n", encoding="utf-8")
