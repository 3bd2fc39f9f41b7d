"""The time of a follow-up that counts from the active card, and when the applicant is reminded of it. Pure.

Source: by Permensos 3/2026 and Kemensos' mechanism of February 2026 the participant's data are renewed in DTSEN within
six months after the reactivation, whenever the office hears of it. When to remind is the sheet's (`ingatkan`).
"""

from collections.abc import Iterable
from datetime import date, datetime

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.printed.months import months_after
from jejak.timekeeping.windows import opening_from


def active_from(since: date | None, seen: datetime, calendar: Calendar) -> datetime:
    """The instant from which a time after the activation counts: the day that BPJS states, else when it was seen."""
    return seen if since is None else calendar.at(since, 0)


def reminders(months: Iterable[int], begun: datetime, calendar: Calendar) -> tuple[datetime, ...]:
    """The openings of the office at which an applicant is reminded, so many months after the time began."""
    day = calendar.local_date(begun)
    return tuple(opening_from(months_after(day, count), calendar) for count in months)
