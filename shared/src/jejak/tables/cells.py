"""The content of a cell of a foreign table: words, digits, dates. The reason of a refusal never repeats the cell."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from jejak.procedure.vocabularies import spelt
from jejak.tables.reading import Cell

_ABSENT: Final = frozenset({"", "-", "--", "NULL", "N/A", "#N/A", "NONE", "\\N"})
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: 00:00(?::00)?)?", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)?", re.ASCII)
TEXT_LIMIT: Final = 200
EXACT_DIGITS: Final = 15
"""A spreadsheet keeps so many digits of a number."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class BadValueError(Exception):
    """A cell that cannot be right; the message is the reason, without the value."""


def text(cell: Cell) -> str | None:
    """The cell as text; None for one that is empty or marked as absent."""
    content = words(cell)
    return None if content.upper() in _ABSENT else content


def words(cell: Cell) -> str:
    """The cell as text, white space made single. Refused when it cannot be a name or a word."""
    if isinstance(cell, str):
        content = " ".join(cell.split())
    elif isinstance(cell, float) and cell.is_integer():
        content = f"{cell:.0f}"
    else:
        content = str(cell)
    if len(content) > TEXT_LIMIT:
        raise BadValueError(f"ada isian yang lebih panjang dari {TEXT_LIMIT} huruf")
    if not content.isprintable():
        raise BadValueError("ada isian dengan huruf yang tidak dapat dicetak")
    return content


def digits(cell: Cell, label: str, length: int, *, may_begin_with_zero: bool = False) -> str | None:
    """An identifying number: exactly so many digits, none lost on the way through a spreadsheet."""
    stored_as_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    content = f"{cell:.0f}" if stored_as_number else words(cell).removeprefix("'").replace(" ", "")
    if content.upper() in _ABSENT:
        return None
    if _SCIENTIFIC.fullmatch(content) or (stored_as_number and len(content) > EXACT_DIGITS and content.endswith("0")):
        # A sixteenth digit that is not 0 was written by a program, and is whole.
        raise BadValueError(f"{label} tersimpan sebagai angka sehingga digit terakhir hilang; jadikan kolomnya Teks")
    if not (content.isascii() and content.isdigit()):
        raise BadValueError(f"{label} memuat selain angka")
    if len(content) < length and may_begin_with_zero:
        raise BadValueError(f"{label} harus {length} angka; nol di depan mungkin hilang, jadikan kolomnya Teks")
    if len(content) != length:
        raise BadValueError(f"{label} harus {length} angka")
    return content


def day(cell: Cell, label: str) -> date | None:
    """A date, day first or year first, or as a spreadsheet keeps it."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    content = words(cell)
    if content.upper() in _ABSENT:
        return None
    if match := _DAY_FIRST.fullmatch(content):
        number, month, year = match.groups()
    elif match := _YEAR_FIRST.fullmatch(content):
        year, month, number = match.groups()
    else:
        raise BadValueError(f"{label} tidak terbaca; tulis sebagai hari-bulan-tahun, misalnya 31-12-2025")
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise BadValueError(f"{label} bukan tanggal yang ada") from None


def written(cell: Cell) -> bool:
    """Whether there is anything in the cell."""
    return not isinstance(cell, str) or bool(cell.strip())


def plain(heading: str) -> str:
    """A heading without case, dots and spaces: "No. KK" and "no_kk" are one."""
    return spelt(heading)


def headings(names: Iterable[str]) -> frozenset[str]:
    """The plain forms of many headings."""
    return frozenset(map(plain, names))


def escaped(value: str) -> str:
    """A cell as it is written for others: what a spreadsheet would read as a formula is text behind an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) else value
