"""The rows of a register, page by page in the order of the book, and the letters and keys their lines need.

No case is folded: rows come from the columns of events, and only the payloads that a line prints are opened.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import asyncpg

from jejak.cases.people.participants import people_named
from jejak.cases.unreadable import skipping_unreadable
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, CodecError, decode
from jejak.contracts.tasks import TASKS
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor
from jejak.web.runtime import Runtime
from ledger.audit.registers.kinds import BUKU, Register

DESTROYED: Final = "dimusnahkan"
# An official of a kelurahan sees the cases entered there, and no others.
NUMBERS: Final = """
SELECT n.reserved_at AS at, n.nomor AS mark, n."case" AS stream, n.surat, n.nomor, n.urut, s.sop
FROM view.number n JOIN es.stream s ON s.key = n."case"
WHERE n.office = $1 AND n.year = $2 AND (n.reserved_at, n.nomor) > ($3, $4)
  AND ($5::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($5::text[]) AS a (area) WHERE es.entered_in(s.stream_no, a.area)))
ORDER BY n.reserved_at, n.nomor LIMIT $6
"""
# With what was due after it: its party got the file.
ENTRIES: Final = """
SELECT r.recorded_at AS at, r.position AS mark, e.stream, e.version, e.type, e.slot, e.langkah, e.tugas, e.hasil,
       e.oleh, e.actor, e.recorder, coalesce(e.occurred_at, e.recorded_at) AS happened, e.payload, s.sop,
       (SELECT n.due FROM es.event n WHERE n.stream_no = e.stream_no AND n.version >= e.version AND n.due IS NOT NULL
        ORDER BY n.version LIMIT 1) AS due
FROM view.entry r JOIN es.event e ON e.position = r.position JOIN es.stream s ON s.stream_no = e.stream_no
WHERE r.office = $1 AND r.register = $2 AND (r.recorded_at, r.position) > ($3, $4) AND r.recorded_at < $5
  AND s.sop = ANY ($6::text[]) AND (r.register <> 'arsip' OR (e.type = 'LetterSigned') = (s.sop = ANY ($7::text[])))
  AND ($8::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($8::text[]) AS a (area) WHERE es.entered_in(s.stream_no, a.area)))
ORDER BY r.recorded_at, r.position LIMIT $9
"""
# The events that tell whose a letter is and how it ended; an unknown type makes the case unreadable.
RELATED: Final = """
SELECT e.stream, e.version, e.type, e.slot, e.recorded_at, e.payload
FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no
WHERE s.key = ANY ($1::uuid[])
  AND (e.type IN ('LetterDrafted', 'PeopleCorrected', 'LetterSigned', 'LetterRevoked', 'CaseClosed', 'CaseRefused',
                  'CaseReturned', 'ApplicationWithdrawn', 'ParticipantDied') OR e.type <> ALL ($2::text[]))
ORDER BY e.stream_no, e.version
"""
_KEYS: Final = "SELECT stream, working, archive FROM keys.case_key WHERE stream = ANY ($1::uuid[])"
_NAMING: Final = ("LetterDrafted", "PeopleCorrected")
_TYPES: Final = sorted({name for name, _ in e.MODELS})
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENDED: Final = {
    "CaseRefused": "permohonan ditolak",
    "CaseReturned": "berkas dikembalikan",
    "CaseClosed": "SOP selesai tanpa surat ini",
    "ApplicationWithdrawn": "permohonan ditarik oleh pemohon",
    "ParticipantDied": "peserta meninggal dunia",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the instant and the mark (number, position) of the last row before it."""

    at: datetime
    mark: str


@dataclass(frozen=True, slots=True)
class RegisterYear:
    """A register of an office for a year, of some areas or (None) of the whole office."""

    register: Register
    office: Kantor
    offices: Sequence[Kantor]
    """Every version of the office's file, oldest first."""
    sops: Mapping[str, Sop]
    year: int
    areas: list[str] | None

    def new_year(self, year: int) -> datetime:
        """The year's first instant by the office's clock."""
        return datetime(year, 1, 1, tzinfo=self.office.calendar.tzinfo)


@dataclass(frozen=True, slots=True)
class SignedLetterRow:
    """A letter as signed, and by which version of its case."""

    version: int
    at: datetime
    number: str
    sha256: str


@dataclass(slots=True)
class Letters:
    """The letters of a case by its events: whose they are, and how each ended."""

    keys: CaseKeys
    name: str | None = None
    signed: dict[str, SignedLetterRow] = field(default_factory=dict)
    revoked: dict[str, tuple[datetime, str | None]] = field(default_factory=dict)
    ended: tuple[datetime, str] | None = None

    def end_of(self, letter: str) -> tuple[str, datetime | None, str | None]:
        """ditandatangani, dicabut, batal (the line ended without its signature) or proses; since when; why."""
        if letter in self.revoked:
            return "dicabut", *self.revoked[letter]
        if letter in self.signed:
            return "ditandatangani", self.signed[letter].at, None
        if self.ended is not None:
            return "batal", *self.ended
        return "proses", None, None


