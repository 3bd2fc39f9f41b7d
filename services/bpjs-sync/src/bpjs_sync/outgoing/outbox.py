"""Messages to BPJS, derived from the ledger as it grows and stored in `bpjs.message`: no command writes to two places.

Deriving again gives the same rows, so it may begin anywhere; the topic and the replay both read from here.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from bpjs_sync.outgoing.facts import OPENED, TYPES, outgoing_facts
from jejak.cases.case import OpenedEvent
from jejak.cases.command_handler import opened_event, stored_event
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.cases.unreadable import reason_of
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, Keyring, open_bytes, seal_bytes
from jejak.contracts.envelope import Event
from jejak.eventstore.postgres.leader_election import Leadership, LeadershipLost
from jejak.eventstore.store import Store
from jejak.eventstore.types import StoredStream
from jejak.messaging.publishing.background_step import BackgroundStep
from jejak.messaging.publishing.event_log import EventLogReader, EventWindow
from jejak.platform import ids

_WINDOW: Final = 1_000
_STREAMS_AT_ONCE: Final = 200
_IDLE_SECONDS: Final = 5.0
_STORE_EVERY: Final = 0.25
_STORED_AT_ONCE: Final = 1_000
"""So many rows are stored before their time. Twice these and a window (some being stored, some waiting) are fewer than
an `EventWindow` holds in memory: a reader of older rows finds them stored."""
_STORED_WITHIN: Final = 5_000
"""Positions after which progress is stored: `bpjs.asked_by` looks for a submission in 20,000 positions beyond it."""
_PACE: Final = 0.02
"""Seconds from one window to the next, unless one is full: much of the cost is by the window."""
_COLUMNS: Final = (
    "m.position, m.id, m.submission, m.case, m.office, m.name, m.sequence, m.recorded_at, m.body, m.sealed"
)
ROWS: Final = f"""
SELECT {_COLUMNS}, (SELECT k.working FROM keys.case_key k WHERE k.stream = m.case) AS working FROM bpjs.message m
"""  # noqa: S608 - column names only
_AFTER: Final = f"{ROWS} WHERE m.position > $1 AND m.position <= $2 ORDER BY m.position LIMIT $3"
_STORE: Final = """
WITH moved AS (UPDATE bpjs.derived SET position = $2 WHERE position = $1 RETURNING 1),
     kept AS (
        INSERT INTO bpjs.message (position, id, submission, "case", office, name, sequence, recorded_at, body, sealed)
        SELECT n.* FROM unnest($3::bigint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::bigint[],
                               $10::timestamptz[], $11::text[], $12::bytea[]) AS n
        WHERE EXISTS (SELECT FROM moved)
        ON CONFLICT (position) DO UPDATE SET id = excluded.id, submission = excluded.submission,
            name = excluded.name, body = excluded.body, sealed = excluded.sealed)
SELECT count(*), set_config('synchronous_commit', 'off', true) FROM moved
"""

_log = structlog.get_logger()
_UNDERIVED: Final = Counter(
    "jejak_bpjs_underived_total", "Events from which no message to BPJS could be derived", ["reason"]
)
_LAG: Final = Gauge("jejak_bpjs_derived_lag_positions", "Positions of the ledger not yet derived for BPJS")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One stored message. `working` is the wrapped key that opens `sealed`; None once destroyed."""

    position: int
    id: uuid.UUID
    submission: uuid.UUID
    case: uuid.UUID
    office: str
    name: str
    sequence: int
    recorded_at: datetime
    body: str
    sealed: bytes | None
    working: bytes | None

    def personal(self, keyring: Keyring) -> bytes | None:
        """The personal part, opened; None where there is none, or its key is destroyed."""
        if self.sealed is None or self.working is None:
            return None
        key = keyring.unwrap(self.case, (self.working, None)).working
        return open_bytes(key, self.sealed, _bound(self.id)) if key else None


