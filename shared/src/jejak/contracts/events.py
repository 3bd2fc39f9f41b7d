"""One model per event type and version: what is stored, published and read back for ever.

A field marked `Working` or `Archived` is personal: the codec seals it from the first event on. Free text is always
personal. The name on disk is the literal in `MODELS`, never a class path; a new version is a new class beside the old.
What is counted and filtered (langkah, tugas, hasil, oleh, actor, times) is not here but in the event's columns.
"""

from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Key(StrEnum):
    """Under which key of the case a personal field is sealed."""

    WORKING = "k"
    ARCHIVE = "a"


class Part(BaseModel):
    """Base of all that is stored: frozen, closed, and silent about values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Forgotten(Part):
    """Stands where a personal field was, after its key was destroyed (UU 27/2022)."""

    forgotten: Literal[True] = True


FORGOTTEN: Final = Forgotten()

type Working[T] = Annotated[T | Forgotten, Key.WORKING]
type Archived[T] = Annotated[T | Forgotten, Key.ARCHIVE]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Nik = Annotated[str, Field(pattern=r"^\d{16}$")]


class Person(Part):
    """Somebody with a NIK. `card` is the 13-digit JKN card number."""

    nik: Nik
    kk: Annotated[str, Field(pattern=r"^\d{16}$")]
    name: Name
    born: date
    address: Annotated[str, Field(min_length=1, max_length=300)]
    birthplace: Name | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 -]{6,20}$")] | None = None
    card: Annotated[str, Field(pattern=r"^\d{13}$")] | None = None


class People(Part):
    """Who asks (pemohon) and for whom (peserta); no participant means the applicant himself."""

    applicant: Person
    participant: Person | None = None

    @property
    def subject(self) -> Person:
        """The person whose membership is asked for."""
        return self.participant or self.applicant


class Attachment(Part):
    """A stored file: which document of the sheet (or alternative) it shows, and its bytes by hash."""

    document: Name
    sha256: Sha256
    media_type: Literal["application/pdf", "image/jpeg", "image/png"]
    size: Annotated[int, Field(gt=0)]


class Problem(Part):
    """What is wrong with one document; `expected` is the sheet's own word for what makes it right."""

    document: Name
    problem: Literal["tidak_ada", "tidak_benar"]
    expected: str | None = None


class Source(Part):
    """Where an answer came from: an import (which, as of when), a system, or an official's own eyes."""

    way: Literal["manual", "impor", "http"]
    reference: str | None = None
    as_of: date | None = None


class Listing(Part):
    """One register's answer about the participant."""

    register_name: Name
    listed: bool
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    source: Source


class Membership(Part):
    """What the membership list says; dates are the list's own."""

    segment: Name | None = None
    active: bool
    deactivated_on: date | None = None
    deactivations: Annotated[int, Field(ge=0)] | None = None


class Reason(Part):
    """Why a rule was not met: the rule, the key of it that failed, a sentence, and the sheet's step or the law."""

    rule: str
    key: str
    text: str
    source: str | None = None


class LetterContent(Part):
    """What a letter says beyond its template: kept under the archive key, because letters outlive the case."""

    people: People
    purpose: Text | None = None
    deactivated_on: date | None = None
    desil: Annotated[int, Field(ge=0, le=10)] | None = None
    register_numbers: dict[Name, Name] = Field(default_factory=dict)
    """The participant's own number in each register that lists him, by register."""
    basis: tuple[Text, ...] = ()
    """The rules that were met, as the sheet names them."""
    refusal: tuple[Text, ...] = ()
    """Why it was refused; a letter that says so is a refusal."""
    opening: tuple[Text, ...] = ()
    closing: tuple[Text, ...] = ()
    """Paragraphs in the drafter's own words, in place of the template's."""


class DraftLetter(Part):
    """One letter of a draft: its code in the SOP and its reserved number."""

    letter: Name
    number: Name


class SignedLetter(Part):
    """One letter as signed; `sha256` names the only bytes that are ever served."""

    letter: Name
    number: Name
    sha256: Sha256
    media_type: Literal["application/pdf", "image/jpeg", "image/png"]


class Signatory(Part):
    """Who signed, as printed under the letter."""

    name: Name
    nip: Annotated[str, Field(pattern=r"^\d{18}$")]
    post: Annotated[str, Field(min_length=1, max_length=300)]
    """In full, as long as a letter may print it: the head of a merged office has a post of more than 100 letters."""
    acting: str | None = None


class Event(Part):
    """Base of every event. `request` is the keyed hash of the HTTP body that caused it, for Idempotency-Key."""

    v: Literal[1] = 1
    request: str | None = None


