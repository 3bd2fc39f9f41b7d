"""The working calendar of a party: which instants count, and how many.

Every figure is kept in whole microseconds and looked up in tables with one row per local day, so that the working time
between two instants costs a few microseconds. Days outside the tables are ordinary weeks without holidays, by
arithmetic: no date that an event can hold makes a figure raise. What would lie outside the years 1 to 9999 is their
first or last instant. Indonesia's three zones have fixed offsets (no summer time since 1964), so no
time-zone database is needed.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from jejak.timekeeping.week import PERPRES_RAMADAN, PERPRES_WEEK, Hours, Week, check_hours, national_holidays

ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
"""Hours ahead of UTC: WIB, WITA, WIT."""

SECOND = 1_000_000
DAY = 86_400 * SECOND
FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2049, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = FIRST_DAY.toordinal()
_DAYS = LAST_DAY.toordinal() - _FIRST + 1
_WEEKDAY = FIRST_DAY.weekday()
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_SHIFT = (FIRST_DAY - _EPOCH.date()).days * DAY

type _Spans = tuple[tuple[int, int], ...]


def micros(instant: datetime) -> int:
    """Microseconds from 1970 to an aware instant, exactly."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant_of(stamp: int) -> datetime:
    """The UTC instant of a stamp made by ``micros``; the first or the last there is for one beyond them."""
    try:
        return _EPOCH + timedelta(microseconds=stamp)
    except OverflowError:
        return _LATEST if stamp > 0 else _EARLIEST


def local_at(instant: datetime, zone: timezone) -> datetime:
    """An instant on a zone's wall clock; at the two ends of time the last there is to be shown."""
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return (_LATEST if instant.year > 1 else _EARLIEST).replace(tzinfo=zone)


def days_after(day: date, count: int) -> date:
    """The date so many calendar days on (or back), within the years 1 to 9999."""
    return _date_of(day.toordinal() + count)


