"""A moment given to a command needs its zone."""

import argparse
from datetime import UTC, datetime

import pytest

from jejak.cli._common import instant


def test_a_moment_is_read_with_its_zone() -> None:
    assert instant("2026-03-02T10:15:00+07:00") == datetime(2026, 3, 2, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "kemarin", "2026-03-02", "2026-03-02T10:15:00", "0001-01-01T00:00:00+07:00"])
def test_any_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 2026-02-01T00:00"):
        instant(text)
