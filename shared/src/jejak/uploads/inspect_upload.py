"""Inspects uploads in processes of their own, which are kept: to start one takes a hundred times as long as a file."""

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
"""Of an inspector: bytes of memory; for the files of a request, seconds of the processor and of the clock."""
_MODULE: Final = "jejak.uploads.child"
_REQUESTS: Final = 1_000
"""So many an inspector answers before another takes its place: what files may have left in it goes with it."""
_DECLARED: Final = 200


class Inspector:
    """A process that inspects the files of one request at a time. It has no environment and ends with the service."""

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
        """Its answer. DiedError when it ends instead, by a limit or by a fault of a parser."""
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
        """Of its process."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it lives, and has not answered all that it may."""
        return self._left > 0 and self._process.poll() is None

    def close(self) -> None:
        """It ends as soon as nothing can be sent to it."""
        self._socket.close()
        self._process.wait()


_idle: Final = list[Inspector]()


async def inspected(files: Sequence[tuple[bytes, str]]) -> list[str]:
    """The media types of a request's files, each with the Content-Type it came with: `inspection.inspect` elsewhere.

    Malformed also for files whose inspection takes too much; Problem 503 when many are inspected.
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
