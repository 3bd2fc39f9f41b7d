"""Foreign bytes are parsed in a separate process: a hostile file gets its sentence and disturbs no other request.

The child has no environment variables, gets the file as an open descriptor and answers in JSON, one message a line. It
ends when the parent leaves it, or by its limits (`jejak.uploads.sandbox`).
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final

import structlog
from prometheus_client import Counter

from jejak.platform.errors import Problem

_FROM_TEXT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}

_log = structlog.get_logger()
_DIED: Final = Counter(
    "jejak_parsers_died_total", "Files whose parser ended before its result was complete", ["module", "status"]
)


class DiedError(Exception):
    """The child ended before its answer was complete: by a limit, or by a fault of the parser."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a child: bytes of memory, processor seconds, clock seconds to each message, bytes of its answer."""

    memory: int
    cpu: int
    wall: int
    answer_bytes: int


@contextmanager
def in_memory(data: bytes) -> Iterator[BinaryIO]:
    """Bytes as a file in memory, which is gone when its last descriptor is closed."""
    with os.fdopen(os.memfd_create("jejak"), "w+b") as file:
        file.write(data)
        file.seek(0)
        yield file


@contextmanager
def parse_in_child(module: str, file: BinaryIO, request: Mapping[str, Any], limits: Limits) -> Iterator[Iterator[Any]]:
    """The messages about a file from a child that runs `module`. DiedError when it breaks off.

    The child reads from the file's position, and moves it. It is killed when the block is left.
    """
    held = {"memory": limits.memory, "cpu": limits.cpu, "wall": limits.wall}
    command = [sys.executable, "-I", "-m", module, str(file.fileno()), json.dumps(request), json.dumps(held)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[file.fileno()],
        env={},
    ) as child:
        try:
            yield _messages(child, module, limits.answer_bytes)
        finally:
            child.kill()


def _messages(child: "subprocess.Popen[bytes]", module: str, most: int) -> Iterator[Any]:
    assert child.stdout is not None
    left = most
    while (line := child.stdout.readline(left + 1)).endswith(b"\n") and (left := left - len(line)) >= 0:
        message = json.loads(line, object_hook=_cell)
        if "end" in message:
            return
        yield message
    child.kill()
    report_death(module, child.wait())
    raise DiedError


def report_death(module: str, status: int) -> None:
    """Logs and counts a parser that ended by a limit (a negative status, its signal) or by a fault of the code."""
    _DIED.labels(module, str(status)).inc()
    _log.warning("parser_died", module=module, status=status)


def _cell(cell: dict[str, Any]) -> Any:
    if len(cell) == 1:
        ((kind, value),) = cell.items()
        if kind in _FROM_TEXT:
            return _FROM_TEXT[kind](value)
    return cell


class WorkerSlots:
    """Places for the work of children: a few at once, a few in line, and Problem 503 for the rest."""

    def __init__(self, at_once: int, in_line: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="parsing")
        self._room = threading.BoundedSemaphore(at_once + in_line)

    async def run[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Does work that starts a child, in a thread."""
        if not self._room.acquire(blocking=False):
            raise Problem("antrean_penuh", "Sedang banyak berkas diperiksa. Tunggu sebentar, lalu unggah lagi.", 503)
        try:
            future = self._threads.submit(work, *args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _: "Future[Any]") -> None:
        self._room.release()


TABLES: Final = WorkerSlots(at_once=2, in_line=6)
DOCUMENTS: Final = WorkerSlots(at_once=2, in_line=100)
"""Separate from tables, so that a photo never waits behind a long table."""
