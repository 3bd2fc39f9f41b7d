"""What becomes of an answer by message that cannot be put on its case, or not yet. Pure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bpjs_sync.answers.rows import Answer, is_as_asked, objection_to
from jejak.cases.case import OpenedEvent
from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.timekeeping import dates


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """A person has to look at it: what is the matter, as a code and in words."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """Its turn has not come: until the case moves, or until the day from which it holds."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The sheet asks for no such answer, and none is lacking."""


type Outlook = NeedsPerson | NotYet | NotAsked

UNKNOWN = NeedsPerson("tidak_dikenal", "kiriman dengan nomor ini tidak ada")


def misplaced(submission: uuid.UUID, opened: LoadedCase) -> NeedsPerson | None:
    """An answer to what is no longer asked: replaced by a later submission, or withdrawn. None where it still is."""
    sent = _sent(opened.history)
    mine = next((one for one in sent if one.id == submission), None)
    if mine is None:
        return UNKNOWN
    if opened.case.ending is not None and opened.case.ending.kind == "ditarik":
        return NeedsPerson("ditarik", "permohonan ini sudah ditarik pemohon")
    if any(one.version > mine.version and _to(one) == _to(mine) for one in sent):
        return NeedsPerson("diganti", "jawaban ini untuk kiriman yang sudah diganti kiriman yang lebih baru")
    return None


def pending_reason(answer: Answer, submission: uuid.UUID, opened: LoadedCase, why: str) -> Outlook:
    """Of an answer that could not be put on its case, with why in words."""
    if answer.since and (wrong := dates.future_date_fault(answer.since, opened.today.date(), "Tanggal berlakunya")):
        return NeedsPerson("tanggal", wrong)
    verbs = {task.verb for task in opened.sop.all_tasks()}
    if answer.says == "diterima" and "await_reply" not in verbs:
        return NotAsked()
    if opened.due and _may_come(answer, submission, opened, verbs):
        until = answer.since if answer.since and answer.since > opened.today.date() else None
        return NotYet(until)
    return NeedsPerson(objection_to(answer, opened).kind, why)


def _may_come(answer: Answer, submission: uuid.UUID, opened: LoadedCase, verbs: set[str]) -> bool:
    """Whether the task that this answers is still ahead of the case."""
    if opened.case.activated is not None or opened.case.deactivated is not None:
        return False
    said = _said_since(submission, opened.history)
    if not answer.of_status:
        return "await_reply" in verbs and not said
    return "confirm_status" in verbs and is_as_asked(answer, opened) and said in ([], ["diterima"])


def _said_since(submission: uuid.UUID, history: Sequence[OpenedEvent]) -> list[str]:
    after = next(one.version for one in history if one.id == submission)
    return [one.hasil for one in history if one.version > after and one.tugas == "await_reply" and one.hasil]


def _sent(history: Sequence[OpenedEvent]) -> list[OpenedEvent]:
    return [one for one in history if isinstance(one.data, e.SubmissionSent)]


def _to(sent: OpenedEvent) -> str | None:
    return sent.data.to if isinstance(sent.data, e.SubmissionSent) else None
