"""Columns of a register that no field is read from, and yet may say that a person has died, such as "Keterangan".

Such a word stands in place of the row's status. It has no meaning there that Jejak ships, so no row counts as a yes: a
person decides, who sees column and word, unless the office lists them in `[kata]`.
"""

import re
from collections.abc import Sequence
from typing import Final

from jejak.procedure.office.vocabularies import spelt
from jejak.tables.cells import BadValueError, day, written
from jejak.tables.columns import Layout
from jejak.tables.reading import Cell

_DEATH: Final = re.compile(r"\b(?:meninggal(?: dunia)?|wafat)\b", re.IGNORECASE)
_DENIAL: Final = r"\b(?:tidak|tdk|belum|blm|bukan)(?: (?:ada|pernah))?"
_DENIED: Final = re.compile(rf"{_DENIAL} (?:meninggal(?: dunia)?|wafat)\b", re.IGNORECASE)
_DEAD: Final = frozenset({"mati", "almarhum", "almarhumah", "alm", "almh", "deceased"})
"""A whole cell, as spelt."""
_NOT: Final = frozenset(
    {"", "tidak", "t", "n", "no", "false", "salah", "0", "belum", "hidup", "masihhidup", "null", "na"}
)
"""Cells, as spelt, that deny a heading such as "Meninggal"."""
_NO: Final = re.compile(
    rf"[0\W]+|{_DENIAL}(?: data)?(?: (?:meninggal(?: dunia)?|wafat|mati))?(?:\W+masih hidup)?\W*", re.IGNORECASE
)
"""Whole cells that deny it too: a date of zeros, "tidak ada", "belum meninggal"."""
_YES: Final = frozenset({"ya", "y", "iya", "yes", "true", "benar", "betul", "sudah", "1", "x", "v"})
"""Cells, as spelt, that affirm it, beside dates, marks and the words of death themselves."""
_MARK: Final = re.compile(r"[√✓✔☑]")
_NAMES: Final = re.compile(r"\b(?:nama|alamat|nik|nomor|no)\b", re.IGNORECASE)
"""Headings of what may hold the word by chance, or of another person: "Nama ayah"."""
_LONGEST: Final = 60


def remark_columns(layout: Layout, header: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """The columns of a file that hold no field and no name, by place and title."""
    taken = {found.at for found in layout.found}
    titles = ((at, " ".join(title.split())) for at, title in enumerate(header) if at not in taken)
    return tuple((at, title) for at, title in titles if title and not _NAMES.search(title))


def death_word(remarks: Sequence[tuple[int, str]], cells: Sequence[Cell]) -> str | None:
    """What says that the person of a row has died: the column's title with the word; None where nothing does.

    Of a longer remark only the word itself, as the rest may name people. Under such a title a cell that is neither a
    date nor a plain yes or no is left out: it may name people, and the title alone makes an official look.
    """
    for at, title in remarks:
        cell = " ".join(str(cells[at]).split()) if at < len(cells) and written(cells[at]) else ""
        if _DEATH.search(title):
            if _affirms(cell) or not (spelt(cell) in _NOT or _NO.fullmatch(cell)):
                return f"{title} {cell if _affirms(cell) else ''}".rstrip()[:_LONGEST]
        elif spelt(cell) in _DEAD:
            return f"{title} {cell}"[:_LONGEST]
        elif word := _death_in(cell):
            return f"{title} {word}"[:_LONGEST]
    return None


def says_death(word: str | None) -> bool:
    """Whether a status says so by itself."""
    return word is not None and (spelt(word) in _DEAD or _death_in(word) is not None)


def _death_in(text: str) -> str | None:
    """The word of death in a text; None too where the text denies it: "belum meninggal"."""
    word = _DEATH.search(_DENIED.sub("", text))
    return word and word[0]


def _affirms(cell: str) -> bool:
    if spelt(cell) in _YES | _DEAD or _DEATH.fullmatch(cell) or _MARK.fullmatch(cell):
        return True
    try:
        return day(cell, "") is not None
    except BadValueError:
        return False
