"""Counts by bucket in one whole number: 32 bits a bucket, so that adding or subtracting two numbers does it for all.

The sums of thousands of days and offices are a few machine instructions a bucket, where a table of counts would be
read one by one. Buckets are those of `jejak.clock.buckets`, and so is what is read from them.
"""

import math
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from jejak.clock.buckets import Percentiles, seconds_of

_LANE: Final = 32
_LANE_BYTES: Final = _LANE // 8
_FIRST_BYTES: Final = 2


def histogram(buckets: Iterable[int | None]) -> int:
    """How often each bucket occurs; None (nothing measured) is not counted. ValueError for what is no bucket."""
    counts = Counter(buckets)
    counts.pop(None, None)
    if not counts:
        return 0
    first = min(one for one in counts if one is not None)
    if first < 0:
        raise ValueError(f"not a bucket: {first}")
    lanes = array("I", bytes(_LANE_BYTES * (max(one for one in counts if one is not None) - first + 1)))
    for bucket, count in counts.items():
        if bucket is not None:
            lanes[bucket - first] = count
    if sys.byteorder == "big":
        lanes.byteswap()
    return int.from_bytes(lanes.tobytes(), "little") << first * _LANE


def packed(total: int) -> bytes:
    """As it is stored: the first bucket that occurs, then the counts from it on, little-endian; empty for none."""
    if not total:
        return b""
    first, lanes = _trimmed(total)
    return first.to_bytes(_FIRST_BYTES, "little") + lanes


def unpacked(stored: bytes) -> int:
    """What `packed` stored."""
    first = int.from_bytes(stored[:_FIRST_BYTES], "little")
    return int.from_bytes(stored[_FIRST_BYTES:], "little") << first * _LANE


def percentiles_of(total: int) -> Percentiles | None:
    """P50, P90 and P99 by nearest rank, as `buckets.percentiles` reads them; None where nothing was counted."""
    if not total:
        return None
    first, body = _trimmed(total)
    lanes = array("I", body)
    if sys.byteorder == "big":
        lanes.byteswap()
    reached = list(accumulate(lanes))
    count = reached[-1]
    p50, p90, p99 = (seconds_of(first + bisect_left(reached, math.ceil(share * count))) for share in (0.5, 0.9, 0.99))
    return Percentiles(count, p50, p90, p99)


def _trimmed(total: int) -> tuple[int, bytes]:
    """The first bucket that occurs, and the counts from it to the last. ValueError for less than nothing."""
    if total < 0:
        raise ValueError("more was taken away than there was")
    first = ((total & -total).bit_length() - 1) // _LANE
    rest = total >> first * _LANE
    return first, rest.to_bytes(-(-rest.bit_length() // _LANE) * _LANE_BYTES, "little")
