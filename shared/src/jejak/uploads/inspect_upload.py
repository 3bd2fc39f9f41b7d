"""Inspects uploads in separate processes. They are reused: a start takes a hundred times as long as a file."""

import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from jejak.platform.errors import Malformed, Problem
from jejak.uploads import REQUEST_BYTES
from jejak.uploads.parsing import DOCUMENTS, DiedError, in_memory, report_death

LIMITS: Final = {"memory": 384 << 20, "cpu": 10, "wall": 30}
"""Limits of an inspector: bytes of memory, and processor and clock seconds for the files of a request."""
_MODULE: Final = "jejak.uploads.child"
_REQUESTS: Final = 1_000
"""The requests of an inspector before another replaces it, so that nothing a file leaves in it stays for long."""
_DECLARED: Final = 200


class Inspector:
    """A process that inspects one request at a time. It has no environment variables and ends with the service."""

    def __init__(self, limits: dict[str, int] = LIMITS, requests: int = _REQUESTS) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-I", "-m", _MODULE, str(theirs.fileno()), json.dumps(limits)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={},
            )
        self._left = requests

    def inspect(self, descriptors: Sequence[int], declared: Sequence[str]) -> dict[str, Any]:
        """The answer of the process. DiedError when it ends instead, by a limit or by a fault of a parser."""
        self._left -= 1
        try:
            socket.send_fds(self._socket, [json.dumps(declared).encode()], descriptors)
            answer = self._socket.recv(REQUEST_BYTES)
        except ConnectionError:
            answer = b""
        if answer:
            return dict(json.loads(answer))
        self._left = 0
        report_death(_MODULE, self._process.wait())
        raise DiedError

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether the process lives and has requests left."""
        return self._left > 0 and self._process.poll() is None

    def close(self) -> None:
        """Closes the connection, at which the process ends."""
        self._socket.close()
        self._process.wait()


_idle: Final = list[Inspector]()


async def inspected(files: Sequence[tuple[bytes, str]]) -> list[str]:
    """The media types of a request's files, each given with its Content-Type, by `inspection.inspect` in an inspector.

    Malformed also for files whose inspection exceeds a limit; Problem 503 when the queue is full.
    """
    return await DOCUMENTS.run(_inspected, files) if files else []


def _inspected(files: Sequence[tuple[bytes, str]]) -> list[str]:
    inspector = _ready()
    try:
        with ExitStack() as stack:
            descriptors = [stack.enter_context(in_memory(data)).fileno() for data, _ in files]
            answer = inspector.inspect(descriptors, [declared[:_DECLARED] for _, declared in files])
    except DiedError:
        raise Malformed(
            "berkas_terlalu_rumit",
            "Berkas ini terlalu rumit untuk diperiksa. Cetak ulang ke PDF atau foto dokumennya, lalu unggah hasilnya.",
        ) from None
    finally:
        _idle.append(inspector)
    if "refused" in answer:
        raise Problem(*answer["refused"])
    return list(answer["media_types"])


def _ready() -> Inspector:
    while _idle:
        inspector = _idle.pop()
        if inspector.usable:
            return inspector
        inspector.close()
    return Inspector()
