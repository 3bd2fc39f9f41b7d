"""The writing of the views: a range of the event store in a bulk write with its progress; and the rebuild."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import batched, groupby
from operator import itemgetter
from typing import Final

import asyncpg
import structlog
from prometheus_client import Counter

from jejak.cases.unreadable import reason_of
from jejak.eventstore.store import Store, event_of_row
from jejak.eventstore.tail import FENCE
from jejak.timekeeping.calendar import ZONES
from jejak.web.reading.timing_context import CaseEvents, TimingContexts, received
from ledger.audit import names, numbers
from ledger.audit.names import Names
from ledger.timings import months as timing_months
from ledger.timings.projection_cache import ProjectionCache
from ledger.timings.step_rows import EVENTS_OF_RANGE, EVENTS_OF_STREAMS, Row, rows_of

_STREAMS_AT_ONCE: Final = 2_000
_POSITIONS_AT_ONCE: Final = 250_000
_NAMES_AT_ONCE: Final = 20_000
_YIELD_EVERY: Final = 5
"""Cases folded before the driver sends and receives again."""
_REST: Final = 0.01
"""Seconds of rest after those: requests of other clients need the processor too."""
_WRITTEN_AT_ONCE: Final = 20
"""Cases whose rows are written together: no page is answered while they are prepared."""
_PATIENCE: Final = 900.0
"""Seconds a statement of a rebuild may take."""
REBUILD_LOCK: Final = 7300182

# Days are the office's own; Indonesia has no summer time, so a zone is a fixed shift.
ACTIVITY: Final = """
INSERT INTO view.{table} AS a (office, day, type, langkah, tugas, hasil, count)
SELECT e.office, ((e.recorded_at AT TIME ZONE 'UTC') + coalesce(z.shift, interval '7 hours'))::date AS day, e.type,
       coalesce(e.langkah, ''), coalesce(e.tugas, ''), coalesce(e.hasil, ''), count(*)
