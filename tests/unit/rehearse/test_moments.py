"""Figures from moments."""

from __future__ import annotations

import pytest

from tests.rehearse.moments import Failure, by_kind, longest_gap, seconds_of_failures


@pytest.mark.parametrize(
    ("finished", "gap"),
    [
        ([], 10.0),
        ([11.0, 12.0, 19.5], 7.5),
        ([14.0], 6.0),
        ([19.0], 9.0),
        ([1.0, 9.0, 21.0], 10.0),
        ([17.0, 13.0], 4.0),
    ],
)
def test_a_gap_is_the_longest_time_without_a_finished_case_its_ends_included(finished: list[float], gap: float) -> None:
    assert longest_gap(finished, 10.0, 20.0) == gap


def test_failures_are_counted_by_kind_and_measured_from_the_first_to_the_last() -> None:
    failures = [Failure(3.0, "503"), Failure(1.0, "ReadTimeout"), Failure(2.5, "503")]
    assert list(by_kind(failures).items()) == [("503", 2), ("ReadTimeout", 1)]
    assert seconds_of_failures(failures) == 2.0
    assert (by_kind([]), seconds_of_failures([])) == ({}, 0.0)
