"""When an office is open: the calendar of its kantor file, and what is wrong with the days of their own. Pure.

An office may open on a holiday or a cuti bersama (`[[masuk]]`: piket), and close for part of a day (`[[libur]]` with
`jam`): the ministers' decree on cuti bersama leaves public services to the head of the region.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from jejak.procedure.format.kantor_file import DAYS
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.printed.words import date_words
from jejak.timekeeping.week import PERPRES_RAMADAN, PERPRES_WEEK, Hours, Week, check_hours, national_holidays

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from jejak.procedure.format.kantor_file import HariFile, KantorFile, LiburFile, MasukFile, MingguFile


def calendar_of_file(file: KantorFile) -> Calendar:
    """The office's calendar. ValueError with an Indonesian sentence for hours that cannot be."""
    return Calendar(
        zone=file.zona,
        week=week_of(file.jam_kerja, PERPRES_WEEK),
        ramadan_week=week_of(file.jam_ramadan, PERPRES_RAMADAN),
        ramadan=tuple((row.dari, row.sampai) for row in file.ramadan),
        extra_holidays=frozenset(day for row in file.libur if row.jam is None for day in days_of(row)),
        own_hours=tuple(sorted(_own_hours(file).items())),
    )


def week_of(file: MingguFile | None, default: Week) -> Week:
    """The hours of a week, from Monday."""
    return default if file is None else (
        file.senin, file.selasa, file.rabu, file.kamis, file.jumat, file.sabtu, file.minggu
    )  # fmt: skip


def days_of(row: HariFile) -> Iterator[date]:
    """The days a block is about, both ends included."""
    last = row.sampai or row.tanggal
    return (row.tanggal + timedelta(days=passed) for passed in range((last - row.tanggal).days + 1))


def _own_hours(file: KantorFile) -> dict[date, Hours]:
    """Days with hours of their own: of [[masuk]], and what is left of a day by the hours of a [[libur]]."""
    hours = {day: row.jam or _usual(file, day) for row in file.masuk for day in days_of(row)}
    closed = {day for row in file.libur if row.jam is None for day in days_of(row)}
    for row in file.libur:
        for day in days_of(row) if row.jam is not None else ():
            off = day in closed or day in national_holidays()
            before = hours.get(day, () if off else _usual(file, day))
            hours[day] = _without(before, row.jam or ())
    return hours


def _usual(file: KantorFile, day: date) -> Hours:
    """The hours of the weekday, or of Ramadan, without regard to holidays."""
    fasting = any(row.dari <= day <= row.sampai for row in file.ramadan)
    week = week_of(file.jam_ramadan, PERPRES_RAMADAN) if fasting else week_of(file.jam_kerja, PERPRES_WEEK)
    return week[day.weekday()]


def _without(hours: Hours, closed: Hours) -> Hours:
    """The hours of a day less those in which it is closed."""
    for begin, end in closed:
        parts = [part for opens, closes in hours for part in ((opens, min(closes, begin)), (max(opens, end), closes))]
        hours = tuple((opens, closes) for opens, closes in parts if opens < closes)
    return hours


def opening_mistakes(file: KantorFile) -> Iterator[str]:
    """Days of their own that contradict each other, and hours that cannot be."""
    for kunci, rows in (("masuk", file.masuk), ("libur", file.libur)):
        for row in rows:
            yield from _wrong_hours(f"{kunci} {date_words(row.tanggal)}", row)
    opened = Counter(day for row in file.masuk for day in days_of(row))
    closed = {day for row in file.libur for day in days_of(row)}
    for day in sorted(opened):
        if opened[day] > 1:
            yield f"masuk {date_words(day)}: ditulis dua kali — gabungkan jamnya dalam satu blok"
        if day in closed:
            yield f"masuk {date_words(day)}: hari itu juga ada di [[libur]] — hapus salah satunya"
    for row in file.masuk:
        yield from (
            f"masuk {date_words(day)}: {DAYS[day.weekday()]} tidak ada di jam_kerja — tulis jam, misalnya "
            'jam = ["08.00-12.00"]'
            for day in days_of(row)
            if row.jam is None and not _usual(file, day)
        )


def _wrong_hours(where: str, row: LiburFile | MasukFile) -> Iterator[str]:
    if row.jam is None:
        return
    if not row.jam:
        yield f'{where}: jam kosong — tulis jam = ["08.00-12.00"], atau hapus kuncinya'
    try:
        check_hours(row.jam)
    except ValueError as error:
        yield f"{where}: {error}"


def opening_warnings(file: KantorFile) -> Iterator[str]:
    """A block that changes nothing: perhaps a mistyped date."""
    for row in file.masuk:
        for day in days_of(row):
            if day not in national_holidays() and (row.jam or _usual(file, day)) == _usual(file, day):
                yield f"masuk {date_words(day)}: hari itu memang buka dengan jam itu — periksa tanggalnya"
    for half in file.libur:
        for day in days_of(half) if half.jam is not None else ():
            usual = () if day in national_holidays() else _usual(file, day)
            if _without(usual, half.jam or ()) == usual:
                yield f"libur {date_words(day)}: pada jam itu kantor memang tutup — periksa tanggal dan jamnya"
