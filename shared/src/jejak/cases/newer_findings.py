"""What lists imported after a look-up say against it: shown to the officials who hold the file, who may end it. Pure.

A list of BPJS that comes while a letter waits for its signature may say AKTIF: the letter is not signed without a word.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from jejak.cases import engine
from jejak.cases.case import Case, CompletedTask, NewerFinding
from jejak.cases.event_descriptions import UNCLEAR, changed_finding
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.procedure.model import MAIN, Sop

type End = Literal["tolak", "kembalikan"]


class ChangedFinding(NamedTuple):
    """A look-up of the case against which a newer list speaks."""

    done: CompletedTask
    found: str
    words: str
    """The finding in a sentence."""
    message: str | None
    """What the sheet tells the citizen of such a finding."""
    end: End | None
    """How the sheet ends a case of which this was found at once; None where it would go on."""
    source: e.Source
    at: datetime


def changed_findings(sop: Sop, case: Case) -> Iterator[ChangedFinding]:
    """The look-ups whose outcome a newer list would not give.

    None for a look-up that was done again since, or that a later correction of the people overtook.
    """
    for verb, newer in case.newer.items():
        done = last_look_up(case, verb)
        if done is None or is_passed(case, verb, newer) or newer.found == done.hasil:
            continue
        words = changed_finding(verb, newer.found, newer.status, newer.source, sop)
        message, end = None, None
        if newer.found != UNCLEAR:
            found = done._replace(hasil=newer.found, at=newer.at, actor=None)
            message, end = engine.citizen_message(sop, found, engine.conditions_met(sop, case)), _end(sop, case, found)
        yield ChangedFinding(done, newer.found, words, message, end, newer.source, newer.at)


def last_look_up(case: Case, verb: str) -> CompletedTask | None:
    """The newest time that a look-up of the main line ended."""
    return next((row for row in reversed(case.completed) if (row.slot, row.tugas) == (MAIN, verb)), None)


def known_outcome(case: Case, verb: str) -> str | None:
    """The outcome of a look-up as the case shows it: by the newest list that spoke, else as it ended."""
    done, newer = last_look_up(case, verb), case.newer.get(verb)
    if newer is not None and not is_passed(case, verb, newer):
        return newer.found
    return done.hasil if done else None


def is_passed(case: Case, verb: str, newer: NewerFinding) -> bool:
    """Whether a finding counts no more: the look-up was done again, or the participant's data were corrected since."""
    if any(row.tugas == verb for row in case.completed[newer.done :]):
        return True
    return any(change.at >= newer.at and TASKS[verb].looks_at & change.participant for change in case.corrections)


def ended_by_finding(sop: Sop, case: Case) -> tuple[CompletedTask, End] | None:
    """The look-up by whose newer finding an official ended the case, as if it had ended so at once."""
    if case.ending is None or case.ending.kind not in ("tolak", "kembalikan"):
        return None
    if engine.ended_by_line(sop, case):
        return None
    for finding in changed_findings(sop, case):
        if finding.end == case.ending.kind:
            return finding.done._replace(hasil=finding.found, at=case.ending.at, actor=None), finding.end
    return None


def _end(sop: Sop, case: Case, found: CompletedTask) -> End | None:
    names = engine.conditions_met(sop, case)
    target = sop.task(found.slot, found.langkah, found.tugas, names).targets.get(found.hasil)
    return target.kind if target is not None and target.kind in ("tolak", "kembalikan") else None
