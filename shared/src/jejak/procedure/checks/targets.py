"""Where an outcome leads: the words of ``bila``, and what each verb leads to by default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jejak.contracts.tasks import TASKS, TaskKind
from jejak.procedure.model import MAIN, Target

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jejak.procedure.format.file import SopFile
    from jejak.procedure.model import TargetKind

_TO_STEP: Final = re.compile(r"(?:(pemohon) )?langkah (\S+)")
_PLAIN: Final[tuple[TargetKind, ...]] = ("lanjut", "pemohon", "konsep", "tunggu", "tolak", "kembalikan", "selesai")
TARGET_WORDS: Final = (*_PLAIN, "langkah N", "pemohon langkah N")
TARGET_MEANINGS: Final = (
    "tolak: berakhir dengan penolakan; kembalikan: berakhir tanpa menolak orangnya; "
    "pemohon: dilengkapi, lalu diteruskan"
)
ONWARD: Final = Target("lanjut")


def parse_target(text: str) -> Target:
    """The target a text names; ValueError when it names none."""
    if text in _PLAIN:
        return Target(text)
    if step := _TO_STEP.fullmatch(text):
        return Target("pemohon" if step[1] else "langkah", step[2])
    raise ValueError(text)


def landings(sop: SopFile) -> dict[str, str]:
    """Step -> the step where work goes on: itself, or the next that has tasks. A step after all work is not in it."""
    landing: dict[str, str] = {}
    here: str | None = None
    for step in reversed(sop.langkah):
        here = step.no if step.tugas else here
        if here is not None:
            landing[step.no] = here
    return landing


def outcomes_of(kind: TaskKind, routes: Collection[str]) -> tuple[str, ...]:
    """The verb's outcomes, the good one first; those of choose_route are the sheet's routes."""
    return tuple(routes) if kind.by_route else kind.outcomes


def resolve_targets(
    verb: str, slot: str, routes: Collection[str], bila: Mapping[str, str], *, inverse: bool = False
) -> dict[str, Target]:
    """Every outcome of a verb with its target: what the sheet says, else the verb's default.

    In a follow-up the refusal of a signature asks for a new draft: there is no application left to refuse.
    `inverse`: the sheet asks for a membership to end, perhaps after a death.
    """
    kind = TASKS[verb]
    again = {"tolak": "konsep"} if slot != MAIN and kind.letters == "signs" else {}
    return {
        outcome: parse_target(bila.get(outcome) or again.get(outcome) or kind.target_of(outcome, inverse=inverse))
        for outcome in outcomes_of(kind, routes)
    }
