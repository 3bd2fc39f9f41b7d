"""Counts in one whole number say what counts by bucket say."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jejak.clock.buckets import percentiles
from jejak.clock.histogram import histogram, packed, percentiles_of, unpacked

BUCKETS = st.lists(st.none() | st.integers(0, 1_700), max_size=60)


@given(BUCKETS, BUCKETS)
def test_sums_and_differences_of_histograms_are_those_of_their_counts(
    some: list[int | None], more: list[int | None]
) -> None:
    together = histogram(some) + histogram(more)
    assert together == histogram([*some, *more])
    assert together - histogram(some) == histogram(more)
    assert percentiles_of(together) == percentiles(Counter(one for one in [*some, *more] if one is not None))


@given(BUCKETS)
def test_what_is_stored_is_read_back(buckets: list[int | None]) -> None:
    assert unpacked(packed(histogram(buckets))) == histogram(buckets)
    assert packed(histogram([None, None])) == b""


def test_less_than_nothing_and_no_bucket_are_refused() -> None:
    with pytest.raises(ValueError, match="taken away"):
        percentiles_of(histogram([1]) - histogram([1, 1]))
    with pytest.raises(ValueError, match="not a bucket"):
        histogram([-1])
