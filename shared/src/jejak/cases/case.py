"""A case as folded from its events, shared by all services; it keeps only fields that some decider reads."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, TypedDict, assert_never

from jejak.contracts import events as e
from jejak.contracts.events import AnyEvent


class OpenedEvent(NamedTuple):
    """An event whose data is opened, stored or about to be. A tuple, because histories are long.

    It has neither position nor hash, unlike the envelope `Event`, whose payload is sealed: no decider reads them.
    """

    id: uuid.UUID
    version: int
    type: str
    data: AnyEvent
    at: datetime
    """`recorded_at`; for an event not yet appended, the governed now."""
    slot: str = "main"
    langkah: str | None = None
    tugas: str | None = None
    hasil: str | None = None
    oleh: str | None = None
    actor: str | None = None
    recorder: str | None = None
    occurred_at: datetime | None = None


class CompletedTask(NamedTuple):
    """One task that ended: at whose turn, by whom, with which outcome."""

    slot: str
    langkah: str
    tugas: str
    hasil: str
    oleh: str
    actor: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the case: its reserved number, the hash of its signed file once there is one, and its signer."""

    number: str
    signed: str | None = None
    revoked: bool = False
    signer: e.ChosenSigner | None = None
    """Whom the newest draft names."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The newest draft: its count, its letters, their content, and the official who drafted it."""

    count: int
    letters: tuple[str, ...]
    content: e.LetterContent | e.Forgotten
    drafter: str | None
    done: int
    """How many tasks had ended with it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the main line ended, and when."""

    kind: Literal["selesai", "tolak", "kembalikan", "ditarik", "meninggal"]
    at: datetime


class NewerFinding(NamedTuple):
    """What a list imported after a look-up says, and how many tasks had ended by then."""

    found: str
    status: str | None
    source: e.Source
    done: int
    at: datetime


class Correction(NamedTuple):
    """A correction of the people: what it changed of the participant, and what had been done before it."""

    participant: frozenset[str]
    """The corrected fields of the participant, whom the look-ups are about."""
    printed: bool
    """Whether a letter or a list prints one of the corrected fields."""
    done: int
    """How many tasks had ended before."""
    draft: int | None
    """The draft that it overtook."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """The application as submitted. `received_at` is the claimed time of receipt, else the instant of recording.

    Its people are those of the case (`Case.people`).
    """

    service: str
    answers: tuple[str, ...]
    entry_office: str
    received_at: datetime
    purpose: str | e.Forgotten | None
    funding: str | None = None
    """The payer of the contribution: APBN, provinsi, kota."""
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One application, folded from its stream."""

    id: uuid.UUID
    office: str
    sop: str
    version: int = 0
    acted: int = 0
    """Version of the last event that is not in `NOT_ACTS`: the ETag of the case."""
    application: Application | None = None
    people: e.People | None = None
    """Who applicant and participant are now, with every correction: the one answer for letter, list, message, receipt
    and search. None before the application, and once they are forgotten."""
    applied: e.People | None = None
    """The people as they were submitted."""
    corrections: tuple[Correction, ...] = ()
    documents: Mapping[str, tuple[e.Attachment, ...]] = field(default_factory=dict)
    facts: Mapping[str, e.DocumentFacts] = field(default_factory=dict)
    """What the newest complete check recorded of documents; empty once forgotten."""
    listings: tuple[e.Listing, ...] = ()
    register_numbers: Mapping[str, str] = field(default_factory=dict)
    """The participant's number in each register that lists him; empty once forgotten."""
    membership: e.Membership | None = None
    confirmed: tuple[str, ...] = ()
    """The rules that were met, by name."""
    denied: tuple[e.Reason, ...] = ()
    """Why no rule was met."""
    completed: tuple[CompletedTask, ...] = ()
    draft: Draft | None = None
    """The newest draft."""
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    """Of each letter its newest draft: letters that are drafted apart are initialled and signed apart."""
    letters: Mapping[str, Letter] = field(default_factory=dict)
    newer: Mapping[str, NewerFinding] = field(default_factory=dict)
    """By look-up: the newest finding that came after it (`jejak.cases.newer_findings`)."""
    ending: Ending | None = None
    activated: datetime | None = None
    active_since: date | None = None
    """The day that BPJS states for the activation."""
    deactivated: datetime | None = None
    """When the membership was seen to have ended, on a sheet that asks for it."""

    def draft_of(self, letters: Collection[str]) -> Draft | None:
        """The newest draft of any of these letters; of all where a task names none."""
        drafts = [self.drafts[name] for name in letters if name in self.drafts] if letters else [self.draft]
        return max((draft for draft in drafts if draft), key=lambda draft: draft.count, default=None)


class _Changes(TypedDict, total=False):
    """The fields of a case that one event changes."""

    application: Application
    people: e.People | None
    applied: e.People | None
    corrections: tuple[Correction, ...]
    documents: Mapping[str, tuple[e.Attachment, ...]]
    facts: Mapping[str, e.DocumentFacts]
    listings: tuple[e.Listing, ...]
    register_numbers: Mapping[str, str]
    membership: e.Membership
    confirmed: tuple[str, ...]
    denied: tuple[e.Reason, ...]
    draft: Draft
    drafts: Mapping[str, Draft]
    letters: Mapping[str, Letter]
    newer: Mapping[str, NewerFinding]
    ending: Ending
    activated: datetime
    active_since: date | None
    deactivated: datetime


def fold(case: Case, events: Iterable[OpenedEvent]) -> Case:
    """The case after these events."""
    folded = replace(case)
    for event in events:
        _evolve(folded, event)
    return folded


