"""The people of a list attached to a letter, looked up in the imported registers as participants are. Pure.

Nothing is decided or stored: who drafts, initials or signs the letter sees what each register says today, and who is
in none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jejak.cases.decision import Decision, LoadedCase
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.messaging.task_runner import Unavailable
from jejak.procedure.meanings import what_was_seen
from jejak.web.tasks.fields import ELEMENTS
from verification.registers.agreement import check_readable, listing_of
from verification.registers.lookup import Answering, LookUp, RegisterAnswers, RegisterKind
from verification.tasks import membership_found, population_found, words_of

type _Judge = Callable[[LookUp, RegisterAnswers], Decision]

_ASKED: Final = {RegisterKind.RESIDENTS: "check_population", RegisterKind.MEMBERS: "check_membership"}
"""The look-up of a participant that each kind of register answers."""
_IMPORTED: Final = {
    RegisterKind.RESIDENTS: "data kependudukan",
    RegisterKind.MEMBERS: "daftar kepesertaan",
    RegisterKind.POOR: "daftar kemiskinan",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the registers say of one person; `look`: an official has to look, as the person is in none or differs."""

    person: e.ListedPerson
    words: tuple[str, ...]
    look: bool


def not_imported(looked: LookUp) -> tuple[str, ...]:
    """The kinds of register that the office has not imported: in them nobody was looked up."""
    kinds = {answering.kind for answering in looked.answering.values()}
    return tuple(words for kind, words in _IMPORTED.items() if kind not in kinds)


def finding_of(loaded: LoadedCase, person: e.ListedPerson, looked: LookUp) -> Finding:
    """The findings about one person, register by register."""
    answers = looked.answers[person.nik]
    judged = [
        *_judged(RegisterKind.RESIDENTS, looked, answers, lambda *seen: population_found(loaded, person, *seen)),
        *_judged(RegisterKind.MEMBERS, looked, answers, lambda *seen: membership_found(loaded, *seen)),
        *_listings(loaded, looked, answers),
    ]
    return Finding(person, tuple(words for words, _ in judged), any(look for _, look in judged))


def _judged(kind: RegisterKind, looked: LookUp, answers: RegisterAnswers, judge: _Judge) -> Sequence[tuple[str, bool]]:
    """The words of one look-up, and whether an official has to look; nothing where the register was not imported."""
    own = {name: answering for name, answering in looked.answering.items() if answering.kind == kind}
    if not own:
        return ()
    names, verb = ", ".join(sorted(own)), _ASKED[kind]
    unread = tuple(row for row in answers.unread if row.source.kind == kind)
    if kind == RegisterKind.MEMBERS and not answers.members and not unread:
        return ((f"{names}: tidak ditemukan", True),)
    try:
        decision = judge(LookUp(own, looked.answers), replace(answers, unread=unread))
    except Unavailable as reason:
        return ((f"{names}: {(reason.shown and what_was_seen(reason.shown)) or 'tidak terbaca'}", True),)
    return ((f"{names}: {outcome_in_words(decision, verb)}", decision.hasil != TASKS[verb].good),)


def outcome_in_words(decision: Decision, verb: str) -> str:
    """What a look-up found, as officials read it, with the names of the elements that differ."""
    return f"{TASKS[verb].outcome(decision.hasil).words or decision.hasil}{_differing(decision)}"


def _differing(decision: Decision) -> str:
    """Which elements differ, never their values."""
    data = decision.data
    if not isinstance(data, e.PopulationChecked) or not data.differing:
        return ""
    names = dict(ELEMENTS)
    return f" ({', '.join(names[element].lower() for element in data.differing)} berbeda)"


def _listings(loaded: LoadedCase, looked: LookUp, answers: RegisterAnswers) -> Iterable[tuple[str, bool]]:
    """Whether each register of the poor lists the person."""
    for name, answering in sorted(looked.answering.items()):
        if answering.kind == RegisterKind.POOR:
            yield _listing(loaded, name, answering, answers)


def _listing(loaded: LoadedCase, name: str, answering: Answering, answers: RegisterAnswers) -> tuple[str, bool]:
    rows = [entry for entry in answers.listed if entry.source.register == name]
    try:
        check_readable((row for row in answers.unread if row.source.register == name), rows)
        listing, _ = listing_of(name, answering, rows, words_of(loaded, answering))
    except Unavailable as reason:
        return f"{name}: {(reason.shown and what_was_seen(reason.shown)) or 'tidak terbaca'}", True
    if not listing.listed:
        return f"{name}: tidak ditemukan", True
    return f"{name}: terdaftar{'' if listing.desil is None else f', desil {listing.desil}'}", False
