"""Instants and durations as people read them, in Indonesian."""

from datetime import date, datetime, timedelta, timezone

from jejak.timekeeping.calendar import ZONES, local_at

UNMEASURED = "tidak terukur"
WORKING_DAY = 27_000
"""Seconds of a working day of 7.5 hours: 37.5 hours in five days (Perpres 21/2023)."""

_INITIALS = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 604_800


def instant_words(instant: datetime, zone: str) -> str:
    """An instant by the office's wall clock: "Senin, 3 Jan 2022 09.14 WIB"."""
    local = local_at(instant, timezone(timedelta(hours=ZONES[zone])))
    day = f"{_DAYS[local.weekday()]}, {local.day} {_SHORT_MONTHS[local.month - 1]} {local.year}"
    return f"{day} {local:%H.%M} {_INITIALS[zone]}"


def clock_words(instant: datetime, zone: str) -> str:
    """The time of day alone: "09.14 WIB"."""
    return f"{local_at(instant, timezone(timedelta(hours=ZONES[zone]))):%H.%M} {_INITIALS[zone]}"


def date_words(day: date) -> str:
    """A date as letters write it: "3 Januari 2022"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_words(day: date) -> str:
    """The month of a day: "Januari 2022"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def short_date_words(day: date) -> str:
    """A date where there is little room: "3 Jan"."""
    return f"{day.day} {_SHORT_MONTHS[day.month - 1]}"


def duration_words(seconds: float | None) -> str:
    """Wall time or hands in its two greatest units: "3 menit", "1 jam 20 menit", "3 mgg 2 hari".

    What is left over is dropped; below a minute, seconds. None is "tidak terukur".
    """
    units = ((_WEEK, "mgg"), (_DAY, "hari"), (_HOUR, "jam"), (_MINUTE, "menit"), (1, "detik"))
    return UNMEASURED if seconds is None else _in_units(seconds, units)


def working_words(seconds: float | None, working_day: int = WORKING_DAY) -> str:
    """Working time: "2 hari kerja 1 jam". ``working_day`` is how many seconds make a *hari kerja*."""
    units = ((working_day, "hari kerja"), (_HOUR, "jam"), (_MINUTE, "menit"), (1, "detik"))
    return UNMEASURED if seconds is None else _in_units(seconds, units)


def _in_units(seconds: float, units: tuple[tuple[int, str], ...]) -> str:
    if seconds < 0:
        raise ValueError(f"not a duration: {seconds}")
    left, words = int(seconds), ""
    for size, name in units:
        count, rest = divmod(left, size)
        if words:
            return f"{words} {count} {name}" if count else words
        if count:
            words = f"{count} {name}"
        left = rest
    return words or f"0 {units[-1][1]}"
