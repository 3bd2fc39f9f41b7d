"""The fields of an event's payload that the clocks read: plain ones only, so that no case's key is needed."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final, TypedDict

from pydantic import AwareDatetime, Field, TypeAdapter

_FROM_A_FILE: Final = "impor"
"""The way of a source that came as a file."""


class TimingFields(TypedDict, total=False):
    """Fields of `Act`, `ApplicationSubmitted` and `MembershipActivated`; most events have none of them set.

    A dictionary, because a rebuild of the views reads millions.
    """

    share: Annotated[int, Field(ge=1)]
    batch_closed_at: AwareDatetime
    answers: tuple[str, ...]
    active_since: date | None


class _Source(TypedDict, total=False):
    way: str


class _Proof(TypedDict, total=False):
    evidence: tuple[object, ...]
    source: _Source


# The validators themselves: TypeAdapter's own wrapper costs as much as the reading.
timing_fields: Final[Callable[[bytes], TimingFields]] = TypeAdapter(TimingFields).validator.validate_json
"""The fields of one stored event. ValueError for bytes that are no such event."""
_proof: Final[Callable[[bytes], _Proof]] = TypeAdapter(_Proof).validator.validate_json


def is_proven(payload: bytes) -> bool:
    """Whether evidence, or the file that it came from, supports a claimed time."""
    proof = _proof(payload)
    return proof.get("evidence") != () or proof.get("source", {}).get("way") == _FROM_A_FILE
