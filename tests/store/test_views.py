"""The views: folded as the ledger grows, folded again from nothing, with the same result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.codec import Keyring
from jejak.contracts.envelope import Due, NewEvent
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.eventstore.types import Append
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.ids import new_uuid, random_bytes
from jejak.platform.key_settings import MasterKeys
from jejak.web.reading.timing_context import TimingContexts
from ledger.audit.names import Names
from ledger.audit.registers import rows as register_rows
from ledger.timings import months as timing_months
from ledger.timings import sql as timings_sql
from ledger.timings import step_rows
from ledger.timings.projections import ACTIVITY, Progress, ProgressMoved, Views
from ledger.timings.projector import Projector
from ledger.timings.step_rows import COLUMNS
from tests.servers import Database, execute
from tests.store.ledger import until

OFFICES = Path(__file__).parents[2] / "shared" / "offices"
OFFICE = "13.01"
WIB = timezone(timedelta(hours=7))


@dataclass(slots=True)
class Ledger:
    """A ledger with one real office, written by its services at times that the test chooses."""

    stores: dict[str, Store]
    sop: str

    async def at(self, moment: str) -> None:
        """Sets the local time."""
        instant = datetime.fromisoformat(moment).replace(tzinfo=WIB)
        await self.stores["intake"].pool.execute(
            "SELECT es.set_dev_clock($1::timestamptz - clock_timestamp())", instant
        )

    async def add(
        self, service: str, case: UUID, expected: int, events: Sequence[NewEvent], due: Sequence[Due] = ()
    ) -> None:
        append = Append(case, "case", expected, tuple(events), tuple(due), OFFICE, self.sop)
        assert (await self.stores[service].append(append)).status == "appended"

    async def paraf(self, received: str, opened: str, given: str, claimed: datetime | None = None) -> UUID:
        """A case whose only task is step 4: due on receipt, opened, and given by the Kabid; then the line ends."""
        case = await self.wait(received, opened, claimed)
        await self.at(given)
        await self.add("approval", case, 2, [_event("ParafGiven", **_PARAF, hasil="paraf"), _event("CaseClosed")])
        return case

    async def wait(self, received: str, opened: str | None = None, claimed: datetime | None = None) -> UUID:
        """A case whose step 4 is due on receipt, perhaps opened, and not done."""
        case = new_uuid()
        await self.at(received)
        submitted = replace(_event("ApplicationSubmitted", **_SUBMITTED), occurred_at=claimed)
        await self.add("intake", case, 0, [submitted], [_PARAF_DUE])
        if opened:
            await self.at(opened)
            await self.add("approval", case, 1, [_event("WorkStarted", **_PARAF)], [_PARAF_DUE])
        return case


_PARAF = {"langkah": "4", "tugas": "paraf", "oleh": "sek_kabid", "actor": "kabid-1"}
_PARAF_DUE = Due(
    "main",
    "approval",
    "paraf",
    "4",
    "sek_kabid",
    None,
    None,
    automatic=False,
    owner="dinas",
    kumpulan=None,
    urgent=False,
)
_SUBMITTED = {"langkah": "0", "tugas": "submit", "hasil": "selesai", "oleh": "pemohon", "recorder": "staf-1"}


def _event(kind: str, **columns: str) -> NewEvent:
    return NewEvent(id=new_uuid(), type=kind, payload=b'{"v":1}', **columns)  # type: ignore[arg-type]


@asynccontextmanager
async def ledger_of(database: Database) -> AsyncIterator[Ledger]:
    """The office of Pesisir Selatan and its sheet, loaded; the stores of two services and of the ledger."""
    folder = OFFICES / OFFICE
    async with await Store.connect(database.url) as admin:
        await admin.put_kantor(OFFICE, datetime(2021, 1, 4, tzinfo=WIB).date(), (folder / "kantor.toml").read_bytes())
        sop = await admin.put_sop(OFFICE, (folder / "reaktivasi-kis-2022.toml").read_bytes())
    stores = {name: await Store.connect(database.urls[name]) for name in ("intake", "approval", "ledger")}
    try:
        yield Ledger(stores, sop)
    finally:
        for store in stores.values():
            await store.close()


def views_of(ledger: Ledger) -> Views:
    store = ledger.stores["ledger"]
    return Views(
        store, TimingContexts(ProcedureRegistry(store)), Names(bytes(32), Keyring(MasterKeys(bytes(32)), random_bytes))
    )


async def rows(ledger: Ledger) -> list[tuple[Any, ...]]:
    """All rows of the views, in a fixed order."""
    pool = ledger.stores["ledger"].pool
    times = await pool.fetch(f"SELECT {', '.join(COLUMNS)} FROM view.step_time")  # noqa: S608 - column names
    activity = await pool.fetch("SELECT office, day, type, langkah, tugas, hasil, count FROM view.activity")
    return sorted([tuple(row) for row in (*times, *activity)], key=repr)


async def last_position(ledger: Ledger) -> int:
    return int(await ledger.stores["ledger"].pool.fetchval("SELECT max(position) FROM es.event"))


@asynccontextmanager
async def projecting(ledger: Ledger, database: Database) -> AsyncIterator[None]:
    """A projector on a tail of its own."""
    store = ledger.stores["ledger"]
    feed = EventLogReader(store.pool, Tail(store.pool))
    projector = Projector(views_of(ledger), database.urls["ledger"], feed)
    start = (await views_of(ledger).progress()).position
    tasks = [asyncio.create_task(feed.run(start)), asyncio.create_task(projector.run())]
    try:
        yield
    finally:
        await cancel_and_wait(*tasks)


async def abreast(ledger: Ledger) -> None:
    """Waits until the views have the whole ledger."""

    async def done() -> bool:
        return (await views_of(ledger).progress()).position >= await last_position(ledger)

    await until(done)


async def test_three_parafs_give_the_figures_worked_out_by_hand(database: Database) -> None:
    async with ledger_of(database) as ledger, projecting(ledger, database):
        # Monday to Wednesday, within the hours: wait 30, 60 and 10 minutes; hands 120, 170 and 200 seconds.
        await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
        await ledger.paraf("2022-07-05 09:00", "2022-07-05 10:00", "2022-07-05 10:02:50")
        late = await ledger.paraf("2022-07-06 09:00", "2022-07-06 09:10", "2022-07-06 09:13:20")
        await abreast(ledger)
        rows = await ledger.stores["ledger"].pool.fetch(
            "SELECT * FROM view.step_time WHERE kind = 'langkah' AND langkah = '4' ORDER BY due_at"
        )
    assert [row["wait"] for row in rows] == pytest.approx([1800, 3600, 600], abs=2)
    assert [row["touch"] for row in rows] == pytest.approx([120, 170, 200], abs=2)
    assert [row["elapsed"] for row in rows] == pytest.approx([1920, 3770, 800], abs=2)
    assert [row["within"] for row in rows] == [True, True, False]
    assert [row["wait_within"] for row in rows] == [True, True, True]
    assert [row["overdue"] for row in rows] == [False, False, True]
    assert rows[2]["stream"] == late
    assert [str(row["ended_on"]) for row in rows] == ["2022-07-04", "2022-07-05", "2022-07-06"]
    assert {row["standard"] for row in rows} == {"3 Menit"}
    assert {row["clock"] for row in rows} == {"touch"}


@pytest.mark.parametrize("year", [1, 202, 1926, 2009, 9999])
async def test_a_case_received_in_a_mistyped_year_is_folded_and_rebuilt_like_any_other(
    database: Database, year: int
) -> None:
    async with ledger_of(database) as ledger:
        claimed = datetime(year, 11, 20, 8, tzinfo=WIB)
        case = await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32", claimed)
        await views_of(ledger).rebuild(lambda *_: None)
        of_case = [row for row in await rows(ledger) if row[0] == case]
    assert {row[1] for row in of_case} == {"langkah", "tugas", "selesai"}
    assert len(of_case) == 5


async def test_a_rebuild_gives_what_was_folded_bit_by_bit(database: Database) -> None:
    async with ledger_of(database) as ledger:
        async with projecting(ledger, database):
            for day in ("04", "05", "06", "07"):
                await ledger.paraf(f"2022-07-{day} 09:00", f"2022-07-{day} 09:20", f"2022-07-{day} 09:22")
                await abreast(ledger)
            before = await rows(ledger)
            position = await views_of(ledger).rebuild(lambda *_: None)
            assert position == await last_position(ledger)
            assert await rows(ledger) == before
            # The projector continues from the position of the rebuild.
            await ledger.paraf("2022-07-08 08:00", "2022-07-08 08:20", "2022-07-08 08:22")
            await abreast(ledger)
        grown = await rows(ledger)
        await views_of(ledger).rebuild(lambda *_: None)
        assert await rows(ledger) == grown
    # A case has two tasks, two steps and one end; a day has four kinds of events.
    assert len(before) == 4 * 5 + 4 * 4
    assert len(grown) == len(before) + 5 + 4


async def test_a_rebuild_that_was_broken_off_is_simply_begun_again(database: Database) -> None:
    async with ledger_of(database) as ledger:
        await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
        views = views_of(ledger)

        def break_off(what: str, done: int, _of: int) -> None:
            if what == "waktu" and done:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await views.rebuild(break_off)
        assert await rows(ledger) == []
        await views.rebuild(lambda *_: None)
        assert len(await rows(ledger)) == 5 + 4


async def test_of_two_projectors_only_one_counts_a_stretch(database: Database) -> None:
    async with ledger_of(database) as ledger:
        case = await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
        views, reach = views_of(ledger), await last_position(ledger)
        start = await views.progress()
        await views.project(start, reach, [case])
        once = await rows(ledger)
        with pytest.raises(ProgressMoved):
            await views.project(start, reach, [case])
        assert await rows(ledger) == once
        assert await views.progress() == Progress(0, reach)


async def each_event(ledger: Ledger, *projecting: Views) -> None:
    """Folds event after event, the projectors in turns, each from the position of the views."""
    pool = ledger.stores["ledger"].pool
    events = await pool.fetch("SELECT position, stream FROM es.event ORDER BY position")
    for turn, (position, stream) in enumerate(events):
        views = projecting[turn % len(projecting)]
        await views.project(await views.progress(), position, [stream])


async def test_only_what_changed_of_a_case_is_written_again(database: Database) -> None:
    async with ledger_of(database) as ledger:
        await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
        pool = ledger.stores["ledger"].pool

        await each_event(ledger, views_of(ledger))

        # The rows of the step before are those of the first event; paraf and case ended with the last.
        assert await pool.fetchval("SELECT count(DISTINCT xmin::text) FROM view.step_time") == 2
        grown = await rows(ledger)
        await views_of(ledger).rebuild(lambda *_: None)
        assert await rows(ledger) == grown


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_projectors_in_turns_write_what_one_would(database: Database, count: int) -> None:
    async with ledger_of(database) as ledger:
        for day in ("04", "05"):
            await ledger.paraf(f"2022-07-{day} 09:00", f"2022-07-{day} 09:30", f"2022-07-{day} 09:32")

        await each_event(ledger, *(views_of(ledger) for _ in range(count)))

        grown = await rows(ledger)
        await views_of(ledger).rebuild(lambda *_: None)
        assert await rows(ledger) == grown
        assert len(grown) == 2 * 5 + 2 * 4


async def test_a_case_of_an_unknown_sheet_stops_no_other(database: Database) -> None:
    async with ledger_of(database) as ledger:
        strange = Append(new_uuid(), "case", 0, (_event("ApplicationSubmitted", **_SUBMITTED),), (), OFFICE, "f" * 64)
        await ledger.stores["intake"].append(strange)
        case = await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
        await views_of(ledger).rebuild(lambda *_: None)
        folded = await ledger.stores["ledger"].pool.fetch("SELECT DISTINCT stream FROM view.step_time")
        counted = await ledger.stores["ledger"].pool.fetchval("SELECT sum(count) FROM view.activity")
    assert {row["stream"] for row in folded} == {case}
    assert counted == 5


async def test_activity_is_filed_under_the_day_of_the_office(database: Database) -> None:
    async with ledger_of(database) as ledger:
        # Half past midnight in Painan is still the evening before in UTC.
        await ledger.at("2022-07-05 00:30")
        submitted = [_event("ApplicationSubmitted", **_SUBMITTED)]
        await ledger.add("intake", new_uuid(), 0, submitted)
        await views_of(ledger).rebuild(lambda *_: None)
        day = await ledger.stores["ledger"].pool.fetchval("SELECT day FROM view.activity")
    assert str(day) == "2022-07-05"


async def test_other_services_cannot_touch_the_views(database: Database) -> None:
    async with await Store.connect(database.urls["intake"]) as store:
        for statement in ("SELECT * FROM view.step_time", "DELETE FROM view.activity", "SELECT view.begin_rebuild()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await store.pool.execute(statement)


async def test_the_ledger_cannot_change_what_it_reads(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store:
        for statement in ("DELETE FROM es.event", "UPDATE es.due SET parked = 'x'", "DELETE FROM es.checkpoint"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await store.pool.execute(statement)


# 5,000 closed cases of ten events, as the services would have written them: submitted, then paraf, again and again.
FILL = """
INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
SELECT md5(n::text)::uuid, 'case', '13.01', $1, 10, ''::bytea, now(), '{}' FROM generate_series(1, $2::int) AS n;
"""
FILL_EVENTS = """
INSERT INTO es.event (position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor,
                      recorder, recorded_at, due, payload, hash, stream_no)
