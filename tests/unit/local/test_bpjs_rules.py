"""Decisions of BPJS' simulator: by the first rule for a submission, by share, by calendar; always alike."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from jejak.contracts.bpjs.messages import Submission, SubmissionPersonal
from jejak.platform.settings import SettingsError
from jejak_tools.simulators.bpjs.plan import Plan
from jejak_tools.simulators.bpjs.rules import DEFAULT, Answer, Rules, Span, answers, chosen, read
from jejak_tools.stories.people import GEDE, KADEK, KOMANG

FIRST = UUID(int=1)
NIK = "5107041910759309"
YES = {"result": "accepted", "after": "10 working days", "at": "10:00"}
ON = {"result": "active", "after": "3 months", "at": "08:00"}
NO = {"result": "rejected", "after": "2 days", "reason": "Tidak padan."}


def submission(number: UUID = FIRST, sent: str = "2023-10-01T00:01:00+08:00", **changes: Any) -> Submission:
    whole = {
        "submission": number,
        "case": "7K3M-9QXA-2BCD",
        "attempt": 1,
        "kind": "new",
        "action": "new",
        "office": {"code": "51.07", "name": "Dinas Sosial"},
        "service": "kis-pbi",
        "procedure": {"name": "Prosedur", "sha256": "0" * 64},
        "funding": "kabupaten",
        "letters": [],
        "documents": [],
        "via": "berkas",
        "sent_at": sent,
    }
    return Submission.model_validate(whole | changes)


def person(nik: str = NIK, number: UUID = FIRST) -> SubmissionPersonal:
    who = {"nik": nik, "kk": nik, "name": "Rekaan", "born": "1975-10-19", "address": "Banjar Rekaan"}
    return SubmissionPersonal.model_validate({"submission": number, "participant": who})


def rules(*some: dict[str, Any]) -> Rules:
    return Rules.model_validate({"zone": "Asia/Makassar", "rule": list(some)})


def rule(*replies: dict[str, Any], match: dict[str, Any] | None = None, **outcome: Any) -> dict[str, Any]:
    return {"match": match or {}, "outcome": [{"replies": list(replies), **outcome}]}


def results(some: list[Answer]) -> list[tuple[str, str]]:
    return [(answer.reply.result, f"{answer.not_before:%Y-%m-%d %H:%M%z}") for answer in some]


def test_an_answer_comes_on_its_working_day_and_the_card_after_calendar_months() -> None:
    decided = answers(rules(rule(YES, ON)), submission(), person())
    # From Sunday 1 October ten working days end on Friday 13th; three months end on 1 January.
    assert results(decided) == [("accepted", "2023-10-13 10:00+0800"), ("active", "2024-01-01 08:00+0800")]
    assert [answer.reply.since for answer in decided] == [None, date(2024, 1, 1)]
    assert [answer.reply.replied_at for answer in decided] == [answer.not_before for answer in decided]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("3 months 4 days", "2024-01-05 00:01"),
        ("1 month", "2023-11-01 00:01"),
        ("2 weeks", "2023-10-15 00:01"),
        ("90 minutes", "2023-10-01 01:31"),
        ("1 working day", "2023-10-02 00:01"),
        ("0 days", "2023-10-01 00:01"),
    ],
)
def test_spans_are_added_part_by_part(text: str, on: str) -> None:
    calendar = rules().calendar
    sent = submission().sent_at.astimezone(calendar.tzinfo)
    assert f"{Span.read(text).after(sent, calendar):%Y-%m-%d %H:%M}" == on


def test_no_answer_is_decided_before_the_office_asked() -> None:
    early = YES | {"after": "0 days", "at": "08:00"}
    [answer] = answers(rules(rule(early)), submission(sent="2023-10-01T09:00:00+08:00"), person())
    assert answer.not_before == answer.reply.replied_at == datetime.fromisoformat("2023-10-01T09:00:00+08:00")


def test_a_delayed_answer_says_when_it_was_decided_and_comes_after_a_later_one() -> None:
    late = YES | {"delay": "4 months"}
    plan = Plan(rules(rule(late, ON)))
    plan.hear(submission(), person())
    assert results(plan.waiting) == [("active", "2024-01-01 08:00+0800"), ("accepted", "2024-02-13 10:00+0800")]
    assert plan.waiting[1].reply.replied_at.date() == date(2023, 10, 13)


def test_the_first_rule_that_names_a_submission_decides_and_what_none_names_is_never_answered() -> None:
    negative = rule(NO, match={"office": ["51.07"], "nik": [NIK], "attempt": [1]})
    both = rules(negative, rule(YES, match={"office": ["51.07"]}))
    assert [answer.reply.result for answer in answers(both, submission(), person())] == ["rejected"]
    assert [answer.reply.result for answer in answers(both, submission(attempt=2), person())] == ["accepted"]
    assert [answer.reply.result for answer in answers(both, submission(), person("5107041910759308"))] == ["accepted"]
    elsewhere = submission(office={"code": "13.01", "name": "Dinas Sosial"})
    assert answers(both, elsewhere, person()) == []


@pytest.mark.parametrize(
    ("match", "matches"),
    [
        ({"kind": ["new", "mutation"], "service": ["kis-pbi"], "via": ["berkas"]}, True),
        ({"kind": ["emergency"]}, False),
        ({"action": ["reactivation"]}, False),
        ({"funding": ["APBN"]}, False),
        ({"via": ["diantar"]}, False),
        ({"sent_from": "2023-10-01", "sent_until": "2023-10-01"}, True),
        ({"sent_from": "2023-10-02"}, False),
        ({"sent_until": "2023-09-30"}, False),
    ],
)
def test_everything_a_rule_names_must_hold_by_the_local_day(match: dict[str, Any], matches: bool) -> None:
    # One minute past midnight in WITA: of the first of October there, of the last of September in UTC.
    assert bool(answers(rules(rule(YES, match=match)), submission(), person())) is matches


def test_outcomes_come_as_often_as_their_shares_say_and_always_alike_for_one_submission() -> None:
    shares = {"outcome": [{"share": 7, "replies": [YES]}, {"share": 2, "replies": [NO]}, {"share": 1}]}
    decided, again = rules(shares), rules(shares)
    [rule_of_shares] = decided.rule
    numbers = [UUID(int=number) for number in range(5_000)]
    drawn = Counter(rule_of_shares.outcome.index(chosen(rule_of_shares.outcome, number)) for number in numbers)
    assert [round(drawn[place] / len(numbers), 1) for place in range(3)] == [0.7, 0.2, 0.1]
    submitted = submission(numbers[0])
    assert answers(decided, submitted, person()) == answers(again, submitted, person())


def test_every_answer_has_an_identity_of_its_own_that_never_changes() -> None:
    decided = rules(rule(YES, YES, ON))
    first, second = answers(decided, submission(), person()), answers(decided, submission(UUID(int=2)), person())
    assert len({answer.reply.id for answer in first + second}) == 6
    assert [answer.reply.id for answer in answers(decided, submission(), person())] == [
        answer.reply.id for answer in first
    ]


def test_a_reference_names_the_day_and_a_number_that_stays() -> None:
    decided = rules(rule(YES | {"reference": "BPJS/{date}/{number}"}))
    [first], [again] = (answers(decided, submission(), person()) for _ in range(2))
    assert first.reply.reference is not None
    assert first.reply.reference.startswith("BPJS/2023-10-13/")
    assert first.reply.reference == again.reply.reference


def test_nothing_is_due_before_its_instant_and_nothing_twice() -> None:
    plan = Plan(rules(rule(YES, ON)))
    plan.hear(submission(), person())
    at = datetime.fromisoformat
    assert plan.due(at("2023-10-13T09:59:59+08:00")) == []
    [yes] = plan.due(at("2023-10-13T10:00:00+08:00"))
    plan.done(yes)
    assert plan.due(at("2023-12-31T23:59:59+08:00")) == []
    plan.hear(submission(), person())
    assert results(plan.due(at("2025-01-01T00:00:00+08:00"))) == [("active", "2024-01-01 08:00+0800")]


def test_after_a_restart_only_unsent_answers_are_left() -> None:
    before = Plan(rules(rule(YES, ON)))
    before.hear(submission(), person())
    [yes, on] = before.waiting
    after = Plan(before.rules, sent={yes.reply.id})
    after.hear(submission(), person())
    assert after.waiting == [on]


def test_what_was_withdrawn_is_answered_no_more_unless_the_outcome_does_not_heed_it() -> None:
    for heeds, left in ((True, []), (False, ["accepted"])):
        plan = Plan(rules(rule(YES, heeds_withdrawal=heeds)))
        plan.hear(submission(), person())
        plan.stop(FIRST)
        plan.hear(submission(), person())
        assert [answer.reply.result for answer in plan.waiting] == left


def test_a_submission_that_comes_mended_takes_the_place_of_the_one_before() -> None:
    plan = Plan(rules(rule(YES)))
    plan.hear(submission(), person())
    again = submission(UUID(int=2), attempt=2, previous=FIRST)
    plan.hear(again, person(number=again.submission))
    plan.hear(submission(), person())
    assert [answer.reply.submission for answer in plan.waiting] == [again.submission]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("rule = 7", "rule: Input should be a valid"),
        ("[[rule]]", "rule.0.outcome: Field required"),
        ('[[rule]]\noutcome = [{ replies = [{ result = "yes", after = "1 day" }] }]', "replies.0.result: "),
        ('[[rule]]\noutcome = [{ replies = [{ result = "mend", after = "1 day" }] }]', "reason goes with mend"),
        (
            '[[rule]]\noutcome = [{ replies = [{ result = "active", after = "soon" }] }]',
            'write it as "10 working days"',
        ),
        (
            '[[rule]]\noutcome = [{ replies = [{ result = "active", after = "1 day", reference = "{date}, Siti" }] }]',
            "replies.0.reference: ",
        ),
        ('[[rule]]\nmatch = { nik = ["1"] }\noutcome = [{}]', "rule.0.match.nik.0: "),
        ("[[rule]]\noutcome = [{ shares = 3 }]", "rule.0.outcome.0.shares: Extra inputs"),
        ("zone = ", "is no TOML"),
    ],
)
def test_a_mistake_in_a_file_of_rules_is_named_by_its_place(tmp_path: Path, text: str, wrong: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read(file)
    assert wrong in str(refused.value)
    assert str(file) in str(refused.value)


def test_by_the_default_rules_only_those_are_answered_whose_story_is_about_it() -> None:
    default = read(DEFAULT)
    slow = answers(default, submission(), person(GEDE["nik"]))
    assert results(slow) == [("accepted", "2023-12-20 10:00+0800"), ("active", "2024-01-05 08:00+0800")]
    assert [answer.reply.result for answer in answers(default, submission(), person(KOMANG["nik"]))] == ["mend"]
    assert answers(default, submission(), person(KADEK["nik"])) == []
    today = submission(sent="2026-11-02T09:00:00+08:00")
    assert len(answers(default, today, person(KADEK["nik"]))) <= 2
