"""The printed total of any history: a time that is exceeded is never kept, and no promise moves towards the office."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.contracts.envelope import Event
from jejak.timekeeping.clock_rule import parse_clock_rule
from jejak.timekeeping.clocks.times import case_times
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import ClockRule, Days, Hands, Span, Standard, deadline
from jejak.timekeeping.timing_rules import TotalRule
from tests.property.examples import examples
from tests.property.test_clock_times import BOOK, END, histories

ORDER = {"1": 0, "2": 1, "3": 2}
STANDARDS: tuple[Standard, ...] = (
    *map(
        parse_waktu, ("45 menit", "1 x 24 jam", "maksimal 3 (tiga) hari kerja", "2 minggu", "hari itu juga", "1 bulan")
    ),
    parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari kerja"}]),
)

OF_OPEN_TIME = tuple(
    standard
    for standard in STANDARDS
    if isinstance(standard, Hands | ClockRule) or (isinstance(standard, Days) and standard.kind == "kerja")
)


@st.composite
def totals(draw: st.DrawFn) -> TotalRule:
    return TotalRule(
        draw(st.sampled_from(STANDARDS)),
        draw(st.sampled_from(["diterima", "lengkap", *ORDER])),
        draw(st.sampled_from(["selesai", "lengkap", "aktif", *ORDER])),
        ORDER,
    )


@settings(max_examples=examples(400), deadline=None)
@given(histories(), totals())
def test_what_is_exceeded_is_never_kept_and_others_time_never_breaks_it(events: list[Event], rule: TotalRule) -> None:
    total = case_times(events, replace(BOOK, total=rule), END).totals.printed

    assert total is not None
    if total.start is None or total.printed_deadline is None or total.deadline is None:
        assert total.within is None
        return
    assert total.printed_deadline == deadline(total.standard, total.start, BOOK.calendar)
    assert total.deadline >= total.printed_deadline
    until = END if total.end is None else total.end
    match total.within:
        case True:
            assert total.state == "selesai"
            assert total.start <= until <= total.printed_deadline
        case False:
            assert until > total.deadline
        case None if total.state == "selesai":
            assert total.printed_deadline < until <= total.deadline
            assert total.paused > 0
        case None:
            assert total.state == "batal" or until <= total.deadline


HOUR = timedelta(hours=1)
START = datetime(2022, 3, 28, tzinfo=UTC)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Spans in order, without overlap, of minutes to weeks, from Ramadan to after the long holiday of Lebaran."""
    hours = sorted(draw(st.lists(st.integers(0, 2000), max_size=12, unique=True)))
    return [(START + first * HOUR, START + last * HOUR) for first, last in list(pairwise(hours))[::2]]


@settings(max_examples=examples(400), deadline=None)
@given(spans(), st.data(), st.sampled_from(STANDARDS))
def test_more_time_with_others_never_moves_the_limit_earlier(
    whole: list[Span], data: st.DataObject, standard: Standard
) -> None:
    part: list[Span] = []
    for first, last in whole:
        begun = data.draw(st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None)))
        part.append((begun.replace(tzinfo=UTC), last))
    fewer = data.draw(st.lists(st.sampled_from(part), unique=True).map(sorted)) if part else []

    none, some, all_of_it = (deadline(standard, START, BOOK.calendar, spans) for spans in ((), fewer, whole))

    assert none <= some <= all_of_it


@settings(max_examples=examples(200), deadline=None)
@given(st.sets(st.integers(0, 60)), st.sampled_from(OF_OPEN_TIME))
def test_time_with_others_while_the_office_is_closed_moves_no_working_time(
    nights: set[int], standard: Standard
) -> None:
    calendar = BOOK.calendar
    closed = [
        (calendar.closing(day), calendar.next_working_day(calendar.closing(day)))
        for day in (calendar.add_working_days(START.date(), night + 1) for night in sorted(nights))
    ]
    assert deadline(standard, START, calendar, closed) == deadline(standard, START, calendar)


@settings(max_examples=examples(200), deadline=None)
@given(histories(), totals())
def test_a_refolded_history_gives_the_same_total(events: list[Event], rule: TotalRule) -> None:
    rules = replace(BOOK, total=rule)

    assert case_times(events, rules, END).totals == case_times(list(events), rules, END).totals
