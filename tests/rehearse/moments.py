"""Figures from moments in seconds. Nothing here asks a server."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed at the client, and was repeated: when, and how."""

    at: float
    how: str


def longest_gap(finished: Iterable[float], since: float, until: float) -> float:
    """The longest time without a finished case between two moments, both of which end a gap."""
    moments = [since, *sorted(moment for moment in finished if since < moment < until), until]
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def by_kind(failures: Iterable[Failure]) -> Mapping[str, int]:
    """How often requests failed in each way, the most frequent first."""
    return dict(Counter(failure.how for failure in failures).most_common())


def seconds_of_failures(failures: Sequence[Failure]) -> float:
    """From the first failure to the last; 0 without one."""
    moments = [failure.at for failure in failures]
    return max(moments) - min(moments) if moments else 0.0
