"""Percentiles that can be added up: durations counted in logarithmic buckets, one for zero.

A bucket is a small integer, so a view can keep counts per bucket in a table and add them over days, offices and
provinces; any percentile read from the sum is within 1 % of the true value of its rank (the idea of DDSketch, Masson,
Rim and Lee, VLDB 2019). Shares within a standard are never read from buckets: they are counted exactly.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

RELATIVE_ERROR = 0.0099
"""Just under 1 %, which leaves room for the rounding of logarithms."""
SMALLEST = 1e-6
"""One microsecond, the grain of instants: shorter durations count as zero."""

_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = math.log(_GAMMA)


def bucket_of(seconds: float) -> int:
    """The bucket of a duration: 0 for zero, then rising with it. ValueError for a negative or non-finite one."""
    if not 0 <= seconds < math.inf:
        raise ValueError(f"not a duration: {seconds}")
    if seconds < SMALLEST:
        return 0
    return 1 + math.ceil(math.log(seconds / SMALLEST) / _LOG_GAMMA)


def seconds_of(bucket: int) -> float:
    """The duration that stands for a bucket: at most 1 % from any that fell into it."""
    if bucket < 0:
        raise ValueError(f"not a bucket: {bucket}")
    return 0.0 if bucket == 0 else 2 * SMALLEST * _GAMMA ** (bucket - 1) / (_GAMMA + 1)


class Percentiles(NamedTuple):
    """P50, P90 and P99 in seconds, and of how many."""

    number: int
    p50: float
    p90: float
    p99: float


def count_up(durations: Iterable[float]) -> dict[int, int]:
    """Durations in seconds, counted by bucket."""
    return Counter(map(bucket_of, durations))


def merged(counts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """The sum of several counts: what one count over all their durations would have been."""
    total: Counter[int] = Counter()
    for part in counts:
        total.update(part)
    return total


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The duration that a ``share`` of all do not exceed (nearest rank); None where nothing was counted."""
    if not 0 < share <= 1:
        raise ValueError(f"not a share: {share}")
    total = sum(counts.values())
    if total == 0:
        return None
    rank, reached = math.ceil(share * total), 0
    for bucket in sorted(counts):
        reached += counts[bucket]
        if reached >= rank:
            return seconds_of(bucket)
    raise AssertionError("counts are not negative, so the last bucket reaches every rank")


def percentiles(counts: Mapping[int, int]) -> Percentiles | None:
    """P50, P90 and P99 of what was counted; None where nothing was."""
    p50, p90, p99 = quantile(counts, 0.5), quantile(counts, 0.9), quantile(counts, 0.99)
    if p50 is None or p90 is None or p99 is None:
        return None
    return Percentiles(sum(counts.values()), p50, p90, p99)
