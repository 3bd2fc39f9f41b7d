"""A rank among many lines is the same by counters and by sorting, which takes over beyond their limit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.timings.figures import LANES, at_ranks


@given(st.lists(st.integers(0, 500), min_size=1, max_size=80), st.data())
def test_a_rank_is_the_same_by_counting_and_by_sorting(spots: list[int], data: st.DataObject) -> None:
    ranks = data.draw(st.lists(st.integers(1, len(spots)), max_size=20))
    arguments = (np.array(spots, np.int64), np.array(ranks, np.int64))
    expected = [sorted(spots)[rank - 1] for rank in ranks]
    assert at_ranks(*arguments, 501).tolist() == expected
    assert at_ranks(*arguments, LANES + 1).tolist() == expected