SELECT nextval('es.event_position'), s.key, v, 'case', s.office, md5(s.key::text || v)::uuid,
       CASE WHEN v = 1 THEN 'ApplicationSubmitted' WHEN v = 10 THEN 'CaseClosed'
            WHEN v % 2 = 0 THEN 'WorkStarted' ELSE 'ParafGiven' END,
       'main', CASE WHEN v = 1 THEN '0' WHEN v < 10 THEN '4' END,
       CASE WHEN v = 1 THEN 'submit' WHEN v < 10 THEN 'paraf' END,
       CASE WHEN v = 1 THEN 'selesai' WHEN v < 10 AND v % 2 = 1 THEN 'paraf' END,
       CASE WHEN v = 1 THEN 'pemohon' WHEN v < 10 THEN 'sek_kabid' END,
       CASE WHEN v > 1 AND v < 10 THEN 'kabid-1' END, CASE WHEN v = 1 THEN 'staf-1' END,
       '2022-07-04 02:00+00'::timestamptz + make_interval(days => (s.stream_no % 300)::int, mins => 7 * v),
       CASE WHEN v < 9 THEN 'approval/paraf;4;sek_kabid;main' WHEN v = 10 THEN '' END,
       convert_to(rpad('{"v":1,"evidence":[]', 250, ' ') || '}', 'UTF8'), ''::bytea, s.stream_no
