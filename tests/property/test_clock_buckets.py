"""Percentiles from buckets, compared with sorting."""

import math

from hypothesis import given
from hypothesis import strategies as st

from jejak.timekeeping.buckets import bucket_of, count_up, merged, quantile, seconds_of

durations = st.one_of(st.just(0.0), st.floats(1e-6, 1e10))


@given(durations)
def test_a_bucket_stands_for_its_durations_within_one_percent(seconds: float) -> None:
    assert abs(seconds_of(bucket_of(seconds)) - seconds) <= 0.01 * seconds


@given(durations, durations)
def test_longer_is_never_in_a_lower_bucket(first: float, second: float) -> None:
    less, more = sorted((first, second))

    assert bucket_of(less) <= bucket_of(more)


@given(st.lists(durations, min_size=1), st.floats(0.01, 1))
def test_any_percentile_is_within_one_percent_of_the_value_of_its_rank(values: list[float], share: float) -> None:
    exact = sorted(values)[math.ceil(share * len(values)) - 1]
    percentile = quantile(count_up(values), share)

    assert percentile is not None
    assert abs(percentile - exact) <= 0.01 * exact


@given(st.lists(st.lists(durations)))
def test_counting_apart_and_adding_up_is_counting_together(parts: list[list[float]]) -> None:
    together = count_up(value for part in parts for value in part)

    assert merged(map(count_up, parts)) == together
    assert sum(together.values()) == sum(map(len, parts))
