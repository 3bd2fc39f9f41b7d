"""The public contract with the BPJS integration team, version 1: what `jejak.bpjs` says and what it is answered.

Every message is a CloudEvent whose data is one of the models here. What is about a person is in `personal`, a JWE to
the consumer's public keys (RFC 7516, general JSON serialisation); everything else is clear and names nobody. AsyncAPI
and JSON Schema under `docs/bpjs/` are made from these models: a field that is removed, retyped or narrowed breaks a
consumer and needs a new version of the contract beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from jejak.contracts.parts import Name, Nik, Sha256, Text

VERSION: Final = 1
TOPIC: Final = "bpjs"
REPLIES: Final = "bpjs.replies"
REJECTED: Final = "bpjs.replies.rejected"
"""Names of the topics behind the installation's prefix: `jejak.bpjs` and so on."""

type Action = Literal["new", "mutation", "reactivation", "deactivation"]
type Kind = Action | Literal["emergency"]
type Result = Literal["accepted", "mend", "rejected", "active", "ended"]

CaseCode = Annotated[
    str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$", examples=["7K3M-9QXA-2BCD"])
]
WebAddress = Annotated[str, Field(pattern=r"^https?://", max_length=500)]
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class Message(BaseModel):
    """Base of all that is said and answered: frozen, closed, and silent about values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class JweRecipient(Message):
    """The content key for one of the consumer's keys; `header` holds `kid`, `alg` and, for ECDH-ES, `epk`."""

    header: dict[str, str | dict[str, str]]
    encrypted_key: Base64Url


class Jwe(Message):
    """An encrypted JSON object (RFC 7516, general JSON serialisation): decrypt with the private key of any `kid`."""

    protected: Base64Url
    recipients: Annotated[tuple[JweRecipient, ...], Field(min_length=1)]
    iv: Base64Url
    ciphertext: Base64Url
    tag: Base64Url


class Office(Message):
    """Who sends: the code of the kabupaten or kota (Permendagri), and the office's name."""

    code: Name
    name: Annotated[str, Field(min_length=1, max_length=300)]


class Procedure(Message):
    """The sheet (SOP) by which the office works; `sha256` names its exact text."""

    number: str | None = None
    name: Annotated[str, Field(min_length=1, max_length=1000)]
    effective: date
    sha256: Sha256


class CheckableLetter(Message):
    """A letter; whoever opens `check` learns whether it is genuine or revoked. `sha256` is of the signed file."""

    number: Name
    kind: Name
    sha256: Sha256
    check: WebAddress


class DocumentHash(Message):
    """A document that the office holds, by the sheet's name for it and the hash of its bytes."""

    document: Name
    sha256: Sha256
    media_type: Name
    size: Annotated[int, Field(gt=0, description="bytes")]


class Participant(Message):
    """The person whose membership is asked for."""

    nik: Nik
    kk: Annotated[str, Field(pattern=r"^\d{16}$", description="number of the family card")]
    name: Name
    born: date
    birthplace: Name | None = None
    address: Annotated[str, Field(min_length=1, max_length=300)]
    phone: Annotated[str, Field(max_length=21)] | None = None
    card: Annotated[str, Field(pattern=r"^\d{13}$", description="JKN card number, where known")] | None = None


class SubmissionPersonal(Message):
    """What the JWE of a submission holds. `submission` repeats the message's, so that neither can be moved."""

    submission: UUID
    participant: Participant
    purpose: Text | None = None


class ReasonPersonal(Message):
    """What the JWE of the other messages holds: somebody's own words."""

    submission: UUID
    reason: Text


class Said(Message):
    """What every message begins with. `submission` is what an answer names."""

    submission: UUID
    case: CaseCode
    personal: Jwe | None = Field(
        default=None, description="null where there is nothing personal to say, or where it had to be forgotten"
    )


class Submission(Said):
    """The office asks BPJS to act for one person."""

    previous: UUID | None = Field(
        default=None, description="the submission this one replaces, after it was to be mended"
    )
    attempt: Annotated[int, Field(ge=1)]
    kind: Kind = Field(description="emergency goes first, whatever its action")
    action: Action = Field(description="what is asked for")
    office: Office
    service: Name
    procedure: Procedure
    funding: Name | None = Field(default=None, description="who pays the contribution: APBN, provinsi, kota")
    letters: tuple[CheckableLetter, ...] = ()
    documents: tuple[DocumentHash, ...] = ()
    via: Literal["dibawa_pemohon", "diantar", "berkas", "lembar_daring", "sistem"] = Field(
        description="how the papers travel: by the applicant, brought, as a file, in the online sheet, not at all"
    )
    batch: str | None = Field(default=None, description="the batch it was sent with")
    sent_at: AwareDatetime


