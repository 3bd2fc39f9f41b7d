"""Deadlines: never before the start, later for later starts, and the last instant that is in time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clock_rule import parse_clock_rule
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import Days, Hands, Standard, Wall, deadline, within
from tests.property.examples import examples

CALENDARS = (
    Calendar(zone="Asia/Jakarta"),
    Calendar(zone="Asia/Makassar"),
    Calendar.always("Asia/Jayapura"),
)
calendars = st.sampled_from(CALENDARS)
instants = st.datetimes(datetime(2017, 1, 1), datetime(2029, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001
counts = st.integers(1, 60)


@st.composite
def durations(draw: st.DrawFn) -> Standard:
    """Every form but the clock rule, in upper and lower case."""
    count = draw(counts)
    lower = draw(st.integers(1, count))
    unit = draw(st.sampled_from(["menit", "jam", "hari", "hari kerja", "hari kalender", "bulan"]))
    text = draw(
        st.sampled_from([
            f"{count} {unit}", f"{lower}-{count} {unit}", f"{count} x 24 jam",
            f"tanggal {min(count, 31)} bulan berikutnya",
        ])
    )  # fmt: skip
    return parse_waktu(draw(st.sampled_from([text, text.upper(), text.title()])))


@settings(max_examples=examples(300), deadline=None)
@given(durations(), instants, st.timedeltas(timedelta(0), timedelta(days=90)), calendars)
def test_a_later_start_never_has_an_earlier_deadline(
    standard: Standard, start: datetime, later: timedelta, calendar: Calendar
) -> None:
    assert start <= deadline(standard, start, calendar) <= deadline(standard, start + later, calendar)


@settings(max_examples=examples(300), deadline=None)
@given(durations().filter(lambda standard: standard.clock == "elapsed"), instants, calendars)
def test_the_deadline_is_the_last_instant_in_time(standard: Standard, start: datetime, calendar: Calendar) -> None:
    end = deadline(standard, start, calendar)

    def kept(at: datetime) -> bool | None:
        return within(standard, touch=None, elapsed=None, start=start, end=at, calendar=calendar)

    assert kept(end) is True
    assert kept(end + timedelta(microseconds=1)) is False


@given(counts, counts, st.sampled_from(["menit", "hari", "hari kerja", "bulan"]), instants, calendars)
def test_a_longer_promise_never_ends_earlier(
    first: int, second: int, unit: str, start: datetime, calendar: Calendar
) -> None:
    less, more = sorted((first, second))

    def end(count: int) -> datetime:
        return deadline(parse_waktu(f"{count} {unit}"), start, calendar)

    assert end(less) <= end(more)


@given(counts, counts, st.sampled_from(["menit", "jam", "hari", "hari kerja", "bulan"]))
def test_a_range_is_its_upper_end(first: int, second: int, unit: str) -> None:
    lower, upper = sorted((first, second))
    as_range, alone = parse_waktu(f"{lower}-{upper} {unit}"), parse_waktu(f"{upper} {unit}")

    match as_range, alone:
        case (Hands(seconds=a), Hands(seconds=b)) | (Wall(seconds=a), Wall(seconds=b)):
            assert a == b
        case Days(count=a), Days(count=b):
            assert a == b
        case _:
            assert type(as_range) is type(alone)
            start = datetime(2022, 1, 31, tzinfo=UTC)
            assert deadline(as_range, start, CALENDARS[0]) == deadline(alone, start, CALENDARS[0])


@given(instants, calendars)
def test_a_clock_rule_ends_the_same_day_or_on_the_next_working_day(start: datetime, calendar: Calendar) -> None:
    rule = parse_clock_rule([{"masuk_sampai": "12.00", "selesai": "13.00"}, {"selesai": "1 hari kerja"}])

    end = deadline(rule, start, calendar)

    assert end > start
    assert calendar.is_working_day(calendar.local_date(end))
    assert end <= calendar.end_of_day(calendar.local_date(calendar.next_working_day(start)))


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        standard = parse_waktu(text)
    except ValueError as refused:
        assert "waktu" in str(refused)  # noqa: PT017 both outcomes are right
    else:
        assert standard.text