@dataclass(slots=True)
class Outbox:
    """Derives messages while its process leads; the relay reads `window`."""

    store: Store
    procedures: ProcedureRegistry
    keyring: Keyring
    feed: EventLogReader
    public_url: str
    window: EventWindow[OutboxRow] = field(init=False)

    def __post_init__(self) -> None:
        self.window = EventWindow(self._fetch)

    async def derive(self, lead: Leadership) -> None:
        """Derives while leadership is held. LeadershipLost when another process derived, or all is to be derived again.

        Rows are published at once and stored a few times a second: derived again after a crash they are the same.
        """
        stored = position = await self._position()
        await self.window.begin(stored)
        clock = asyncio.get_running_loop().time
        waiting: list[OutboxRow] = []
        store_at = clock() + _IDLE_SECONDS
        async with BackgroundStep() as storing:
            while lead.held:
                patience = max(0.0, store_at - clock()) if waiting else _IDLE_SECONDS
                events, reach = await self.feed.after(position, _WINDOW, patience)
                began = clock()
                if reach == position and not waiting:
                    await storing.done()
                    if stored != await self._position():
                        raise LeadershipLost
                rows = await self.rows([event for event in events if event.kind == "case" and event.type in TYPES])
                if rows and not waiting:
                    store_at = min(store_at, began + _STORE_EVERY)
                position, waiting = reach, waiting + rows
                many = len(waiting) >= _STORED_AT_ONCE or position - stored >= _STORED_WITHIN
                due = position > stored and (many or clock() >= store_at)
                if rows or due:
                    await self.window.move(position, rows)
                if due:
                    await storing.begin(self._store_rows(stored, position, waiting))
                    stored, waiting, store_at = position, [], clock() + _IDLE_SECONDS
                _LAG.set(max(0, self.feed.head - position))
                if 0 < len(events) < _WINDOW:
                    await asyncio.sleep(max(0.0, began + _PACE - clock()))

    async def _position(self) -> int:
        return int(await self.store.pool.fetchval("SELECT position FROM bpjs.derived"))

    async def rows(self, events: Sequence[Event]) -> list[OutboxRow]:
        """The messages of these events, in their order."""
        by_case: dict[uuid.UUID, list[Event]] = defaultdict(list)
        for event in events:
            by_case[event.stream].append(event)
        rows: list[OutboxRow] = []
        for cases in batched(by_case, _STREAMS_AT_ONCE, strict=False):
            read = await self.store.read(cases)
            for case in cases:
                rows += await self._of_case(read.streams[case], by_case[case])
                await asyncio.sleep(0)  # the relay publishes earlier rows meanwhile
        return sorted(rows, key=lambda row: row.position)

    async def _of_case(self, stream: StoredStream, events: Sequence[Event]) -> list[OutboxRow]:
        """A case that cannot be derived stops no other: it is logged and counted."""
        try:
            keys = self.keyring.unwrap(stream.stream, stream.keys)
            history = [_opened(event, keys) for event in stream.events]
            rows = [await self._row(stream, history[: event.version], event, keys) for event in events]
        except Exception as error:  # noqa: BLE001 - an error that its events raise concerns this case only
            reason = reason_of(error)
            _UNDERIVED.labels(reason).inc(len(events))
            _log.error("bpjs_not_told", case=str(stream.stream), reason=reason)
            return []
        return [row for row in rows if row is not None]

    async def _row(
        self, stream: StoredStream, history: Sequence[OpenedEvent], event: Event, keys: CaseKeys
    ) -> OutboxRow | None:
        sop = await self.procedures.sop(stream.sop)
        office = await self.procedures.kantor(stream.office, event.recorded_at)
        fact = outgoing_facts(stream.stream, history, sop, office, self.public_url)
        if fact is None:
            return None
        personal = None
        if fact.personal is not None and keys.working is not None:
            plain = fact.personal.model_dump_json(exclude_none=True).encode()
            personal = seal_bytes(keys.working, plain, _bound(event.id), ids.random_bytes)
        return OutboxRow(
            position=event.position,
            id=event.id,
            submission=fact.submission,
            case=stream.stream,
            office=stream.office,
            name=fact.name,
            sequence=event.version,
            recorded_at=event.recorded_at,
            body=fact.clear.model_dump_json(exclude_none=True),
            sealed=personal,
            working=stream.keys[0] if stream.keys else None,
        )

    async def _store_rows(self, before: int, reach: int, rows: Sequence[OutboxRow]) -> None:
        columns = [[getattr(row, name) for row in rows] for name in _STORED]
        if not await self.store.pool.fetchval(_STORE, before, reach, *columns):
            raise LeadershipLost

    async def _fetch(self, position: int, head: int, limit: int) -> list[OutboxRow]:
        return [row_of(record) for record in await self.store.pool.fetch(_AFTER, position, head, limit)]


_STORED: Final = ("position", "id", "submission", "case", "office", "name", "sequence", "recorded_at", "body", "sealed")


def _opened(event: Event, keys: CaseKeys) -> OpenedEvent:
    """An event whose data messages need, opened; of any other only its columns, which saves most of the work."""
    return opened_event(event, keys) if event.type in OPENED else stored_event(event, _NOTHING)


_NOTHING: Final = e.WorkStarted()
"""Stands for data that is not read: of this event `fold` takes only the columns."""


def row_of(record: asyncpg.Record) -> OutboxRow:
    """A row of `ROWS`."""
    values: Any = tuple(record)
    return OutboxRow(*values)


def _bound(event: uuid.UUID) -> bytes:
    return b"bpjs:" + event.bytes
