"""The date of birth in a NIK, held against the one on the form."""

from __future__ import annotations

from datetime import date

import pytest

from jejak.privacy import nik


@pytest.mark.parametrize(
    ("number", "born"),
    [
        ("1301015203789001", date(1978, 3, 12)),  # a woman: her day is written as 52
        ("1301020211699002", date(1969, 11, 2)),
        ("1301012902249003", date(1924, 2, 29)),  # the century is in no NIK
        ("1301012902249003", date(2024, 2, 29)),
    ],
)
def test_a_nik_that_agrees_with_the_date_of_birth_raises_no_doubt(number: str, born: date) -> None:
    assert nik.doubts(number, born) == ()


@pytest.mark.parametrize("born", [date(1978, 3, 13), date(1978, 4, 12), date(1979, 3, 12)])
def test_a_difference_in_day_month_or_year_is_worth_a_look(born: date) -> None:
    [warning] = nik.doubts("1301015203789001", born)
    assert "Cocokkan keduanya dengan KTP" in warning
    assert not any(letter.isdigit() for letter in warning)


def test_an_unknown_province_is_worth_a_look() -> None:
    [warning] = nik.doubts("9901015203789001", date(1978, 3, 12))
    assert "provinsi" in warning
