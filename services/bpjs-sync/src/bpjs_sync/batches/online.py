"""The online sheet as a file in a watched folder, from which a program synchronises it.

One file a month and office. Rows are added in one step: the file is written anew and replaces the old one, under a lock
that every process takes. A proposal that is in it already is not written twice.
"""

import csv
import fcntl
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bpjs_sync.batches.files import Line, cells, csv_text, headings_of

_LOCK: Final = ".kunci"
_PART: Final = ".bagian"
_MODE: Final = 0o600


def append(folder: Path, name: str, lines: Sequence[tuple[str, Line]]) -> int:
    """Adds rows, each under the id of its submission; returns how many are new. OSError where it cannot be written.

    Blocks while another process writes: call it in a thread.
    """
    with _locked(folder):
        path = folder / f"{name}.csv"
        before = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
        known = {row[0] for row in csv.reader(io.StringIO(before, newline=""), delimiter=";") if row}
        fresh = [(identity, line) for identity, line in lines if identity not in known]
        if fresh:
            rows = csv_text((identity, *cells(line)) for identity, line in fresh)
            _replace(path, _headed(before, ("id_pengiriman", *headings_of(line for _, line in fresh))) + rows)
        return len(fresh)


def _headed(before: str, headings: Sequence[str]) -> str:
    """The file so far under headings that name every column; the newborns' own come with the first newborn."""
    first, end, rest = before.partition("\r\n")
    known = first.split(";") if first else []
    return csv_text([headings]) + rest if len(headings) > len(known) else first + end + rest


def _replace(path: Path, text: str) -> None:
    part = path.with_suffix(_PART)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
        file.write(text.encode("utf-8-sig"))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
