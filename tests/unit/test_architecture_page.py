"""docs/architecture.md names files and events that there are."""

import re
from pathlib import Path
from typing import Final

import pytest

from jejak.contracts.events import MODELS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PLACES: Final = sorted(set(re.findall(r"`((?:services|shared|deploy|docs|tools)/[\w./-]+)`", PAGE)))
ROWS: Final = [row.split(" | ") for row in PAGE.partition("## One application")[2].splitlines() if row.startswith("| ")]
EVENTS: Final = sorted({event for row in ROWS[1:] for event in row[1].split(", ")})


@pytest.mark.parametrize("place", PLACES)
def test_a_file_that_is_named_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_is_named_is_one(event: str) -> None:
    assert event in {name for name, _ in MODELS}


def test_the_life_of_an_application_goes_from_the_counter_to_the_active_card() -> None:
    life = [row[1] for row in ROWS[1:]]
    assert (life[0], life[-1]) == ("ApplicationSubmitted", "MembershipActivated")
