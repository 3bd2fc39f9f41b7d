"""`jejak ledger verify` finds changes that a superuser of the server has made."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from jejak.cli import main
from jejak.eventstore.integrity.verify import STRAY, ChainFault, StreamReport, verify, verify_ranges, verify_stream
from jejak.eventstore.store import Store
from jejak.platform.ids import new_uuid
from tests.servers import Database, execute, run
from tests.store.ledger import command, due, event, opened

TAMPERINGS = {
    "a payload": ("UPDATE es.event SET payload = '{\"a\":2}' WHERE position = 4", 2, 4),
    "who did it": ("UPDATE es.event SET actor = 'lain' WHERE position = 4", 2, 4),
    "an empty field for none": ("UPDATE es.event SET hasil = '' WHERE position = 4", 2, 4),
    "when it was recorded": (
        "UPDATE es.event SET recorded_at = recorded_at - interval '1 us' WHERE position = 4",
        2,
        4,
    ),
    "when it happened": ("UPDATE es.event SET occurred_at = '2022-01-01' WHERE position = 4", 2, 4),
    "what became due": ("UPDATE es.event SET due = '' WHERE position = 5", 3, 5),
    "its office": ("UPDATE es.event SET office = '99.09' WHERE position = 4", 2, 4),
    "its place in the order": ("UPDATE es.event SET position = 99 WHERE position = 4", 2, 99),
    "an event, hash and all": (
        "UPDATE es.event SET payload = 'x', hash = sha256('x') WHERE position = 4",
        2,
        4,
    ),
    "the middle taken out": ("DELETE FROM es.event WHERE position = 4", 2, None),
    "the end cut off": ("DELETE FROM es.event WHERE position = 5", 3, None),
    "the end and the version": (
        "DELETE FROM es.event WHERE position = 5; UPDATE es.stream SET version = 2 WHERE version = 3",
        2,
        None,
    ),
    "the sheet it is pinned to": ("UPDATE es.stream SET sop = repeat('6', 64) WHERE version = 3", 1, 3),
    "the case's row": ("DELETE FROM es.stream WHERE version = 3", 1, 3),
}


async def head_of(store: Store, case: object) -> bytes:
    head: bytes = await store.pool.fetchval("SELECT head FROM es.stream WHERE key = $1", case)
    return head


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_is_found_and_the_first_broken_event_named(database: Database, what: str) -> None:
    statement, version, position = TAMPERINGS[what]
    whole, case = new_uuid(), new_uuid()
    async with opened(database) as store:
        await store.append(command(whole, 0, [event(), event()]))
        await store.append(command(case, 0, [event(), event(), event()], [due()]))
        assert (await verify_stream(store.pool, case)) == StreamReport(3, (await head_of(store, case)), None)
    before = await verify(database.urls["ledger"])
    connection = await asyncpg.connect(database.url)
    await connection.execute(f"SET session_replication_role = replica; {statement}")
    await connection.close()
    after = await verify(database.urls["ledger"])
    async with opened(database, "ledger") as ledger:
        alone = await verify_stream(ledger.pool, case)
        untouched = await verify_stream(ledger.pool, whole)

    assert untouched is not None
    assert untouched.broken is None
    # The remaining rows of a case without its stream row belong to no stream.
    assert (alone.broken if alone else None) == (after.broken if what != "the case's row" else None)
    assert (before.streams, before.events, before.broken) == (2, 5, None)
    assert after.broken is not None
    assert (after.broken.stream, after.broken.version, after.broken.position) == (case, version, position)


async def test_a_ledger_of_more_streams_than_one_batch_is_checked_whole(database: Database) -> None:
    async with opened(database) as store:
        for _ in range(4):
            await store.append_call([command(new_uuid(), 0, [event(), event()]) for _ in range(300)])
    report = await verify(database.urls["ledger"])
    assert (report.streams, report.events, report.broken) == (1200, 2400, None)


async def test_ranges_are_transactions_of_their_own_and_a_check_goes_on_where_it_was_interrupted(
    database: Database,
) -> None:
    async with opened(database) as store:
        for _ in range(3):
            await store.append_call([command(new_uuid(), 0) for _ in range(250)])
    reports = verify_ranges(database.urls["ledger"])
    first = await anext(reports)
    async with opened(database) as store:  # seen by the next range
        await store.append(command(new_uuid(), 0))
    rest = [report async for report in reports]
    assert (first.streams, rest[-1].streams, rest[-1].events, rest[-1].broken) == (500, 751, 751, None)

    resumed = [report async for report in verify_ranges(database.urls["ledger"], first.reached)]
    assert (resumed[-1].streams, resumed[-1].broken, resumed[-1].reached) == (251, None, rest[-1].reached)


@pytest.mark.parametrize("number", [-1, 2**40])
async def test_an_event_of_a_stream_that_never_was_is_found_by_any_number(database: Database, number: int) -> None:
    stream = new_uuid()
    async with opened(database) as store:
        await store.append(command(stream, 0))
    connection = await asyncpg.connect(database.url)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE es.event SET stream_no = $1", number)
    await connection.execute("DELETE FROM es.stream")
    await connection.close()
    report = await verify(database.urls["ledger"])
    assert (report.streams, report.broken) == (0, ChainFault(stream, 1, 1, STRAY))


async def test_a_check_that_the_server_ends_says_how_to_go_on(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await execute(database.url, f"ALTER ROLE jejak_ledger IN DATABASE {database.name} SET lock_timeout = '10ms'")
    holder = await asyncpg.connect(database.url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE es.stream")
        arguments = ["ledger", "verify", "--database", database.urls["ledger"], "--from", "7"]
        assert await asyncio.to_thread(main, arguments) == 1
    await holder.close()
    assert "`jejak ledger verify --from 7`" in capsys.readouterr().err


def test_the_command_says_so_and_fails(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    case = new_uuid()
    run(append_event(database, case))
    assert main(["ledger", "verify", "--database", database.urls["ledger"]]) == 0
    assert "every chain holds" in capsys.readouterr().out
    run(_forge(database))
    assert main(["ledger", "verify", "--database", database.urls["ledger"]]) == 1
    assert f"BROKEN: stream {case}, version 1, position 1: " in capsys.readouterr().out


async def append_event(database: Database, case: object) -> None:
    async with opened(database) as store:
        await store.append(command(case, 0))  # type: ignore[arg-type]


async def _forge(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    await connection.execute("SET session_replication_role = replica; UPDATE es.event SET type = 'CaseClosed'")
    await connection.close()
