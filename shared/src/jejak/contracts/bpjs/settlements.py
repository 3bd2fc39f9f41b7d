"""The contract with BPJS about its replies: those that could not be read, and what became of the others."""

from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from jejak.contracts.bpjs.parts import EventAttributes, Message, Result
from jejak.contracts.parts import Name, Sha256, Text

type SettledState = Literal["recorded", "kept", "resolved"]
type ReplyState = Literal["waiting", "recorded", "kept", "resolved"]
type ReplyReason = Literal[
    "unknown_submission",
    "withdrawn",
    "replaced",
    "future_date",
    "contradicting",
    "already_recorded",
    "not_awaited",
    "failed",
    "placed",
    "set_aside",
    "other",
]

REASONS: Final = (
    "of one that is kept, resolved or changed nothing: unknown_submission · withdrawn, replaced: "
    "what it answers is no longer asked · future_date · contradicting: something else is recorded · "
    "already_recorded: the same is · not_awaited: the office's procedure asks for no such reply · failed: call the "
    "installation · placed on a case by an official, or set_aside by him · other"
)


class SettledAttributes(EventAttributes):
    """What `reply.settled` says of itself (CloudEvents 1.0): headers `ce_…` on Kafka."""

    source: str = Field(description="the part of the installation that it comes from")
    time: AwareDatetime = Field(description="when the reply was settled")


class ReplyRejected(Message):
    """A reply that could not be read: where it stood and what is wrong with it. Its body is not repeated."""

    topic: Name = Field(description="the topic it stood on")
    partition: int
    offset: int
    sha256: Sha256 = Field(description="of the record's value")
    reply: UUID | None = Field(default=None, description="the reply's own `id`, where it could be read")
    submission: UUID | None = Field(default=None, description="what it answers, where that could be read")
    reason: Text = Field(description="what is wrong with it, in one sentence")
    rejected_at: AwareDatetime


class ReplySettled(Message):
    """What became of a reply that could be read, by whatever way it came. Nothing about the case is in it.

    It comes when the reply is recorded or kept for a person, and once more when he has seen to it. Of a reply that was
    kept and seen to in the same moment, or is told of again after a loss, only the last may come.
    """

    id: UUID = Field(description="the reply's own")
    submission: UUID = Field(description="what it answers, as the reply says")
    result: Result = Field(description="what it says")
    state: SettledState = Field(
        description="recorded: on its case · kept: an official of the office, or the operator for a submission that "
        "nobody made, has to look at it · resolved: he has"
    )
    reason: ReplyReason | None = Field(default=None, description=REASONS)
    contradicts: bool = Field(
        description="whether another content came before under this `id`: that one stands, and is told of by itself"
    )
    settled_at: AwareDatetime
