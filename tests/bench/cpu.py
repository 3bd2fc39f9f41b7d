"""Who spends the processor: time of processes from /proc, so that a figure that falls short names what limits it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _CUTIME_END, _PPID = 11, 15, 1


def _fields(pid: int) -> list[str]:
    """What follows the command's name in /proc/PID/stat; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree(root: int) -> list[int]:
    """A process and all that descends from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _fields(int(entry.name))):
            children.setdefault(int(fields[_PPID]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, []))
    return found


def seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes and of their children that have ended, in seconds."""
    used = [sum(map(int, fields[_UTIME:_CUTIME_END])) for pid in pids if (fields := _fields(pid))]
    return sum(used) / _TICKS


def usage(roots: Mapping[str, int]) -> dict[str, float]:
    """Seconds used so far by each named tree of processes."""
    return {name: seconds(tree(pid)) for name, pid in roots.items()}


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Seconds between two looks."""
    return {name: after[name] - before[name] for name in after}
