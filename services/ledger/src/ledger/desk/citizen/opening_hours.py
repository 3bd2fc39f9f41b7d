"""The opening hours of an office, in the words of a sign on its door."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.week import Hours, Week
from jejak.timekeeping.words import clock_words, instant_words

_DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def hours_words(calendar: Calendar, now: datetime) -> list[str]:
    """The hours of the week in force today, equal days together: "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00"."""
    today = calendar.local_date(now)
    fasting = any(first <= today <= last for first, last in calendar.ramadan)
    return week_words(calendar.ramadan_week if fasting else calendar.week)


def week_words(week: Week) -> list[str]:
    """A line for each run of equal days, also of closed ones."""
    runs = groupby(range(len(_DAYS)), key=lambda day: week[day])
    return [f"{_span_of_days(list(days))} {_opened(hours)}" for hours, days in runs]


def open_words(calendar: Calendar, now: datetime) -> str:
    """Whether the office is open now, else when it opens next, with regard to lunch and holidays."""
    if calendar.is_open(now):
        return "Kantor sedang buka."
    opens = calendar.add_working(now, 1).replace(second=0, microsecond=0)
    same_day = calendar.local_date(opens) == calendar.local_date(now)
    words = clock_words(opens, calendar.zone) if same_day else instant_words(opens, calendar.zone)
    return f"Kantor sedang tutup; buka lagi {'pukul ' if same_day else ''}{words}."


def _span_of_days(days: Sequence[int]) -> str:
    first, last = _DAYS[days[0]], _DAYS[days[-1]]
    return first if first == last else f"{first} {'dan' if len(days) == 2 else 'sampai'} {last}"  # noqa: PLR2004


def _opened(hours: Hours) -> str:
    return " dan ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in hours) or "tutup"
