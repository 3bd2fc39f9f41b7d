"""The coalescer: every caller gets its own answer, independent of other callers and of lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import asyncpg
import pytest

from jejak.eventstore.coalescer import Coalescer
from jejak.eventstore.postgres.outage import MayNotAppend
from jejak.eventstore.types import Append, LedgerUnavailableError, Outcome
from jejak.platform.ids import new_uuid
from tests.servers import Database
from tests.store.ledger import command, event, opened, until

_INTAKE = "pg_stat_activity WHERE usename = 'jejak_intake' AND datname = current_database()"


async def test_all_that_waits_goes_out_as_one_call_and_commands_of_a_case_keep_their_order(database: Database) -> None:
    calls: list[list[Append]] = []
    case, others = new_uuid(), [new_uuid() for _ in range(20)]
    async with opened(database) as store:

        async def send(commands: Sequence[Append]) -> Sequence[Outcome]:
            calls.append(list(commands))
            return await store.append_call(commands)

        coalescer = Coalescer(send, workers=2)
        given = [command(case, version) for version in range(5)] + [command(other, 0) for other in others]
        outcomes = await asyncio.gather(*(coalescer.append(append) for append in given))
        await coalescer.close()

    assert {o.status for o in outcomes} == {"appended"}
    assert [o.version for o in outcomes[:5]] == [1, 2, 3, 4, 5]
    assert all(len({append.stream for append in call}) == len(call) for call in calls)
    assert len(calls[0]) == 21


async def test_a_call_carries_no_more_bytes_than_allowed_unless_one_command_does(database: Database) -> None:
    calls: list[int] = []
    async with opened(database) as store:

        async def send(commands: Sequence[Append]) -> Sequence[Outcome]:
            calls.append(sum(len(event.payload) for given in commands for event in given.events))
            return await store.append_call(commands)

        coalescer = Coalescer(send, workers=1, max_bytes=5_000)
        sizes = [1_000] * 12 + [20_000]
        await asyncio.gather(
            *(coalescer.append(command(new_uuid(), 0, [event(payload=b"x" * size)])) for size in sizes)
        )
        await coalescer.close()

    assert sum(calls) == sum(sizes)
    assert max(size for size in calls if size != 20_000) <= 5_000
    assert 20_000 in calls


async def test_one_bad_command_fails_alone(database: Database) -> None:
    async with opened(database) as store:
        good = [command(new_uuid(), 0) for _ in range(10)]
        bad = command(new_uuid(), 0, [event("LetterSigned")])
        outcomes = await asyncio.gather(*map(store.append, [*good[:5], bad, *good[5:]]), return_exceptions=True)

    assert isinstance(outcomes.pop(5), MayNotAppend)
    assert [outcome.status for outcome in outcomes if isinstance(outcome, Outcome)] == ["appended"] * 10


async def test_an_answer_lost_with_the_connection_is_found_again_and_nothing_is_doubled(database: Database) -> None:
    lost: list[Sequence[Append]] = []
    case = new_uuid()
    async with opened(database) as store:

        async def send(commands: Sequence[Append]) -> Sequence[Outcome]:
            outcomes = await store.append_call(commands)
            if not lost:
                lost.append(commands)
                raise ConnectionResetError
            return outcomes

        coalescer = Coalescer(send)
        outcome = await coalescer.append(command(case, 0, [event(), event()]))
        await coalescer.close()
        read = (await store.read([case])).streams[case]

    assert len(lost) == 1
    assert (outcome.status, outcome.version, read.version) == ("already", 2, 2)


ALL = 300


async def test_connections_ended_by_the_administrator_lose_and_double_nothing(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    cases = [new_uuid() for _ in range(20)]
    async with opened(database) as store:

        async def live(case: object) -> None:
            for version in range(15):
                outcome = await store.append(command(case, version))  # type: ignore[arg-type]
                assert outcome.status in {"appended", "already"}

        living = asyncio.gather(*map(live, cases))
        for _ in range(8):
            before = await admin.fetchval("SELECT count(*) FROM es.event")
            await admin.execute(f"SELECT pg_terminate_backend(pid) FROM {_INTAKE}")  # noqa: S608 - constants of the tests
            await until(partial(_more, admin, before))
        await living
        events = await admin.fetch("SELECT stream, count(DISTINCT id), max(version) FROM es.event GROUP BY stream")
    await admin.close()
    assert {row[0]: (row[1], row[2]) for row in events} == dict.fromkeys(cases, (15, 15))


async def test_a_caller_that_gives_up_does_not_take_its_event_with_it(database: Database) -> None:
    held, free = new_uuid(), new_uuid()
    admin = await asyncpg.connect(database.url)
    async with opened(database) as store:
        await store.append(command(held, 0))
        async with admin.transaction():
            await admin.execute("SELECT 1 FROM es.stream WHERE key = $1 FOR UPDATE", held)
            waiting = asyncio.create_task(store.append(command(held, 1)))
            await until(lambda: _blocked(admin))
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await store.append(command(free, 0))).status == "appended", "others do not wait for a locked case"

        async def arrived() -> bool:
            return (await store.read([held])).streams[held].version == 2

        await until(arrived)
    await admin.close()


async def test_a_server_that_stays_away_is_reported_after_the_patience_is_spent() -> None:
    async def send(_: Sequence[Append]) -> Sequence[Outcome]:
        raise ConnectionRefusedError

    coalescer = Coalescer(send, patience=0.2)
    with pytest.raises(LedgerUnavailableError):
        await coalescer.append(command(new_uuid(), 0))
    await coalescer.close()


async def _more(admin: asyncpg.Connection, seen: int) -> bool:
    return bool(await admin.fetchval("SELECT count(*) > $1 FROM es.event", min(seen, ALL - 1)))


async def _blocked(admin: asyncpg.Connection) -> bool:
    return bool(await admin.fetchval(f"SELECT EXISTS (SELECT FROM {_INTAKE} AND wait_event_type = 'Lock')"))  # noqa: S608 - constants of the tests
