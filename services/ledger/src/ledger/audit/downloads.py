"""Files made for one download: written to disk, read once in pieces, and gone when they are closed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

_PIECE: Final = 256 * 1024


@contextmanager
def scratch_file() -> Iterator[IO[bytes]]:
    """A temporary file that stays open for `pieces`; it is closed here where the block fails."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - `pieces` closes it
    try:
        yield file
    except BaseException:
        file.close()
        raise


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The whole file from its beginning; closes it."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
