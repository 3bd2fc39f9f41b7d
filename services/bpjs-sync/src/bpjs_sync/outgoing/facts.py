"""The message of a case's event to BPJS, if it has one. Pure: the same history always gives the same message."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bpjs_sync import domain
from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.people.newborn import number_of
from jejak.cases.undecided import bpjs_decides_still
from jejak.contracts import events as e
from jejak.contracts.bpjs import messages as b
from jejak.platform import ids
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, funding_of
from jejak.procedure.parties import BPJS, is_of_bpjs, pihak_of
from jejak.procedure.task_words import task_at

TYPES: Final = frozenset(
    {
        "SubmissionSent",
        "ApplicationWithdrawn",
        "ParticipantDied",
        "LetterRevoked",
        "ReplyReceived",
        "MembershipActivated",
        "MembershipDeactivated",
    }
)
"""Events that may have a message; every other is passed over without opening its case."""
OPENED: Final = TYPES | {"ApplicationSubmitted", "PeopleCorrected", "DocumentsAdded", "LetterSigned"}
"""Events whose data a message needs; of any other the columns suffice (task, outcome, who did it)."""


@dataclass(frozen=True, slots=True)
class OutgoingFact:
    """One message: its name, its submission, its clear part and its personal part."""

    name: str
    submission: uuid.UUID
    clear: b.OutgoingMessage
    personal: b.SubmissionPersonal | b.ReasonPersonal | None


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """A case up to the event of the message, with its sheet and office."""

    case: Case
    history: Sequence[OpenedEvent]
    sop: Sop
    office: Kantor
    public_url: str

    @property
    def event(self) -> OpenedEvent:
        return self.history[-1]

    @property
    def submissions(self) -> list[OpenedEvent]:
        """The submissions to BPJS so far, in order."""
        return [event for event, data in domain.submissions(self.history) if self.is_bpjs(data.to)]

    @property
    def action(self) -> b.Action:
        """The requested action: an inverse service ends a membership, others act by the `cara` of route or sheet."""
        if self.sop.inverse:
            return "deactivation"
        held = engine.conditions_met(self.sop, self.case)
        return _ACTIONS[engine.activation_way(self.sop, held)]

    def is_bpjs(self, code: str | None) -> bool:
        """Whether a code is BPJS itself, or a pelaksana of BPJS."""
        return pihak_of(self.sop.pelaksana, code or "") == BPJS

    @property
    def of_bpjs(self) -> bool:
        """Whether the event is of a task that BPJS answers, and no other party."""
        event, names = self.event, engine.conditions_met(self.sop, self.case)
        return is_of_bpjs(self.sop, task_at(self.sop, event.slot, event.langkah, event.tugas, event.oleh, names))

    def letter(self, name: str) -> b.CheckableLetter:
        """A signed letter with the address for checking it."""
        letter = self.case.letters[name]
        code = ids.case_code(self.case.id)
        return b.CheckableLetter(
            number=letter.number,
            kind=self.sop.surat[name].jenis if name in self.sop.surat else name,
            sha256=letter.signed or "",
            check=f"{self.public_url}/periksa/{code}/{name}",
        )


_ACTIONS: Final[dict[str, b.Action]] = {"baru": "new", "mutasi": "mutation", "reaktivasi": "reactivation"}


def outgoing_facts(
    case: uuid.UUID, history: Sequence[OpenedEvent], sop: Sop, office: Kantor, public_url: str
) -> OutgoingFact | None:
    """The message of the last event of a history. None for a case that BPJS has not received, or other events."""
    folded = fold(Case(id=case, office=office.kode, sop=sop.sha256), history)
    context = CaseHistory(folded, history, sop, office, public_url)
    sent = context.submissions
    if not sent:
        return None
    event, at = context.event, context.event.occurred_at or context.event.at
    about, code = sent[-1].id, ids.case_code(case)
    match event.data:
        case e.SubmissionSent() if sent[-1] is event:
            return _submission(context, event.data, sent, at)
        case e.ApplicationWithdrawn(note=note):
            clear: b.OutgoingMessage = b.SubmissionWithdrawn(submission=about, case=code, withdrawn_at=at)
            return _with_reason("submission.withdrawn", clear, note)
        case e.ParticipantDied() if bpjs_decides_still(context.case, sop):
            clear = b.SubmissionWithdrawn(submission=about, case=code, withdrawn_at=at, deceased=True)
            return _with_reason("submission.withdrawn", clear, None)
        case e.LetterRevoked(letters=names, note=note):
            letters = tuple(context.letter(name) for name in names)
            clear = b.LetterRevoked(submission=about, case=code, letters=letters, revoked_at=at)
            return _with_reason("letter.revoked", clear, note)
        case e.ReplyReceived(source=source, reference=reference, note=note) if context.of_bpjs:
            result = _RESULTS[event.hasil or "diterima"]
            clear = b.ReplyRecorded(
                submission=about,
                case=code,
                result=result,
                reference=reference,
                replied_at=at,
                reply=_reply(source),
                way=_WAYS[source.way if source else "manual"],
            )
            return _with_reason("reply.recorded", clear, note)
        case e.MembershipActivated(active_since=since, source=source) if context.of_bpjs:
            clear = b.MembershipActive(
                submission=about, case=code, action=context.action, reply=_reply(source), active_since=since, seen_at=at
            )
            return _with_reason("membership.active", clear, None)
        case e.MembershipDeactivated(inactive_since=since, source=source) if context.of_bpjs:
            clear = b.MembershipEnded(submission=about, case=code, reply=_reply(source), ended_since=since, seen_at=at)
            return _with_reason("membership.ended", clear, None)
        case _:
            return None


_RESULTS: Final[dict[str, Literal["accepted", "mend", "rejected"]]] = {
    "diterima": "accepted",
    "perbaiki": "mend",
    "ditolak": "rejected",
}


_WAYS: Final[dict[str, b.Way]] = {"manual": "typed", "impor": "file", "http": "message"}


def _reply(source: e.Source | None) -> uuid.UUID | None:
    """BPJS's own id of an answer by message."""
    try:
        return uuid.UUID(source.reference) if source and source.way == "http" and source.reference else None
    except ValueError:  # a look-up over HTTP names the system that was asked
        return None


