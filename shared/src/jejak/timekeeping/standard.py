"""Mutu Baku: the times a sheet promises, which clock judges each, and when each runs out.

Source of the forms: the section "Times" of the SOP format; of the rules: the three clocks of the design. They are read
by ``jejak.timekeeping.printed.printed_time``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal, assert_never

from jejak.timekeeping.calendar import Calendar, days_after, later
from jejak.timekeeping.printed.months import months_after

type Clock = Literal["touch", "elapsed"]
type DayKind = Literal["kerja", "kalender"]
type Span = tuple[datetime, datetime]
"""From one instant to a later one."""
Ukuran = Literal["sentuh", "lewat"]


@dataclass(frozen=True, slots=True)
class Hands:
    """Minutes, and hours below 24: hands on the file, unless the sheet's file says ``ukuran = "lewat"``."""

    text: str
    seconds: int
    clock: Clock = "touch"


@dataclass(frozen=True, slots=True)
class Wall:
    """``n x 24 jam``, and hours from 24 up: hours of the wall clock, nights and holidays included."""

    text: str
    seconds: int
    clock: Clock = "elapsed"


@dataclass(frozen=True, slots=True)
class Days:
    """Days, the first not counted; it is in time until the end of the last. ``stated``: the sheet itself says which.

    None at all is *hari itu juga*: until the end of the day, or of the next working day for what comes on a closed one.
    """

    text: str
    count: int
    kind: DayKind
    stated: bool
    clock: Literal["elapsed"] = "elapsed"


@dataclass(frozen=True, slots=True)
class Months:
    """Calendar months, as `jejak.timekeeping.printed.months` counts them."""

    text: str
    count: int
    clock: Literal["elapsed"] = "elapsed"


@dataclass(frozen=True, slots=True)
class DayOfNextMonth:
    """``tanggal 1 bulan berikutnya``: until the end of that date."""

    text: str
    day: int
    clock: Literal["elapsed"] = "elapsed"


type Duration = Hands | Wall | Days | Months | DayOfNextMonth


@dataclass(frozen=True, slots=True)
class Entry:
    """Work received until this time of day (None: later) is done by a time of that day or in a duration."""

    until: time | None
    done: time | Duration


@dataclass(frozen=True, slots=True)
class ClockRule:
    """Received before noon, done by one o'clock. What comes on a closed day counts as come at the next opening."""

    text: str
    entries: tuple[Entry, ...]
    clock: Literal["elapsed"] = "elapsed"


type Standard = Duration | ClockRule


def deadline(standard: Standard, start: datetime, calendar: Calendar, elsewhere: Iterable[Span] = ()) -> datetime:
    """The last instant at which work due since ``start`` is still in time, on the owner's calendar.

    ``elsewhere`` are the spans, in order and without overlap, in which the file was with others. One that begins in
    time moves the limit on by what it takes of the standard's own measure: open time for minutes and times of day,
    wall time for ``n x 24 jam``, and else days: working days by the share of their open time, calendar days by 24
    hours, which months and dates are moved by too. Less than a day moves it by so much of the day after. Inferred: no
    sheet prints how time elsewhere is counted.
    """
    limit, taken = _moved(standard, start, calendar, ()), list[Span]()
    for span in elsewhere:
        if span[0] > limit:
            break
        taken.append(span)
        limit = _moved(standard, start, calendar, taken)
    return limit


def within(
    standard: Standard,
    *,
    touch: float | None,
    elapsed: float | None,
    start: datetime,
    end: datetime | None,
    calendar: Calendar,
    elsewhere: Iterable[Span] = (),
) -> bool | None:
    """Whether finished work kept the standard; None is *tidak terukur* (no measure of the clock that judges it).

    ``touch`` and ``elapsed`` are seconds (elapsed: the owner's working time less pauses). ``start`` is when it fell
    due, ``end`` when it was done, ``elsewhere`` as for ``deadline``. Minutes judged as elapsed are held against
    ``elapsed``.
    """
    match standard:
        case Hands(seconds=seconds, clock=clock):
            measured = touch if clock == "touch" else elapsed
            return None if measured is None else measured <= seconds
        case Wall(seconds=seconds, clock="touch"):
            return None if touch is None else touch <= seconds
        case Wall() | Days() | Months() | DayOfNextMonth() | ClockRule():
            return None if end is None else end <= deadline(standard, start, calendar, elsewhere)
        case _:
            assert_never(standard)


