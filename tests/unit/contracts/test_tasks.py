"""The table of tasks: every outcome leads somewhere, and a citizen can be told of every bad one."""

from jejak.contracts.event_owners import SHARED_EVENTS, owners
from jejak.contracts.events import MODELS
from jejak.contracts.task_kinds import SERVICES
from jejak.contracts.tasks import TASKS
from jejak.procedure.checks.targets import parse_target

DECIDED_WITH_A_REASON = {"dispose", "review", "approve", "sign"}
"""Tasks whose event carries the official's own words for a refusal."""


def test_the_good_outcome_goes_on_and_every_other_leads_somewhere() -> None:
    for kind in TASKS.values():
        assert len(set(kind.outcomes)) == len(kind.outcomes)
        assert kind.ends[0].target == "lanjut"
        assert all(parse_target(target) for target in kind.targets.values()), kind.verb


def test_every_outcome_that_ends_a_case_has_words_for_the_citizen() -> None:
    ending = {
        (kind.verb, outcome)
        for kind in TASKS.values()
        for outcome, target in kind.targets.items()
        if target in ("tolak", "kembalikan") and kind.verb not in DECIDED_WITH_A_REASON
    }
    assert [place for place in ending if TASKS[place[0]].message_of(place[1]) is None] == []


def test_an_event_that_any_task_may_end_with_is_owned_by_all_services() -> None:
    assert all(owners()[name] == frozenset(SERVICES) for name in SHARED_EVENTS)


def test_every_event_of_the_table_is_one_that_is_stored() -> None:
    for kind in TASKS.values():
        for outcome in kind.outcomes:
            for inverse in (False, True):
                assert (kind.event_of(outcome, inverse=inverse), 1) in MODELS


def test_what_follows_from_another_services_act_may_be_appended_by_any() -> None:
    """A skipped paraf follows the task that stands before it: a draft, a record, a look-up."""
    assert {"ParafSkipped", "CaseClosed", "CaseRefused", "CaseReturned"} <= SHARED_EVENTS
