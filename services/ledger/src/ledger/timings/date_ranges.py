"""Ranges of days: a month, a quarter, a year, or any first and last day. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Self
from urllib.parse import urlencode

from jejak.timekeeping.printed.words import date_words, month_words

type Every = Literal["minggu", "bulan"]

_DAY: Final = timedelta(days=1)
_LENGTHS: Final = (1, 3, 12)
_YEAR: Final = 12
_QUARTER: Final = 3
_ROMAN: Final = ("I", "II", "III", "IV")
_WEEKS_SHOWN: Final = 12
_MONTHS_SHOWN: Final = 24
_LONGEST_IN_WEEKS: Final = timedelta(days=186)


@dataclass(frozen=True, slots=True)
class Span:
    """A range of days of the office; both ends count."""

    first: date
    last: date

    @classmethod
    def months(cls, day: date, count: int) -> Self:
        """The month, quarter (3) or year (12) in which a day lies."""
        start = (day.year * _YEAR + day.month - 1) // count * count
        return cls(_first_of(start), _first_of(start + count) - _DAY)

    @property
    def length(self) -> int | None:
        """The number of months, of exactly a month, a quarter or a year."""
        return next((count for count in _LENGTHS if self.months(self.first, count) == self), None)

    @property
    def name(self) -> str:
        """The common name: "Maret 2024", "Triwulan I 2024", "Tahun 2024", "4 Maret 2024 sampai 6 Maret 2024"."""
        match self.length:
            case 1:
                return month_words(self.first)
            case 3:
                return f"Triwulan {_ROMAN[(self.first.month - 1) // _QUARTER]} {self.first.year}"
            case 12:
                return f"Tahun {self.first.year}"
            case _ if self.first == self.last:
                return date_words(self.first)
            case _:
                return f"{date_words(self.first)} sampai {date_words(self.last)}"

    @property
    def before(self) -> Self:
        """The range of the same length that ends the day before."""
        last = self.first - _DAY
        return self.months(last, self.length) if self.length else type(self)(last - (self.last - self.first), last)

    @property
    def after(self) -> Self:
        """The range of the same length that begins the day after."""
        first = self.last + _DAY
        return self.months(first, self.length) if self.length else type(self)(first, first + (self.last - self.first))

    @property
    def trend(self) -> tuple[Self, Every]:
        """The range drawn beside its figures, and its unit: weeks up to half a year, else months, two years at most.

        A month is drawn with the weeks that lead up to its end: alone it shows no trend.
        """
        if self.last - self.first > _LONGEST_IN_WEEKS:
            earliest = _first_of(self.last.year * _YEAR + self.last.month - _MONTHS_SHOWN)
            return type(self)(max(self.first, earliest), self.last), "bulan"
        monday = self.last - timedelta(days=self.last.weekday())
        return type(self)(min(self.first, monday - timedelta(weeks=_WEEKS_SHOWN - 1)), self.last), "minggu"

    @property
    def query(self) -> str:
        """As a part of an address: "from=2024-03-01&to=2024-03-31"."""
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})


def usual(today: date) -> Iterator[tuple[str, Span]]:
    """The ranges offered for choice, each with its name."""
    for count, name in zip(_LENGTHS, ("Bulan", "Triwulan", "Tahun"), strict=True):
        current = Span.months(today, count)
        yield f"{name} ini", current
        yield f"{name} lalu", current.before


def _first_of(month: int) -> date:
    return date(month // _YEAR, month % _YEAR + 1, 1)
