"""Leaving out letter numbers that letters of a lost time bear.

After a restore to an earlier moment the counters stand where they stood then. Numbers given since are on paper, at
applicants and at BPJS; the counter must not give them to other letters. Kafka names those whose events were published;
for others the office's own book tells the last one.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from jejak.messaging.publishing.lost_events import PublishedEvent
from letters.numbering.numbers import Database

NAMING: Final = ("LetterDrafted", "LetterNumbered")
"""Events that name reserved numbers."""
MOST: Final = 10_000
"""No longer range is taken (the CHECK of letters.skipped): it would be a slip of the pen."""
_BLANKS: Final[Mapping[str, str]] = {
    "urut": "(?P<urut>[0-9]{1,9})",
    "tahun": "[0-9]{4}",
    "bulan": "[0-9]{2}",
    "bulan_romawi": "[IVX]{1,4}",
}
_BLANK: Final = re.compile(r"\{(?:(?P<name>tahun|bulan_romawi|bulan)|urut(?::0(?P<width>[1-9]))?)\}")
_SERIES: Final = "SELECT DISTINCT series FROM letters.number WHERE office = $1 AND urut IS NOT NULL ORDER BY series"
_SKIP: Final = "SELECT letters.skip_to($1, $2, $3, $4, $5)"
_SKIPPED: Final = """
SELECT series, first, last, reason, skipped_at FROM letters.skipped WHERE office = $1 AND year = $2 ORDER BY skipped_at
"""


@dataclass(frozen=True, slots=True)
class LostNumber:
    """A number of a counter that a lost event names."""

    office: str
    year: int
    number: str
    count: int


@dataclass(frozen=True, slots=True)
class Skip:
    """The counter of a series is to stand at `last`."""

    office: str
    series: str
    year: int
    last: int


def count_in(template: str, number: str) -> int | None:
    """The counter's value in a number that an office wrote by this template; None where it is written otherwise."""
    pattern, width, end = "", 0, 0
    for blank in _BLANK.finditer(template):
        pattern += re.escape(template[end : blank.start()]) + _BLANKS[blank["name"] or "urut"]
        width, end = int(blank["width"] or width), blank.end()
    match = re.fullmatch(pattern + re.escape(template[end:]), number.strip(), re.ASCII | re.IGNORECASE)
    digits = match.groupdict().get("urut", "") if match else ""
    count = int(digits or 0)
    return count if count and digits == str(count).zfill(width) else None


def lost_numbers(events: Iterable[PublishedEvent]) -> list[LostNumber]:
    """The numbers of counters that these events name, once each, in their order. ValueError for bytes of no event."""
    numbers: dict[LostNumber, None] = {}
    for event in events:
        if event.type not in NAMING:
            continue
        for letter in json.loads(event.payload)["letters"]:
            reserved = letter.get("reserved")
            if reserved and reserved.get("count"):
                numbers[LostNumber(event.office, reserved["year"], letter["number"], reserved["count"])] = None
    return list(numbers)


def skips_of(numbers: Iterable[LostNumber], series: Mapping[str, Sequence[str]]) -> tuple[list[Skip], list[LostNumber]]:
    """Where each counter is to stand, by the known series of each office; and the numbers that fit not just one."""
    last: dict[tuple[str, str, int], int] = {}
    unplaced = []
    for number in numbers:
        fitting = [each for each in series.get(number.office, ()) if count_in(each, number.number) == number.count]
        if len(fitting) != 1:
            unplaced.append(number)
            continue
        counter = number.office, fitting[0], number.year
        last[counter] = max(last.get(counter, 0), number.count)
    return [Skip(*counter, count) for counter, count in last.items()], unplaced


async def series_of(db: Database, office: str) -> list[str]:
    """The templates by which the office's counters have written numbers."""
    return [row["series"] for row in await db.fetch(_SERIES, office)]


async def skip(db: Database, skip_to: Skip, reason: str) -> int:
    """Moves a counter on, and records the range with its reason. Returns how many numbers are left out; 0 for none."""
    values = skip_to.office, skip_to.series, skip_to.year, skip_to.last, reason
    return int(await db.fetchval(_SKIP, *values))


async def skipped_numbers(db: Database, office: str, year: int) -> list[asyncpg.Record]:
    """The ranges that were left out in a year (columns series, first, last, reason, skipped_at)."""
    return await db.fetch(_SKIPPED, office, year)
