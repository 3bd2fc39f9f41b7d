"""What is said to BPJS, derived from the ledger as it grows and kept in `bpjs.message`: nobody writes to two places.

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
_KEEP_EVERY: Final = 0.25
_KEPT_AT_ONCE: Final = 1_000
"""So many rows are kept before their time. With a window more, twice over (some on their way, some waiting), they are
fewer than a stretch has in memory: whoever reads older ones finds them kept."""
_KEPT_WITHIN: Final = 5_000
"""Positions after which it is noted how far it came: an answer's submission is looked for in a few times as many."""
_PACE: Final = 0.02
"""Seconds from one window to the next, unless one is full: much of what it costs is by the window."""
_COLUMNS: Final = (
    "m.position, m.id, m.submission, m.case, m.office, m.name, m.sequence, m.recorded_at, m.body, m.sealed"
)
ROWS: Final = f"""
SELECT {_COLUMNS}, (SELECT k.working FROM keys.case_key k WHERE k.stream = m.case) AS working FROM bpjs.message m
"""  # noqa: S608 - column names only
_AFTER: Final = f"{ROWS} WHERE m.position > $1 AND m.position <= $2 ORDER BY m.position LIMIT $3"
_KEEP: Final = """
WITH moved AS (UPDATE bpjs.derived SET position = $2 WHERE position = $1 RETURNING 1),
     kept AS (
        INSERT INTO bpjs.message (position, id, submission, "case", office, name, sequence, recorded_at, body, sealed)
        SELECT n.* FROM unnest($3::bigint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::bigint[],
                               $10::timestamptz[], $11::text[], $12::bytea[]) AS n
        WHERE EXISTS (SELECT FROM moved)
        ON CONFLICT (position) DO UPDATE SET id = excluded.id, submission = excluded.submission,
            name = excluded.name, body = excluded.body, sealed = excluded.sealed)
SELECT count(*) FROM moved
"""

_log = structlog.get_logger()
_UNDERIVED: Final = Counter("jejak_bpjs_underived_total", "Events that could not be told to BPJS", ["reason"])
_LAG: Final = Gauge("jejak_bpjs_derived_lag_positions", "Positions of the ledger not yet derived for BPJS")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message as it is kept. `working` is the wrapped key under which `sealed` opens; None once destroyed."""

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
        """What is personal, opened; None where there is nothing, or nothing any more."""
        if self.sealed is None or self.working is None:
            return None
        key = keyring.unwrap(self.case, (self.working, None)).working
        return open_bytes(key, self.sealed, _bound(self.id)) if key else None


@dataclass(slots=True)
class Outbox:
    """Derives while it leads; whoever publishes reads `stretch`."""

    store: Store
    procedures: ProcedureRegistry
    keyring: Keyring
    feed: EventLogReader
    public_url: str
    stretch: EventWindow[OutboxRow] = field(init=False)

    def __post_init__(self) -> None:
        self.stretch = EventWindow(self._fetch)

    async def derive(self, lead: Leadership) -> None:
        """As long as it is held. LeadershipLost when somebody else has derived, or it is to be done again.

        What is derived is said at once and kept a few times a second: derived again after a crash it would be the same.
        """
        kept = position = await self._position()
        await self.stretch.begin(kept)
        clock = asyncio.get_running_loop().time
        waiting: list[OutboxRow] = []
        keep_at = clock() + _IDLE_SECONDS
        async with BackgroundStep() as keeping:
            while lead.held:
                patience = max(0.0, keep_at - clock()) if waiting else _IDLE_SECONDS
                events, reach = await self.feed.after(position, _WINDOW, patience)
                began = clock()
                if reach == position and not waiting:
                    await keeping.done()
                    if kept != await self._position():
                        raise LeadershipLost
                rows = await self.rows([one for one in events if one.kind == "case" and one.type in TYPES])
                if rows and not waiting:
                    keep_at = min(keep_at, began + _KEEP_EVERY)
                position, waiting = reach, waiting + rows
                many = len(waiting) >= _KEPT_AT_ONCE or position - kept >= _KEPT_WITHIN
                due = position > kept and (many or clock() >= keep_at)
                if rows or due:
                    await self.stretch.move(position, rows)
                if due:
                    await keeping.begin(self._keep(kept, position, waiting))
                    kept, waiting, keep_at = position, [], clock() + _IDLE_SECONDS
                _LAG.set(max(0, self.feed.head - position))
                if 0 < len(events) < _WINDOW:
                    await asyncio.sleep(max(0.0, began + _PACE - clock()))

    async def _position(self) -> int:
        return int(await self.store.pool.fetchval("SELECT position FROM bpjs.derived"))

    async def rows(self, events: Sequence[Event]) -> list[OutboxRow]:
        """What these events say, in their order."""
        by_case: dict[uuid.UUID, list[Event]] = defaultdict(list)
        for event in events:
            by_case[event.stream].append(event)
        found: list[OutboxRow] = []
        for some in batched(by_case, _STREAMS_AT_ONCE, strict=False):
            read = await self.store.read(some)
            for case in some:
                found += await self._of_case(read.streams[case], by_case[case])
                await asyncio.sleep(0)  # whoever publishes what was derived before goes on meanwhile
        return sorted(found, key=lambda row: row.position)

    async def _of_case(self, stream: StoredStream, events: Sequence[Event]) -> list[OutboxRow]:
        """A case of which nothing can be told stops no other: it is named in the log and counted."""
        try:
            keys = self.keyring.unwrap(stream.stream, stream.keys)
            history = [_opened(one, keys) for one in stream.events]
            rows = [await self._row(stream, history[: event.version], event, keys) for event in events]
        except Exception as error:  # noqa: BLE001 - whatever its events make a rule raise is about this case only
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
        said = outgoing_facts(stream.stream, history, sop, office, self.public_url)
        if said is None:
            return None
        personal = None
        if said.personal is not None and keys.working is not None:
            plain = said.personal.model_dump_json(exclude_none=True).encode()
            personal = seal_bytes(keys.working, plain, _bound(event.id), ids.random_bytes)
        return OutboxRow(
            position=event.position,
            id=event.id,
            submission=said.submission,
            case=stream.stream,
            office=stream.office,
            name=said.name,
            sequence=event.version,
            recorded_at=event.recorded_at,
            body=said.clear.model_dump_json(exclude_none=True),
            sealed=personal,
            working=stream.keys[0] if stream.keys else None,
        )

    async def _keep(self, before: int, reach: int, rows: Sequence[OutboxRow]) -> None:
        columns = [[getattr(row, name) for row in rows] for name in _KEPT]
        if not await self.store.pool.fetchval(_KEEP, before, reach, *columns):
            raise LeadershipLost

    async def _fetch(self, position: int, head: int, limit: int) -> list[OutboxRow]:
        return [row_of(one) for one in await self.store.pool.fetch(_AFTER, position, head, limit)]


_KEPT: Final = ("position", "id", "submission", "case", "office", "name", "sequence", "recorded_at", "body", "sealed")


def _opened(event: Event, keys: CaseKeys) -> OpenedEvent:
    """An event of which something is told, opened; of any other only its columns, which is most of the work saved."""
    return opened_event(event, keys) if event.type in OPENED else stored_event(event, _NOTHING)


_NOTHING: Final = e.WorkStarted()
"""Stands for data that nobody looks at: of this event `fold` takes nothing but the columns."""


def row_of(record: asyncpg.Record) -> OutboxRow:
    """A row as `ROWS` selects it."""
    values: Any = tuple(record)
    return OutboxRow(*values)


def _bound(event: uuid.UUID) -> bytes:
    return b"bpjs:" + event.bytes