FROM es.event e LEFT JOIN unnest($3::text[], $4::interval[]) AS z (office, shift) ON z.office = e.office
WHERE e.position > $1 AND e.position <= $2
GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT (office, day, type, langkah, tugas, hasil) DO UPDATE SET count = a.count + excluded.count
"""
_STREAMS: Final = "SELECT stream_no, key, office, sop FROM es.stream WHERE kind = 'case' AND key = ANY ($1::uuid[])"
_RANGE: Final = """
SELECT stream_no, key, office, sop FROM es.stream WHERE kind = 'case' AND stream_no > $1 AND stream_no <= $2
"""
_ENTER: Final = "SELECT view.enter($1, $2)"
_ADVANCE: Final = """
UPDATE view.progress SET position = $3 WHERE generation = $1 AND position = $2 RETURNING position
"""

_log = structlog.get_logger()
_UNFOLDED: Final = Counter("jejak_view_unfolded_total", "Cases whose clocks could not be folded", ["reason"])

type _Case = tuple[asyncpg.Record, Iterable[asyncpg.Record]]
type Say = Callable[[str, int, int], None]


class ProgressMoved(Exception):
    """Another process has folded this range, or rebuilt the views: read the progress again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the views are folded, and after which rebuild."""

    generation: int
    position: int


@dataclass(frozen=True, slots=True)
class Views:
    """Writes the views of an installation."""

    store: Store
    contexts: TimingContexts
    names: Names
    written: ProjectionCache = field(default_factory=ProjectionCache)

    async def progress(self) -> Progress:
        """Where the views stand."""
        row = await self.store.pool.fetchrow("SELECT generation, position FROM view.progress")
        if row is None:
            raise RuntimeError("view.progress has no row")
        return Progress(*row)

    async def project(self, before: Progress, reach: int, streams: Sequence[uuid.UUID]) -> Progress:
        """Folds events up to `reach`; `streams` have events since. ProgressMoved if another process was first."""
        pool = self.store.pool
        self.written.since(before)
        batches = batched(streams, _WRITTEN_AT_ONCE, strict=False)
        folded = [(batch, await self._fold(batch, reach)) for batch in batches]
        zones = await self._zones()
        named = await self.names.read(pool, before.position, reach)
        numbered = await numbers.read(pool, before.position, reach)
        async with pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_ADVANCE, before.generation, before.position, reach) is None:
                raise ProgressMoved
            await connection.execute(ACTIVITY.format(table="activity"), before.position, reach, *zones)
            await connection.execute(_ENTER, before.position, reach)
            await names.enter(connection, named)
            await numbers.enter(connection, numbered)
            for batch, rows in folded:
                await timing_months.replace_rows(connection, self.written.change(batch, rows))
                await asyncio.sleep(_REST)
        moved = Progress(before.generation, reach)
        self.written.keep(moved)
        return moved

    async def _fold(self, streams: Sequence[uuid.UUID], reach: int) -> list[Row]:
        heads = await self.store.pool.fetch(_STREAMS, streams)
        events = await self.store.pool.fetch(EVENTS_OF_STREAMS, [row["stream_no"] for row in heads], reach)
        return await self._folded(_cases(heads, events), _REST)

    async def fold_days(self, say: Say | None = None, new: str = "") -> None:
        """Folds the changed days of every office that are over (in Jakarta, where they end last)."""
        today = (await self.store.now() + timedelta(hours=ZONES["Asia/Jakarta"])).date()
        async with self.store.pool.acquire() as connection:
            offices = await timing_months.offices_to_fold(connection, today, new)
            for number, office in enumerate(offices, start=1):
                await timing_months.fold(connection, office, today, new)
                if say is not None:
                    say("hari", number, len(offices))

    async def rebuild(self, say: Say) -> int:
        """Folds everything into copies of the views, and swaps them in; returns the position they stand at.

        `say` receives the name of the work, how much of it is done, and of how much.
        """
        pool = self.store.pool
        async with pool.acquire() as connection:
            await connection.execute("SELECT pg_advisory_lock($1)", REBUILD_LOCK, timeout=_PATIENCE)
            try:
                head = await self._final_position()
                await connection.execute("SELECT view.begin_rebuild(), view.begin_names()")
                await self._in_ranges(
                    "aktivitas", _POSITIONS_AT_ONCE, head, say, partial(self._count, await self._zones())
                )
                await self._fold_all(head, say)
                await self._in_ranges("nama", _NAMES_AT_ONCE, head, say, self._name)
                await self._in_ranges("nomor", _NAMES_AT_ONCE, head, say, self._number)
                await connection.execute("SELECT view.index_rebuild()", timeout=_PATIENCE)
                await self.fold_days(say, new="_new")
                async with connection.transaction():
                    await connection.execute("SELECT view.finish_names()", timeout=_PATIENCE)
                    await connection.execute("SELECT view.finish_rebuild($1)", head, timeout=_PATIENCE)
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1)", REBUILD_LOCK)
        return head

    async def _final_position(self) -> int:
        """The last position while no append is in flight: no event can appear below it later."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", FENCE)
            return int(await connection.fetchval("SELECT coalesce(max(position), 0) FROM es.event"))

    async def _in_ranges(
        self, name: str, size: int, head: int, say: Say, work: Callable[[int, int], Awaitable[None]]
    ) -> None:
        """Does the work for all positions up to `head`, a range at a time."""
        say(name, 0, head)
        for start in range(0, head, size):
            end = min(start + size, head)
            await work(start, end)
            say(name, end, head)

    async def _count(self, zones: tuple[list[str], list[timedelta]], start: int, end: int) -> None:
        await self.store.pool.execute(ACTIVITY.format(table="activity_new"), start, end, *zones, timeout=_PATIENCE)
        await self.store.pool.execute(_ENTER, start, end, timeout=_PATIENCE)

    async def _name(self, start: int, end: int) -> None:
        await names.enter(self.store.pool, await self.names.read(self.store.pool, start, end), new="_new")

    async def _number(self, start: int, end: int) -> None:
        """Numbers already there stay: they are never taken back."""
        await numbers.enter(self.store.pool, await numbers.read(self.store.pool, start, end))

    async def _fold_all(self, head: int, say: Say) -> None:
        """Cases are folded while PostgreSQL writes those before them and reads those after."""
        last = await self.store.pool.fetchval("SELECT coalesce(max(stream_no), 0) FROM es.stream")
        say("waktu", 0, last)
        async with asyncio.TaskGroup() as group:
            fetching = group.create_task(self._fetch_range(0, head))
            writing = group.create_task(self._write([]))
            for start in range(0, last, _STREAMS_AT_ONCE):
                heads, events = await fetching
                fetching = group.create_task(self._fetch_range(start + _STREAMS_AT_ONCE, head))
                rows = await self._folded(_cases(heads, events))
                await writing
                writing = group.create_task(self._write(rows))
                say("waktu", min(start + _STREAMS_AT_ONCE, last), last)

    async def _write(self, rows: Sequence[Row]) -> None:
        async with self.store.pool.acquire() as connection:
            await timing_months.copy(connection, "step_time_new", rows)

    async def _fetch_range(self, start: int, head: int) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
        end = start + _STREAMS_AT_ONCE
        heads = await self.store.pool.fetch(_RANGE, start, end)
        return heads, await self.store.pool.fetch(EVENTS_OF_RANGE, start, end, head) if heads else []

    async def _folded(self, cases: Iterable[_Case], rest: float = 0) -> list[Row]:
        """The rows of cases; other tasks run every few cases, as a range can take most of a second."""
        rows: list[Row] = []
        for number, (head, events) in enumerate(cases):
            rows += await self._rows(head, events)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(rest)
        return rows

    async def _rows(self, head: asyncpg.Record, events: Iterable[asyncpg.Record]) -> list[Row]:
        """The rows of a case. A case that cannot be folded is logged and counted, and absent from the figures."""
        try:
            case = CaseEvents(head["key"], head["office"], head["sop"], [event_of_row(row) for row in events])
            return rows_of(case, await self.contexts.of(case.office, case.sop, received(case.events)))
        except Exception as error:  # noqa: BLE001 - damaged events may raise anything; they concern this case only
            reason = reason_of(error)
            _UNFOLDED.labels(reason).inc()
            _log.error("case_not_folded", case=str(head["key"]), reason=reason)
            return []

    async def _zones(self) -> tuple[list[str], list[timedelta]]:
        """The offices, and the shift of each from UTC."""
        offices = await self.store.offices()
        hours = [ZONES[(await self.contexts.procedures.kantors(office))[-1].zona] for office in offices]
        return offices, [timedelta(hours=shift) for shift in hours]


def _cases(heads: Iterable[asyncpg.Record], events: Iterable[asyncpg.Record]) -> Iterable[_Case]:
    """The head of each case with its events; streams of other kinds are left out."""
    by_number = {row["stream_no"]: row for row in heads}
    for number, group in groupby(events, key=itemgetter("stream_no")):
        if number in by_number:
            yield by_number[number], group
