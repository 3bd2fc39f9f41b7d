"""The number of examples of a fuzz test: JEJAK_FUZZ_ROUNDS, or few without it. `make fuzz` sets many."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def rounds(few: int) -> int:
    return int(os.environ.get("JEJAK_FUZZ_ROUNDS") or few)


def steady(few: int) -> settings:
    """The same examples in every run, also on a slow machine; new ones each time if JEJAK_FUZZ_ROUNDS is set."""
    many = "JEJAK_FUZZ_ROUNDS" in os.environ
    return settings(
        max_examples=rounds(few),
        derandomize=not many,
        print_blob=many,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
