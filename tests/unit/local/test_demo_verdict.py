"""The demo's last lines, and the results on which it fails."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from jejak.eventstore.integrity.verify import ChainFault, LedgerReport
from jejak_local.guard import LocalError
from jejak_tools.delivery import Delivery
from jejak_tools.demo import own_environment, verdict
from jejak_tools.demo_table import short

WHOLE = LedgerReport(streams=18, events=218, broken=None)
EXACT = Delivery(stored=218, lost=0, doubled=0, reordered=0, changed=0)
TOLD = Delivery(stored=31, lost=0, doubled=0, reordered=0, changed=0)


def test_all_is_well_in_two_lines() -> None:
    lines = verdict(18, WHOLE, EXACT, TOLD, 19.4)
    assert lines == (
        "18 stories, 18 cases and batches, 218 events: every chain holds; Kafka has every case: "
        "0 lost, 0 doubled, 0 out of order, 0 changed;\nBPJS has every submission: "
        "0 lost, 0 doubled, 0 out of order, 0 changed; 19 s"
    )


@pytest.mark.parametrize("what", ["lost", "doubled", "reordered", "changed"])
def test_any_difference_between_ledger_and_kafka_fails_the_demo(what: str) -> None:
    wrong = replace(EXACT, **{what: 1})
    with pytest.raises(LocalError, match=r"Kafka differs from the ledger: cases .*1 .*; submissions to BPJS 0 lost"):
        verdict(18, WHOLE, wrong, TOLD, 1)
    with pytest.raises(LocalError, match=r"Kafka differs from the ledger: cases 0 lost.*; submissions to BPJS .*1 "):
        verdict(18, WHOLE, EXACT, wrong, 1)


def test_a_broken_chain_fails_the_demo_and_is_named() -> None:
    broken = ChainFault(UUID(int=7), 4, 99, "the hash does not follow from the record")
    with pytest.raises(LocalError, match="broken at version 4: the hash does not follow"):
        verdict(18, LedgerReport(18, 218, broken), EXACT, TOLD, 1)


def test_the_demo_takes_no_other_installations_servers_or_keys() -> None:
    given = {
        "PATH": "/bin",
        "JEJAK_CACHE": "/cache",
        "JEJAK_ENV": "production",
        "JEJAK_DATABASE_URL": "postgresql://elsewhere",
        "JEJAK_TOKEN_KEY": "secret",
        "KAFKA_BOOTSTRAP_SERVERS": "elsewhere:9092",
    }
    assert own_environment(given) == {"PATH": "/bin", "JEJAK_CACHE": "/cache", "JEJAK_SWEEP_SECONDS": "1"}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0d"),
        (44.7, "45d"),
        (60, "1m"),
        (645.2, "10m 45d"),
        (3599.6, "1j"),
        (5280, "1j 28m"),
        (27_000, "1hk"),
        (5895 * 60 + 8, "13hk 45m"),
    ],
)
def test_durations_in_their_two_greatest_units(seconds: float | None, words: str) -> None:
    assert short(seconds) == words