def _evolve(folded: Case, event: OpenedEvent) -> None:
    """Writes to the copy that `fold` made: a copy for each event was most of what a fold cost."""
    write = object.__setattr__
    write(folded, "version", event.version)
    if not isinstance(event.data, NOT_ACTS):
        write(folded, "acted", event.version)
    if event.tugas and event.hasil and event.langkah and event.oleh:
        done = CompletedTask(event.slot, event.langkah, event.tugas, event.hasil, event.oleh, event.actor, event.at)
        write(folded, "completed", (*folded.completed, done))
    for name, value in _changed(folded, event).items():
        write(folded, name, value)


NOT_ACTS: Final = (e.WorkStarted, e.ApplicantTold, e.LetterNumbered)
"""Events that leave the state on which an official decides as it was."""


def _changed(case: Case, event: OpenedEvent) -> _Changes:  # noqa: C901, PLR0912 - one row of a table per event
    """What an event changes. Total: a new event type must be thought about here."""
    match event.data:
        case e.DocumentsComplete(facts=facts):
            return {"facts": facts if isinstance(facts, dict) else {}}
        case (
            e.TrailAct()
            | e.WorkStarted()
            | e.ParafSkipped()
            | e.BatchClosed()
            | e.BatchMemberDropped()
            | e.BatchFileMade()
            | e.ReadingAnswered()
            | e.LetterNumbered()
        ):
            return {}
        case e.ApplicationSubmitted() as submitted:
            documents, people = _with_documents({}, submitted.documents), _known(submitted.people)
            application = _application(submitted, event)
            return {"application": application, "documents": documents, "people": people, "applied": people}
        case e.PeopleCorrected() as corrected:
            correction = _correction(case, corrected, event)
            return {"people": _known(corrected.people), "corrections": (*case.corrections, correction)}
        case e.DocumentsAdded(documents=documents):
            return {"documents": _with_documents(case.documents, documents)}
        case e.DtksVerified(listings=listings, numbers=numbers):
            return {"listings": listings, "register_numbers": numbers if isinstance(numbers, dict) else {}}
        case e.MembershipChecked(membership=membership):
            return {"membership": membership}
        case e.EligibilityConfirmed(rules=rules):
            return {"confirmed": rules, "denied": ()}
        case e.EligibilityDenied(reasons=reasons):
            return {"confirmed": (), "denied": reasons}
        case e.LetterDrafted() as drafted:
            # A new draft voids parafs and signatures; the number stays.
            fresh = {letter.letter: Letter(letter.number, signer=letter.signer) for letter in drafted.letters}
            draft = Draft(drafted.draft, tuple(fresh), drafted.content, event.actor, len(case.completed))
            drafts = {**case.drafts, **dict.fromkeys(fresh, draft)}
            return {"draft": draft, "drafts": drafts, "letters": {**case.letters, **fresh}}
        case e.LetterSigned(letters=letters):
            before = {name: letter.signer for name, letter in case.letters.items()}
            signed = {row.letter: Letter(row.number, row.sha256, signer=before.get(row.letter)) for row in letters}
            return {"letters": {**case.letters, **signed}}
        case e.LetterRevoked(letters=names):
            revoked = {name: replace(case.letters[name], revoked=True) for name in names}
            return {"letters": {**case.letters, **revoked}}
        case e.MembershipActivated(active_since=since):
            return {"activated": event.occurred_at or event.at, "active_since": since}
        case e.MembershipDeactivated():
            return {"deactivated": event.occurred_at or event.at}
        case e.CaseClosed():
            return {"ending": Ending("selesai", event.at)}
        case e.CaseRefused():
            return {"ending": Ending("tolak", event.at)} if event.slot == "main" else {}
        case e.CaseReturned():
            return {"ending": Ending("kembalikan", event.at)}
        case e.ApplicationWithdrawn():
            return {"ending": Ending("ditarik", event.at)}
        case e.ParticipantDied():
            return {"ending": Ending("meninggal", event.at)}
        case e.FindingChanged(task=task, found=found, status=status, source=source):
            newer = NewerFinding(found, status, source, len(case.completed), event.at)
            return {"newer": {**case.newer, task: newer}}
        case _ as unknown:
            assert_never(unknown)


def _application(submitted: e.ApplicationSubmitted, event: OpenedEvent) -> Application:
    return Application(
        service=submitted.service,
        answers=submitted.answers,
        entry_office=submitted.entry_office,
        received_at=event.occurred_at or event.at,
        purpose=submitted.purpose,
        funding=submitted.funding,
        recorded_at=event.at,
    )


def _known(people: e.People | e.Forgotten) -> e.People | None:
    return people if isinstance(people, e.People) else None


NOT_PRINTED: Final = frozenset({"phone"})
"""Fields of a person that stand on no letter and no list."""


def _correction(case: Case, corrected: e.PeopleCorrected, event: OpenedEvent) -> Correction:
    return Correction(
        participant=frozenset(row.field for row in corrected.fields if row.who == corrected.subject),
        printed=any(row.field not in NOT_PRINTED for row in corrected.fields),
        done=len(case.completed),
        draft=corrected.draft,
        at=event.at,
    )


def _with_documents(
    known: Mapping[str, tuple[e.Attachment, ...]], added: tuple[e.Attachment, ...]
) -> Mapping[str, tuple[e.Attachment, ...]]:
    """Files brought again replace those brought before for the same document."""
    fresh: dict[str, tuple[e.Attachment, ...]] = {}
    for file in added:
        fresh[file.document] = (*fresh.get(file.document, ()), file)
    return {**known, **fresh}