def counted_otherwise(standard: Standard) -> Standard | None:
    """The other reading of a bare ``hari``: where the sheet is silent, working and calendar days are both shown."""
    if isinstance(standard, Days) and not standard.stated:
        return replace(standard, kind="kalender" if standard.kind == "kerja" else "kerja")
    return None


def hands_seconds(standard: Standard) -> int | None:
    """Seconds of a standard given in minutes or hours, for sums of a sheet; None where days or dates decide."""
    return standard.seconds if isinstance(standard, Hands) else None


def _moved(standard: Standard, start: datetime, calendar: Calendar, elsewhere: Sequence[Span]) -> datetime:
    """The limit, later by the whole of these spans."""
    match standard:
        case Hands(seconds=seconds):
            return calendar.add_working(start, seconds + _open_seconds(elsewhere, calendar))
        case Wall(seconds=seconds):
            return later(start, timedelta(seconds=seconds) + _wall(elsewhere))
        case Days(kind="kerja"):
            day = _last_day(standard, calendar.local_date(start), calendar)
            more = sum(calendar.working_days_between(*span) for span in elsewhere)
            return _later_by(calendar.add_working_days(day, int(more)) if more >= 1 else day, float(more % 1), calendar)
        case Days() | Months() | DayOfNextMonth():
            day = _last_day(standard, calendar.local_date(start), calendar)
            days, rest = divmod(_wall(elsewhere), timedelta(days=1))
            return later(calendar.end_of_day(days_after(day, days)), rest)
        case ClockRule(entries=entries):
            return _by_the_clock(entries, start, calendar, elsewhere)
        case _:
            assert_never(standard)


def _later_by(day: date, share: float, calendar: Calendar) -> datetime:
    """The end of a day, or so great a share of the next working day's open time after it."""
    end = calendar.end_of_day(day)
    if not share:
        return end
    following = calendar.add_working_days(day, 1)
    open_seconds = calendar.working_seconds(calendar.at(following, 0), calendar.end_of_day(following))
    return calendar.add_working(end, share * open_seconds)


def _open_seconds(spans: Iterable[Span], calendar: Calendar) -> float:
    return sum(calendar.working_seconds(*span) for span in spans)


def _wall(spans: Iterable[Span]) -> timedelta:
    return sum((last - first for first, last in spans), timedelta())


def _last_day(standard: Days | Months | DayOfNextMonth, day: date, calendar: Calendar) -> date:
    match standard:
        case Days(count=0):
            return day if calendar.is_working_day(day) else calendar.add_working_days(day, 1)
        case Days(count=count, kind="kerja"):
            return calendar.add_working_days(day, count)
        case Days(count=count):
            return days_after(day, count)
        case Months(count=count):
            return months_after(day, count)
        case DayOfNextMonth(day=day_of_month):
            return months_after(day.replace(day=1), 1, day_of_month)
        case _:
            assert_never(standard)


def _by_the_clock(
    entries: tuple[Entry, ...], start: datetime, calendar: Calendar, elsewhere: Sequence[Span]
) -> datetime:
    day = calendar.local_date(start)
    if not calendar.is_working_day(day):
        start = calendar.next_working_day(start)
        day = calendar.local_date(start)
    arrived = calendar.local(start).time()
    entry = next(row for row in entries if row.until is None or arrived <= row.until)
    if not isinstance(entry.done, time):
        return _moved(entry.done, start, calendar, elsewhere)
    moved = calendar.add_working(calendar.at(day, entry.done), _open_seconds(elsewhere, calendar))
    printed = calendar.at(calendar.local_date(moved), entry.done)
    # A limit that falls on the beginning of a break is the printed time of that day, where the break lasts until then.
    return printed if printed > moved and not calendar.working_seconds(moved, printed) else moved
