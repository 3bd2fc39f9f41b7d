"""The index of names: keyed hashes of their words. The names themselves are sealed under the case's keys."""

from __future__ import annotations

import asyncio
import hmac
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Counter

from jejak.cases.people.participants import people_named
from jejak.cases.unreadable import reason_of
from jejak.contracts.codec import Keyring, decode
from jejak.privacy.normalise import folded

NAMED: Final = """
SELECT e.stream, e.office, e.version, e.type, e.payload, k.working, k.archive
FROM es.event e JOIN keys.case_key k ON k.stream = e.stream
WHERE e.position > $1 AND e.position <= $2 AND e.kind = 'case' AND e.type IN ('ApplicationSubmitted', 'PeopleCorrected',
    'LetterDrafted')
"""
"""The events that state the people of a case; those of a letter, because older drafts named them as corrected."""
ENTER: Final = """
INSERT INTO view.name_word{new} (office, word, stream)
SELECT n.* FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS n (office, word, stream) ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING
"""
_WORD_BYTES: Final = 16
_SHORTEST: Final = 2
_TITLES: Final = frozenset({"alm", "almh", "bin", "binti", "dr", "dra", "drs", "hj", "haji", "hajah", "ir"})
"""Parts of a name that are written by some and left out by others."""
_YIELD_EVERY: Final = 20
"""Events opened before other tasks of the process run."""

_log = structlog.get_logger()
_UNREAD: Final = Counter("jejak_view_names_unread_total", "Events whose names could not be read", ["reason"])

type Entry = tuple[str, bytes, uuid.UUID]


def words_of(name: str) -> frozenset[str]:
    """The words of a name without marks, case, initials and titles. Nur'aini is a single word."""
    return frozenset(word for word in re.findall(r"[^\W\d_]+", folded(name)) if len(word) >= _SHORTEST) - _TITLES


@dataclass(frozen=True, slots=True)
class Names:
    """Reads names from events and hashes their words. `key` is the installation's index key."""

    key: bytes = field(repr=False)
    keyring: Keyring = field(repr=False)

    def hashed(self, office: str, word: str) -> bytes:
        """The keyed hash of a word in an office's index; it differs from office to office."""
        return hmac.digest(self.key, f"nama:{office}:{word}".encode(), "sha256")[:_WORD_BYTES]

    async def read(self, pool: asyncpg.Pool[asyncpg.Record], after: int, upto: int) -> list[Entry]:
        """The index entries of the events after one position up to another."""
        entries: set[Entry] = set()
        for number, row in enumerate(await pool.fetch(NAMED, after, upto)):
            entries.update(self._entries(row))
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return sorted(entries)

    def _entries(self, row: asyncpg.Record) -> Iterable[Entry]:
        """The entries of one event. An event that cannot be read is logged and counted, and has none."""
        case, office = row["stream"], row["office"]
        try:
            keys = self.keyring.unwrap(case, (row["working"], row["archive"]))
            people = people_named(decode(row["type"], row["payload"], case, row["version"], keys))
        except Exception as error:  # noqa: BLE001 - damaged bytes may raise anything; they concern this event only
            reason = reason_of(error)
            _UNREAD.labels(reason).inc()
            _log.error("names_not_read", case=str(case), version=row["version"], reason=reason)
            return ()
        named = (people.applicant, people.participant) if people else ()
        words = {word for person in named if person for word in words_of(person.name)}
        return [(office, self.hashed(office, word), case) for word in words]


async def enter(connection: Any, entries: Sequence[Entry], new: str = "") -> None:
    """Adds entries to the index, or to its copy (`new`) during a rebuild; entries already there stay."""
    if entries:
        await connection.execute(ENTER.format(new=new), *(list(column) for column in zip(*entries, strict=True)))
