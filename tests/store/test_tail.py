"""The tail loses nothing, repeats nothing and keeps the order, with appends in flight, rolled back or slow."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest

from jejak.contracts.envelope import Event
from jejak.eventstore import encode
from jejak.eventstore.catch_up import windows
from jejak.eventstore.store import Store, event_of_row
from jejak.eventstore.tail import FENCE, NEXT, Tail
from jejak.platform.ids import new_uuid
from tests.servers import THIS_DATABASE, Database
from tests.store.ledger import command, event, opened, until
from tests.waits import PATIENCE

HOLDERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted AND " + THIS_DATABASE  # noqa: S608 - constants of the tests


async def read_by_exclusion(pool: asyncpg.Pool[asyncpg.Record]) -> list[Event]:
    """All events, read while every append is locked out: slow and simple, the reference for the tail."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", FENCE)
        return [event_of_row(row) for row in await connection.fetch(NEXT, 0, 1_000_000)]


@pytest.mark.parametrize("commits", [True, False])
async def test_at_a_hole_the_tail_waits_for_the_one_that_drew_it(database: Database, *, commits: bool) -> None:
    slow, quick = new_uuid(), new_uuid()
    writer = await asyncpg.connect(database.urls["intake"])
    async with opened(database, "ledger") as ledger, opened(database) as store:
        tail = Tail(ledger.pool)
        transaction = writer.transaction()
        await transaction.start()
        await writer.fetch(*encode.call([command(slow, 0)]))
        await store.append(command(quick, 0))
        waiting = asyncio.create_task(tail.next(0))
        # Time enough to pass the hole wrongly: a hundred reads of the ledger.
        for _ in range(100):
            await ledger.pool.fetchval(HOLDERS, FENCE)
        assert not waiting.done()
        await (transaction.commit() if commits else transaction.rollback())
        batch = await asyncio.wait_for(waiting, 60)
        exact = await read_by_exclusion(ledger.pool)
    await writer.close()

    assert [event.stream for event in batch] == ([slow, quick] if commits else [quick])
    assert batch == exact


@pytest.mark.parametrize("commits", [True, False])
async def test_up_to_the_head_nothing_appears_any_more(database: Database, *, commits: bool) -> None:
    slow, quick = new_uuid(), new_uuid()
    writer = await asyncpg.connect(database.urls["intake"])
    async with opened(database, "approval") as reader, opened(database) as store:
        transaction = writer.transaction()
        await transaction.start()
        await writer.fetch(*encode.call([command(slow, 0)]))
        last = await store.append(command(quick, 0))
        waiting = asyncio.create_task(Tail(reader.pool).head())
        for _ in range(100):
            await reader.pool.fetchval(HOLDERS, FENCE)
        assert not waiting.done()
        await (transaction.commit() if commits else transaction.rollback())
        head = await asyncio.wait_for(waiting, 60)
        read = [([change.case for change in some], reach) async for some, reach in windows(reader.pool, 0, head)]
    await writer.close()

    assert read == [([slow, quick] if commits else [quick], head)]
    assert head == last.position


async def test_a_transaction_that_appends_nothing_holds_no_reader_up(database: Database) -> None:
    other = await asyncpg.connect(database.url)
    async with opened(database, "ledger") as ledger, opened(database) as store, other.transaction():
        await other.execute("CREATE TABLE public.unrelated AS SELECT pg_current_xact_id()")
        await roll_back(database)
        await store.append(command(new_uuid(), 0))
        batch = await asyncio.wait_for(Tail(ledger.pool).next(0), 60)
    await other.close()
    assert [event.position for event in batch] == [2]


async def test_an_append_that_begins_while_the_tail_waits_is_not_waited_for(database: Database) -> None:
    first, second = [await asyncpg.connect(database.urls["intake"]) for _ in range(2)]
    async with opened(database, "ledger") as ledger, opened(database) as store:
        earlier, later = first.transaction(), second.transaction()
        await earlier.start()
        await first.fetch(*encode.call([command(new_uuid(), 0)]))
        await store.append(command(new_uuid(), 0))
        waiting = asyncio.create_task(Tail(ledger.pool).next(0))
        await until(lambda: _queried(ledger))
        await later.start()
        await second.fetch(*encode.call([command(new_uuid(), 0)]))
        await earlier.rollback()
        batch = await asyncio.wait_for(waiting, 60)
        await later.rollback()
    await first.close()
    await second.close()
    assert [event.position for event in batch] == [2]


async def test_eight_writers_a_fifth_of_them_rolling_back_and_the_tail_loses_nothing(database: Database) -> None:
    seed, followed = 20260211, []
    async with opened(database, "ledger") as ledger, opened(database, size=8) as store:

        async def follow() -> None:
            async for batch in Tail(ledger.pool, limit=500).follow(0):
                followed.extend(batch)

        following = asyncio.create_task(follow())
        await asyncio.gather(*(write(database, random.Random(seed + writer)) for writer in range(8)))
        last = await store.append(command(new_uuid(), 0))

        async def arrived() -> bool:
            return bool(followed) and followed[-1].position >= last.position

        await until(arrived)
        following.cancel()
        exact = await read_by_exclusion(ledger.pool)

    positions = [event.position for event in followed]
    assert positions == sorted(set(positions)), "in order, none twice"
    assert followed == exact
    assert len(exact) < last.position, "some numbers were drawn and rolled back"


async def test_the_tail_goes_on_where_it_was_after_its_connection_was_ended(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    async with opened(database, "ledger") as ledger, opened(database) as store:
        follow = Tail(ledger.pool).follow(0)
        await store.append(command(new_uuid(), 0))
        first = await anext(follow)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'jejak_ledger' AND datname = current_database()"
        )
        await store.append(command(new_uuid(), 0))
        second = await asyncio.wait_for(anext(follow), PATIENCE)
        await follow.aclose()  # type: ignore[attr-defined]
    await admin.close()
    assert [event.position for event in first + second] == [1, 2]


async def write(database: Database, chance: random.Random) -> None:
    """Makes forty appends of one to five events; one in five is rolled back after a while."""
    connection = await asyncpg.connect(database.urls["intake"])
    for _ in range(40):
        transaction = connection.transaction()
        await transaction.start()
        events = [event() for _ in range(chance.randint(1, 5))]
        await connection.fetch(*encode.call([command(new_uuid(), 0, events)]))
        await asyncio.sleep(chance.random() / 200)
        await (transaction.rollback() if chance.random() < 0.2 else transaction.commit())
    await connection.close()


async def roll_back(database: Database) -> None:
    """Draws a number and rolls the event back."""
    connection = await asyncpg.connect(database.urls["intake"])
    transaction = connection.transaction()
    await transaction.start()
    await connection.fetch(*encode.call([command(new_uuid(), 0)]))
    await transaction.rollback()
    await connection.close()


async def _queried(ledger: Store) -> bool:
    """Whether the tail has queried the holders of the fence."""
    return bool(
        await ledger.pool.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'jejak_ledger' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
            " AND query LIKE '%virtualtransaction FROM pg_locks%')"
        )
    )
