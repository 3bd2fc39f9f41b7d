"""A term of months has one end for every reader: the same day of a later month, or that month's last."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest

from jejak.timekeeping.printed.months import months_after, months_over, years_between

ROOT: Final = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("since", "count", "last"),
    [
        (date(2022, 1, 4), 6, date(2022, 7, 4)),
        (date(2022, 2, 28), 6, date(2022, 8, 28)),
        (date(2021, 8, 31), 6, date(2022, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 1, 31), 1, date(2022, 2, 28)),
        (date(2004, 2, 29), 12 * 17, date(2021, 2, 28)),
        (date(9999, 12, 15), 3, date(9999, 12, 15)),
    ],
)
def test_a_term_ends_with_the_same_day_or_the_last(since: date, count: int, last: date) -> None:
    assert months_after(since, count) == last
    assert not months_over(since, count, last)
    assert last == date(9999, 12, 15) or months_over(since, count, date.fromordinal(last.toordinal() + 1))


def test_a_later_beginning_never_ends_earlier() -> None:
    days = [date(2023, 1, 1) + timedelta(days=number) for number in range(800)]
    for count in (1, 6, 12):
        ends = [months_after(day, count) for day in days]
        assert ends == sorted(ends)


def test_the_page_on_sheets_says_that_the_reading_is_inferred_with_its_own_examples() -> None:
    page = " ".join((ROOT / "docs" / "sop-format.md").read_text(encoding="utf-8").split())
    [reading] = re.findall(r"Jangka bulan, .*? Ini disimpulkan: [^.]*\.", page)
    first, over = (months_after(date(2022, 2, 28), 6) + timedelta(days=more) for more in (0, 1))
    assert f"enam bulan sejak 28 Februari berakhir {first.day} Agustus ({over.day} Agustus sudah lewat)" in reading
    assert "sejak 31 Agustus berakhir pada hari terakhir Februari" in reading
    assert months_after(date(2023, 8, 31), 6) == date(2024, 2, 29)


def test_who_was_born_on_a_leap_day_is_a_year_older_on_28_february() -> None:
    born = date(2004, 2, 29)
    assert years_between(born, date(2021, 2, 27)) == 16
    assert years_between(born, date(2021, 2, 28)) == 17
    assert years_between(born, date(2024, 2, 28)) == 19
    assert years_between(born, date(2024, 2, 29)) == 20


def test_nobody_has_lived_for_a_year_before_birth() -> None:
    assert years_between(date(2090, 1, 5), date(2026, 11, 20)) == -64
