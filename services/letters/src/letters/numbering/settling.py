"""Settling open numbers: each is named in an event of its case, and marked void (batal) when no letter will bear it.

Events make it quick; the sweep over the rows of open numbers makes it complete without Kafka.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final

import asyncpg
import structlog

from jejak.cases.command_handler import CommandHandler, Conflict
from jejak.cases.decision import Attribution, Decision, LoadedCase
from jejak.cases.unreadable import skipping_unreadable
from jejak.contracts import events as e
from jejak.eventstore.postgres.outage import DATABASE_DOWN, repeat
from letters.numbering.endings import ENDINGS, NAMING, NumberEndings, endings_of
from letters.numbering.numbers import numbers_of

PATIENCE: Final = 60.0
"""Seconds from the reservation of a number to the event of its draft."""
_AT_ONCE: Final = 200

# Cases with a number that may be settled, or that no event has named in time. Looked up stream by stream: PostgreSQL
# may plan an EXISTS as a scan of the whole ledger.
TO_SETTLE: Final = """
SELECT DISTINCT o."case" FROM letters.open_number o JOIN es.stream s ON s.key = o."case"
WHERE (NOT o.named AND o.since < clock_timestamp() - make_interval(secs => $1))
   OR (SELECT e.version FROM es.event e WHERE e.stream_no = s.stream_no AND e.type = 'LetterSigned' LIMIT 1) > 0
   OR ((SELECT d.slot FROM es.due d WHERE d.stream_no = s.stream_no LIMIT 1) IS NULL AND
       (SELECT e.version FROM es.event e WHERE e.stream_no = s.stream_no AND e.type = ANY ($2::text[]) LIMIT 1) > 0)
"""
_OPEN: Final = 'SELECT "case", surat FROM letters.open_number WHERE "case" = ANY ($1::uuid[]) ORDER BY "case", surat'
_EVENTS: Final = """
SELECT s.key, e.type, e.slot, e.recorded_at, e.payload,
       EXISTS (SELECT FROM es.due d WHERE d.stream_no = s.stream_no) AS under_way
FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no
WHERE s.key = ANY ($1::uuid[]) AND e.type = ANY ($2::text[]) ORDER BY e.stream_no, e.version
"""
_UNNAMED: Final = """
SELECT DISTINCT "case" FROM letters.open_number
WHERE NOT named AND since < clock_timestamp() - make_interval(secs => $1)
"""
_SETTLE: Final = "SELECT letters.settle($1, $2, $3, $4, $5, $6)"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles the open numbers of one installation."""

    command_handler: CommandHandler
    sweep_seconds: float
    patience: float = PATIENCE

    async def run(self) -> None:
        """Sweep for ever."""
        await repeat(self.sweep, self.sweep_seconds, "number_sweep_failed", at_once=False)

    async def sweep(self) -> None:
        """Settle numbers, then name those whose draft never came."""
        rows = await self.command_handler.store.pool.fetch(TO_SETTLE, self.patience, list(ENDINGS))
        await self.settle([row["case"] for row in rows])
        rows = await self.command_handler.store.pool.fetch(_UNNAMED, self.patience)
        for some in batched((row["case"] for row in rows), _AT_ONCE, strict=False):
            for loaded in (await self.command_handler.load_all(some)).values():
                try:
                    await self._name(loaded)
                except DATABASE_DOWN:
                    raise
                except Exception as error:  # noqa: BLE001 - one case stops no other; the next sweep tries it again
                    _log.error("number_not_named", case=str(loaded.case.id), error=type(error).__name__)
            await self.settle(some)

    async def settle(self, cases: Sequence[uuid.UUID]) -> None:
        """Settle the open numbers of these cases by their events; may be repeated, in any order."""
        pool = self.command_handler.store.pool
        for some in batched(cases, _AT_ONCE, strict=False):
            numbers = await pool.fetch(_OPEN, some)
            endings = await self._endings(list({number["case"] for number in numbers})) if numbers else {}
            rows = []
            for case, letter in numbers:
                if ending := endings.get(case):
                    reason, at = ending.void(letter) or (None, None)
                    rows.append((case, letter, letter in ending.named, ending.settled(letter), reason, at))
            if rows:
                await pool.execute(_SETTLE, *(list(column) for column in zip(*rows, strict=True)))

    async def _endings(self, cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, NumberEndings]:
        """The endings by the events of these cases; a case that cannot be read is left out."""
        events: dict[uuid.UUID, list[asyncpg.Record]] = defaultdict(list)
        for row in await self.command_handler.store.pool.fetch(_EVENTS, cases, [*NAMING, *ENDINGS]):
            events[row["key"]].append(row)
        endings: dict[uuid.UUID, NumberEndings] = {}
        for case, rows in events.items():
            with skipping_unreadable(case):
                endings[case] = endings_of(dict(row) for row in rows)
        return endings

    async def _name(self, loaded: LoadedCase) -> None:
        """Name the case's numbers that no event names; after a conflict the next sweep tries again."""
        known = {letter.letter for event in loaded.history for letter in _letters(event.data)}
        numbers = await numbers_of(self.command_handler.store.pool, loaded.case.id)
        unnamed = tuple(number.of(letter) for letter, number in numbers.items() if letter not in known)
        if not unnamed:
            return
        try:
            await self.command_handler.append(loaded, Decision(e.LetterNumbered(letters=unnamed)), None, Attribution())
        except Conflict:
            _log.info("number_named_later", case=str(loaded.case.id))


def _letters(event: e.AnyEvent) -> Sequence[e.DraftLetter | e.SignedLetter]:
    match event:
        case e.LetterDrafted(letters=letters) | e.LetterNumbered(letters=letters):
            return letters
        case e.LetterSigned(letters=signed):
            return signed
        case _:
            return ()
