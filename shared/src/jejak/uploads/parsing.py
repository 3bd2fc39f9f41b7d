"""Foreign bytes are parsed in a process of their own: a hostile file earns its sender a sentence, and costs no other.

The child has no environment, gets the file as an open descriptor and answers in JSON, a message a line. It ends with
the parent's interest in it, or by its limits (`jejak.uploads.sandbox`).
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
    "jejak_parsers_died_total", "Files whose parser ended before it had said all", ["module", "status"]
)


class DiedError(Exception):
    """The child ended before it had said all: by a limit, or by a fault of the parser."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: bytes of memory, seconds of the processor, seconds to each message, bytes it may say."""

    memory: int
    cpu: int
    wall: int
    said: int


@contextmanager
def in_memory(data: bytes) -> Iterator[BinaryIO]:
    """Bytes as a file that has no place on any disk, and is gone with its last reader."""
    with os.fdopen(os.memfd_create("jejak"), "w+b") as file:
        file.write(data)
        file.seek(0)
        yield file


@contextmanager
def parse_in_child(module: str, file: BinaryIO, request: Mapping[str, Any], limits: Limits) -> Iterator[Iterator[Any]]:
    """What a child that runs `module` says of a file, message by message. DiedError when it breaks off.

    The child reads on from the file's place, and moves it. It is killed when the block is left.
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
            yield _messages(child, module, limits.said)
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
    """Logs and counts a parser that ended by a limit (a negative status, its signal) or by a fault of ours."""
    _DIED.labels(module, str(status)).inc()
    _log.warning("parser_died", module=module, status=status)


def _cell(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((kind, value),) = found.items()
        if kind in _FROM_TEXT:
            return _FROM_TEXT[kind](value)
    return found


class WorkerSlots:
    """Where a service waits for its children: a few at once, a few in line, and Problem 503 for those behind them."""

    def __init__(self, at_once: int, in_line: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="parsing")
        self._room = threading.BoundedSemaphore(at_once + in_line)

    async def run[**P, T](self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Does work that starts a child, beside everybody else's."""
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
"""Apart: who sends tables that take long keeps nobody waiting who sends a photo."""
