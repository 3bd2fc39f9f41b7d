"""The note of a backup is read back as it was written; ages are said in two units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jejak.eventstore.integrity.backup_check import duration
from jejak.eventstore.integrity.backup_note import BackupNote, Measured, parsed

NOTE = BackupNote(datetime(2026, 3, 2, 4, 5, tzinfo=UTC), "an epoch", Measured(40, 38, 7, "ab" * 32))


def test_a_note_reads_back_as_it_was_written() -> None:
    assert parsed(NOTE.text()) == NOTE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        NOTE.text().replace("38", '"many"'),
        NOTE.text().replace("abab", "no"),
        NOTE.text().replace("2026-03", "yesterday"),
    ],
)
def test_another_file_is_no_note(text: str) -> None:
    with pytest.raises(ValueError, match="not a backup note"):
        parsed(text)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=2, hours=3, minutes=4), "2 days 3 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=4, seconds=1.9), "4 minutes 1 second"),
        (timedelta(), "0 seconds"),
        (timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_an_age_is_said_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert duration(span) == words
