"""One model per event type and version: what is stored, published and read back for ever.

A field marked `Working` or `Archived` is personal: the codec seals it from the first event on. Free text is always
personal. The name on disk is the literal in `MODELS`, never a class path; a new version is a new class beside the old.
What is counted and filtered (langkah, tugas, hasil, oleh, actor, times) is not here but in the event's columns.
"""

from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, Field

from jejak.contracts.parts import (
    FORGOTTEN,
    Archived,
    Attachment,
    DraftLetter,
    Forgotten,
    Key,
    LetterContent,
    Listing,
    Membership,
    Name,
    Nik,
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
    "FORGOTTEN",
    "Archived",
    "Attachment",
    "DraftLetter",
    "Forgotten",
    "Key",
    "LetterContent",
    "Listing",
    "Membership",
    "Name",
    "Nik",
    "Part",
    "People",
    "Person",
    "Problem",
    "Reason",
    "Reservation",
    "Sha256",
    "Signatory",
    "SignedLetter",
    "Source",
    "Text",
    "Working",
]
"""Whoever reads events finds their parts here too."""


class Payload(Part):
    """Base of every event. `request` is the keyed hash of the HTTP body that caused it, for Idempotency-Key."""

    v: Literal[1] = 1
    request: str | None = None


class Act(Payload):
    """An official's or an applicant's act, with what was written and shown beside it."""

    note: Working[Text] | None = None
    evidence: tuple[Attachment, ...] = ()
    batch: str | None = None
    """The batch it was done with, and when that closed: until then the office's clock stood still."""
    batch_closed_at: AwareDatetime | None = None
    share: Annotated[int, Field(ge=1)] | None = None
    """How many cases or letters the one request was for: each gets its share of the time."""


class TrailAct(Act):
    """An act of which a case keeps its columns only: which task, how it ended, by whom. The rest is for readers."""


class ApplicationSubmitted(Payload):
    people: Working[People]
    service: Name
    answers: tuple[Name, ...] = ()
    documents: tuple[Attachment, ...] = ()
    entry_office: Name
    purpose: Working[Text] | None = None
    funding: Name | None = None
    family: tuple[str, ...] | None = None
    """The cases of the one request in which a family came, this one among them; None for a case on its own."""


class DocumentsAdded(Act):
    documents: tuple[Attachment, ...] = ()


class DocumentsComplete(TrailAct):
    shown: tuple[Name, ...] = ()
    """The documents (or the alternatives shown instead) that were found right."""


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


class MembershipChecked(Act):
    membership: Membership
    source: Source
    double_in: tuple[Name, ...] | None = None
    """The lists in which the participant was found a second time, where whoever looked said so."""
    card: Working[str] | None = None


class EligibilityConfirmed(Act):
    rules: tuple[str, ...]


class EligibilityDenied(Act):
    reasons: tuple[Reason, ...]


class VerifiedManually(TrailAct):
    pass


class RouteChosen(TrailAct):
    pass


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
    """Numbers that were reserved for a draft which never came: no other event names them."""

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
    """Set where it came as a file; without one, an official typed it in."""


class CaseReconciled(TrailAct):
    pass


class MembershipActivated(Act):
    means: Literal["baru", "mutasi", "reaktivasi"]
    active_since: date | None = None
    source: Source


class MembershipNotYetActive(TrailAct):
    source: Source


class MembershipDeactivated(Act):
    """The membership as state-paid participant has ended, as the sheet of the inverse service asks."""

    inactive_since: date | None = None
    source: Source
    why: Working[Text] | None = None
    """Why it was asked for: the sheet's route, else the applicant's own purpose."""


class MembershipNotYetDeactivated(TrailAct):
    """It was not seen to have ended yet."""

    source: Source


class CardReceived(TrailAct):
    pass


class CorrectionRequested(TrailAct):
    pass


class CaseRefused(Act):
    reasons: tuple[Reason, ...] = ()


class CaseReturned(Act):
    message: str | None = None
    """What the sheet tells the citizen (`pesan`)."""


class CaseClosed(Payload):
    pass


class WorkStarted(Payload):
    pass


type ToldBy = Literal["bertemu", "telepon", "pesan", "lewat_orang"]
type NewsKind = Literal["lengkapi", "siap_diambil", "ditolak", "dikembalikan", "aktif", "berakhir"]


class ApplicantTold(TrailAct):
    """Somebody has told the applicant what his case has come to. No sheet asks for it: an office wants to know."""

    news: NewsKind
    way: ToldBy


class ApplicationWithdrawn(Act):
    pass


class BatchClosed(Payload):
    batch: Name
    period: str
    members: tuple[str, ...]
    closed_at: AwareDatetime | None = None
    """The end of its period; of one closed by hand, that moment."""


class BatchMemberDropped(Payload):
    member: str
    reason: Literal["ditarik", "tidak_lagi_menunggu", "data_dimusnahkan"]


class BatchFileMade(Payload):
    """The list that goes to the addressee; `sha256` names the only bytes that are ever served. The last one counts."""

    sha256: Sha256
    media_type: Name
    size: Annotated[int, Field(gt=0)]
    rows: Annotated[int, Field(ge=1)]


class ReadingAnswered(Payload):
    """Whether what was read into a sheet, and is not printed there, is right: an office's own official says so.

    `reading` names it (`jejak.procedure.inferred`), `words` is what he was shown: words of the sheet, nobody's data.
    """

    reading: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    right: bool


type AnyEvent = (
    ApplicationSubmitted
    | DocumentsAdded
    | DocumentsComplete
    | DocumentsMissing
    | DataEntered
    | ApplicationForwarded
    | ActRecorded
    | DtksVerified
    | PopulationChecked
    | MembershipChecked
    | EligibilityConfirmed
    | EligibilityDenied
    | VerifiedManually
    | RouteChosen
    | DispositionGiven
    | DraftReviewed
    | ApplicationApproved
    | ParafGiven
    | ParafSkipped
    | LetterDrafted
    | LetterNumbered
    | LetterSigned
    | LetterHandedOver
    | LetterArchived
    | LetterRevoked
    | SubmissionSent
    | ReplyReceived
    | CaseReconciled
    | MembershipActivated
    | MembershipNotYetActive
    | MembershipDeactivated
    | MembershipNotYetDeactivated
    | CardReceived
    | CorrectionRequested
    | CaseRefused
    | CaseReturned
    | CaseClosed
    | WorkStarted
    | ApplicantTold
    | ApplicationWithdrawn
    | BatchClosed
    | BatchMemberDropped
    | BatchFileMade
    | ReadingAnswered
)
"""Every event there is: a new one must be thought about wherever a `match` is total."""

MODELS: Final = MappingProxyType({(model.__name__, 1): model for model in get_args(AnyEvent.__value__)})
"""(type, version) → model. The golden samples in the contract tests fail when a class is renamed here."""


def type_of(event: Payload) -> str:
    """The literal under which the event is stored."""
    return type(event).__name__
