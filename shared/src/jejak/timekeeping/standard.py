"""Mutu Baku: the times a sheet promises, which clock judges each, and when each runs out.

Source of the forms: the section "Times" of the SOP format; of the rules: the three clocks of the design.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal, assert_never

from jejak.timekeeping.calendar import Calendar, days_after, later

type Clock = Literal["touch", "elapsed"]
type DayKind = Literal["kerja", "kalender"]
Ukuran = Literal["sentuh", "lewat"]

_DAY_SECONDS = 86_400
_FIRST_MONTH, _LAST_MONTH = 12, 9999 * 12 + 11
_EXAMPLES = 'tulis misalnya "3 menit", "1 jam", "1 x 24 jam", "8 hari", "20 hari kerja", "3 bulan"'


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
    """Days, the first not counted; it is in time until the end of the last. ``stated``: the sheet itself says which."""

    text: str
    count: int
    kind: DayKind
    stated: bool
    clock: Literal["elapsed"] = "elapsed"


@dataclass(frozen=True, slots=True)
class Months:
    """Calendar months; a day the month does not have is its last."""

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


def parse_waktu(text: str, *, hari: DayKind = "kerja", ukuran: Ukuran | None = None) -> Standard:
    """Read a time as a sheet prints it; upper or lower case, a range is judged by its upper end.

    ``hari`` is the sheet's own key: how bare days are counted. ``ukuran`` overrides the clock the unit implies.
    Raises ValueError with an Indonesian sentence that names the text and a way out.
    """
    return _with_ukuran(_parse(text, hari), ukuran)


def parse_clock_rule(entries: Sequence[Mapping[str, str]], *, hari: DayKind = "kerja") -> ClockRule:
    """Read ``[{masuk_sampai = "12.00", selesai = "13.00"}, {selesai = "1 hari kerja"}]``, the latest entry last.

    Raises ValueError with an Indonesian sentence.
    """
    rows = tuple(_entry(entry, hari) for entry in entries)
    if not rows or rows[-1].until is not None:
        raise ValueError("aturan jam: baris terakhir harus tanpa masuk_sampai, untuk berkas yang masuk sesudahnya")
    times = [row.until for row in rows[:-1] if row.until is not None]
    if len(times) != len(rows) - 1:
        raise ValueError("aturan jam: hanya baris terakhir yang boleh tanpa masuk_sampai")
    if times != sorted(set(times)):
        raise ValueError("aturan jam: masuk_sampai harus makin siang dari baris ke baris")
    return ClockRule(text="; ".join(_printed(entry) for entry in entries), entries=rows)


def deadline(standard: Standard, start: datetime, calendar: Calendar) -> datetime:
    """The last instant at which work due since ``start`` is still in time, on the owner's calendar."""
    match standard:
        case Hands(seconds=seconds):
            return calendar.add_working(start, seconds)
        case Wall(seconds=seconds):
            return later(start, timedelta(seconds=seconds))
        case Days() | Months() | DayOfNextMonth():
            return calendar.end_of_day(_last_day(standard, calendar.local_date(start), calendar))
        case ClockRule(entries=entries):
            return _by_the_clock(entries, start, calendar)
        case _:
            assert_never(standard)


def within(
    standard: Standard,
    *,
    touch: float | None,
    elapsed: float | None,
    start: datetime,
    end: datetime | None,
    calendar: Calendar,
) -> bool | None:
    """Whether finished work kept the standard; None is *tidak terukur* (no measure of the clock that judges it).

    ``touch`` and ``elapsed`` are seconds (elapsed: the owner's working time less pauses). ``start`` is when it fell
    due, later by any pause; ``end`` when it was done. Minutes judged as elapsed are held against ``elapsed``.
    """
    match standard:
        case Hands(seconds=seconds, clock=clock):
            measured = touch if clock == "touch" else elapsed
            return None if measured is None else measured <= seconds
        case Wall(seconds=seconds, clock="touch"):
            return None if touch is None else touch <= seconds
        case Wall() | Days() | Months() | DayOfNextMonth() | ClockRule():
            return None if end is None else end <= deadline(standard, start, calendar)
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


_NUMBER = r"(\d+(?:[.,]\d+)?)"
_RANGE = rf"{_NUMBER}(?:\s*(?:-|–|—|s/d|s\.d\.|sampai)\s*{_NUMBER})?"
_SHORT = re.compile(rf"{_RANGE}\s*(menit|jam)(?:\s+(\d+)\s*menit)?")
_TIMES_24 = re.compile(r"(\d+)\s*[x×]\s*24\s*jam")
_LONG = re.compile(rf"{_RANGE}\s*(hari|bulan)(?:\s+(kerja|kalender))?")
_DATE = re.compile(r"tanggal\s+(\d{1,2})\s+bulan\s+(?:berikutnya|berikut|depan)")
_TIME = re.compile(r"(\d{1,2})[.:](\d{2})")


