"""A process that parses foreign bytes: what it may use, and how it answers. Imported by that process alone.

The limits are the kernel's: an allocation beyond them fails and a time beyond them kills, whatever a parser does.
Nothing is written to disk: no file and no core.
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
    """Does the work on the file, as the arguments say: its descriptor, the request, the limits. Says `end` at last."""
    descriptor, request, limits = int(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
    confine(limits["memory"])
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"],) * 2)
    signal.alarm(limits["wall"])

    def say(message: Mapping[str, Any]) -> None:
        """One message. The clock stands while the reader takes his time."""
        text = json.dumps(message, default=_plain).encode()
        signal.alarm(0)
        sys.stdout.buffer.write(text + b"\n")
        sys.stdout.buffer.flush()
        signal.alarm(limits["wall"])

    with open(descriptor, "rb", closefd=False) as file:
        try:
            work(file, request, say)
        except MemoryError:
            os.abort()  # by a signal, as at every other limit: status 1 is a fault of ours
    say({"end": True})


def confine(memory: int) -> None:
    """From here on: so many bytes of memory, no file, no core."""
    for limit, most in {resource.RLIMIT_AS: memory, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}.items():
        resource.setrlimit(limit, (most, most))


@contextmanager
def bounded_time(cpu: int, wall: int) -> Iterator[None]:
    """Kills this process when the block takes more seconds of the processor or of the clock."""
    signal.setitimer(signal.ITIMER_PROF, cpu)
    signal.alarm(wall)
    yield
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)


def _plain(cell: Any) -> Mapping[str, Any]:
    return {type(cell).__name__: _AS_TEXT[type(cell)](cell)}
