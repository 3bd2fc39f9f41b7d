"""Processes of this machine, from /proc: what descends from one, what one has used, whether one is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_STATE: Final = 0
_PPID: Final = 1


def fields(pid: int) -> list[str]:
    """What follows the command's name in /proc/PID/stat; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def gone(pid: int) -> bool:
    """Whether no process has this pid any more; one that has ended and was not yet collected is gone, too."""
    stat = fields(pid)
    return not stat or stat[_STATE] == "Z"


def parent_of(pid: int) -> int:
    """The process that started a living one, or took it in."""
    return int(fields(pid)[_PPID])


def tree(root: int) -> list[int]:
    """A process and all that descends from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := fields(int(entry.name))):
            children.setdefault(int(stat[_PPID]), []).append(int(entry.name))
    pids, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        pids.append(pid)
        waiting.extend(children.get(pid, []))
    return pids


def command(pid: int) -> str:
    """The words of its command line, by spaces; empty for a process that has ended."""
    return _read(pid, "cmdline").replace("\0", " ").strip()


def started_with(text: str) -> list[int]:
    """Living processes that were started with this text in their command line or environment."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if text in _read(pid, "cmdline") + _read(pid, "environ")]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
