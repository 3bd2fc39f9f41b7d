"""A repeated answer is the same answer by its meaning, not by its bytes."""

from typing import Any

import pytest
from pydantic import AwareDatetime

from bpjs_sync.replies.inbox import canonical
from jejak.contracts.bpjs.messages import Reply

ANSWER = {
    "id": "6f0c0a56-2f0b-4a53-8a0c-0d5a3c1b7e11",
    "submission": "0199b7c8-1d2e-5f3a-9b4c-2d3e4f5a6b7c",
    "result": "active",
    "since": "2026-07-01",
    "replied_at": "2026-07-10T09:42:00+07:00",
}


def answer(**changes: Any) -> Reply:
    return Reply.model_validate(ANSWER | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"replied_at": "2026-07-10T02:42:00Z"},
        {"replied_at": "2026-07-10T11:42:00.000+09:00"},
        {"reason": None},
        {"id": ANSWER["id"].upper()},
    ],
    ids=str,
)
def test_the_same_in_other_letters_is_the_same_answer(changes: dict[str, Any]) -> None:
    assert canonical(answer(**changes)) == canonical(answer())


@pytest.mark.parametrize(
    "changes",
    [{"replied_at": "2026-07-10T09:42:00Z"}, {"since": "2026-07-02"}, {"since": None}, {"reference": "B-1"}],
    ids=str,
)
def test_every_change_of_meaning_is_another_answer(changes: dict[str, Any]) -> None:
    assert canonical(answer(**changes)) != canonical(answer())


class LaterReply(Reply):
    """The reply with a field that a later program adds."""

    branch: str | None = None
    seen_at: AwareDatetime | None = None


def test_a_field_added_later_makes_no_other_answer_of_an_earlier_one() -> None:
    assert canonical(LaterReply.model_validate(ANSWER)) == canonical(answer())
