"""What clients had acknowledged, held against the ledger. Nothing here asks a server.

An official's request that was answered with success must be in the ledger: once, and in the order of the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

SUBMIT: Final = "submit"
EVENT_OF: Final[Mapping[str, str]] = {
    SUBMIT: "ApplicationSubmitted",
    "check_documents": "DocumentsComplete",
    "draft_letter": "LetterDrafted",
    "paraf": "ParafGiven",
    "sign": "LetterSigned",
    "hand_over": "LetterHandedOver",
    "archive": "LetterArchived",
}
"""Each act of a case's officials, in their order, and the event that it appends."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An act that a service answered with success."""

    case: UUID
    act: str


@dataclass(frozen=True, slots=True)
class Held:
    """How the ledger differs from the answers, in events. `unclaimed`: cases that were never acknowledged."""

    acknowledged: int
    lost: int
    doubled: int
    reordered: int
    unclaimed: int

    @property
    def exact(self) -> bool:
        """Whether every answer is in the ledger, once and in order, and nothing else is."""
        return not (self.lost or self.doubled or self.reordered or self.unclaimed)


def hold(answers: Iterable[Acknowledged], ledger: Mapping[UUID, Sequence[str]]) -> Held:
    """Compares. `answers` are in the order of their arrival; `ledger` has the types of each case's events in order."""
    acts: dict[UUID, list[str]] = {}
    for answer in answers:
        acts.setdefault(answer.case, []).append(EVENT_OF[answer.act])
    return Held(
        acknowledged=sum(map(len, acts.values())),
        lost=sum(len(set(types) - set(ledger.get(case, ()))) for case, types in acts.items()),
        doubled=sum(_repeats(types) for types in ledger.values()),
        reordered=sum(_out_of_order(types, ledger.get(case, ())) for case, types in acts.items()),
        unclaimed=len(ledger.keys() - acts.keys()),
    )


def _repeats(types: Sequence[str]) -> int:
    """Events of a type beyond its first: each act of these cases is done once."""
    return sum(count - 1 for count in Counter(types).values())


def _out_of_order(acknowledged: Sequence[str], stored: Sequence[str]) -> int:
    """Acknowledged events that stand before one that was acknowledged earlier."""
    places = [stored.index(kind) for kind in acknowledged if kind in stored]
    return sum(place < max(places[:number]) for number, place in enumerate(places) if number)
