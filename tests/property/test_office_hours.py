"""Any office file: its days of their own are kept, working time adds up, and what the citizen reads agrees."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.procedure.office.kantor import load_kantor, parse_kantor
from jejak.procedure.office.opening import days_of
from jejak.timekeeping.calendar import Calendar, micros
from jejak.timekeeping.printed.words import date_words
from jejak.timekeeping.week import national_holidays
from ledger.desk.citizen.opening_hours import hours_words, open_words
from tests.property.examples import examples
from tests.unit.sop.test_kantor import OFFICE

FIRST: Final = date(2025, 1, 1)
days = st.integers(0, 700).map(lambda passed: FIRST + timedelta(days=passed))
instants = st.datetimes(datetime(2024, 6, 1), datetime(2027, 6, 1))  # noqa: DTZ001 - local to the office


@st.composite
def spans(draw: st.DrawFn) -> str:
    """One to three shifts of a day, of whole minutes, in order."""
    edges = draw(st.lists(st.integers(0, 1439), unique=True, min_size=2, max_size=6).map(sorted))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return "[" + ", ".join(f'"{_clock(opens)}-{_clock(closes)}"' for opens, closes in pairs) + "]"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}.{minute % 60:02}"


@st.composite
def blocks(draw: st.DrawFn) -> str:
    kunci = draw(st.sampled_from(["masuk", "libur"]))
    day = draw(days)
    lines = [f"\n[[{kunci}]]", f"tanggal = {day}"]
    if draw(st.booleans()):
        lines.append(f"sampai = {day + timedelta(days=draw(st.integers(0, 4)))}")
    if kunci == "libur":
        lines.append('nama = "Hari kantor"')
    if draw(st.booleans()):
        lines.append(f"jam = {draw(spans())}")
    return "\n".join(lines) + "\n"


@st.composite
def files(draw: st.DrawFn) -> bytes:
    week = "".join(f"{day} = {draw(spans())}\n" for day in ("senin", "rabu", "jumat", "minggu"))
    zone = draw(st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]))
    head = OFFICE[: OFFICE.index("[jam_kerja]")].replace("Asia/Makassar", zone)
    rest = OFFICE[OFFICE.index("[cara]") :]
    return (head + f"[jam_kerja]\n{week}\n" + "".join(draw(st.lists(blocks(), max_size=6))) + rest).encode()


def offices() -> st.SearchStrategy[bytes]:
    """Files that contradict nothing."""
    return files().filter(lambda data: not parse_kantor(data).mistakes)


def usual(calendar: Calendar, day: date) -> int:
    """Minutes of the weekday, without holidays."""
    return sum(_minutes(closes) - _minutes(opens) for opens, closes in calendar.week[day.weekday()])


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@settings(max_examples=examples(120), deadline=None)
@given(files())
def test_any_file_is_taken_or_told_why_not(data: bytes) -> None:
    parsed = parse_kantor(data)
    assert parsed.file is not None
    if not parsed.mistakes:
        load_kantor(data)


@settings(max_examples=examples(120), deadline=None)
@given(offices(), instants, instants, instants)
def test_working_time_adds_up_and_runs_forward(data: bytes, one: datetime, two: datetime, three: datetime) -> None:
    calendar = load_kantor(data).calendar
    a, b, c = sorted(micros(moment.replace(tzinfo=calendar.tzinfo)) for moment in (one, two, three))
    assert calendar.working_micros(a, b) + calendar.working_micros(b, c) == calendar.working_micros(a, c)
    assert 0 <= calendar.working_micros(a, b) <= calendar.working_micros(a, c) <= c - a


@settings(max_examples=examples(120), deadline=None)
@given(offices(), days)
def test_each_day_is_worked_as_the_file_says(data: bytes, around: date) -> None:
    file, calendar = parse_kantor(data).file, load_kantor(data).calendar
    assert file is not None
    opened = {day: row for row in file.masuk for day in days_of(row)}
    closed = {day for row in file.libur if row.jam is None for day in days_of(row)}
    partly = {day for row in file.libur if row.jam is not None for day in days_of(row)}
    for day in {around, *opened, *closed, *partly}:
        worked = calendar.working_seconds(calendar.at(day, 0), calendar.end_of_day(day)) / 60
        shown = sum((closes - opens).total_seconds() for opens, closes in calendar.open_spans(day)) / 60
        assert worked == shown
        assert calendar.is_working_day(day) == (worked > 0)
        if day in opened:
            hours = opened[day].jam
            assert worked == (sum(_minutes(end) - _minutes(begin) for begin, end in hours) if hours else shown)
        elif day in partly and day not in closed:
            assert worked <= (0 if day in national_holidays() else usual(calendar, day))
        elif day in closed or day in national_holidays():
            assert worked == 0
        else:
            assert worked == usual(calendar, day)


@settings(max_examples=examples(120), deadline=None)
@given(offices(), instants)
def test_what_the_citizen_reads_is_what_the_clock_counts(data: bytes, moment: datetime) -> None:
    calendar = load_kantor(data).calendar
    now = moment.replace(tzinfo=calendar.tzinfo)
    assert open_words(calendar, now).startswith("Kantor sedang buka") == calendar.is_open(now)
    sign = hours_words(calendar, now)
    for day in (now.date() + timedelta(days=passed) for passed in range(14)):
        own = [line.split(": ")[1] for line in sign if f", {date_words(day)}:" in line]
        spans = [f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in calendar.open_spans(day)]
        assert own in ([], [" dan ".join(spans) or "tutup"])
        if not own and day not in national_holidays():
            assert sum((closes - opens).total_seconds() for opens, closes in calendar.open_spans(day)) == (
                60 * usual(calendar, day)
            )


@settings(max_examples=examples(60), deadline=None)
@given(offices(), instants, st.integers(1, 200_000))
def test_work_to_be_done_ends_in_an_open_moment(data: bytes, moment: datetime, seconds: int) -> None:
    calendar = load_kantor(data).calendar
    start = moment.replace(tzinfo=calendar.tzinfo)
    end = calendar.add_working(start, seconds)
    assert calendar.working_seconds(start, end) == seconds
    assert calendar.is_open(end - timedelta(microseconds=1))
