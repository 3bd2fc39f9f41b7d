"""The contract with BPJS about its replies: those that could not be read, and the outcomes of the others."""

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
    "present where the reply is kept, is resolved or changed nothing: unknown_submission · withdrawn, replaced: the "
    "submission is no longer to be answered · future_date · contradicting: something else is already recorded · "
    "already_recorded: the same is already recorded · not_awaited: the office's procedure asks for no such reply · "
    "failed: call the operator of the installation · placed: an official put it on a case · set_aside: a person set "
    "it aside · other"
)


class SettledAttributes(EventAttributes):
    """The attributes of `reply.settled` (CloudEvents 1.0): headers `ce_…` on Kafka."""

    source: str = Field(description="the part of the installation that it comes from")
    time: AwareDatetime = Field(description="when the reply was settled")


class ReplyRejected(Message):
    """A reply that could not be read: its place on the topic and its fault. Its body is not repeated."""

    topic: Name = Field(description="the topic of the reply")
    partition: int
    offset: int
    sha256: Sha256 = Field(description="of the record's value")
    reply: UUID | None = Field(default=None, description="the reply's own `id`, where it could be read")
    submission: UUID | None = Field(default=None, description="the submission it answers, where that could be read")
    reason: Text = Field(description="what is wrong with it, in one sentence")
    rejected_at: AwareDatetime


class ReplySettled(Message):
    """The outcome of a reply that could be read, over Kafka or HTTP. It holds nothing about the case.

    The message comes when the reply is recorded or kept for a person, and once more when that person has resolved it.
    Of a reply that was kept and resolved in the same moment, or is published again after a loss, only the last state
    may come.
    """

    id: UUID = Field(description="the reply's own `id`")
    submission: UUID = Field(description="the submission it answers, as the reply names it")
    result: Result = Field(description="the `result` of the reply")
    state: SettledState = Field(
        description="recorded: on its case · kept: an official of the office has to look at it, or the operator where "
        "no office made the submission · resolved: that person has"
    )
    reason: ReplyReason | None = Field(default=None, description=REASONS)
    contradicts: bool = Field(
        description="whether another content came before under this `id`: the first one stands, and has a message of "
        "its own"
    )
    settled_at: AwareDatetime
