"""The files and events that docs/architecture.md names exist."""

import re
from pathlib import Path
from typing import Final

import pytest

from jejak.contracts.events import MODELS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PLACES: Final = sorted(set(re.findall(r"`((?:services|shared|deploy|docs|tools)/[\w./-]+)`", PAGE)))
_LIFE: Final = PAGE.partition("## One application")[2].partition("\n## ")[0]
RULES: Final = re.findall(
    r"`(\w+)`(?: and `(\w+)`)? in `([\w./-]+)`", PAGE.partition("## Five rules")[2].partition("\n## ")[0]
)
ROWS: Final = [row.split(" | ") for row in _LIFE.splitlines() if row.startswith("| ")]
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


@pytest.mark.parametrize(("name", "other", "place"), RULES)
def test_a_rule_is_where_the_page_says(name: str, other: str, place: str) -> None:
    text = (ROOT / place).read_text(encoding="utf-8")
    assert re.search(rf"(?:def|class) {name}\b", text)
    assert not other or re.search(rf"(?:def|class) {other}\b", text)


def test_five_rules_are_named() -> None:
    rules = PAGE.partition("## Five rules")[2].partition("\n## ")[0]
    assert len([row for row in rules.splitlines() if row.startswith("| ")]) == 1 + 5
    assert len(RULES) >= 5