FROM es.stream s, generate_series(1, 10) AS v ORDER BY s.stream_no, v
"""


async def fill(database: Database, sop: str, cases: int) -> None:
    """Fills a ledger for the planner; the administrator writes the rows that append() would."""
    connection = await asyncpg.connect(database.url)
    try:
        await connection.execute(FILL, sop, cases)
        await connection.execute(FILL_EVENTS)
        await connection.execute("ANALYZE es.stream; ANALYZE es.event")
    finally:
        await connection.close()


async def plan(pool: asyncpg.Pool[asyncpg.Record], query: str, *arguments: object) -> str:
    return "\n".join(row[0] for row in await pool.fetch(f"EXPLAIN {query}", *arguments))


async def test_hot_queries_of_the_read_side_go_by_their_indexes(database: Database) -> None:
    async with ledger_of(database) as ledger:
        await fill(database, ledger.sop, cases=5_000)
        views = views_of(ledger)
        assert await views.rebuild(lambda *_: None) == 50_000
        pool = ledger.stores["ledger"].pool
        assert await pool.fetchval("SELECT count(*) FROM view.step_time WHERE kind = 'selesai'") == 5_000

        assert "event_version" in await plan(pool, step_rows.EVENTS_OF_STREAMS, [1, 2, 3], 50_000)
        assert "event_version" in await plan(pool, step_rows.EVENTS_OF_RANGE, 0, 20, 50_000)
        zones = ([OFFICE], [timedelta(hours=7)])
        assert "event_pkey" in await plan(pool, ACTIVITY.format(table="activity"), 49_000, 49_100, *zones)
        day = datetime(2022, 8, 1, tzinfo=WIB).date()
        assert "step_time_ended" in await plan(pool, timings_sql.EXECUTIONS.format(new=""), [OFFICE], [day], [day], [])
        gone = [[new_uuid()] * 9, *([["x"] * 9] * 5), [1] * 9]
        replaced = await plan(pool, timing_months.DELETE, [new_uuid()], *gone)
        assert replaced.count("step_time_stream") == 2
        assert "Seq Scan on step_time" not in replaced
        assert "step_time_open" in await plan(pool, timings_sql.OPEN, OFFICE, datetime.now(WIB), None)
        assert "Seq Scan" not in await plan(pool, register_rows.RELATED, [new_uuid(), new_uuid()], ["LetterSigned"])
        entered = await pool.fetch("SELECT register, count(*) AS n FROM view.entry GROUP BY 1")
        assert {row["register"]: row["n"] for row in entered} == {"kendali": 5_000 * 5}
        await execute(database.url, "ANALYZE view.entry")
        year = (datetime(2022, 1, 1, tzinfo=WIB), -1, datetime(2023, 1, 1, tzinfo=WIB))
        book = await plan(pool, register_rows.ENTRIES, OFFICE, "kendali", *year, [ledger.sop], [], None, 500)
        assert "entry_pkey" in book
        assert "Seq Scan on event" not in book
        late = datetime.now(WIB) - timedelta(days=7)
        assert "event_pkey" in await plan(pool, WINDOW_BEGINS, 50_000, late)


WINDOW_BEGINS = (
    "SELECT e.position FROM es.event e WHERE e.position <= $1 AND e.recorded_at < $2 ORDER BY e.position DESC LIMIT 1"
)
