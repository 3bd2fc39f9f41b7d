"""The public contract with the BPJS integration team, version 1: the messages on `jejak.bpjs` and the replies.

Every message is a CloudEvent whose data is one of the models here. Personal data is in `personal`, a JWE to the
consumer's public keys (RFC 7516, general JSON serialisation); everything else is clear and names nobody. AsyncAPI and
JSON Schema under `docs/bpjs/` are generated from these models: a field that is removed, retyped or narrowed breaks a
consumer and needs a new version of the contract beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, model_validator

from jejak.contracts.bpjs.parts import Digits, EventAttributes, Jwe, Message, Result
from jejak.contracts.bpjs.settlements import ReplyRejected, ReplySettled
from jejak.contracts.parts import Funding, Name, Nik, Sha256, Text
from jejak.timekeeping.dates import AnswerTime, StatusDate

VERSION: Final = 1
TOPIC: Final = "bpjs"
REPLIES: Final = "bpjs.replies"
REJECTED: Final = "bpjs.replies.rejected"
"""Names of the topics behind the installation's prefix: `jejak.bpjs` and so on."""

type Action = Literal["new", "mutation", "reactivation", "deactivation"]
type Kind = Literal["new", "mutation", "reactivation", "deactivation", "emergency"]
type Via = Literal["dibawa_pemohon", "diantar", "berkas", "lembar_daring", "sistem"]
type Way = Literal["typed", "file", "message"]
type Decision = Literal["accepted", "mend", "rejected"]

CaseCode = Annotated[
    str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$", examples=["7K3M-9QXA-2BCD"])
]
WebAddress = Annotated[str, Field(pattern=r"^https?://", max_length=500)]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./:_-]*$", max_length=60)]


class Attributes(EventAttributes):
    """The attributes of a message (CloudEvents 1.0): headers `ce_…` on Kafka, members of the object over HTTP."""

    office: Name = Field(description="code of the office")
    position: Digits = Field(
        description="place in the ledger: orders all messages of one epoch, with gaps", examples=["48211"]
    )


class ReplyAttributes(Message):
    """The attributes of a reply (CloudEvents 1.0): headers `ce_…` on Kafka. Other headers are ignored."""

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"] = Field(description="version of CloudEvents")
    type: Annotated[str, Field(pattern=r"^id\.jejak\.bpjs\.reply\.v[1-9][0-9]*$")] = Field(
        description="that it is a reply, and of which version"
    )
    id: Annotated[str, Field(min_length=1)] = Field(description="you choose it; the reply's own `id` will do")
    source: Annotated[str, Field(min_length=1)] = Field(description="the sender, as a URI reference; for your own use")
    datacontenttype: Literal["application/json"] | None = Field(
        default=None, description="on Kafka the header `content-type`; JSON where it is absent"
    )


class Office(Message):
    """The social office (Dinas Sosial) of a kabupaten or kota."""

    code: Name = Field(description="code of the kabupaten or kota, as the Ministry of Home Affairs gives it")
    name: Annotated[str, Field(min_length=1, max_length=300)]


class Procedure(Message):
    """The sheet (SOP, the office's written procedure) by which the office works on the case."""

    number: str | None = Field(default=None, description="the number printed on it")
    name: Annotated[str, Field(min_length=1, max_length=1000)]
    effective: date | None = Field(default=None, description="since when the sheet holds, where it says so")
    sha256: Sha256 = Field(description="names its exact text")


class CheckableLetter(Message):
    """A signed letter of the office."""

    number: Name = Field(description="the number printed on it")
    kind: Name = Field(description="which letter, in the sheet's own word")
    sha256: Sha256 = Field(description="of the signed file")
    check: WebAddress = Field(description="a page that says whether the letter is genuine, and whether it was revoked")


class DocumentHash(Message):
    """A document that the office holds and has looked at; its bytes stay there."""

    document: Name = Field(description="which document, in the sheet's own word")
    sha256: Sha256 = Field(description="of its bytes")
    media_type: Name = Field(examples=["application/pdf"])
    size: Annotated[int, Field(gt=0, description="bytes")]


class Participant(Message):
    """The person whose membership is asked for."""

    nik: Nik = Field(description="population number (NIK); of a newborn its mother's, see `birth_paper`")
    kk: Annotated[str, Field(pattern=r"^\d{16}$", description="number of the family card (Kartu Keluarga)")]
    name: Name
    born: date
    birthplace: Name | None = None
    address: Annotated[str, Field(min_length=1, max_length=300)]
    phone: Annotated[str, Field(max_length=21)] | None = None
    card: Annotated[str, Field(pattern=r"^\d{13}$", description="JKN card number, where known")] | None = None
    birth_paper: Name | None = Field(
        default=None,
        description="present for a newborn that has no NIK yet: the birth certificate or letter that stands in its "
        "place, and `nik` is the mother's, which BPJS takes for three months; name and birth date are the baby's",
    )
    birth_order: Annotated[str, Field(pattern=r"^[1-9]$")] | None = Field(
        default=None, description="of a twin without NIK: which of them, as they may have one name"
    )


