"""A process that parses foreign bytes: what it may use, and how it says what it found. Imported by that process alone.

The limits are the kernel's: whatever a parser does, an allocation beyond them fails and a time beyond them kills, and
nobody has to be awake for that. Nothing is written to disk: no file and no core.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
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
    _confine(**limits)

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


def _confine(memory: int, cpu: int, wall: int) -> None:
    """From here on: memory in bytes, processor time in seconds, and seconds from one message to the next."""
    for what, most in {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(what, (most, most))
    signal.alarm(wall)


def _plain(cell: Any) -> Mapping[str, Any]:
    return {type(cell).__name__: _AS_TEXT[type(cell)](cell)}
