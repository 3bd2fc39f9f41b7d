"""One model per event type and version: stored, published and read back for ever.

A field marked `Working` or `Archived` is personal: the codec seals it from the first event on. Free text is always
personal. The name on disk is the literal in `MODELS`, never a class path; a new version is a new class beside the old.
The columns of the event (langkah, tugas, hasil, oleh, actor, times), which are counted and filtered, are not here.
"""

from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, Field

from jejak.contracts.parts import (
    FORGOTTEN,
    Archived,
    Attachment,
    ChosenSigner,
    CorrectedField,
    DocumentFacts,
    DraftLetter,
    Forgotten,
    Key,
    LetterContent,
    ListedPerson,
    Listing,
    Membership,
    Name,
    Part,
    People,
    Person,
    Problem,
    Reason,
    Reservation,
    Sha256,
    Signatory,
    SignedLetter,
    Source,
    Text,
    Working,
)

__all__ = [
    "FORGOTTEN", "Attachment", "ChosenSigner", "CorrectedField", "DocumentFacts", "DraftLetter", "Forgotten", "Key",
    "LetterContent", "ListedPerson", "Listing", "Membership", "Name", "People", "Person", "Problem", "Reason",
    "Reservation", "Signatory", "SignedLetter", "Source", "Text",
]  # fmt: skip
"""The parts of events are exported here too."""


class Payload(Part):
    """Base of every event. `request` is the keyed hash of the HTTP body that caused it, for Idempotency-Key."""

    v: Literal[1] = 1
    request: str | None = None


class Act(Payload):
    """An official's or an applicant's act, with its note and evidence."""

    note: Working[Text] | None = None
    evidence: tuple[Attachment, ...] = ()
    batch: str | None = None
    """The batch of the act; the office's clock stood still until the batch closed."""
    batch_closed_at: AwareDatetime | None = None
    share: Annotated[int, Field(ge=1)] | None = None
    """The count of cases or letters in the request: each gets its share of the time."""


class TrailAct(Act):
    """An act of which a case keeps only the columns: task, outcome, actor."""


class ApplicationSubmitted(Payload):
    people: Working[People]
    service: Name
    answers: tuple[Name, ...] = ()
    documents: tuple[Attachment, ...] = ()
    entry_office: Name
    purpose: Working[Text] | None = None
    funding: Name | None = None
    family: tuple[str, ...] | None = None
    """The cases of a family that applied in one request, this one among them; None for a single case."""


class PeopleCorrected(Act):
    """The data of applicant or participant are corrected, by the evidence or the reason of the act.

    What was looked up or written with the old data is done again (`jejak.cases.positions`).
    """

    fields: Annotated[tuple[CorrectedField, ...], Field(min_length=1)]
    subject: Literal["pemohon", "peserta"]
    """Which of the two is the participant, whom the look-ups are about."""
    before: Working[People]
    people: Working[People]
    draft: Annotated[int, Field(ge=1)] | None = None
    """The newest draft at that time, where the correction changes what a letter prints: it has to be drafted anew."""


class DocumentsAdded(Act):
    documents: tuple[Attachment, ...] = ()


class DocumentsComplete(TrailAct):
    shown: tuple[Name, ...] = ()
    """The documents (or the alternatives shown instead) that are correct."""
    facts: Working[dict[Name, DocumentFacts]] | None = None
    """By document: its number, date and issuer, where the sheet asks for them."""


class DocumentsMissing(TrailAct):
    problems: tuple[Problem, ...]
    remarks: Working[dict[str, str]] | None = None


class DataEntered(TrailAct):
    pass


class ApplicationForwarded(TrailAct):
    pass


class ActRecorded(TrailAct):
    pass


class DtksVerified(Act):
    listings: tuple[Listing, ...]
    numbers: Working[dict[str, str]] | None = None


class PopulationChecked(TrailAct):
    differing: tuple[Name, ...] = ()
    source: Source
    status: Name | None = None
    """The register's own word for the person's status; only a word whose meaning is known."""


class MembershipChecked(Act):
    membership: Membership
    source: Source
    double_in: tuple[Name, ...] | None = None
    """The lists that hold the participant a second time, where the answer says so."""
    named: bool | None = None
    """Whether the source names the participant; None where an official looked."""
    card: Working[str] | None = None


class EligibilityConfirmed(Act):
    rules: tuple[str, ...]


class EligibilityDenied(Act):
    reasons: tuple[Reason, ...]


class VerifiedManually(TrailAct):
    pass


class RouteChosen(TrailAct):
    pass


class DataRenewed(TrailAct):
    """The participant's data are renewed in their register, or stay as they were (outcome `tidak_diperbarui`)."""


class DispositionGiven(TrailAct):
    pass


class DraftReviewed(TrailAct):
    draft: int | None = None


class ApplicationApproved(TrailAct):
    draft: int | None = None


class ParafGiven(TrailAct):
    draft: int


class ParafSkipped(Payload):
    draft: int
    reason: Literal["penanda_tangan_sama"]


class LetterDrafted(Act):
    draft: Annotated[int, Field(ge=1)]
    letters: tuple[DraftLetter, ...]
    content: Archived[LetterContent]


class LetterNumbered(Payload):
    """Numbers that were reserved for a draft that was never stored; no other event names them."""

    letters: Annotated[tuple[DraftLetter, ...], Field(min_length=1)]


