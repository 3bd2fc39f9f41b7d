"""The words of names by which a case is found, as keyed hashes: names themselves are sealed under the case's keys."""

from __future__ import annotations

import asyncio
import hmac
import re
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Counter

from jejak.cases.unreadable import reason_of
from jejak.contracts import events as e
from jejak.contracts.codec import Keyring, decode

NAMED: Final = """
SELECT e.stream, e.office, e.version, e.type, e.payload, k.working, k.archive
FROM es.event e JOIN keys.case_key k ON k.stream = e.stream
WHERE e.position > $1 AND e.position <= $2 AND e.kind = 'case' AND e.type IN ('ApplicationSubmitted', 'LetterDrafted')
"""
"""The events that say who a case is about: as submitted, and as mended for a letter."""
ENTER: Final = """
INSERT INTO view.name_word{new} (office, word, stream)
SELECT n.* FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS n (office, word, stream) ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING
"""
_WORD_BYTES: Final = 16
_SHORTEST: Final = 2
_BESIDE: Final = frozenset({"alm", "almh", "bin", "binti", "dr", "dra", "drs", "hj", "haji", "hajah", "ir"})
"""Written before, within or behind a name by some and not by others."""
_YIELD_EVERY: Final = 20
"""So many events are opened before others may go on."""

_log = structlog.get_logger()
_UNREAD: Final = Counter("jejak_view_names_unread_total", "Events whose names could not be read", ["reason"])

type Entry = tuple[str, bytes, uuid.UUID]


def words_of(name: str) -> frozenset[str]:
    """What a name is found by: its words without marks, case, initials and titles. Nur'aini is one word."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    joined = re.sub(r"(?<=\w)['’`ʼ](?=\w)", "", plain)
    return frozenset(one for one in re.findall(r"[^\W\d_]+", joined) if len(one) >= _SHORTEST) - _BESIDE


@dataclass(frozen=True, slots=True)
class Names:
    """Reads the names in events, and writes what they are found by. `key` is the installation's index key."""

    key: bytes = field(repr=False)
    keyring: Keyring = field(repr=False)

    def hashed(self, office: str, word: str) -> bytes:
        """The word of a name as an office's index has it: of another office it is another."""
        return hmac.digest(self.key, f"nama:{office}:{word}".encode(), "sha256")[:_WORD_BYTES]

    async def read(self, pool: asyncpg.Pool[asyncpg.Record], after: int, upto: int) -> list[Entry]:
        """What the events of a stretch of the ledger add to the index."""
        found: set[Entry] = set()
        for number, row in enumerate(await pool.fetch(NAMED, after, upto)):
            found.update(self._entries(row))
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return sorted(found)

    def _entries(self, row: asyncpg.Record) -> Iterable[Entry]:
        """An event that cannot be read stops no other: it is named in the log and counted."""
        case, office = row["stream"], row["office"]
        try:
            keys = self.keyring.unwrap(case, (row["working"], row["archive"]))
            people = _people(decode(row["type"], row["payload"], case, row["version"], keys))
        except Exception as error:  # noqa: BLE001 - whatever its bytes make a rule raise is about this event only
            reason = reason_of(error)
            _UNREAD.labels(reason).inc()
            _log.error("names_not_read", case=str(case), version=row["version"], reason=reason)
            return ()
        words = {word for person in people for word in words_of(person.name)}
        return [(office, self.hashed(office, word), case) for word in words]


def _people(event: e.AnyEvent) -> Sequence[e.Person]:
    """Whom an event names; nobody once he was forgotten."""
    match event:
        case e.ApplicationSubmitted(people=e.People() as people):
            pass
        case e.LetterDrafted(content=e.LetterContent(people=people)):
            pass
        case _:
            return ()
    return [people.applicant] if people.participant is None else [people.applicant, people.participant]


async def enter(connection: Any, entries: Sequence[Entry], new: str = "") -> None:
    """Adds to the index, or to its copy (`new`) while it is rebuilt; what is there already stays."""
    if entries:
        await connection.execute(ENTER.format(new=new), *(list(column) for column in zip(*entries, strict=True)))
