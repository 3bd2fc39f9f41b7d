"""Why an answer by message is not applied to its case, or not yet. Pure."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Final

from bpjs_sync.answers.answer import Answer, Objection, is_as_requested
from bpjs_sync.domain import submissions
from jejak.cases.decision import LoadedCase


@dataclass(frozen=True, slots=True)
class NotYet:
    """The answer waits until the case moves, or until the day from which it holds."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The sheet asks for no such answer, and none is lacking."""


type PendingReason = Objection | NotYet | NotAsked

UNKNOWN: Final = Objection("tidak_dikenal", "kiriman dengan nomor ini tidak ada")


def misplaced(submission: uuid.UUID, loaded: LoadedCase) -> Objection | None:
    """The objection to an answer to a submission that was withdrawn or replaced; None while it is still asked for."""
    sent = submissions(loaded.history)
    answered = next(((event.version, data.to) for event, data in sent if event.id == submission), None)
    if answered is None:
        return UNKNOWN
    if loaded.case.ending is not None and loaded.case.ending.kind == "ditarik":
        return Objection("ditarik", "permohonan ini sudah ditarik pemohon")
    if loaded.case.ending is not None and loaded.case.ending.kind == "meninggal":
        return Objection("ditarik", "peserta sudah meninggal, dan BPJS sudah diberi tahu")
    version, to = answered
    if any(event.version > version and data.to == to for event, data in sent):
        return Objection("diganti", "jawaban ini untuk kiriman yang sudah diganti kiriman yang lebih baru")
    return None


def pending_reason(answer: Answer, submission: uuid.UUID, loaded: LoadedCase, objection: Objection) -> PendingReason:
    """Whether an answer to which there is an objection waits for its turn, is not asked for, or needs a person."""
    if objection.kind == "tanggal":
        return objection
    verbs = {task.verb for task in loaded.sop.all_tasks()}
    if answer.says == "diterima" and "await_reply" not in verbs:
        return NotAsked()
    if loaded.due and _may_come(answer, submission, loaded, verbs):
        return NotYet(answer.since if answer.since and answer.since > loaded.today.date() else None)
    return objection


def _may_come(answer: Answer, submission: uuid.UUID, loaded: LoadedCase, verbs: set[str]) -> bool:
    """Whether the task that the answer ends is still ahead of the case."""
    if loaded.case.activated is not None or loaded.case.deactivated is not None:
        return False
    sent = next(event.version for event in loaded.history if event.id == submission)
    later = [event for event in loaded.history if event.version > sent]
    replies = [event.hasil for event in later if event.tugas == "await_reply" and event.hasil]
    if not answer.of_status:
        return "await_reply" in verbs and not replies
    return "confirm_status" in verbs and is_as_requested(answer, loaded) and replies in ([], ["diterima"])
