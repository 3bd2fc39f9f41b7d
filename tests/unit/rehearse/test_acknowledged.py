"""What clients had acknowledged, held against the ledger."""

from __future__ import annotations

from uuid import UUID

from jejak.contracts.events import MODELS
from jejak.contracts.tasks import TASKS
from tests.rehearse.acknowledged import EVENT_OF, SUBMIT, Acknowledged, Held, hold

CASE, OTHER = UUID(int=1), UUID(int=2)
WHOLE = ("ApplicationSubmitted", "DocumentsComplete", "DtksVerified", "LetterDrafted")
ANSWERS = [Acknowledged(CASE, act) for act in (SUBMIT, "check_documents", "draft_letter")]


def test_answers_that_are_all_in_the_ledger_once_and_in_order_are_kept() -> None:
    held = hold(ANSWERS, {CASE: WHOLE})
    assert held == Held(acknowledged=3, lost=0, doubled=0, reordered=0, unclaimed=0)
    assert held.exact


def test_an_answer_without_its_event_is_lost_also_where_the_whole_case_is() -> None:
    assert hold(ANSWERS, {CASE: WHOLE[:2]}).lost == 1
    assert hold(ANSWERS, {}).lost == 3


def test_an_act_that_was_carried_out_twice_is_doubled() -> None:
    held = hold(ANSWERS, {CASE: (*WHOLE, "LetterDrafted")})
    assert (held.doubled, held.lost, held.exact) == (1, 0, False)


def test_an_event_that_stands_before_one_acknowledged_earlier_is_out_of_order() -> None:
    held = hold(ANSWERS, {CASE: ("ApplicationSubmitted", "LetterDrafted", "DtksVerified", "DocumentsComplete")})
    assert (held.reordered, held.lost, held.exact) == (1, 0, False)


def test_a_case_that_nobody_was_told_of_is_unclaimed() -> None:
    held = hold(ANSWERS, {CASE: WHOLE, OTHER: WHOLE[:1]})
    assert (held.unclaimed, held.exact) == (1, False)


def test_each_act_names_an_event_and_a_task_that_exist() -> None:
    known = {name for name, _ in MODELS}
    assert set(EVENT_OF.values()) <= known
    assert EVENT_OF.keys() <= TASKS.keys()
