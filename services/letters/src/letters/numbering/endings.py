"""How numbers end, by the events of their case: borne by a signed letter, or by none. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from jejak.procedure.model import MAIN

ENDINGS: Final[Mapping[str, str]] = {
    "CaseClosed": "selesai",
    "CaseRefused": "tolak",
    "CaseReturned": "kembalikan",
    "ApplicationWithdrawn": "ditarik",
}
"""The events that end a case, each with what its numbers are then void for."""
NAMING: Final = ("LetterDrafted", "LetterNumbered", "LetterSigned")
"""The events that name numbers."""


@dataclass(frozen=True, slots=True)
class NumberEndings:
    """What the events of a case say of its letters."""

    named: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    ending: tuple[str, datetime] | None = None
    """Why and when the main line ended, and nothing is due any more: a letter of refusal is signed after the end."""

    def void(self, letter: str) -> tuple[str, datetime] | None:
        """Why and since when no letter will bear the number; None while one does or may."""
        return None if letter in self.signed else self.ending

    def settled(self, letter: str) -> bool:
        """Whether the number has come to its end."""
        return letter in self.signed or self.ending is not None


def endings_of(rows: Iterable[Mapping[str, Any]]) -> NumberEndings:
    """Folds the events of one case, in order; each row says whether anything is due. Raises for what makes no sense."""
    named, signed, ending = set[str](), set[str](), None
    for row in rows:
        if row["type"] in NAMING:
            letters = {letter["letter"] for letter in json.loads(row["payload"])["letters"]}
            named |= letters
            signed |= letters if row["type"] == "LetterSigned" else set()
        elif row["slot"] == MAIN and not row["under_way"]:
            ending = ENDINGS[row["type"]], row["recorded_at"]
    return NumberEndings(frozenset(named), frozenset(signed), ending)