def _with_reason(name: str, clear: b.OutgoingMessage, reason: str | e.Forgotten | None) -> OutgoingFact:
    """A reason is personal: free text may name a person."""
    personal = b.ReasonPersonal(submission=clear.submission, reason=reason) if isinstance(reason, str) else None
    return OutgoingFact(name, clear.submission, clear, personal)


def _submission(
    context: CaseHistory, data: e.SubmissionSent, sent: Sequence[OpenedEvent], at: datetime
) -> OutgoingFact:
    application = context.case.application
    if application is None:
        raise ValueError("a submission was sent for a case that was never submitted")
    held = engine.conditions_met(context.sop, context.case)
    identity = sent[-1].id
    clear = b.Submission(
        submission=identity,
        case=ids.case_code(context.case.id),
        previous=sent[-2].id if len(sent) > 1 else None,
        attempt=len(sent),
        kind="emergency" if engine.is_urgent(context.sop, held) else context.action,
        action=context.action,
        office=b.Office(code=context.office.kode, name=context.office.nama),
        service=application.service,
        procedure=b.Procedure(
            number=context.sop.nomor,
            name=context.sop.nama,
            effective=context.sop.tanggal_efektif,
            sha256=context.sop.sha256,
        ),
        funding=funding_of(application.funding, context.sop, context.office),
        letters=tuple(context.letter(name) for name in data.letters if context.case.letters[name].signed),
        documents=tuple(
            b.DocumentHash(document=file.document, sha256=file.sha256, media_type=file.media_type, size=file.size)
            for files in context.case.documents.values()
            for file in files
        ),
        via=data.via,
        batch=data.batch,
        sent_at=at,
    )
    personal = _person(identity, context.case.people, application.purpose)
    return OutgoingFact("submission", identity, clear, personal)


def _person(
    submission: uuid.UUID, people: e.People | None, purpose: str | e.Forgotten | None
) -> b.SubmissionPersonal | None:
    """The participant and the purpose; None once forgotten."""
    if people is None:
        return None
    person = people.subject
    number = number_of(person)
    if number is None:
        raise ValueError("a participant has neither a NIK nor what stands in its place")
    participant = b.Participant(
        nik=number,
        birth_paper=person.birth_paper if person.nik is None else None,
        birth_order=person.birth_order if person.nik is None else None,
        kk=person.kk,
        name=person.name,
        born=person.born,
        birthplace=person.birthplace,
        address=person.address,
        phone=person.phone.partition(" / ")[0] if person.phone else None,
        card=person.card,
    )
    text = purpose if isinstance(purpose, str) else None
    return b.SubmissionPersonal(submission=submission, participant=participant, purpose=text)