class SubmissionPersonal(Message):
    """What the JWE of a submission holds."""

    submission: UUID = Field(description="repeats the message's: refuse a JWE that was moved to another message")
    participant: Participant
    purpose: Text | None = Field(
        default=None, description="what the membership is needed for, in the applicant's words"
    )


class ReasonPersonal(Message):
    """What the JWE of the other messages holds: a reason in free text."""

    submission: UUID = Field(description="repeats the message's: refuse a JWE that was moved to another message")
    reason: Text = Field(description="the reason, in the words of the person who gave it")


class OutgoingMessage(Message):
    """The fields that every message begins with. A field that has no value is absent."""

    submission: UUID = Field(description="the submission; an answer names it")
    case: CaseCode = Field(description="the office's file: one file may need several submissions, one after another")
    personal: Jwe | None = Field(
        default=None,
        description="absent where the message has nothing personal, or where the office had to forget the person",
    )


class Submission(OutgoingMessage):
    """The office asks BPJS to act for one person.

    Decrypt `personal`, store it under `submission`, decide, and answer with a reply that names the submission.
    """

    previous: UUID | None = Field(
        default=None, description="the submission that this one replaces, after an answer `mend`"
    )
    attempt: Annotated[int, Field(ge=1)] = Field(description="1 for the first, one more each time it comes mended")
    kind: Kind = Field(description="emergency goes first, with any action")
    action: Action = Field(description="what is asked for")
    office: Office
    service: Name = Field(description="the office's service, in its own word")
    procedure: Procedure
    funding: Funding = Field(
        description="who pays the contribution: the nation (PBI JK), or a province, kabupaten or kota (PBPU Pemda)"
    )
    letters: tuple[CheckableLetter, ...] = Field(description="the letters that come with the submission")
    documents: tuple[DocumentHash, ...] = Field(description="what the office has seen of the applicant")
    via: Via = Field(
        description="how the papers reach BPJS: by the applicant, brought, as a file, in the online sheet, not at all"
    )
    batch: str | None = Field(default=None, description="the batch that the submission was sent with")
    sent_at: AwareDatetime = Field(description="when the office sent it; may be earlier than the message")


class SubmissionWithdrawn(OutgoingMessage):
    """The applicant took the request back, or the participant has died.

    Stop, if you have not decided yet. A reply that arrives all the same is recorded and changes nothing.
    """

    withdrawn_at: AwareDatetime
    deceased: Literal[True] | None = Field(
        default=None, description="true where the participant has died: the office asks for nothing any more"
    )


class LetterRevoked(OutgoingMessage):
    """Letters that came with the submission are no longer valid.

    Do not rely on them any more; if nothing else supports the submission, answer that it is rejected or to be mended.
    """

    letters: Annotated[tuple[CheckableLetter, ...], Field(min_length=1)] = Field(description="the revoked letters")
    revoked_at: AwareDatetime


class ReplyRecorded(OutgoingMessage):
    """An answer of BPJS, as the office now has it on file: from a message, from a file, or typed in by an official.

    Compare it with your answer: where they differ, an official typed in something else.
    """

    result: Decision = Field(
        description="accepted: it will be done · mend: it will come again, mended · rejected: it will not be done"
    )
    reference: str | None = Field(default=None, description="the answer's own reference")
    replied_at: AwareDatetime = Field(description="when BPJS answered, as far as the office knows")
    reply: UUID | None = Field(default=None, description="the `id` that you gave the answer, where it came by message")
    way: Way = Field(description="typed in by an official, from a file, by message over Kafka or HTTP")


class MembershipActive(OutgoingMessage):
    """The office has seen that the membership is active: the case has reached its aim.

    Nothing is to be done. If the membership is not active in your records, tell the office.
    """

    action: Action = Field(description="what the office had asked for")
    reply: UUID | None = Field(default=None, description="the `id` of your reply that reported it, where one did")
    active_since: date | None = Field(default=None, description="the first day of the membership, where known")
    seen_at: AwareDatetime


class MembershipEnded(OutgoingMessage):
    """The office has seen that the membership it asked to end has ended.

    Nothing is to be done.
    """

    reply: UUID | None = Field(default=None, description="the `id` of your reply that reported it, where one did")
    ended_since: date | None = Field(default=None, description="the first day without the membership, where known")
    seen_at: AwareDatetime


