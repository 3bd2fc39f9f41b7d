"""Who spends the processor: time of processes from /proc, so that a figure that falls short names what limits it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from tests.processes import fields, tree

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _CUTIME_END = 11, 15


def seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes and of their children that have ended, in seconds."""
    used = [sum(map(int, stat[_UTIME:_CUTIME_END])) for pid in pids if (stat := fields(pid))]
    return sum(used) / _TICKS


def usage(roots: Mapping[str, int]) -> dict[str, float]:
    """Seconds used so far by each named tree of processes."""
    return {name: seconds(tree(pid)) for name, pid in roots.items()}


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Seconds between two looks."""
    return {name: after[name] - before[name] for name in after}
