"""The content of a cell of a foreign table: words, digits, dates. The reason of a refusal never repeats the cell.

A reason begins with the label of the cell: the title of its column, as the file writes it.
"""

import re
from datetime import date, datetime
from typing import Final

from jejak.privacy import normalise
from jejak.tables import days
from jejak.tables.reading import Cell

_BROKEN: Final = frozenset({"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"})
"""A formula that failed: the value exists, and the file does not have it."""
_ERRORS: Final = _BROKEN | {"", "N/A", "\\N", "#N/A"}
"""A spreadsheet's words for a value that it does not have."""
_ABSENT: Final = _ERRORS | {"NULL", "NONE", "NIHIL", "(NULL)"}
_EMPTY: Final = _ABSENT - _BROKEN
_DASHES: Final = frozenset("-–—.")
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+", re.ASCII)
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3}){4,}(?:[.,]0{1,2})?|\d{16,}[.,]0+", re.ASCII)
"""A number as a spreadsheet shows it: in thousands, or with decimals."""
TEXT_LIMIT: Final = 200
EXACT_DIGITS: Final = 15
"""A spreadsheet keeps so many digits of a number."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class BadValueError(Exception):
    """A cell that cannot be right; the message is the reason, without the value."""


class UnclearValueError(BadValueError):
    """A cell that may be right; the message asks what it means."""


def text(cell: Cell, label: str) -> str | None:
    """The cell as text; None for one that is empty or marked as absent."""
    content = words(cell, label)
    return None if _is_absent(content, _ABSENT) else content


def deciding(cell: Cell, label: str) -> str | None:
    """A word that decides, as `text`; a formula that failed is no empty cell: a person sees it as it came."""
    content = words(cell, label)
    return None if _is_absent(content, _EMPTY) else content


def name(cell: Cell, label: str) -> str | None:
    """A name: people are called Null and None, so that only an empty cell and a spreadsheet's error is none."""
    content = normalise.name(words(cell, label))
    return None if _is_absent(content, _ERRORS) else content


def words(cell: Cell, label: str) -> str:
    """The cell as text, normalised. Refused when it cannot be a name or a word."""
    content = normalise.line(f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell))
    if len(content) > TEXT_LIMIT:
        raise BadValueError(f"{label} lebih panjang dari {TEXT_LIMIT} huruf")
    if not content.isprintable():
        raise BadValueError(f"{label} memuat huruf yang tidak dapat dicetak")
    return content


def digits(cell: Cell, label: str, length: int, *, may_begin_with_zero: bool = False) -> str | None:
    """An identifying number: exactly so many digits, none lost on the way through a spreadsheet."""
    typed = words(cell, label)
    if _is_absent(typed, _ABSENT):
        return None
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    was_number = is_number or _GROUPED.fullmatch(typed) is not None
    content = normalise.digits(re.sub(r"[.,]0{1,2}$", "", typed).replace(",", "") if was_number else typed)
    if _SCIENTIFIC.fullmatch(typed) or (was_number and len(content) > EXACT_DIGITS and content.endswith("0")):
        # A sixteenth digit that is not 0 was written by a program, and is whole.
        raise BadValueError(f"{label} tersimpan sebagai angka sehingga digit terakhir hilang; jadikan kolomnya Teks")
    if not (content.isascii() and content.isdigit()):
        raise BadValueError(f"{label} memuat selain angka")
    if len(content) < length and may_begin_with_zero:
        raise BadValueError(f"{label} harus {length} angka; nol di depan mungkin hilang, jadikan kolomnya Teks")
    if len(content) != length:
        raise BadValueError(f"{label} harus {length} angka")
    return content


def phone(cell: Cell, label: str) -> str | None:
    """Telephone numbers, or None where the cell says that there is none."""
    lines = cell.splitlines() if isinstance(cell, str) else [str(cell)]
    content = words(cell, label)
    if _is_absent(content, _ABSENT):
        return None
    try:
        return normalise.phone(content if len(lines) == 1 else " / ".join(lines))
    except ValueError:
        raise BadValueError(
            f"{label} bukan nomor telepon; tulis angkanya dengan kode daerah, beberapa nomor dipisah garis miring"
        ) from None


def day(cell: Cell, label: str) -> date | None:
    """A date, day first or year first, with the month's name, or as a spreadsheet keeps it."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    content = words(cell, label)
    if _is_absent(content, _EMPTY) or days.is_absent(content):
        return None
    try:
        return days.from_serial(cell) if isinstance(cell, int | float) else days.read(content)
    except days.DayError as error:
        raise (UnclearValueError if error.asked else BadValueError)(f"{label} {error}") from None


def birth(cell: Cell, label: str) -> tuple[str | None, date | None]:
    """Place and date of birth that share a cell."""
    if isinstance(cell, date):
        return None, day(cell, label)
    place, written_day = days.split_place(words(cell, label))
    return name(place, label), day(written_day, label)


def written(cell: Cell) -> bool:
    """Whether there is anything in the cell."""
    return not isinstance(cell, str) or bool(normalise.line(cell))


def _is_absent(content: str, absent: frozenset[str]) -> bool:
    return content.upper() in absent or _DASHES.issuperset(content)


def escaped(value: str) -> str:
    """A cell as it is written for others: what a spreadsheet would read as a formula is text behind an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) else value
