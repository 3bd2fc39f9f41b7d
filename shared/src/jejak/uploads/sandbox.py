"""The limits and the answers of a process that parses foreign bytes. Only that process imports it.

The kernel enforces the limits: an allocation beyond them fails, and a time beyond them kills the process. Nothing is
written to disk, neither a file nor a core.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final

type Say = Callable[[Mapping[str, Any]], None]
type Work = Callable[[BinaryIO, Mapping[str, Any], Say], None]

_AS_TEXT: Final[Mapping[type, Callable[[Any], Any]]] = {
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: timedelta.total_seconds,
}


def run(work: Work) -> None:
    """Does the work on the file; the arguments are its descriptor, the request and the limits. Ends with `end`."""
    descriptor, request, limits = int(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
    confine(limits["memory"])
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"],) * 2)
    signal.alarm(limits["wall"])

    def say(message: Mapping[str, Any]) -> None:
        """Sends one message. The clock stands until the reader has taken it."""
        text = json.dumps(message, default=_plain).encode()
        signal.alarm(0)
        sys.stdout.buffer.write(text + b"\n")
        sys.stdout.buffer.flush()
        signal.alarm(limits["wall"])

    with open(descriptor, "rb", closefd=False) as file:
        try:
            work(file, request, say)
        except MemoryError:
            os.abort()  # ends by a signal, as every other limit does: status 1 means a fault of the code
    say({"end": True})


def confine(memory: int) -> None:
    """Limits this process to so many bytes of memory, no written file and no core."""
    for limit, most in {resource.RLIMIT_AS: memory, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}.items():
        resource.setrlimit(limit, (most, most))


@contextmanager
def bounded_time(cpu: int, wall: int) -> Iterator[None]:
    """Kills this process when the block takes more processor or clock seconds."""
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.alarm(wall)
    yield
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)


def _plain(cell: Any) -> Mapping[str, Any]:
    return {type(cell).__name__: _AS_TEXT[type(cell)](cell)}
