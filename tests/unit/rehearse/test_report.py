"""The table of rehearsals, and when a promise counts as kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jejak_tools.delivery import Delivery
from tests.rehearse.acknowledged import Held
from tests.rehearse.report import Mark, Row, table, write

HELD = Held(acknowledged=700, lost=0, doubled=0, reordered=0, unclaimed=0)
DELIVERED = Delivery(stored=1_200, lost=0, doubled=3, reordered=0, changed=0)


def row(held: Held = HELD, delivered: Delivery = DELIVERED, **more: str) -> Row:
    marks = [Mark("the kill", 0.0, 0.5, 1.0, 2.5), Mark("the end", 30.0, 1.5, 1.0, 1.0)]
    return Row("primary", "", gap=5.25, marks=marks, held=held, delivered=delivered, **more)  # type: ignore[arg-type]  # texts only


def test_a_row_shows_the_gap_the_longest_recovery_and_every_count() -> None:
    text = table([row()])
    assert text.splitlines()[2].split() == [
        *("primary", "5.2", "2.5", "700", "0", "0", "0", "1,200", "0", "3", "0", "none"),
    ]
    assert "primary: the end at 30 s; after 1.5 s Kafka was abreast, after 1.0 s the views" in text


def test_an_event_delivered_again_breaks_no_promise() -> None:
    assert row().kept


@pytest.mark.parametrize(
    "broken",
    [
        row(held=replace(HELD, lost=1)),
        row(held=replace(HELD, doubled=1)),
        row(held=replace(HELD, reordered=1)),
        row(held=replace(HELD, unclaimed=1)),
        row(delivered=replace(DELIVERED, lost=1)),
        row(delivered=replace(DELIVERED, reordered=1)),
        row(delivered=replace(DELIVERED, changed=1)),
        row(chains="the chain of … is broken"),
        row(error="not abreast within 300 s"),
        Row("primary", ""),
    ],
    ids=["lost", "doubled", "order", "unclaimed", "Kafka lost", "Kafka order", "changed", "chain", "error", "unjudged"],
)
def test_anything_lost_doubled_out_of_order_or_not_carried_out_does(broken: Row) -> None:
    assert not broken.kept
    assert "NOT KEPT" in table([broken]) or "not carried to its end" in table([broken])


def test_the_json_holds_what_the_table_shows(tmp_path: Path) -> None:
    write([row()], {"at": "2026-01-05"}, tmp_path / "build" / "rehearse.json")
    [result] = json.loads((tmp_path / "build" / "rehearse.json").read_text(encoding="utf-8"))["rehearsals"]
    assert (result["kept"], result["abreast"], result["held"]["acknowledged"]) == (True, 2.5, 700)
