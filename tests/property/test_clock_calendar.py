"""Working time, compared with an oracle that goes minute by minute."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.timekeeping.calendar import ZONES, Calendar, instant_of, micros, with_versions
from jejak.timekeeping.week import Hours, national_holidays
from tests.property.examples import examples

MINUTE = timedelta(minutes=1)
instants = st.datetimes(datetime(2016, 6, 1), datetime(2031, 6, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001
seconds = st.integers(0, 60 * 86_400 * 1_000_000).map(lambda micros: micros / 1_000_000)


@st.composite
def days(draw: st.DrawFn) -> Hours:
    """None to three open spans of whole minutes, in order."""
    edges = draw(st.lists(st.integers(0, 1439), unique=True, max_size=6).map(sorted))
    times = [time(edge // 60, edge % 60) for edge in edges]
    return tuple(zip(times[::2], times[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.tuples(*[days()] * 7).filter(any))
    fasting = draw(st.tuples(*[days()] * 7))
    first = draw(st.dates(date(2017, 1, 1), date(2030, 1, 1)))
    return Calendar(
        zone=draw(st.sampled_from(sorted(ZONES))),
        week=week,
        ramadan_week=fasting,
        ramadan=((first, first + timedelta(days=29)),),
        extra_holidays=frozenset(draw(st.sets(st.dates(date(2017, 1, 1), date(2030, 12, 31)), max_size=3))),
        around_the_clock=draw(st.sampled_from([False, False, False, True])),
    )


def oracle(calendar: Calendar, start: datetime, minutes: int) -> int:
    """Open minutes, counted singly from the rules themselves, without a table."""
    return sum(_open_by_the_rules(calendar, start + MINUTE * passed) for passed in range(minutes))


def _open_by_the_rules(calendar: Calendar, instant: datetime) -> bool:
    if calendar.around_the_clock:
        return True
    local = (instant + timedelta(hours=ZONES[calendar.zone])).replace(tzinfo=None)
    day = local.date()
    if day in national_holidays() or day in calendar.extra_holidays:
        return False
    fasting = any(first <= day <= last for first, last in calendar.ramadan)
    hours = (calendar.ramadan_week if fasting else calendar.week)[day.weekday()]
    return any(opens <= local.time() < closes for opens, closes in hours)


@settings(max_examples=examples(60), deadline=None)
@given(calendars(), st.data())
def test_working_time_is_what_counting_minute_by_minute_finds(calendar: Calendar, data: st.DataObject) -> None:
    near = data.draw(st.sampled_from([*(first for first, _ in calendar.ramadan), date(2022, 5, 1), date(2022, 12, 31)]))
    start = datetime(near.year, near.month, near.day, tzinfo=UTC) + MINUTE * data.draw(st.integers(-4000, 4000))
    length = data.draw(st.integers(0, 5000))

    assert calendar.working_seconds(start, start + MINUTE * length) == 60 * oracle(calendar, start, length)
    assert calendar.is_open(start) == _open_by_the_rules(calendar, start)


@settings(max_examples=examples(150), deadline=None)
@given(calendars(), instants, instants, instants)
def test_working_time_adds_up_and_never_exceeds_the_wall(
    calendar: Calendar, first: datetime, second: datetime, third: datetime
) -> None:
    a, b, c = sorted(map(micros, (first, second, third)))

    assert calendar.working_micros(a, b) + calendar.working_micros(b, c) == calendar.working_micros(a, c)
    assert 0 <= calendar.working_micros(a, b) <= b - a


@settings(max_examples=examples(150), deadline=None)
@given(calendars(), instants, seconds)
def test_adding_working_time_is_its_inverse_and_the_earliest_such_instant(
    calendar: Calendar, start: datetime, seconds: float
) -> None:
    end = calendar.add_working(start, seconds)
    worked = calendar.working_micros(micros(start), micros(end))

    assert worked == round(seconds * 1_000_000)
    if seconds:
        before = micros(end) - 1
        assert calendar.working_micros(micros(start), before) == worked - 1


@settings(max_examples=examples(150), deadline=None)
@given(calendars(), instants, seconds, seconds)
def test_more_work_never_ends_earlier(calendar: Calendar, start: datetime, first: float, second: float) -> None:
    less, more = sorted((first, second))

    assert calendar.add_working(start, less) <= calendar.add_working(start, more)


@settings(max_examples=examples(60), deadline=None)
@given(calendars(), st.sampled_from(sorted(national_holidays())))
def test_a_holiday_never_counts(calendar: Calendar, holiday: date) -> None:
    start = calendar.at(holiday, 0)

    assert not calendar.is_working_day(holiday)
    if not calendar.around_the_clock:
        assert calendar.working_seconds(start, start + timedelta(days=1)) == 0


@settings(max_examples=examples(150), deadline=None)
@given(calendars(), st.dates(date(2017, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_the_nth_working_day_is_a_working_day_with_n_behind_it(calendar: Calendar, day: date, count: int) -> None:
    reached = calendar.add_working_days(day, count)

    assert calendar.is_working_day(reached)
    assert calendar.working_days_after(day, reached) == count
    assert calendar.working_days_after(day, reached - timedelta(days=1)) == count - 1


@settings(max_examples=examples(100), deadline=None)
@given(calendars(), instants)
def test_the_next_working_day_opens_after_today(calendar: Calendar, instant: datetime) -> None:
    opening = calendar.next_working_day(instant)

    assert calendar.local_date(opening) > calendar.local_date(instant)
    assert calendar.is_open(opening)
    assert calendar.local(opening) == opening
    assert instant_of(micros(instant)) == instant


@settings(max_examples=examples(40), deadline=None)
@given(calendars(), calendars(), st.dates(date(2018, 1, 1), date(2029, 1, 1)), st.integers(-400, 400))
def test_every_day_has_the_hours_of_the_version_then_in_force(
    old: Calendar, new: Calendar, change: date, days_off: int
) -> None:
    old = Calendar(new.zone, old.week, old.ramadan_week, old.ramadan, old.extra_holidays, old.around_the_clock)
    both = with_versions([(date(2000, 1, 1), old), (change, new)])
    day = change + timedelta(days=days_off)
    in_force = new if day >= change else old
    start, end = both.at(day, 0), both.end_of_day(day)

    assert both.working_seconds(start, end) == in_force.working_seconds(start, end)
    assert both.is_working_day(day) == in_force.is_working_day(day)
