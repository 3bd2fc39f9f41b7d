"""An answer of BPJS, from a row of a file or from a message, and what it may do to a case. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts.bpjs.parts import Result
from jejak.procedure.office.vocabularies import Says
from jejak.procedure.parties import is_of_bpjs
from jejak.timekeeping.dates import future_date_fault

SAYS: Final[Mapping[Result, Says]] = {
    "accepted": "diterima",
    "mend": "perbaiki",
    "rejected": "ditolak",
    "active": "aktif",
    "ended": "nonaktif",
}
"""The office's word for the result of a message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Which case an answer names, and what it says. `since` belongs to aktif and nonaktif; `row` is 0 for a message.

    Requests hash its repr: renaming a field makes an answer that is already recorded look like another one.
    """

    row: int
    says: Says
    proposal: str | None = None
    nik: str | None = None
    card: str | None = None
    reason: str | None = None
    since: date | None = None
    reference: str | None = None
    on: date | None = None
    word: str | None = field(default=None, repr=False, compare=False)
    """The result in the file's own word, whose meaning is known."""

    @property
    def of_status(self) -> bool:
        """Whether it states the membership, and not BPJS's decision on the proposal."""
        return self.says in ("aktif", "nonaktif")

    def same_as(self, other: "Answer") -> bool:
        """Whether both say the same, wherever they stand in the file."""
        return (self.says, self.reason, self.since) == (other.says, other.reason, other.since)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an answer cannot be applied to its case, as a code and in words; a person has to look at it."""

    kind: Literal["berulang", "bertentangan", "tidak_menunggu", "tanggal", "tidak_dikenal", "ditarik", "diganti"]
    words: str


NOT_AWAITED: Final = Objection("tidak_menunggu", "berkas ini tidak sedang menunggu jawaban")


def task_ended(answer: Answer, loaded: LoadedCase) -> tuple[str, DueTask] | Objection:
    """The outcome and the due task that an answer ends now, or why it ends none.

    A membership that is as requested implies that the proposal was accepted; a membership that is not answers no
    proposal.
    """
    today = loaded.today.date()
    if answer.since and (fault := future_date_fault(answer.since, today, f"Tanggal {answer.says}")):
        return Objection("tanggal", fault)
    return task_awaiting(answer, loaded)


def task_awaiting(answer: Answer, loaded: LoadedCase) -> tuple[str, DueTask] | Objection:
    """As `task_ended`, for any date that the answer names: a mistyped year does not change its case."""
    reply, status = _due(loaded, "await_reply"), _due(loaded, "confirm_status")
    if not answer.of_status:
        return (answer.says, reply) if reply else objection_to(answer, loaded)
    as_requested = is_as_requested(answer, loaded)
    if reply and not as_requested:
        return replace(objection_to(answer, loaded), words=f"masih {answer.says}, dan usulannya belum dijawab")
    if reply:
        return "diterima", reply
    return ("sesuai" if as_requested else "belum", status) if status else objection_to(answer, loaded)


def is_as_requested(answer: Answer, loaded: LoadedCase) -> bool:
    """Whether the membership is stated to be what the case's sheet asks for."""
    return answer.says == ("nonaktif" if loaded.sop.inverse else "aktif")


def objection_to(answer: Answer, loaded: LoadedCase) -> Objection:
    """The objection to an answer for which nothing is due: repeated, contradicting, or not awaited."""
    if recorded := _recorded_status(loaded):
        if answer.says == "diterima" or is_as_requested(answer, loaded):
            return Objection("berulang", recorded)
        return Objection("bertentangan", f"bertentangan: {recorded}")
    replies = [task.hasil for task in loaded.case.completed if task.tugas == "await_reply"]
    if not replies:
        return NOT_AWAITED
    if replies[-1] == ("diterima" if answer.of_status else answer.says):
        return Objection("berulang", "berkas ini sudah dijawab sama")
    return Objection("bertentangan", f"bertentangan: jawaban yang sudah tercatat adalah {replies[-1]}")


def _due(loaded: LoadedCase, verb: str) -> DueTask | None:
    """The oldest due task of this verb that BPJS answers: what another party is asked, BPJS does not answer."""
    of_bpjs = (due for due in loaded.due if due.tugas == verb and is_of_bpjs(loaded.sop, due.task))
    return min(of_bpjs, key=lambda due: due.since, default=None)


def _recorded_status(loaded: LoadedCase) -> str | None:
    if loaded.case.activated is not None:
        return "kartu sudah tercatat aktif"
    return "kepesertaan sudah tercatat berakhir" if loaded.case.deactivated is not None else None
