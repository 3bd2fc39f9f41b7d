"""Days of a month in which a task is done at all: "tanggal 1 sampai 11 tiap bulan", as Kemensos opens SIKS-NG.

What falls due outside them waits for the next ones, and that wait is not the office's delay.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import NamedTuple

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.printed.months import months_after

_MONTHS = 12


class Window(NamedTuple):
    """The first and the last day of the month, both included; a day the month does not have is its last."""

    dari: int
    sampai: int


def window_opens(window: Window, since: datetime, calendar: Calendar) -> datetime | None:
    """When a task that fell due then can be done: the next opening in the window; None: time is left in one.

    A month in whose window the office is closed throughout is passed over; where that is so for a year, the next
    window begins with its first day.
    """
    day = calendar.local_date(since)
    first, last = _days_of(window, day)
    if first <= day <= last and calendar.working_seconds(since, calendar.at(last + timedelta(days=1), 0)) > 0:
        return None
    ahead = 0 if day < first else 1
    months = [months_after(day.replace(day=1), ahead + number) for number in range(_MONTHS)]
    openings = (_opening_within(*_days_of(window, month), calendar) for month in months)
    return next(filter(None, openings), None) or calendar.at(_days_of(window, months[0])[0], 0)


def opening_from(day: date, calendar: Calendar) -> datetime:
    """When the office opens on a day, or on the next one on which it does."""
    if calendar.is_working_day(day):
        return calendar.opening(day)
    return calendar.next_working_day(calendar.at(day, 0))


def _opening_within(first: date, last: date, calendar: Calendar) -> datetime | None:
    """When the office first opens on one of these days; None where it is closed on all of them."""
    day = first if calendar.is_working_day(first) else calendar.add_working_days(first, 1)
    return calendar.opening(day) if day <= last else None


def _days_of(window: Window, month: date) -> tuple[date, date]:
    """The window's first and last day in the month of a date."""
    longest = monthrange(month.year, month.month)[1]
    return month.replace(day=min(window.dari, longest)), month.replace(day=min(window.sampai, longest))
