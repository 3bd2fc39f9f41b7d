"""Days of a month in which a task is done at all: "tanggal 1 sampai 11 tiap bulan", as Kemensos opens SIKS-NG.

What falls due outside them waits for the next ones, and that wait is not the office's delay.
"""

from calendar import monthrange
from datetime import date, datetime
from typing import NamedTuple

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.months import months_after


class Window(NamedTuple):
    """The first and the last day of the month, both included; a day the month does not have is its last."""

    dari: int
    sampai: int


def window_opens(window: Window, since: datetime, calendar: Calendar) -> datetime | None:
    """When a task that fell due then can be done: the next opening in the window; None: it falls into one."""
    day = calendar.local_date(since)
    first, last = _day_of(day, window.dari), _day_of(day, window.sampai)
    if first <= day <= last:
        return None
    begins = first if day < first else months_after(day.replace(day=1), 1, window.dari)
    return opening_from(begins, calendar)


def opening_from(day: date, calendar: Calendar) -> datetime:
    """When the office opens on a day, or on the next one on which it does."""
    if calendar.is_working_day(day):
        return calendar.opening(day)
    return calendar.next_working_day(calendar.at(day, 0))


def _day_of(month: date, number: int) -> date:
    return month.replace(day=min(number, monthrange(month.year, month.month)[1]))
