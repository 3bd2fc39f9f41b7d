"""After a restore, counters leave out the numbers that lost letters bear."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from jejak.messaging.publishing.lost_events import PublishedEvent
from letters.numbering.skipping import LostNumber, Skip, count_in, lost_numbers, skips_of

LETTERS, RECEIPTS = "460/{urut:03}/DINSOS/{bulan_romawi}/{tahun}", "{urut}/TT/{tahun}"


def lost(kind: str, *letters: dict[str, Any], office: str = "13.99") -> PublishedEvent:
    payload = json.dumps({"v": 1, "letters": letters}).encode()
    return PublishedEvent(UUID(int=1), kind, UUID(int=2), 3, office, 40, datetime(2026, 3, 2, tzinfo=UTC), payload)


def letter(number: str, count: int | None, year: int = 2026) -> dict[str, Any]:
    reserved = {"year": year, "count": count, "at": "2026-03-02T00:00:00Z"}
    return {"letter": "surat", "number": number, "reserved": reserved}


@pytest.mark.parametrize(
    ("template", "number", "count"),
    [
        (LETTERS, "460/017/DINSOS/III/2026", 17),
        (LETTERS, " 460/1017/dinsos/iii/2026 ", 1017),
        (RECEIPTS, "17/TT/2026", 17),
        ("400.9/REK-{urut:03}/{bulan}/{tahun}", "400.9/REK-005/12/2025", 5),
        (LETTERS, "460/017/DINSOS/3/2026", None),
        (LETTERS, "17/TT/2026", None),
        ("400.9/{urut}", "400x9/5", None),
        (RECEIPTS, "0/TT/2026", None),
        (RECEIPTS, "017/TT/2026", None),
        (LETTERS, "460/17/DINSOS/III/2026", None),
        (LETTERS, "460/0017/DINSOS/III/2026", None),
        (RECEIPTS, "١/TT/2026", None),
        ("tanpa", "tanpa", None),
    ],
)
def test_the_count_is_read_from_a_number_as_the_office_writes_it(template: str, number: str, count: int | None) -> None:
    assert count_in(template, number) == count


def test_lost_drafts_name_the_numbers_that_a_counter_gave() -> None:
    events = [
        lost("LetterDrafted", letter("460/017/DINSOS/III/2026", 17), letter("AGENDA/9", None)),
        lost("LetterNumbered", letter("460/018/DINSOS/III/2026", 18)),
        lost("LetterDrafted", letter("460/017/DINSOS/III/2026", 17), {"letter": "lama", "number": "1"}),
        lost("ParafGiven"),
    ]

    assert lost_numbers(events) == [
        LostNumber("13.99", 2026, "460/017/DINSOS/III/2026", 17),
        LostNumber("13.99", 2026, "460/018/DINSOS/III/2026", 18),
    ]


def test_a_counter_is_to_stand_at_the_highest_lost_number_of_its_series_and_year() -> None:
    numbers = [
        LostNumber("13.99", 2026, "460/018/DINSOS/III/2026", 18),
        LostNumber("13.99", 2026, "460/017/DINSOS/III/2026", 17),
        LostNumber("13.99", 2025, "460/301/DINSOS/XII/2025", 301),
        LostNumber("13.99", 2026, "4/TT/2026", 4),
    ]

    skips, unplaced = skips_of(numbers, {"13.99": [LETTERS, RECEIPTS]})

    assert skips == [
        Skip("13.99", LETTERS, 2026, 18),
        Skip("13.99", LETTERS, 2025, 301),
        Skip("13.99", RECEIPTS, 2026, 4),
    ]
    assert unplaced == []


def test_a_number_of_an_unknown_series_or_of_several_is_left_to_a_person() -> None:
    unknown = LostNumber("13.99", 2026, "17/LAIN/2026", 17)
    several = LostNumber("13.99", 2026, "17/TT/2026", 17)

    assert skips_of([unknown], {"13.99": [LETTERS]}) == ([], [unknown])
    assert skips_of([unknown], {}) == ([], [unknown])
    assert skips_of([several], {"13.99": [RECEIPTS, "{urut}/TT/{tahun} "]}) == ([Skip("13.99", RECEIPTS, 2026, 17)], [])
    assert skips_of([several], {"13.99": [RECEIPTS, "{urut:02}/TT/{tahun}"]}) == ([], [several])
