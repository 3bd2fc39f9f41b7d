"""The process that inspects the documents of its parent's requests, one request after another."""

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from jejak.platform.errors import Problem
from jejak.uploads import MAX_FILES, REQUEST_BYTES
from jejak.uploads.inspection import inspect
from jejak.uploads.sandbox import bounded_time, confine


def serve(parent: socket.socket, memory: int, cpu: int, wall: int) -> None:
    """Answers each request with the media types of its files or the first refusal, until the parent has gone.

    Files that exceed a limit end the process.
    """
    confine(memory)
    while True:
        request, descriptors, _, _ = socket.recv_fds(parent, REQUEST_BYTES, MAX_FILES)
        if not request:
            return
        with bounded_time(cpu, wall):
            answer = _judged(descriptors, json.loads(request))
        parent.send(json.dumps(answer).encode())


def _judged(descriptors: Sequence[int], declared: Sequence[str]) -> Mapping[str, Any]:
    with ExitStack() as stack:
        files = [stack.enter_context(os.fdopen(descriptor, "rb")) for descriptor in descriptors]
        try:
            return {"media_types": [inspect(file.read(), kind) for file, kind in zip(files, declared, strict=True)]}
        except Problem as problem:
            return {"refused": [problem.code, problem.detail, problem.status]}
        except MemoryError:
            os.abort()  # ends by a signal, as every other limit does: status 1 means a fault of the code


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), **json.loads(sys.argv[2]))
