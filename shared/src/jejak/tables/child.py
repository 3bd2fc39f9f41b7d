"""The process that reads one table: its header, then its rows, many to a message."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final

from jejak.tables.cells import written
from jejak.tables.headings import key
from jejak.tables.reading import Cell, ReadingError, read_table
from jejak.uploads.sandbox import Say, run

_CELLS: Final = 5_000
_CELL_LIMIT: Final = 32_767
"""What a cell of a spreadsheet may hold. To read a longer one would be work for the service that asked."""


def read(file: BinaryIO, request: Mapping[str, Any], say: Say) -> None:
    """Says the header and every row with something in it, or why the file cannot be read."""
    headings = frozenset(request["headings"])
    options = {name: value for name, value in request.items() if name != "headings"}

    def is_header(row: Sequence[Cell]) -> bool:
        return any(isinstance(cell, str) and key(cell, headings) in headings for cell in row)

    try:
        table = read_table(file, is_header, **options)
        _check(table.header_row, table.header)
        say({"header": table.header, "header_row": table.header_row})
        rows, cells = list[Any](), 0
        for number, row in table.rows:
            _check(number, row)
            if any(written(cell) for cell in row):
                rows.append((number, row))
                cells += len(row)
            if cells >= _CELLS:
                say({"rows": rows, "fraction": table.fraction()})
                rows, cells = [], 0
        say({"rows": rows, "fraction": 1.0})
    except ReadingError as error:
        say({"refused": str(error)})


def _check(number: int, row: Sequence[Cell]) -> None:
    if any(isinstance(cell, str) and len(cell) > _CELL_LIMIT for cell in row):
        raise ReadingError(f"Baris {number} memuat isian yang terlalu panjang. Hapus isian itu, lalu coba lagi.")


if __name__ == "__main__":
    run(read)
