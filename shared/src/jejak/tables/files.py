"""Foreign tables, read in a process of their own (`jejak.uploads.parsing`)."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from jejak.tables.reading import Cell, ReadingError, Table
from jejak.uploads.parsing import DiedError, Limits, in_memory, parse_in_child

_CHILD: Final = "jejak.tables.child"
UPLOADED: Final = Limits(memory=512 << 20, cpu=20, wall=30, answer_bytes=48 << 20)
"""For an upload to a service: at most 30 MB."""
IMPORTED: Final = Limits(memory=4 << 30, cpu=1_800, wall=300, answer_bytes=16 << 30)
"""For a register imported by the command line: a million rows."""


@contextmanager
def open_table(
    source: Path | bytes,
    headings: Iterable[str],
    delimiter: str | None = None,
    sheet: str | None = None,
    *,
    key: str = "NIK",
    hint: str = "Beri judul kolom itu NIK.",
    options: bool = False,
    limits: Limits = UPLOADED,
) -> Iterator[Table]:
    """Opens CSV, XLSX or ODS by what the file contains, not by its name.

    The header is the first row with a cell that is, by its `headings.key`, one of the headings, within the first 20.
    ReadingError when there is none, or when the file changes while it is read; it names the `key` column that was
    looked for, and says `hint`. `options`: the reader is a command, with --sheet and --delimiter.
    """
    request = {
        "headings": sorted(headings),
        "delimiter": delimiter,
        "sheet": sheet,
        "key": key,
        "hint": hint,
        "options": options,
    }
    with in_memory(source) if isinstance(source, bytes) else source.open("rb") as file:
        before = os.fstat(file.fileno())
        try:
            with parse_in_child(_CHILD, file, request, limits) as messages:
                yield _table(messages)
        except DiedError:
            raise ReadingError(
                "Berkas ini rusak, terlalu besar atau terlalu rumit untuk dibaca. Hapus lembar, baris dan kolom yang "
                "tidak dipakai, atau simpan sebagai CSV, lalu coba lagi."
            ) from None
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ReadingError("Berkas berubah selagi dibaca. Tutup aplikasi lain yang memakainya, lalu impor lagi.")


def _table(messages: Iterator[Any]) -> Table:
    accepted = _accepted(messages)
    first = next(accepted)
    done = 0.0

    def rows() -> Iterator[tuple[int, Sequence[Cell]]]:
        nonlocal done
        for message in accepted:
            yield from map(tuple, message["rows"])
            done = message["fraction"]

    return Table(tuple(first["header"]), first["header_row"], rows(), lambda: done)


def _accepted(messages: Iterator[Any]) -> Iterator[Any]:
    for message in messages:
        if "refused" in message:
            raise ReadingError(message["refused"])
        yield message