async def rows_of(runtime: Runtime, book: RegisterYear, after: Place | None, limit: int) -> list[asyncpg.Record]:
    """At most `limit` rows after a place, the oldest first."""
    pool, office = runtime.store.pool, book.office.kode
    if book.register.kind is BUKU:
        begin = after or Place(_BEGINNING, "")
        return await pool.fetch(NUMBERS, office, book.year, begin.at, begin.mark, book.areas, limit)
    first = book.new_year(book.year)
    begin = after if after is not None and after.at >= first else Place(first, "-1")
    sops = book.register.sops
    # A sheet with a task of archiving archives its letters there; any other as soon as they are signed.
    at_once = [sop for sop in sops if not any(TASKS[task.verb].letters == "files" for task in sop.all_tasks())]
    window = (begin.at, int(begin.mark), book.new_year(book.year + 1))
    sheets = ([sop.sha256 for sop in sops], [sop.sha256 for sop in at_once])
    return await pool.fetch(ENTRIES, office, book.register.kind.kunci, *window, *sheets, book.areas, limit)


async def keys_of(runtime: Runtime, cases: Collection[uuid.UUID]) -> dict[uuid.UUID, CaseKeys]:
    """The keys of cases, None where destroyed. A case whose keys do not open is left out."""
    rows = await runtime.store.pool.fetch(_KEYS, list(cases))
    wrapped = {row["stream"]: (row["working"], row["archive"]) for row in rows}
    keys: dict[uuid.UUID, CaseKeys] = {}
    for case in cases:
        with skipping_unreadable(case):
            keys[case] = runtime.command_handler.keyring.unwrap(case, wrapped.get(case))
    return keys


async def letters_of(runtime: Runtime, cases: Collection[uuid.UUID]) -> dict[uuid.UUID, Letters]:
    """The letters of these cases, and the name each is about: "dimusnahkan" once its key is destroyed.

    A case that does not open is left out.
    """
    events: dict[uuid.UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in await runtime.store.pool.fetch(RELATED, list(cases), _TYPES):
        events[row["stream"]].append(row)
    letters: dict[uuid.UUID, Letters] = {}
    for case, keys in (await keys_of(runtime, cases)).items():
        with skipping_unreadable(case):
            letters[case] = _letters(keys, events[case])
    return letters


def _letters(keys: CaseKeys, events: Sequence[asyncpg.Record]) -> Letters:
    letters = Letters(keys)
    for row in events:
        if row["type"] not in _NAMING:
            _note(letters, row)
    letters.name = _name(keys, [row for row in events if row["type"] in _NAMING])
    return letters


def _name(keys: CaseKeys, naming: Sequence[asyncpg.Record]) -> str | None:
    """Whose the letters are, by the newest event that states it; None before the first draft.

    A draft outlives the working key, under which a correction after it is destroyed.
    """
    if not any(row["type"] == "LetterDrafted" for row in naming):
        return None
    people = (people_named(opened_payload(row, keys)) for row in reversed(naming))
    return next((known.subject.name for known in people if known), DESTROYED)


def opened_payload(row: asyncpg.Record, keys: CaseKeys) -> e.AnyEvent:
    """An event's payload with its personal data."""
    return decode(row["type"], row["payload"], row["stream"], row["version"], keys)


def words(note: str | e.Forgotten | None) -> str | None:
    """A note as written, or that it is destroyed."""
    return DESTROYED if isinstance(note, e.Forgotten) else note


def _note(letters: Letters, row: asyncpg.Record) -> None:
    """Takes in an event about the letters of its case; the end of a follow-up ends no letter of the main line."""
    at: datetime = row["recorded_at"]
    if row["type"] == "LetterRevoked":
        event = opened_payload(row, letters.keys)
        assert isinstance(event, e.LetterRevoked)
        letters.revoked |= dict.fromkeys(event.letters, (at, words(event.note)))
        return
    if row["type"] not in _TYPES:
        raise CodecError(f"unknown event {row['type']}")
    payload = json.loads(row["payload"])
    if row["type"] == "LetterSigned":
        for signed in payload["letters"]:
            letters.signed[signed["letter"]] = SignedLetterRow(row["version"], at, signed["number"], signed["sha256"])
    elif row["slot"] == MAIN:
        reasons = "; ".join(reason["text"].rstrip(".") for reason in payload.get("reasons", ()))
        letters.ended = at, reasons or _ENDED[row["type"]]
