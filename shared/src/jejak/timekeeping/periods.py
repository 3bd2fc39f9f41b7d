"""When a batch closes: its periods, in the office's own days. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from jejak.platform.errors import Refused
from jejak.procedure.batches import Batch
from jejak.timekeeping.calendar import FIRST_DAY, Calendar

_EVERY: Final = re.compile(r"(?:([0-9]+) )?(hari kerja|hari|minggu|bulan|tahun)")
_WEEK: Final = 7
_YEAR: Final = 12
_DAY: Final = timedelta(days=1)
_EARLIEST, _LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9900, 1, 1, tzinfo=UTC)
"""A wait since before or after counts as since then: a day before and after must exist."""


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a batch: its name, its first and last day, and the instant it closes."""

    name: str
    first: date
    last: date
    closes: datetime


def period_of(batch: Batch, calendar: Calendar, waiting: datetime) -> Period:
    """The period of a case that has waited since `waiting`: the first that closes after it, in the office's own days.

    A period closes when its last day is over: at midnight, or, counted in working days, when the office closes. With
    `sampai_tanggal` a period of months ends on that day of its last month (what comes later is in the next); a
    shorter one counts only if its last day lies in the window. ValueError for a batch that is closed by hand.
    """
    waiting = min(max(waiting, _EARLIEST), _LATEST)
    match = _EVERY.fullmatch(batch.setiap or "")
    if match is None:
        raise ValueError(f"kumpulan {batch.kode} ditutup dengan tangan")
    count, unit = int(match[1] or 1), match[2]
    if unit in ("bulan", "tahun"):
        return _of_months(batch, calendar, waiting, count * (_YEAR if unit == "tahun" else 1))
    day = calendar.local_date(waiting)
    while True:
        period = _of_days(calendar, day, count, unit)
        if period.closes > waiting and _in_window(batch, period.last):
            return period
        day = period.last + _DAY


def period_after(batch: Batch, calendar: Calendar, before: Period) -> Period:
    """The period that follows another."""
    return period_of(batch, calendar, before.closes)


def check_window(batch: Batch, today: date) -> None:
    """Refused to close by hand outside the days on which the addressee takes anything."""
    if not _in_window(batch, today):
        days = f"tanggal {batch.dari_tanggal or 1} sampai {batch.sampai_tanggal or 'akhir bulan'}"
        raise Refused("di_luar_jendela", f"Kumpulan {batch.kode} hanya dapat ditutup pada {days}.")


def _of_months(batch: Batch, calendar: Calendar, waiting: datetime, months: int) -> Period:
    day = calendar.local_date(waiting)
    number = (day.year * _YEAR + day.month - 1) // months
    while True:
        last = _day_of(_month(number * months + months - 1), batch.sampai_tanggal)
        closes = calendar.at(last + _DAY, time())
        if closes > waiting:
            break
        number += 1
    before = _day_of(_month(number * months - 1), batch.sampai_tanggal)
    return Period(last.isoformat(), before + _DAY, last, closes)


def _month(number: int) -> date:
    """The first day of the month with this number, counted from the year 0."""
    return date(number // _YEAR, number % _YEAR + 1, 1)


def _day_of(month: date, day: int | None) -> date:
    """That day of a month, or its last where it has none such."""
    last = _month(month.year * _YEAR + month.month) - _DAY
    return last if day is None else min(last, month.replace(day=min(day, last.day)))


def _of_days(calendar: Calendar, day: date, count: int, unit: str) -> Period:
    match unit:
        case "minggu":
            first = day - timedelta(days=(day.toordinal() - 1) % (_WEEK * count))
            last = first + timedelta(days=_WEEK * count - 1)
        case "hari":
            first = day - timedelta(days=day.toordinal() % count)
            last = first + timedelta(days=count - 1)
        case _:
            return _of_working_days(calendar, day, count)
    return Period(last.isoformat(), first, last, calendar.at(last + _DAY, time()))


def _of_working_days(calendar: Calendar, day: date, count: int) -> Period:
    """Working days are counted from the calendar's first, so that every process counts the same."""
    done = calendar.working_days_after(FIRST_DAY, day - _DAY)
    begun = done // count * count
    last = calendar.add_working_days(FIRST_DAY, begun + count)
    first = calendar.add_working_days(FIRST_DAY, begun) + _DAY if begun else FIRST_DAY
    return Period(last.isoformat(), first, last, calendar.closing(last))


def _in_window(batch: Batch, day: date) -> bool:
    return (batch.dari_tanggal or 1) <= day.day <= (batch.sampai_tanggal or 31)
