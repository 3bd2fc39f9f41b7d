"""The dates that people and programs write into tables, read without guessing."""

import re
from datetime import date, timedelta
from typing import Final

_DAY: Final = r"(?P<day>\d{1,2})"
_MONTH: Final = r"(?P<month>\d{1,2})"
_TIME: Final = r"(?:[T ]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR: Final = r"(?P<year>\d{4}|\d{2})"
_BETWEEN: Final = r"\s*[-/.]\s*"
_NAMED_MONTH: Final = r"(?P<name>[A-Za-z]{3,10})\.?"
_FORMS: Final = tuple(
    re.compile(form + _TIME, re.ASCII)
    for form in (
        rf"{_DAY}{_BETWEEN}{_MONTH}{_BETWEEN}{_YEAR}",
        rf"(?P<year>\d{{4}}){_BETWEEN}{_MONTH}{_BETWEEN}{_DAY}",
        rf"(?:[A-Za-z']{{4,6}},?\s+)?{_DAY}[-/.,\s]*{_NAMED_MONTH}[-/.,\s]*{_YEAR}",
    )
)
_ENDING: Final = re.compile(
    r"(?P<place>.*?)[\s,;:/-]*(?P<date>(?:\d{1,2}|\d{4})\s*[-/. ]\s*(?:\d{1,2}|[A-Za-z]{3,10})\.?\s*[-/., ]\s*\d{1,4})",
    re.ASCII,
)
_SERIAL: Final = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_SERIALS: Final = range(10_000, 73_051)
"""Of the days from 1927 to 2099, as spreadsheets count them: shorter numbers may be years."""
_SERIAL_ZERO: Final = date(1899, 12, 30)
_NO_DAY: Final = re.compile(r"0{1,4}([-/.])0{1,2}\1(?:0{1,4}|1900)" + _TIME, re.ASCII)
"""How databases and spreadsheets write that there is no date."""
_MONTHS: Final = {
    spelling: month
    for month, spellings in enumerate(
        (
            "jan januari january",
            "feb peb febr februari pebruari february",
            "mar mrt mart maret march",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "agu ags agt agst agus agust agustus aug august",
            "sep sept september",
            "okt oct oktober october",
            "nov nop november nopember",
            "des dec desember december",
        ),
        start=1,
    )
    for spelling in spellings.split()
}


class DayError(Exception):
    """What is wrong with a date, without the date. `asked`: it may be right, and a person has to say what it means."""

    def __init__(self, reason: str, *, asked: bool = False) -> None:
        super().__init__(reason)
        self.asked = asked


def is_absent(text: str) -> bool:
    """Whether a text says that there is no date."""
    return _NO_DAY.fullmatch(text) is not None


def read(text: str) -> date:
    """A date: day first, year first, with a month's name, or a spreadsheet's number. DayError for anything else."""
    plain = text.strip(" .,;'")
    if serial := _SERIAL.fullmatch(plain):
        return from_serial(int(serial[1]))
    found = next((found for form in _FORMS if (found := form.fullmatch(plain))), None)
    if found is None:
        raise _unreadable()
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else _MONTHS.get(str(parts.get("name")).casefold())
    if month is None:
        raise _unreadable()
    if len(parts["year"]) < 4:  # noqa: PLR2004 - digits of a year
        raise DayError("menyebut tahun dengan dua angka; tulis empat angka, misalnya 31-12-1980", asked=True)
    try:
        return date(int(parts["year"]), month, int(parts["day"]))
    except ValueError:
        raise DayError("bukan tanggal yang ada") from None


def from_serial(number: float) -> date:
    """The day of a number that lost its format in a spreadsheet. DayError where it is hardly a day."""
    if int(number) not in _SERIALS:
        raise _unreadable()
    return _SERIAL_ZERO + timedelta(days=int(number))


def split_place(text: str) -> tuple[str, str]:
    """Place and date of "Painan, 12-07-1990", each empty where the text has none."""
    plain = text.strip(" .,;")
    if found := _ENDING.fullmatch(plain):
        return found["place"].strip(), found["date"]
    place, _, last = plain.rpartition(",")
    if _SERIAL.fullmatch(last.strip()):
        return place.strip(), last.strip()
    return plain, ""


def _unreadable() -> DayError:
    return DayError("tidak terbaca; tulis sebagai hari-bulan-tahun, misalnya 31-12-2025")
