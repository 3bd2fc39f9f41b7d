"""When an office is open, as it would hang on its door."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.week import Hours, Week
from jejak.timekeeping.words import clock_words, instant_words

_DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def hours_words(calendar: Calendar, now: datetime) -> list[str]:
    """The hours of the week in force today, days alike together: "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00"."""
    today = calendar.local_date(now)
    fasting = any(first <= today <= last for first, last in calendar.ramadan)
    return week_words(calendar.ramadan_week if fasting else calendar.week)


def week_words(week: Week) -> list[str]:
    """One line for each run of days that are alike; closed days are said to be."""
    runs = groupby(range(len(_DAYS)), key=lambda day: week[day])
    return [f"{_span_of_days(list(days))} {_opened(hours)}" for hours, days in runs]


def open_words(calendar: Calendar, now: datetime) -> str:
    """Whether somebody is there now; else when the office opens next. Lunch and holidays are known."""
    if calendar.is_open(now):
        return "Kantor sedang buka."
    opens = calendar.add_working(now, 1).replace(second=0, microsecond=0)
    same_day = calendar.local_date(opens) == calendar.local_date(now)
    words = clock_words(opens, calendar.zone) if same_day else instant_words(opens, calendar.zone)
    return f"Kantor sedang tutup; buka lagi {'pukul ' if same_day else ''}{words}."


def _span_of_days(days: Sequence[int]) -> str:
    first, last = _DAYS[days[0]], _DAYS[days[-1]]
    match len(days):
        case 1:
            return first
        case 2:
            return f"{first} dan {last}"
        case _:
            return f"{first} sampai {last}"


def _opened(hours: Hours) -> str:
    return " dan ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in hours) or "tutup"
