"""The printed total of a sheet: kept, broken by the office, or exceeded for the time of others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jejak.timekeeping.clock_rule import parse_clock_rule
from jejak.timekeeping.clocks.times import JudgedTotal
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import Standard
from jejak.timekeeping.timing_rules import TimingRules, TotalRule
from tests.unit.clock.story import Story, book, wib

ORDER = {"1": 0, "2": 1, "3": 2}
CHECK, COMPLETE = "check_documents 1 staf", "complete 1 pemohon"
DRAFT, SIGN, GIVE = "draft_letter 2 staf", "sign 3 kadis", "hand_over 3 staf"
END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)


def rules(
    standard: Standard | str | None = "3 hari kerja",
    dari: str = "diterima",
    sampai: str = "selesai",
    routes: Mapping[str, Standard] | None = None,
) -> TimingRules:
    total = TotalRule(
        parse_waktu(standard) if isinstance(standard, str) else standard, dari, sampai, ORDER, routes or {}
    )
    return replace(book(), total=total)


LATER = wib(12, 1)


def judged(story: Story, book: TimingRules, now: datetime = LATER) -> JudgedTotal:
    total = story.times(book, now).totals.printed
    assert total is not None
    return total


def straight(closed: datetime) -> Story:
    """Received on Monday 3 January 2022; checked, drafted, signed, closed."""
    return (
        Story()
        .received(wib(1, 3, 9), CHECK)
        .done(wib(1, 3, 10), CHECK, DRAFT, by="rina", hasil="lengkap")
        .done(wib(1, 4, 10), DRAFT, SIGN, by="rina")
        .done(closed, SIGN, None, by="zul", hasil="ditandatangani")
        .ended(closed, "CaseClosed")
    )


def test_three_working_days_from_receipt_end_with_thursday() -> None:
    in_time, late = judged(straight(wib(1, 6, 23, 59)), rules()), judged(straight(wib(1, 7, 0, 1)), rules())

    assert in_time.deadline == in_time.printed_deadline == wib(1, 6) + END_OF_DAY
    assert (in_time.within, in_time.state) == (True, "selesai")
    assert late.within is False


@pytest.mark.parametrize(
    ("total", "closed", "within"),
    [
        ("45 menit", wib(1, 4, 8), False),  # the hands were minutes, the citizen waited a day
        ("2 jam", wib(1, 3, 11), True),
        ("1 x 24 jam", wib(1, 4, 9), True),
        ("1 x 24 jam", wib(1, 4, 9, 1), False),
        ("hari itu juga", wib(1, 3, 15), True),
        ("hari itu juga", wib(1, 4, 8), False),
        ("Maksimal 5 (lima) hari kerja", wib(1, 10, 10), True),
        ("lebih kurang 1 minggu", wib(1, 11, 0), False),
    ],
)
def test_a_total_of_any_unit_is_held_against_the_time_that_passed(total: str, closed: datetime, within: bool) -> None:
    story = Story().received(wib(1, 3, 9), SIGN).done(closed, SIGN, None, by="zul").ended(closed, "CaseClosed")

    assert judged(story, rules(total)).within is within


def test_a_clock_rule_counts_from_receipt() -> None:
    noon = parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari kerja"}])

    total = judged(straight(wib(1, 4, 10)), rules(noon))

    assert (total.deadline, total.within) == (wib(1, 3, 13), False)


def waited_for_the_applicant(closed: datetime) -> Story:
    return (
        Story()
        .received(wib(1, 3, 9), CHECK)
        .done(wib(1, 3, 10), CHECK, COMPLETE, by="rina", hasil="kurang")
        .done(wib(1, 13, 10), COMPLETE, CHECK, by=None, recorder="rina")
        .done(wib(1, 13, 11), CHECK, SIGN, by="rina", hasil="lengkap")
        .done(closed, SIGN, None, by="zul")
        .ended(closed, "CaseClosed")
    )


def test_waiting_for_the_applicant_never_counts_as_the_offices_delay_and_is_never_called_in_time() -> None:
    prompt, slow = (judged(waited_for_the_applicant(wib(1, day, 9)), rules()) for day in (14, 25))

    assert prompt.within is None  # ten days went by; none of them were the office's
    assert prompt.printed_deadline == wib(1, 6) + END_OF_DAY
    assert prompt.deadline is not None
    assert prompt.deadline > wib(1, 14, 9)
    assert slow.within is False  # late even without the applicant's ten days


@pytest.mark.parametrize(
    ("total", "gone", "back", "limit"),
    [
        ("3 hari kerja", wib(1, 4, 7), wib(1, 5, 18), wib(1, 10) + END_OF_DAY),  # Tuesday and Wednesday: next Monday
        ("3 hari kerja", wib(1, 4, 10), wib(1, 5, 15), wib(1, 10, 11, 30)),  # 5 + 6.5 hours: a day, and 4 hours
        ("3 hari kerja", wib(1, 4, 18), wib(1, 5, 7), wib(1, 6) + END_OF_DAY),  # a night, in which no office is open
        ("1 hari kerja", wib(1, 7, 18), wib(1, 10, 7), wib(1, 4) + END_OF_DAY),  # a weekend, when it was late already
        ("5 hari kerja", wib(1, 7, 18), wib(1, 10, 7), wib(1, 10) + END_OF_DAY),  # a weekend
        ("3 hari kalender", wib(1, 4, 7), wib(1, 5, 18), wib(1, 7) + END_OF_DAY + timedelta(hours=11)),
        ("hari itu juga", wib(1, 3, 12), wib(1, 3, 15), wib(1, 4, 9, 30)),
        ("1 x 24 jam", wib(1, 3, 18), wib(1, 4, 7), wib(1, 4, 22)),
        ("1 bulan", wib(1, 4, 7), wib(1, 14, 7), wib(2, 13) + END_OF_DAY),
        ("4 jam", wib(1, 3, 18), wib(1, 4, 7), wib(1, 3, 14)),
    ],
)
def test_time_with_others_moves_the_limit_in_the_measure_of_the_total(
    total: str, gone: datetime, back: datetime, limit: datetime
) -> None:
    story = (
        Story()
        .received(wib(1, 3, 9), CHECK)
        .done(gone, CHECK, COMPLETE, by="rina", hasil="kurang")
        .done(back, COMPLETE, CHECK, by=None, recorder="rina")
    )

    assert judged(story, rules(total)).deadline == limit


def test_a_clock_rule_moves_on_by_the_open_time_with_others() -> None:
    noon = parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari kerja"}])

    def received(at: datetime, gone: datetime, back: datetime) -> datetime | None:
        story = Story().received(at, CHECK).done(gone, CHECK, COMPLETE, by="rina", hasil="kurang")
        return judged(story.done(back, COMPLETE, CHECK, by=None, recorder="rina"), rules(noon)).deadline

    assert received(wib(1, 3, 9), wib(1, 3, 10), wib(1, 4, 10)) == wib(1, 4, 13)
    assert received(wib(1, 3, 14), wib(1, 3, 15), wib(1, 4, 15)) == wib(1, 5) + END_OF_DAY


def test_a_total_from_complete_documents_begins_with_them() -> None:
    story = waited_for_the_applicant(wib(1, 18, 9))
    total = judged(story, rules(dari="lengkap"))
    before = judged(Story().received(wib(1, 3, 9), CHECK), rules(dari="lengkap"), wib(1, 3, 10))

    assert (total.start, total.deadline, total.within) == (wib(1, 13, 11), wib(1, 18) + END_OF_DAY, True)
    assert (before.start, before.deadline, before.within) == (None, None, None)


def test_a_total_may_begin_and_end_with_steps() -> None:
    total = judged(straight(wib(2, 1, 9)), rules("1 hari kerja", dari=["langkah", "2"][1], sampai="2"))

    assert (total.start, total.end, total.within) == (wib(1, 3, 10), wib(1, 4, 10), True)


def test_a_step_that_is_done_again_ends_the_total_with_its_last_time() -> None:
    story = (
        Story()
        .received(wib(1, 3, 9), DRAFT)
        .done(wib(1, 3, 10), DRAFT, SIGN, by="rina")
        .done(wib(1, 4, 10), SIGN, DRAFT, by="zul", hasil="perbaiki")
    )
    again = judged(story, rules(sampai="2"), wib(1, 4, 11))
    story.done(wib(1, 14, 10), DRAFT, SIGN, by="rina")

    assert (again.state, again.end) == ("terbuka", None)
    assert (judged(story, rules(sampai="2")).end, judged(story, rules(sampai="2")).within) == (wib(1, 14, 10), False)


def test_a_letter_that_waits_for_its_pickup_waits_for_the_applicant() -> None:
    story = (
        Story()
        .received(wib(1, 3, 9), SIGN)
        .done(wib(1, 3, 10), SIGN, GIVE, by="zul", hasil="ditandatangani")
        .done(wib(1, 20, 10), GIVE, None, by="rina")
        .ended(wib(1, 20, 10), "CaseClosed")
    )

    assert judged(story, rules()).within is None


def test_bpjs_and_an_open_batch_are_not_the_offices_time() -> None:
    reply, deliver = "await_reply 3 bpjs", "deliver 2 staf"
    with_bpjs = (
        Story()
        .received(wib(1, 3, 9), reply)
        .done(wib(2, 3, 10), reply, None, by=None, recorder="rina", claimed=wib(2, 3, 9))
        .ended(wib(2, 3, 10), "CaseClosed")
    )
    batched = (
        Story()
        .received(wib(1, 3, 9), deliver)
        .done(wib(2, 3, 10), deliver, None, by="rina", batch_closed_at=wib(2, 3, 9, 30))
        .ended(wib(2, 3, 10), "CaseClosed")
    )
    waits = replace(rules(), batched={("main", "2", "deliver"): ((),)})

    assert judged(with_bpjs, rules()).within is None
    assert judged(batched, waits).within is None


def test_what_the_office_took_too_long_before_it_waited_stays_late() -> None:
    story = Story().received(wib(1, 3, 9), CHECK).done(wib(1, 20, 10), CHECK, COMPLETE, by="rina", hasil="kurang")

    assert judged(story, rules(), wib(1, 20, 11)).within is False


def test_a_route_has_its_own_total() -> None:
    choose = "choose_route 1 staf"
    routes = {"reguler": parse_waktu("3 bulan")}

    def by(route: str) -> JudgedTotal:
        story = (
            Story()
            .received(wib(1, 3, 9), choose)
            .done(wib(1, 3, 10), choose, SIGN, by="rina", hasil=route)
            .done(wib(3, 1, 9), SIGN, None, by="zul")
            .ended(wib(3, 1, 9), "CaseClosed")
        )
        return judged(story, rules("1 hari", routes=routes))

    assert (by("reguler").within, by("darurat").within) == (True, False)


def test_a_follow_up_may_be_what_the_total_counts_to() -> None:
    confirm = "confirm_status aktif staf aktif"
    story = (
        Story()
        .received(wib(1, 3, 9), SIGN)
        .done(wib(1, 3, 10), SIGN, None, by="zul")
        .ended(wib(1, 3, 10), "CaseClosed", confirm)
    )
    waiting = judged(story, rules(sampai="aktif"), wib(1, 4, 9))
    story.done(wib(1, 10, 9), confirm, by="rina", hasil="sesuai")

    assert (waiting.state, waiting.within) == ("terbuka", None)
    assert (judged(story, rules(sampai="aktif")).end, judged(story, rules(sampai="aktif")).within) == (
        wib(1, 10, 9),
        False,
    )


def test_a_refusal_is_an_end_and_a_withdrawal_is_judged_by_nobody() -> None:
    def ended(by: str, at: datetime) -> JudgedTotal:
        story = Story().received(wib(1, 3, 9), SIGN).done(at, SIGN, None, by="zul", hasil="tolak").ended(at, by)
        return judged(story, rules())

    assert ended("CaseRefused", wib(1, 4, 9)).within is True
    assert ended("CaseRefused", wib(1, 14, 9)).within is False
    assert (
        ended("ApplicationWithdrawn", wib(1, 14, 9)).state,
        ended("ApplicationWithdrawn", wib(1, 14, 9)).within,
    ) == (
        "batal",
        None,
    )


def test_a_sheet_without_a_total_promises_none() -> None:
    assert straight(wib(1, 6)).times(book(), wib(2, 1)).totals.printed is None
    assert straight(wib(1, 6)).times(rules(None), wib(2, 1)).totals.printed is None
