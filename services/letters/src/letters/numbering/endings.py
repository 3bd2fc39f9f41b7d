"""How numbers end, by the events of their case: borne by a signed letter, or void. Pure."""

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
    "ParticipantDied": "meninggal",
}
"""The events that end a case, each with the reason for which its numbers are void then."""
NAMING: Final = ("LetterDrafted", "LetterNumbered", "LetterSigned")
"""The events that name numbers."""


@dataclass(frozen=True, slots=True)
class NumberEndings:
    """The letters of a case with named numbers, the signed ones, and the end of the case."""

    named: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    ending: tuple[str, datetime] | None = None
    """Reason and instant of the end, once no task is due: a letter of refusal is signed after the main line's end."""

    def void(self, letter: str) -> tuple[str, datetime] | None:
        """Reason and instant from which the number is void; None while a letter bears it or may."""
        return None if letter in self.signed else self.ending

    def settled(self, letter: str) -> bool:
        """Whether the number is borne or void."""
        return letter in self.signed or self.ending is not None


def endings_of(rows: Iterable[Mapping[str, Any]]) -> NumberEndings:
    """Folds the events of one case, in order; each row says whether a task is due. Raises for damaged rows."""
    named, signed, ending = set[str](), set[str](), None
    for row in rows:
        if row["type"] in NAMING:
            letters = {letter["letter"] for letter in json.loads(row["payload"])["letters"]}
            named |= letters
            signed |= letters if row["type"] == "LetterSigned" else set()
        elif row["slot"] == MAIN and not row["under_way"]:
            ending = ENDINGS[row["type"]], row["recorded_at"]
    return NumberEndings(frozenset(named), frozenset(signed), ending)
