"""Servers that all processes of one run share: the first that needs one starts it, and stops it when no one uses it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

_LOOK_SECONDS: Final = 0.1
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - folders in it have names and modes of their own
_NEEDED_BYTES: Final = 6 << 30
"""Free there before a run: its databases and topics, and as much again."""

type State = dict[str, Any]


@cache
def scratch_place() -> Path:
    """Where servers of tests keep their data: in memory if there is room, else on the disk.

    Each test has a database of its own. To make and drop its files costs ten times as much on a disk, without a sync.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _NEEDED_BYTES:
        return _MEMORY
    return Path(tempfile.gettempdir())


class Server(Protocol):
    def stop(self) -> None: ...


@contextmanager
def shared(name: str, start: Callable[[Path], tuple[Server, str]]) -> Iterator[tuple[Path, str]]:
    """The server's folder and address. `start` starts it on an empty folder; an error of it is this process's alone.

    The process that started it is the last to leave: it waits for the others, which end with the same run.
    """
    folder = scratch_place() / f"jejak-test-{name}"
    # Root's PostgreSQL runs as another user, who has to pass through the folder.
    folder.mkdir(mode=0o711, exist_ok=True)
    state = folder.with_suffix(".json")
    server: Server | None = None
    with _held(state) as known:
        if "address" not in known:
            server, known["address"] = start(folder)
        known.setdefault("users", []).append(os.getpid())
        address: str = known["address"]
    try:
        yield folder, address
    finally:
        with _held(state) as known:
            known["users"].remove(os.getpid())
        if server is not None:
            while any(_alive(pid) for pid in _users(state)):
                time.sleep(_LOOK_SECONDS)
            server.stop()
            shutil.rmtree(folder)
            state.unlink()


@contextmanager
def _held(state: Path) -> Iterator[State]:
    """The state under a lock; what is changed of it is written, unless the block raises."""
    with state.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known: State = json.loads(file.read() or "{}")
        yield known
        file.seek(0)
        file.truncate()
        json.dump(known, file)


def _users(state: Path) -> list[int]:
    with _held(state) as known:
        return list(known["users"])


def _alive(pid: int) -> bool:
    """A process that was killed never said that it left."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
