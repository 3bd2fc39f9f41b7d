"""The process that inspects documents, one after the other, as its parent sends them."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from typing import Any

from jejak.platform.errors import Problem
from jejak.uploads.inspection import inspect
from jejak.uploads.sandbox import bounded_time, confine


def serve(parent: socket.socket, memory: int, cpu: int, wall: int) -> None:
    """Answers each file with its media type or the refusal, until there is no parent. A file beyond a limit ends it."""
    confine(memory)
    while True:
        request, (descriptor,), _, _ = _received(parent)
        with os.fdopen(descriptor, "rb") as file, bounded_time(cpu, wall):
            answer = _judged(file.read(), **json.loads(request))
        parent.send(json.dumps(answer).encode())


def _received(parent: socket.socket) -> tuple[bytes, list[int], int, Any]:
    received = socket.recv_fds(parent, 4096, 1)
    return received if received[0] else sys.exit()


def _judged(data: bytes, declared: str) -> Mapping[str, Any]:
    try:
        return {"media_type": inspect(data, declared)}
    except Problem as problem:
        return {"refused": [problem.code, problem.detail, problem.status]}
    except MemoryError:
        os.abort()  # by a signal, as at every other limit: status 1 is a fault of ours


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), **json.loads(sys.argv[2]))
