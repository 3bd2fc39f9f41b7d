"""Inspects uploads in processes of their own, which are kept: to start one takes a hundred times as long as a file."""

import json
import socket
import subprocess
import sys
from typing import Any, BinaryIO, Final

from jejak.platform.errors import Malformed, Problem
from jejak.uploads.parsing import DOCUMENTS, DiedError, in_memory, report_death

LIMITS: Final = {"memory": 384 << 20, "cpu": 5, "wall": 20}
"""Of an inspector: bytes of memory; for each file, seconds of the processor and of the clock."""
_MODULE: Final = "jejak.uploads.child"
_FILES: Final = 1_000
"""So many files an inspector sees before another takes its place: what they may have left in it goes with it."""
_ANSWER_BYTES: Final = 4_096
_DECLARED: Final = 200


class Inspector:
    """A process that inspects files, one at a time. It has no environment and ends with the service."""

    def __init__(self, limits: dict[str, int] = LIMITS, files: int = _FILES) -> None:
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
        self._left = files

    def inspect(self, file: BinaryIO, declared: str) -> dict[str, Any]:
        """Its answer. DiedError when it ends instead, by a limit or by a fault of a parser."""
        self._left -= 1
        try:
            socket.send_fds(self._socket, [json.dumps({"declared": declared}).encode()], [file.fileno()])
            answer = self._socket.recv(_ANSWER_BYTES)
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
        """Whether it lives, and has not seen all the files that it may."""
        return self._left > 0 and self._process.poll() is None

    def close(self) -> None:
        """It ends as soon as nothing can be sent to it."""
        self._socket.close()
        self._process.wait()


_idle: Final = list[Inspector]()


async def inspected(data: bytes, declared: str) -> str:
    """As `inspection.inspect`, in another process.

    Malformed also for a file whose inspection takes too much; Problem 503 when many are inspected.
    """
    return await DOCUMENTS.run(_inspected, data, declared[:_DECLARED])


def _inspected(data: bytes, declared: str) -> str:
    inspector = _ready()
    try:
        with in_memory(data) as file:
            answer = inspector.inspect(file, declared)
    except DiedError:
        raise Malformed(
            "berkas_terlalu_rumit",
            "Berkas ini terlalu rumit untuk diperiksa. Cetak ulang ke PDF atau foto dokumennya, lalu unggah hasilnya.",
        ) from None
    finally:
        _idle.append(inspector)
    if "refused" in answer:
        raise Problem(*answer["refused"])
    return str(answer["media_type"])


def _ready() -> Inspector:
    while _idle:
        inspector = _idle.pop()
        if inspector.usable:
            return inspector
        inspector.close()
    return Inspector()
