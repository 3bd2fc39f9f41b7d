"""The opening hours of an office, in the words of a sign on its door."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Final

from jejak.timekeeping.calendar import Calendar, days_after
from jejak.timekeeping.printed.words import clock_words, date_words, instant_words
from jejak.timekeeping.week import Week

_AHEAD: Final = 14
"""Days."""
_DAYS: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def hours_words(calendar: Calendar, now: datetime) -> list[str]:
    """The hours of the week in force today, equal days together: "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00"."""
    today = calendar.local_date(now)
    fasting = any(first <= today <= last for first, last in calendar.ramadan)
    return [*week_words(calendar.ramadan_week if fasting else calendar.week), *_own_days(calendar, today)]


def _own_days(calendar: Calendar, today: date) -> Iterator[str]:
    """The days of the next weeks on which the office keeps hours of its own, or is closed alone."""
    days = {day for day, _ in calendar.own_hours} | calendar.extra_holidays
    for day in sorted(day for day in days if today <= day < days_after(today, _AHEAD)):
        times = " dan ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in calendar.open_spans(day))
        yield f"{_DAYS[day.weekday()]}, {date_words(day)}: {times or 'tutup'}"


def week_words(week: Week) -> list[str]:
    """A line for each run of equal days, also of closed ones."""
    lines: list[str] = []
    for hours, run in groupby(range(len(_DAYS)), key=lambda day: week[day]):
        first, *later = [_DAYS[day] for day in run]
        days = f"{first} {'dan' if len(later) == 1 else 'sampai'} {later[-1]}" if later else first
        times = " dan ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in hours)
        lines.append(f"{days} {times or 'tutup'}")
    return lines


def open_words(calendar: Calendar, now: datetime) -> str:
    """Whether the office is open now, else when it opens next, with regard to lunch and holidays."""
    if calendar.is_open(now):
        return "Kantor sedang buka."
    opens = calendar.add_working(now, 1).replace(second=0, microsecond=0)
    same_day = calendar.local_date(opens) == calendar.local_date(now)
    words = clock_words(opens, calendar.zone) if same_day else instant_words(opens, calendar.zone)
    return f"Kantor sedang tutup; buka lagi {'pukul ' if same_day else ''}{words}."