class Act(Event):
    """An official's or an applicant's act, with what was written and shown beside it."""

    note: Working[Text] | None = None
    evidence: tuple[Attachment, ...] = ()
    batch: str | None = None
    """The batch it was done with, and when that closed: until then the office's clock stood still."""
    batch_closed_at: AwareDatetime | None = None
    share: Annotated[int, Field(ge=1)] | None = None
    """How many cases or letters the one request was for: each gets its share of the time."""


class ApplicationSubmitted(Event):
    people: Working[People]
    service: Name
    answers: tuple[Name, ...] = ()
    documents: tuple[Attachment, ...] = ()
    entry_office: Name
    purpose: Working[Text] | None = None
    funding: Name | None = None


class DocumentsAdded(Act):
    documents: tuple[Attachment, ...] = ()


class DocumentsComplete(Act):
    shown: tuple[Name, ...] = ()
    """The documents (or the alternatives shown instead) that were found right."""


class DocumentsMissing(Act):
    problems: tuple[Problem, ...]
    remarks: Working[dict[str, str]] | None = None


class DataEntered(Act):
    pass


class ApplicationForwarded(Act):
    pass


class ActRecorded(Act):
    pass


class DtksVerified(Act):
    listings: tuple[Listing, ...]
    numbers: Working[dict[str, str]] | None = None


class PopulationChecked(Act):
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


class VerifiedManually(Act):
    pass


class RouteChosen(Act):
    pass


class DispositionGiven(Act):
    pass


class DraftReviewed(Act):
    draft: int | None = None


class ApplicationApproved(Act):
    draft: int | None = None


class ParafGiven(Act):
    draft: int


class ParafSkipped(Event):
    draft: int
    reason: Literal["penanda_tangan_sama"]


class LetterDrafted(Act):
    draft: Annotated[int, Field(ge=1)]
    letters: tuple[DraftLetter, ...]
    content: Archived[LetterContent]


class LetterSigned(Act):
    draft: int
    letters: tuple[SignedLetter, ...]
    method: Literal["elektronik", "basah"]
    signed_on: date
    signatory: Archived[Signatory]


class LetterHandedOver(Act):
    receiver: Working[Name] | None = None


class LetterArchived(Act):
    pass


class LetterRevoked(Act):
    letters: tuple[Name, ...]


class SubmissionSent(Act):
    via: Literal["dibawa_pemohon", "diantar", "berkas", "lembar_daring", "sistem"]
    to: Name
    letters: tuple[Name, ...] = ()


class ReplyReceived(Act):
    reference: str | None = None
    source: Source | None = None
    """Set where it came as a file; without one, an official typed it in."""


class CaseReconciled(Act):
    pass


class MembershipActivated(Act):
    means: Literal["baru", "mutasi", "reaktivasi"]
    active_since: date | None = None
    source: Source


class MembershipNotYetActive(Act):
    source: Source


class CardReceived(Act):
    pass


class CorrectionRequested(Act):
    pass


class CaseRefused(Act):
    reasons: tuple[Reason, ...] = ()


class CaseReturned(Act):
    message: str | None = None
    """What the sheet tells the citizen (`pesan`)."""


class CaseClosed(Event):
    pass


class WorkStarted(Event):
    pass


class ApplicationWithdrawn(Act):
    pass


class BatchClosed(Event):
    batch: Name
    period: str
    members: tuple[str, ...]
    closed_at: AwareDatetime | None = None
    """The end of its period; of one closed by hand, that moment."""


class BatchMemberDropped(Event):
    member: str
    reason: Literal["ditarik", "tidak_lagi_menunggu", "data_dimusnahkan"]


class BatchFileMade(Event):
    """The list that goes to the addressee; `sha256` names the only bytes that are ever served. The last one counts."""

    sha256: Sha256
    media_type: Name
    size: Annotated[int, Field(gt=0)]
    rows: Annotated[int, Field(ge=1)]


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
    | LetterSigned
    | LetterHandedOver
    | LetterArchived
    | LetterRevoked
    | SubmissionSent
    | ReplyReceived
    | CaseReconciled
    | MembershipActivated
    | MembershipNotYetActive
    | CardReceived
    | CorrectionRequested
    | CaseRefused
    | CaseReturned
    | CaseClosed
    | WorkStarted
    | ApplicationWithdrawn
    | BatchClosed
    | BatchMemberDropped
    | BatchFileMade
)
"""Every event there is: a new one must be thought about wherever a `match` is total."""

MODELS: Final = MappingProxyType({(model.__name__, 1): model for model in get_args(AnyEvent.__value__)})
"""(type, version) → model. The golden samples in the contract tests fail when a class is renamed here."""


def type_of(event: Event) -> str:
    """The literal under which the event is stored."""
    return type(event).__name__