class SubmissionWithdrawn(Said):
    """The applicant took it back: nothing is to be done any more."""

    withdrawn_at: AwareDatetime


class LetterRevoked(Said):
    """Letters that came with the submission no longer hold."""

    letters: Annotated[tuple[CheckableLetter, ...], Field(min_length=1)]
    revoked_at: AwareDatetime


class ReplyRecorded(Said):
    """What BPJS answered, as the office now has it on file, by whatever way it came."""

    result: Literal["accepted", "mend", "rejected"]
    reference: str | None = Field(default=None, description="the answer's own reference")
    replied_at: AwareDatetime
    way: Literal["manual", "impor", "http"] = Field(
        description="typed in by an official, from a file, by this interface"
    )


class MembershipActive(Said):
    """The office has seen that the card is on: the case has reached what it was for."""

    action: Action
    active_since: date | None = None
    seen_at: AwareDatetime


class MembershipEnded(Said):
    """The office has seen that the membership it asked to end has ended."""

    ended_since: date | None = None
    seen_at: AwareDatetime


MESSAGES: Final = MappingProxyType(
    {
        "submission": Submission,
        "submission.withdrawn": SubmissionWithdrawn,
        "letter.revoked": LetterRevoked,
        "reply.recorded": ReplyRecorded,
        "membership.active": MembershipActive,
        "membership.ended": MembershipEnded,
    }
)
"""What is said on `jejak.bpjs`: name → model. The CloudEvents type is `ce_type(name)`."""

PERSONAL: Final = MappingProxyType({"submission": SubmissionPersonal})
"""What the JWE of a message holds, where it is not `ReasonPersonal`."""


class Reply(Message):
    """An answer to one submission. The same answer may be sent again: its `id` is what makes it the same."""

    id: UUID
    submission: UUID
    result: Result = Field(
        description="accepted: it will be done · mend: send it again, mended · rejected: it will not be done · "
        "active: the card is on · ended: the membership has ended"
    )
    reason: Text | None = Field(default=None, description="required for mend and rejected; name no person")
    since: date | None = Field(default=None, description="for active and ended: the first day it holds")
    reference: Name | None = Field(default=None, description="your own number for it")
    replied_at: AwareDatetime

    @model_validator(mode="after")
    def _whole(self) -> "Reply":
        if self.result in ("mend", "rejected") and self.reason is None:
            raise ValueError("reason is required for mend and rejected")
        if self.result not in ("active", "ended") and self.since is not None:
            raise ValueError("since goes with active and ended only")
        return self


class ReplyRejected(Message):
    """A reply that could not be read: where it stood and what is wrong with it. Its body is not repeated."""

    topic: Name
    partition: int
    offset: int
    sha256: Sha256
    reason: Text
    rejected_at: AwareDatetime


REPLY: Final = "reply"
REPLY_REJECTED: Final = "reply.rejected"


def ce_type(name: str, version: int = VERSION) -> str:
    """The CloudEvents `type` of a message or reply."""
    return f"id.jejak.bpjs.{name}.v{version}"


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of the contract: its models, and where they travel. Versions stand beside each other, none changes.

    Version 1 is at `jejak.bpjs` and `/bpjs`, version 2 at `jejak.bpjs.v2` and `/bpjs/v2`; replies follow alike.
    """

    version: int
    messages: Mapping[str, type[Message]]
    personal: Mapping[str, type[Message]]
    reply: type[Message]
    rejected: type[Message]

    @property
    def topic(self) -> str:
        """Name of its topic behind the installation's prefix."""
        return TOPIC if self.version == 1 else f"{TOPIC}.v{self.version}"

    @property
    def replies(self) -> str:
        """Name of the topic on which it is answered."""
        return f"{self.topic}.replies"

    @property
    def replies_rejected(self) -> str:
        """Name of the topic that tells which answers could not be read."""
        return f"{self.replies}.rejected"

    @property
    def path(self) -> str:
        """Where it begins over HTTP."""
        return "/" + self.topic.replace(".", "/")

    def personal_of(self, name: str) -> type[Message]:
        """The model of what the JWE of a message holds."""
        return self.personal.get(name, ReasonPersonal)

    def ce_type(self, name: str) -> str:
        """The CloudEvents `type` of a message or reply in this version."""
        return ce_type(name, self.version)


V1: Final = Contract(VERSION, MESSAGES, PERSONAL, Reply, ReplyRejected)
