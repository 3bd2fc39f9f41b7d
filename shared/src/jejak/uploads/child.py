"""The process that inspects one file."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from jejak.platform.errors import Problem
from jejak.uploads.confined import Say, run
from jejak.uploads.inspection import inspect


def check(file: BinaryIO, request: Mapping[str, Any], say: Say) -> None:
    """Says the media type, or the refusal."""
    try:
        say({"found": inspect(file.read(), request["declared"])})
    except Problem as problem:
        say({"refused": [problem.code, problem.detail, problem.status]})


if __name__ == "__main__":
    run(check)