def _parse(text: str, hari: DayKind) -> Duration:
    printed = " ".join(text.split())
    plain = printed.casefold()
    if match := _TIMES_24.fullmatch(plain):
        return Wall(printed, _positive(int(match[1]), printed) * _DAY_SECONDS)
    if match := _DATE.fullmatch(plain):
        return DayOfNextMonth(printed, _day_of_month(int(match[1]), printed))
    if match := _SHORT.fullmatch(plain):
        return _short(match, printed)
    if match := _LONG.fullmatch(plain):
        return _long(match, printed, hari)
    raise ValueError(f'waktu "{printed}" tidak dikenal: {_EXAMPLES}')


def _short(match: re.Match[str], printed: str) -> Hands | Wall:
    unit, minutes = match[3], match[4]
    if minutes is not None and unit == "menit":
        raise ValueError(f'waktu "{printed}" menyebut menit dua kali: {_EXAMPLES}')
    exact = _upper(match, printed) * (60 if unit == "menit" else 3600)
    seconds = round(exact) + 60 * int(minutes or 0)
    return Wall(printed, seconds) if unit == "jam" and seconds >= _DAY_SECONDS else Hands(printed, seconds)


def _long(match: re.Match[str], printed: str, hari: DayKind) -> Days | Months:
    count, unit, kind = _upper(match, printed), match[3], match[4]
    if not count.is_integer():
        raise ValueError(f'waktu "{printed}": hari dan bulan ditulis dengan bilangan bulat')
    if unit == "bulan":
        if kind == "kerja":
            raise ValueError(f'waktu "{printed}": bulan selalu bulan kalender; tulis "{int(count)} bulan"')
        return Months(printed, int(count))
    match kind:
        case "kerja" | "kalender":
            return Days(printed, int(count), kind, stated=True)
        case _:
            return Days(printed, int(count), hari, stated=False)


def _upper(match: re.Match[str], printed: str) -> float:
    lower = float(match[1].replace(",", "."))
    upper = float(match[2].replace(",", ".")) if match[2] else lower
    if upper < lower:
        raise ValueError(f'waktu "{printed}": batas atas lebih kecil daripada batas bawah')
    return _positive(upper, printed)


def _positive[N: (int, float)](number: N, printed: str) -> N:
    if number <= 0:
        raise ValueError(f'waktu "{printed}" harus lebih dari nol; bila tidak ada, hapus kuncinya')
    return number


def _day_of_month(day: int, printed: str) -> int:
    if not 1 <= day <= 31:  # noqa: PLR2004 the longest month
        raise ValueError(f'waktu "{printed}": tanggal harus 1 sampai 31')
    return day


def _with_ukuran(standard: Duration, ukuran: Ukuran | None) -> Duration:
    match ukuran, standard:
        case "lewat", Hands() | Wall():
            return replace(standard, clock="elapsed")
        case "sentuh", Hands() | Wall():
            return replace(standard, clock="touch")
        case "sentuh", _:
            raise ValueError(f'waktu "{standard.text}" tidak dapat diukur "sentuh": hanya menit dan jam')
        case _:
            return standard


def _entry(entry: Mapping[str, str], hari: DayKind) -> Entry:
    unknown = sorted(set(entry) - {"masuk_sampai", "selesai"})
    if unknown:
        raise ValueError(f"aturan jam: kunci {unknown[0]} tidak dikenal; hanya masuk_sampai dan selesai")
    if "selesai" not in entry:
        raise ValueError('aturan jam: kunci selesai tidak ada; tulis misalnya selesai = "13.00"')
    until = _time(entry["masuk_sampai"]) if "masuk_sampai" in entry else None
    done = entry["selesai"]
    if not _TIME.fullmatch(done.strip()):
        return Entry(until, _parse(done, hari))
    finish = _time(done)
    if until is None or finish <= until:
        raise ValueError(f"aturan jam: selesai {done} harus sesudah masuk_sampai di baris yang sama")
    return Entry(until, finish)


def _time(text: str) -> time:
    match = _TIME.fullmatch(text.strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:  # noqa: PLR2004 a clock's face
        raise ValueError(f'jam "{text}" tidak dikenal: tulis misalnya "12.00"')
    return time(int(match[1]), int(match[2]))


def _printed(entry: Mapping[str, str]) -> str:
    before = f"masuk sampai {entry['masuk_sampai']} " if "masuk_sampai" in entry else ""
    return f"{before}selesai {entry['selesai']}"


def _last_day(standard: Days | Months | DayOfNextMonth, day: date, calendar: Calendar) -> date:
    match standard:
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


def months_after(day: date, count: int, day_of_month: int | None = None) -> date:
    """The same day (or day ``day_of_month``) ``count`` months on (or back); a day the month does not have is its last.

    Within the years 1 to 9999.
    """
    months = min(max(day.year * 12 + day.month - 1 + count, _FIRST_MONTH), _LAST_MONTH)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day_of_month or day.day, monthrange(year, month)[1]))


def _by_the_clock(entries: tuple[Entry, ...], start: datetime, calendar: Calendar) -> datetime:
    day = calendar.local_date(start)
    if not calendar.is_working_day(day):
        start = calendar.next_working_day(start)
        day = calendar.local_date(start)
    arrived = calendar.local(start).time()
    entry = next(row for row in entries if row.until is None or arrived <= row.until)
    return calendar.at(day, entry.done) if isinstance(entry.done, time) else deadline(entry.done, start, calendar)
