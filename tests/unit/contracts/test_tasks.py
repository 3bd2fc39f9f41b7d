"""The table of tasks: every outcome leads somewhere, and a citizen can be told of every bad one."""

from jejak.contracts.tasks import ANY_ROUTE, INVERSE_OUTCOME_WORDS, OUTCOME_WORDS, TASKS

DECIDED_WITH_A_REASON = {"dispose", "review", "approve", "sign"}
"""An official who refuses here writes why: the event carries his words."""


def test_every_outcome_but_the_good_one_has_a_default_target() -> None:
    for kind in TASKS.values():
        if kind.outcomes != (ANY_ROUTE,):
            assert set(kind.targets) == set(kind.outcomes[1:]), kind.verb


def test_every_outcome_that_ends_a_case_has_words_for_the_citizen() -> None:
    ending = {
        (kind.verb, outcome)
        for kind in TASKS.values()
        for outcome, target in kind.targets.items()
        if target in ("tolak", "kembalikan") and kind.verb not in DECIDED_WITH_A_REASON
    }
    assert ending <= OUTCOME_WORDS.keys()


def test_words_are_only_for_outcomes_that_exist() -> None:
    for verb, outcome in (*OUTCOME_WORDS, *INVERSE_OUTCOME_WORDS):
        assert outcome in TASKS[verb].outcomes


def test_what_differs_where_a_membership_is_to_end_is_said_of_outcomes_that_exist() -> None:
    for kind in TASKS.values():
        assert kind.inverse_events.keys() <= set(kind.outcomes)
        assert kind.inverse_targets.keys() <= kind.targets.keys()