MESSAGES: Final[Mapping[str, type[Message]]] = MappingProxyType(
    {
        "submission": Submission,
        "submission.withdrawn": SubmissionWithdrawn,
        "letter.revoked": LetterRevoked,
        "reply.recorded": ReplyRecorded,
        "membership.active": MembershipActive,
        "membership.ended": MembershipEnded,
    }
)
"""The messages on `jejak.bpjs`: name → model. The CloudEvents type is `ce_type(name)`."""

PERSONAL: Final[Mapping[str, type[Message]]] = MappingProxyType({"submission": SubmissionPersonal})
"""The content of a message's JWE, where it is not `ReasonPersonal`."""


_REPLY_RULES: Final[list[JsonValue]] = [
    {
        "if": {"properties": {"result": {"enum": ["mend", "rejected"]}}},
        "then": {"required": ["reason"]},
    },
    {
        "if": {"properties": {"result": {"enum": ["accepted", "mend", "rejected"]}}},
        "then": {"not": {"required": ["since"]}},
    },
]
"""The rules of `Reply._check_reason_and_since`, as JSON Schema."""


class Reply(Message):
    """An answer to one submission. Send it again when in doubt: the same `id` is the same answer.

    One submission may be answered more than once: accepted first, active when the membership is on.
    """

    model_config = ConfigDict(json_schema_extra={"allOf": _REPLY_RULES})

    id: UUID = Field(description="you choose it; never use it for another answer")
    submission: UUID = Field(description="the submission that is answered")
    result: Result = Field(
        description="accepted: it will be done · mend: send it again, mended · rejected: it will not be done · "
        "active: the card is on · ended: the membership has ended"
    )
    reason: Text | None = Field(default=None, description="required for mend and rejected; name no person")
    since: StatusDate | None = Field(
        default=None, description="for active and ended: the first day it holds; not before 2014"
    )
    reference: Reference | None = Field(
        default=None,
        description="your own number for the answer; no name and no NIK in it: it is passed on unencrypted",
    )
    replied_at: AnswerTime = Field(description="when BPJS decided it, with the zone")

    @model_validator(mode="after")
    def _check_reason_and_since(self) -> "Reply":
        if self.result in ("mend", "rejected") and self.reason is None:
            raise ValueError("reason is required for mend and rejected")
        if self.result not in ("active", "ended") and self.since is not None:
            raise ValueError("since goes with active and ended only")
        return self


REPLY: Final = "reply"
REPLY_REJECTED: Final = "reply.rejected"
REPLY_SETTLED: Final = "reply.settled"


def ce_type(name: str, version: int = VERSION) -> str:
    """The CloudEvents `type` of a message or reply."""
    return f"id.jejak.bpjs.{name}.v{version}"


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of the contract: its models, and their topics and addresses. Versions coexist, none changes.

    Version 1 is at `jejak.bpjs` and `/bpjs`, version 2 at `jejak.bpjs.v2` and `/bpjs/v2`; replies follow alike. Every
    version's `rejected` has the fields of `ReplyRejected`, its `settled` those of `ReplySettled`.
    """

    version: int
    messages: Mapping[str, type[Message]]
    personal: Mapping[str, type[Message]]
    reply: type[Message]
    rejected: type[Message]
    settled: type[Message]

    @property
    def topic(self) -> str:
        """Name of its topic behind the installation's prefix."""
        return TOPIC if self.version == 1 else f"{TOPIC}.v{self.version}"

    @property
    def replies(self) -> str:
        """Name of the topic of replies."""
        return f"{self.topic}.replies"

    @property
    def replies_rejected(self) -> str:
        """Name of the topic about replies that could not be read."""
        return f"{self.replies}.rejected"

    @property
    def replies_settled(self) -> str:
        """Name of the topic about the outcomes of replies."""
        return f"{self.replies}.settled"

    @property
    def replies_group(self) -> str:
        """Name of the consumer group that reads the replies, behind the installation's prefix."""
        return f"bpjs_sync.{self.replies.removeprefix(f'{TOPIC}.')}"

    @property
    def path(self) -> str:
        """The beginning of its addresses over HTTP."""
        return "/" + self.topic.replace(".", "/")

    def personal_of(self, name: str) -> type[Message]:
        """The model of the content of a message's JWE."""
        return self.personal.get(name, ReasonPersonal)

    def ce_type(self, name: str) -> str:
        """The CloudEvents `type` of a message or reply in this version."""
        return ce_type(name, self.version)


V1: Final = Contract(VERSION, MESSAGES, PERSONAL, Reply, ReplyRejected, ReplySettled)
