"""A standby takes the primary's place: memory of another history is discarded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from prometheus_client import REGISTRY

from jejak.eventstore.epoch import EpochChanged, Work
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.ids import new_uuid
from jejak_local import postgres
from tests.servers import Database, database_of, execute, make_template, run, scratch_folder
from tests.store.bpjs import monthly, runtime_of, town
from tests.store.ledger import command, opened, until

COME_AS_FAR = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn"


@pytest.fixture
def primary(own_postgres: postgres.Postgres) -> Database:
    """A migrated database on a server of this test alone."""
    name = "jejak"
    template = make_template(own_postgres)
    run(execute(own_postgres.url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    return database_of(own_postgres, name)


@pytest.fixture
def standby(own_postgres: postgres.Postgres, primary: Database) -> Iterator[postgres.Postgres]:
    """A standby that follows the primary."""
    with scratch_folder("standby") as folder:
        server = postgres.standby(own_postgres, folder)
        yield server
        server.stop()


async def abreast(primary: postgres.Postgres, standby: postgres.Postgres) -> None:
    """Waits until the standby has all that the primary has."""
    admin, follower = await asyncpg.connect(primary.url), await asyncpg.connect(standby.url)
    written = await admin.fetchval("SELECT pg_current_wal_lsn()")
    await until(lambda: follower.fetchval(COME_AS_FAR, written))
    await admin.close()
    await follower.close()


@asynccontextmanager
async def deriving(database: Database) -> AsyncIterator[Store]:
    """The store of a process that remembers positions."""
    async with await Store.connect(database.urls["ledger"], application="uji", derives=True) as store:
        yield store


async def fill(database: Database, cases: int) -> list[UUID]:
    streams = [new_uuid() for _ in range(cases)]
    async with opened(database) as store:
        await asyncio.gather(*(store.append(command(stream, 0)) for stream in streams))
    return streams


async def test_a_server_that_was_restarted_goes_on_in_its_epoch(
    own_postgres: postgres.Postgres, primary: Database
) -> None:
    async with deriving(primary) as store:
        before = await store.pool.fetchval("SELECT epoch FROM es.epoch")
        await asyncio.to_thread(own_postgres.kill)
        await asyncio.to_thread(own_postgres.restart)

        async def lets_in() -> bool:
            try:
                return bool(await store.pool.fetchval("SELECT epoch FROM es.epoch") == before)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False

        await until(lets_in)
        assert REGISTRY.get_sample_value("jejak_ledger_epoch", {"service": "uji"}) == 1


async def test_a_dump_that_is_read_in_begins_a_new_epoch(
    postgres_server: postgres.Address, database: Database, tmp_path: Path
) -> None:
    await fill(database, 2)
    file, name = str(tmp_path / "dump"), f"{database.name}_restored"
    await execute(postgres_server.url, f"CREATE DATABASE {name}")
    restored = database_of(postgres_server, name)
    try:
        await _done("pg_dump", "-Fc", "-f", file, "-d", database.url)
        await _done("pg_restore", "-d", restored.url, file)
        async with deriving(database) as before, deriving(restored) as after:
            rows = [row for store in (before, after) for row in await store.pool.fetch("TABLE es.epoch")]
    finally:
        await execute(postgres_server.url, f"DROP DATABASE {name} WITH (FORCE)")
    assert [row["number"] for row in rows] == [1, 2]
    assert rows[0]["epoch"] != rows[1]["epoch"]


async def _done(name: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(postgres.program(name), *arguments)
    assert await process.wait() == 0


async def test_a_feed_begins_anew_where_the_promoted_standby_lacks_what_it_had_read(
    own_postgres: postgres.Postgres, primary: Database, standby: postgres.Postgres
) -> None:
    kept = await fill(primary, 3)
    feeds: list[EventLogReader] = []

    async with deriving(primary) as store:

        def works() -> Sequence[Work]:
            feeds.append(EventLogReader(store.pool, Tail(store.pool)))
            return [lambda: feeds[-1].run(0)]

        following = asyncio.create_task(store.epoch.in_each(store.pool, works))
        try:
            await abreast(own_postgres, standby)
            await asyncio.to_thread(standby.stop)
            await fill(primary, 80)
            await until(lambda: holds(feeds[0], 83))
            await asyncio.to_thread(own_postgres.kill)
            await asyncio.to_thread(standby.promote, own_postgres.port)
            fresh = await fill(primary, 5)
            await until(lambda: begun(feeds, 2))
            await until(lambda: holds(feeds[1], 8))
            events, _ = await feeds[1].after(0, 1_000)
        finally:
            await cancel_and_wait(following)
    assert sorted(event.stream for event in events) == sorted([*kept, *fresh])
    assert REGISTRY.get_sample_value("jejak_ledger_epoch", {"service": "uji"}) == 2


async def holds(feed: EventLogReader, count: int) -> bool:
    """Whether the store serves so many events."""
    return feed.head > 0 and len((await feed.after(0, 1_000))[0]) >= count


async def begun(feeds: Sequence[EventLogReader], count: int) -> bool:
    return len(feeds) >= count


async def test_a_process_that_remembers_positions_is_not_let_into_another_epoch_nor_onto_a_standby(
    own_postgres: postgres.Postgres, primary: Database, standby: postgres.Postgres
) -> None:
    await abreast(own_postgres, standby)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await Store.connect(database_of(standby, "jejak").urls["ledger"], derives=True)
    async with deriving(primary) as store:
        await asyncio.to_thread(own_postgres.stop)
        await asyncio.to_thread(standby.promote, own_postgres.port)

        async def refuses() -> bool:
            try:
                await store.pool.fetchval("SELECT 1")
            except EpochChanged:
                return True
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False
            return False

        await until(refuses)
        assert await refuses()


async def test_a_case_that_was_remembered_is_what_the_surviving_ledger_says(
    own_postgres: postgres.Postgres, primary: Database, standby: postgres.Postgres
) -> None:
    async with town(primary, monthly()) as office, runtime_of(primary, "verification") as other:
        case = await office.submit()
        await abreast(own_postgres, standby)
        await asyncio.to_thread(standby.stop)
        lost = await office.submit()
        await office.withdraw(case)
        withdrawn = await other.command_handler.load(case)
        await other.command_handler.load(lost)
        await asyncio.to_thread(own_postgres.kill)
        await asyncio.to_thread(standby.promote, own_postgres.port)

        again = await other.command_handler.load_all([case, lost])

    assert withdrawn.case.ending is not None
    assert again.keys() == {case}
    assert again[case].case.ending is None


async def test_an_append_reaches_the_new_primary_though_the_old_one_still_answers(
    own_postgres: postgres.Postgres, primary: Database, standby: postgres.Postgres
) -> None:
    both = primary.urls["intake"].removesuffix("/jejak") + (
        f",127.0.0.1:{standby.port}/jejak?target_session_attrs=read-write"
    )
    async with await Store.connect(both, patience=30) as store:
        await store.append(command(new_uuid(), 0))
        await abreast(own_postgres, standby)
        admin = await asyncpg.connect(own_postgres.url)
        await admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()
        await asyncio.to_thread(standby.promote)
        case = new_uuid()

        outcome = await store.append(command(case, 0))

    assert outcome.status == "appended"
    async with opened(database_of(standby, "jejak")) as there:
        assert case in (await there.read([case])).streams