class LetterSigned(Act):
    draft: int
    letters: tuple[SignedLetter, ...]
    method: Literal["elektronik", "basah"]
    signed_on: date
    signatory: Archived[Signatory]


class LetterHandedOver(TrailAct):
    receiver: Working[Name] | None = None


class LetterArchived(TrailAct):
    pass


class LetterRevoked(Act):
    letters: tuple[Name, ...]


class SubmissionSent(TrailAct):
    via: Literal["dibawa_pemohon", "diantar", "berkas", "lembar_daring", "sistem"]
    to: Name
    letters: tuple[Name, ...] = ()


class ReplyReceived(TrailAct):
    reference: str | None = None
    source: Source | None = None
    """Set for a reply from a file; None for one that an official typed in."""
    word: Name | None = None
    """The answer in the file's own word; only a word whose meaning is known."""


class CaseReconciled(TrailAct):
    pass


class MembershipActivated(Act):
    means: Literal["baru", "mutasi", "reaktivasi"]
    active_since: date | None = None
    source: Source
    status: Name | None = None
    """The list's own word; only a word whose meaning is known. So of the three events below."""


class MembershipNotYetActive(TrailAct):
    source: Source
    status: Name | None = None


class MembershipDeactivated(Act):
    """The membership as state-paid participant has ended, as the sheet of the inverse service asks."""

    inactive_since: date | None = None
    source: Source
    why: Working[Text] | None = None
    """Why the end was requested: the sheet's route, else the applicant's own purpose."""
    status: Name | None = None


class MembershipNotYetDeactivated(TrailAct):
    """The membership has not ended yet."""

    source: Source
    status: Name | None = None


class CardReceived(TrailAct):
    pass


class CorrectionRequested(TrailAct):
    pass


class CaseRefused(Act):
    reasons: tuple[Reason, ...] = ()


class CaseReturned(Act):
    message: str | None = None
    """The sheet's message to the citizen (`pesan`)."""


class CaseClosed(Payload):
    pass


class WorkStarted(Payload):
    pass


type ToldBy = Literal["bertemu", "telepon", "pesan", "lewat_orang"]
type NewsKind = Literal[
    "lengkapi", "siap_diambil", "ditolak", "dikembalikan", "aktif", "berakhir", "ingatkan", "selesai"
]


class ApplicantTold(TrailAct):
    """An official has informed the applicant of a result of the case. No sheet asks for it; offices want a record."""

    news: NewsKind
    way: ToldBy


class ApplicationWithdrawn(Act):
    pass


type DeathProof = Literal["akta_kematian", "surat_keterangan_kematian", "dukcapil"]


class ParticipantDied(Act):
    """The participant has died: the case ends, and nothing more is asked for. The papers are its evidence."""

    proof: DeathProof
    paper: Working[Name] | None = None
    """The number of the paper, where it was seen and not scanned."""
    died_on: Working[date] | None = None


class FindingChanged(Payload):
    """A list imported after a look-up says something else of the participant than the look-up did.

    It ends no task: the officials who hold the file see it, and may end the case by it.
    """

    task: Name
    """The look-up."""
    before: Name
    """Its outcome as the case has it."""
    found: Name
    """The outcome that the newer list would give."""
    status: Name | None = None
    """The list's own word."""
    source: Source


class BatchClosed(Payload):
    batch: Name
    period: str
    members: tuple[str, ...]
    closed_at: AwareDatetime | None = None
    """The end of its period, or the moment of closing by hand."""


class BatchMemberDropped(Payload):
    member: str
    reason: Literal["ditarik", "meninggal", "tidak_lagi_menunggu", "data_dimusnahkan"]


class BatchFileMade(Payload):
    """The list for the addressee; `sha256` names the only bytes that are ever served. The last event counts."""

    sha256: Sha256
    media_type: Name
    size: Annotated[int, Field(gt=0)]
    rows: Annotated[int, Field(ge=1)]


class ReadingAnswered(Payload):
    """An official's verdict on an interpretation: whether what is not printed was read into the sheet correctly.

    `reading` names it (`jejak.procedure.revision.inferred`), `words` is the text shown: words of the sheet, no personal
    data.
    """

    reading: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    right: bool


type AnyEvent = (
    TrailAct | ApplicationSubmitted | PeopleCorrected | DocumentsAdded | DtksVerified | MembershipChecked
    | EligibilityConfirmed | EligibilityDenied | ParafSkipped | LetterDrafted | LetterNumbered | LetterSigned
    | LetterRevoked | MembershipActivated | MembershipDeactivated | CaseRefused | CaseReturned | CaseClosed
    | WorkStarted | ApplicationWithdrawn | ParticipantDied | FindingChanged | BatchClosed | BatchMemberDropped
    | BatchFileMade | ReadingAnswered
)  # fmt: skip
"""Every event. With a new one beside `TrailAct` each total `match` fails its type check until it has a row for it."""

_STORED: Final = (*TrailAct.__subclasses__(), *(model for model in get_args(AnyEvent.__value__) if model != TrailAct))
MODELS: Final = MappingProxyType({(model.__name__, 1): model for model in _STORED})
"""(type, version) → model. The golden samples in the contract tests fail when a class is renamed here."""


def type_of(event: Payload) -> str:
    """The literal under which the event is stored."""
    return type(event).__name__
