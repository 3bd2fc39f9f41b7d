"""Rule and clock judge every term of months alike, and a term grows with its months."""

from __future__ import annotations

from datetime import date
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jejak.timekeeping import dates
from jejak.timekeeping.calendar import ZONES, Calendar
from jejak.timekeeping.printed.months import months_after, months_over, years_between
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import deadline
from tests.property.examples import examples

DAYS: Final = st.dates(date(1900, 1, 1), date(2200, 1, 1))
COUNTS: Final = st.integers(1, 400)


@settings(max_examples=examples(500), deadline=None)
@given(DAYS, DAYS, COUNTS, st.sampled_from(sorted(ZONES)))
@example(date(2022, 2, 28), date(2022, 8, 31), 6, "Asia/Jakarta")
@example(date(2021, 8, 31), date(2022, 2, 28), 6, "Asia/Jakarta")
@example(date(2024, 2, 29), date(2024, 8, 30), 6, "Asia/Jayapura")
@example(date(2022, 4, 30), date(2022, 10, 31), 6, "Asia/Makassar")
def test_a_term_is_over_for_the_rule_when_it_is_for_the_clock(since: date, day: date, count: int, zone: str) -> None:
    calendar = Calendar(zone=zone)
    last = calendar.local_date(deadline(parse_waktu(f"{count} bulan"), calendar.at(since, 0), calendar))
    assert months_over(since, count, day) == (day > last)


@settings(max_examples=examples(300), deadline=None)
@given(DAYS, COUNTS, COUNTS)
def test_a_longer_term_never_ends_earlier_and_a_later_one_never_before(since: date, count: int, more: int) -> None:
    assert months_after(since, count) <= months_after(since, count + more)
    assert months_after(since, count) <= months_after(date.fromordinal(since.toordinal() + more), count)


@settings(max_examples=examples(300), deadline=None)
@given(DAYS, DAYS)
@example(date(2004, 2, 29), date(2021, 2, 28))
def test_a_person_is_as_old_as_the_years_that_are_over(born: date, day: date) -> None:
    age = years_between(born, day)
    assert months_after(born, 12 * age) <= day < months_after(born, 12 * (age + 1))
    assert (dates.birth_date_fault(born, day) is None) == (
        born <= day and (age < 130 or day == months_after(born, 1560))
    )