def later(instant: datetime, by: timedelta) -> datetime:
    """An instant later by a duration, within the years 1 to 9999."""
    return instant_of(micros(instant) + by // timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class _Sums:
    """What of a measure lies before each row: of the tables, and by the ordinary week (from Monday) outside them."""

    table: array[int]
    week: tuple[int, ...]

    def before(self, row: int) -> int:
        """The measure before a row; negative before the first of the tables."""
        if 0 <= row <= _DAYS:
            return self.table[row]
        edge = 0 if row < 0 else _DAYS
        return self.table[edge] + self._ordinary(row) - self._ordinary(edge)

    def reaching(self, target: int) -> int:
        """The row in whose course the measure comes to the target."""
        if 0 < target <= self.table[_DAYS]:
            return bisect_left(self.table, target) - 1
        edge = 0 if target <= 0 else _DAYS
        weeks, left = divmod(target - self.table[edge] + self._ordinary(edge) - 1, self.week[7])
        return 7 * weeks + bisect_left(self.week, left + 1) - 1 - _WEEKDAY

    def _ordinary(self, row: int) -> int:
        weeks, day = divmod(row + _WEEKDAY, 7)
        return weeks * self.week[7] + self.week[day]


@dataclass(frozen=True, slots=True)
class _Tables:
    """One row per local day from FIRST_DAY: its open spans, the open time before it, the working days before it."""

    spans: tuple[_Spans, ...]
    before: array[int]
    week: tuple[_Spans, ...]
    """Of every day outside the tables, from Monday."""
    open: _Sums
    working: _Sums

    def spans_of(self, row: int) -> _Spans:
        """The open spans of a day, in the tables or outside them."""
        return self.spans[row] if 0 <= row < _DAYS else self.week[(row + _WEEKDAY) % 7]


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a party works. Made from its weekly hours, its hours in Ramadan and the days it is closed.

    ``ramadan`` are date ranges, both ends included. ``extra_holidays`` come on top of the national ones. ``own_hours``
    are the hours of single days and override week, Ramadan and holidays; a day without any is closed. Hours and
    ranges are checked when the calendar is made: ValueError with an Indonesian sentence. All instants are aware.
    """

    zone: str = "Asia/Jakarta"
    week: Week = PERPRES_WEEK
    ramadan_week: Week = PERPRES_RAMADAN
    ramadan: tuple[tuple[date, date], ...] = ()
    extra_holidays: frozenset[date] = frozenset()
    around_the_clock: bool = False
    own_hours: tuple[tuple[date, Hours], ...] = ()
    earlier: tuple[tuple[date, "Calendar"], ...] = ()
    """Versions that were in force before this one: each with the last day it held, in order."""

    tzinfo: timezone = field(init=False, repr=False, compare=False)
    _offset: int = field(init=False, repr=False, compare=False)
    _tables: _Tables = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check what was given and look up the tables."""
        if self.zone not in ZONES:
            raise ValueError(f"zona {self.zone!r} tidak dikenal: pilih {', '.join(ZONES)}")
        for hours in (*self.week, *self.ramadan_week, *(own for _, own in self.own_hours)):
            check_hours(hours)
        if not any(self.week):
            raise ValueError("jam kerja kosong: tidak ada satu hari pun yang buka")
        for first, last in self.ramadan:
            if first > last:
                raise ValueError(f"Ramadan {first} sampai {last}: tanggal akhir mendahului tanggal awal")
        if any(other.zone != self.zone for _, other in self.earlier):
            raise ValueError("semua versi kalender satu kantor harus di zona waktu yang sama")
        object.__setattr__(self, "tzinfo", timezone(timedelta(hours=ZONES[self.zone])))
        object.__setattr__(self, "_offset", ZONES[self.zone] * 3600 * SECOND - _SHIFT)
        object.__setattr__(self, "_tables", _build(_recipe(self)))

    @classmethod
    def always(cls, zone: str = "Asia/Jakarta", extra_holidays: frozenset[date] = frozenset()) -> "Calendar":
        """A party without office hours: every second counts; *hari kerja* are still Monday to Friday less holidays."""
        return cls(zone=zone, extra_holidays=extra_holidays, around_the_clock=True)

    def local(self, instant: datetime) -> datetime:
        """The instant on the office's own wall clock."""
        return local_at(instant, self.tzinfo)

    def is_open(self, instant: datetime) -> bool:
        """Whether the party works at this instant; the closing instant itself is closed."""
        day, clock = self._split(micros(instant))
        return any(opens <= clock < closes for opens, closes in self._tables.spans_of(day))

    def working_seconds(self, start: datetime, end: datetime) -> float:
        """Working time from start to end in seconds; 0 when end is not after start."""
        return self.working_micros(micros(start), micros(end)) / SECOND

    def working_micros(self, start: int, end: int) -> int:
        """The same on stamps of ``micros``, in whole microseconds: what a fold over many events uses."""
        return self.open_until(end) - self.open_until(start) if end > start else 0

    def open_until(self, stamp: int) -> int:
        """Working microseconds from FIRST_DAY to a stamp. Differences of it are working time."""
        day, clock = self._split(stamp)
        tables = self._tables
        if 0 <= day < _DAYS:
            total, spans = tables.before[day], tables.spans[day]
        else:
            total, spans = tables.open.before(day), tables.spans_of(day)
        for opens, closes in spans:
            if clock <= opens:
                break
            if clock < closes:
                return total + clock - opens
            total += closes - opens
        return total

    def add_working(self, start: datetime, seconds: float) -> datetime:
        """The first instant by which ``seconds`` of working time have passed since start (0 gives start itself)."""
        remaining = round(seconds * SECOND)
        if remaining < 0:
            raise ValueError("lama kerja tidak boleh negatif")
        if remaining == 0:
            return start
        target = self.open_until(micros(start)) + remaining
        day = self._tables.open.reaching(target)
        left = target - self._tables.open.before(day)
        for opens, closes in self._tables.spans_of(day):
            if left <= closes - opens:
                return instant_of(day * DAY + opens + left - self._offset)
            left -= closes - opens
        raise AssertionError("prefix sums and spans of one table disagree")

    def local_date(self, instant: datetime) -> date:
        """The office's date at an instant."""
        return local_at(instant, self.tzinfo).date()

    @property
    def working_day(self) -> int:
        """Seconds of the mean open day of the week: what one *hari kerja* is in working time."""
        if self.around_the_clock:
            return DAY // SECOND
        opened = [closes - opens for hours in self.week for opens, closes in _spans(hours)]
        return round(sum(opened) / SECOND / sum(1 for hours in self.week if hours))

    def is_working_day(self, day: date) -> bool:
        """Whether the party works on this date at all."""
        row, working = _row(day), self._tables.working
        return working.before(row + 1) > working.before(row)

    def working_days_after(self, day: date, until: date) -> int:
        """How many working days lie after ``day`` up to and including ``until``: the first day is not counted."""
        working = self._tables.working
        return max(0, working.before(_row(until) + 1) - working.before(_row(day) + 1))

    def working_days_between(self, start: datetime, end: datetime) -> Fraction:
        """Working days from start to end, each by the share of its open time that lies between; never negative."""
        return max(Fraction(0), self._working_days_until(end) - self._working_days_until(start))

    def _working_days_until(self, instant: datetime) -> Fraction:
        day, clock = self._split(micros(instant))
        working, spans = self._tables.working, self._tables.spans_of(day)
        before = working.before(day)
        if working.before(day + 1) == before:
            return Fraction(before)
        passed = sum(min(max(clock - opens, 0), closes - opens) for opens, closes in spans)
        return before + Fraction(passed, sum(closes - opens for opens, closes in spans))

    def add_working_days(self, day: date, count: int) -> date:
        """The count-th working day after ``day``, which is itself not counted (count >= 1)."""
        if count < 1:
            raise ValueError("jumlah hari kerja paling sedikit 1")
        working = self._tables.working
        return _date_of(working.reaching(working.before(_row(day) + 1) + count) + _FIRST)

    def next_working_day(self, instant: datetime) -> datetime:
        """The opening of the first working day after the local date of ``instant``."""
        return self.opening(self.add_working_days(self.local_date(instant), 1))

    def opening(self, day: date) -> datetime:
        """When the party opens on a working day; ValueError on a day it is closed."""
        return self.at(day, self._open_spans(day)[0][0])

    def closing(self, day: date) -> datetime:
        """When the party closes on a working day; ValueError on a day it is closed."""
        return self.at(day, self._open_spans(day)[-1][1])

    def open_spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """When the party opens and closes on a date, by its own wall clock; empty on a day it is closed."""
        spans = self._tables.spans_of(_row(day))
        return tuple((self.local(self.at(day, opens)), self.local(self.at(day, closes))) for opens, closes in spans)

    def _open_spans(self, day: date) -> _Spans:
        if spans := self._tables.spans_of(_row(day)):
            return spans
        raise ValueError(f"{day} bukan hari kerja")

    def at(self, day: date, clock: int | time) -> datetime:
        """The instant of a local date and time of day (a ``time``, or microseconds from midnight)."""
        return instant_of(_row(day) * DAY + (clock if isinstance(clock, int) else _clock(clock)) - self._offset)

    def end_of_day(self, day: date) -> datetime:
        """The last microsecond of a local date."""
        return self.at(day, DAY - 1)

    def _split(self, stamp: int) -> tuple[int, int]:
        """Row of the local day and microseconds since its midnight."""
        return divmod(stamp + self._offset, DAY)


def with_versions(versions: Sequence[tuple[date, Calendar]]) -> Calendar:
    """One calendar out of an office's versions, each with the first day it holds: past figures keep the hours of then.

    The first version also holds for all days before its date.
    """
    ordered = sorted(versions, key=lambda version: version[0])
    if not ordered:
        raise ValueError("kalender kantor tidak punya satu versi pun")
    ends = [days_after(start, -1) for start, _ in ordered[1:]]
    past = tuple((end, calendar) for end, (_, calendar) in zip(ends, ordered[:-1], strict=True))
    return replace(ordered[-1][1], earlier=past)


def _row(day: date) -> int:
    return day.toordinal() - _FIRST


def _date_of(ordinal: int) -> date:
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def _clock(moment: time) -> int:
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * SECOND + moment.microsecond


class _Recipe(NamedTuple):
    """What the tables depend on: offices with equal hours share them, in any zone."""

    week: Week
    ramadan_week: Week
    ramadan: tuple[tuple[date, date], ...]
    extra_holidays: frozenset[date]
    around_the_clock: bool
    own_hours: tuple[tuple[date, Hours], ...]
    earlier: tuple[tuple[date, "_Recipe"], ...]


def _recipe(calendar: Calendar) -> _Recipe:
    return _Recipe(
        calendar.week,
        calendar.ramadan_week,
        calendar.ramadan,
        calendar.extra_holidays,
        calendar.around_the_clock,
        calendar.own_hours,
        tuple((until, _recipe(version)) for until, version in calendar.earlier),
    )


@lru_cache(maxsize=1024)
def _build(recipe: _Recipe) -> _Tables:
    spans = _weekly(recipe.week)
    fasting = _weekly(recipe.ramadan_week)
    for first, last in recipe.ramadan:
        rows = slice(max(0, first.toordinal() - _FIRST), max(0, last.toordinal() - _FIRST + 1))
        spans[rows] = fasting[rows]
    for day in (*national_holidays(), *recipe.extra_holidays):
        if FIRST_DAY <= day <= LAST_DAY:
            spans[_row(day)] = ()
    for day, hours in recipe.own_hours:
        if FIRST_DAY <= day <= LAST_DAY:
            spans[_row(day)] = _spans(hours)
    week = tuple(_spans(hours) for hours in recipe.week)
    working = [1 if opened else 0 for opened in spans]
    working_week = [1 if opened else 0 for opened in week]
    if recipe.around_the_clock:
        spans, week = [((0, DAY),)] * _DAYS, (((0, DAY),),) * 7
    done = 0
    for until, past in recipe.earlier:
        tables, end = _build(past), max(0, until.toordinal() - _FIRST + 1)
        spans[done:end] = tables.spans[done:end]
        counts = tables.working.table
        working[done:end] = [counts[row + 1] - counts[row] for row in range(done, min(end, _DAYS))]
        done = end
    open_time = {hours: sum(closes - opens for opens, closes in hours) for hours in {*spans, *week}}
    before = array("q", accumulate((open_time[hours] for hours in spans), initial=0))
    return _Tables(
        spans=tuple(spans),
        before=before,
        week=week,
        open=_Sums(before, tuple(accumulate((open_time[hours] for hours in week), initial=0))),
        working=_Sums(array("i", accumulate(working, initial=0)), tuple(accumulate(working_week, initial=0))),
    )


def _weekly(week: Week) -> list[_Spans]:
    """The same week over and over, from FIRST_DAY on, holidays not yet taken out."""
    days = [_spans(hours) for hours in week]
    weeks = _DAYS // 7 + 2
    return (days * weeks)[_WEEKDAY : _WEEKDAY + _DAYS]


def _spans(hours: Hours) -> _Spans:
    return tuple((_clock(opens), _clock(closes)) for opens, closes in hours)
