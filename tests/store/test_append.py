"""append(): who has the right to it, the outcome of a command, and that nothing else can write."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from jejak.contracts.envelope import NewEvent
from jejak.contracts.event_owners import owners
from jejak.eventstore.integrity import chain
from jejak.eventstore.postgres.outage import MayNotAppend
from jejak.eventstore.postgres.roles import ALL_SERVICES
from jejak.platform.ids import new_uuid
from tests.servers import Database
from tests.store.ledger import OFFICE, SOP, command, due, event, opened

FIVE = tuple(service for service in ALL_SERVICES if service != "ledger")
PUBLISHERS = ("ledger", "bpjs_sync")


async def test_what_is_appended_is_read_back_with_its_time_its_due_task_and_an_unbroken_chain(
    database: Database,
) -> None:
    case, happened = new_uuid(), datetime(2022, 7, 4, 1, 30, 0, 123456, tzinfo=UTC)
    first = event(
        langkah="1",
        tugas="submit",
        hasil="selesai",
        oleh="pemohon",
        actor="siti",
        recorder="budi",
        occurred_at=happened,
    )
    async with opened(database) as store:
        outcome = await store.append(
            command(case, 0, [first, event()], [due(), due("aktif", "deliver", service="bpjs_sync")])
        )
        read = (await store.read([case])).streams[case]

    assert (outcome.status, outcome.version) == ("appended", 2)
    assert (read.kind, read.office, read.sop, read.version) == ("case", OFFICE, SOP, 2)
    submitted, checked = read.events
    assert (submitted.id, submitted.actor, submitted.recorder, submitted.occurred_at, submitted.due) == (
        first.id,
        "siti",
        "budi",
        happened,
        None,
    )
    assert checked.due == "verification/check_registry;2;kasi;main,bpjs_sync/deliver;2;kasi;aktif"
    assert checked.position == outcome.position
    assert submitted.hash == chain.event_hash(chain.genesis(case, "case", OFFICE, SOP), submitted)
    assert checked.hash == chain.event_hash(submitted.hash, checked) == read.head
    assert [row.slot for row in read.due] == ["aktif", "main"]
    assert {row.since for row in read.due} == {outcome.recorded_at}


async def test_a_command_that_expects_another_version_changes_nothing_and_is_told_the_version(
    database: Database,
) -> None:
    case = new_uuid()
    async with opened(database) as store:
        before = await store.append(command(case, 0))
        late = await store.append(command(case, 0, rows=[due()]))
        early = await store.append(command(case, 5))
        nowhere = await store.append(command(new_uuid(), 3))
        after = await store.append(command(case, 1))
        read = (await store.read([case])).streams[case]

    assert [(o.status, o.version, o.position) for o in (late, early, nowhere)] == [
        ("conflict", 1, 0),
        ("conflict", 1, 0),
        ("conflict", 0, 0),
    ]
    assert after.position == before.position + 1, "a losing command draws no number"
    assert read.version == 2
    assert read.due == ()


async def test_the_same_events_again_are_a_success_that_changes_nothing(database: Database) -> None:
    case = new_uuid()
    given = command(case, 0, [event(), event()], [due()])
    async with opened(database) as store:
        first = await store.append(given)
        await store.append(command(case, 2))
        again = await store.append(given)
        read = (await store.read([case])).streams[case]

    assert (again.status, again.version, again.position) == ("already", first.version, first.position)
    assert again.recorded_at == first.recorded_at
    assert read.version == 3


async def test_one_call_for_many_cases_answers_each_by_itself(database: Database) -> None:
    fresh, stale, known = new_uuid(), new_uuid(), new_uuid()
    twice = command(known, 0)
    async with opened(database) as store:
        await store.append_call([command(stale, 0), twice])
        outcomes = await store.append_call([command(stale, 0), command(fresh, 0, [event(), event()], [due()]), twice])
        read = await store.read([fresh, stale, known])

    assert [o.status for o in outcomes] == ["conflict", "appended", "already"]
    assert [read.streams[case].version for case in (fresh, stale, known)] == [2, 1, 1]
    assert read.streams[fresh].events[-1].due == "verification/check_registry;2;kasi;main"


async def test_a_call_that_names_a_case_twice_is_refused_whole(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as store:
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await store.append_call([command(case, 0), command(case, 1)])
        assert (await store.read([case])).streams == {}


@pytest.mark.parametrize("service", FIVE)
async def test_a_service_appends_its_own_types_and_no_others(database: Database, service: str) -> None:
    own = [name for name, services in owners().items() if service in services]
    others = [name for name, services in owners().items() if service not in services]
    async with opened(database, service) as store:
        outcome = await store.append(command(new_uuid(), 0, [event(name) for name in own]))
        refused = await asyncio.gather(
            *(store.append(command(new_uuid(), 0, [event(own[0]), event(name)])) for name in others),
            return_exceptions=True,
        )

    assert outcome.status == "appended"
    assert {type(error) for error in refused} == {MayNotAppend}
    assert len(refused) == len(others) > 0


async def test_the_ledgers_reader_may_not_append_at_all(database: Database) -> None:
    async with opened(database, "ledger") as store:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await store.append(command(new_uuid(), 0))


@pytest.mark.parametrize("service", ALL_SERVICES)
async def test_no_service_can_write_a_table_or_make_one(database: Database, service: str) -> None:
    connection = await asyncpg.connect(database.urls[service])
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('es', 'keys', 'jejak')"
        " AND NOT (tablename = 'checkpoint' AND $1)",
        service in PUBLISHERS,
    )
    writes = [
        statement
        for (table,) in tables
        for statement in (f"INSERT INTO {table} DEFAULT VALUES", f"DELETE FROM {table}", f"TRUNCATE {table}")  # noqa: S608 - names from the catalog
    ]
    writes += ["UPDATE es.event SET type = type", "UPDATE es.stream SET version = 9", "CREATE TABLE es.mine (a int)"]
    writes += ["CREATE TABLE public.mine (a int)", "SELECT nextval('es.event_position')", "SET ROLE jejak_owner"]
    try:
        for statement in writes:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
    assert len(tables) > 8


@pytest.mark.parametrize(
    "statement",
    ["UPDATE es.event SET type = 'X'", "DELETE FROM es.event", "TRUNCATE es.event", "DELETE FROM es.stream"],
)
async def test_even_the_owner_of_the_ledger_cannot_change_what_was_recorded(database: Database, statement: str) -> None:
    connection = await asyncpg.connect(database.url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "broken",
    [event("ApplicationSubmitted", langkah="1\n2"), event("ApplicationSubmitted", actor="a\nb")],
)
async def test_a_line_feed_in_a_hashed_field_is_refused(database: Database, broken: NewEvent) -> None:
    async with opened(database) as store:
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await store.append(command(new_uuid(), 0, [broken]))
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await store.append_call([command(new_uuid(), 0), command(new_uuid(), 0, [broken])])


async def test_a_separator_in_a_due_token_is_refused(database: Database) -> None:
    async with opened(database) as store:
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await store.append(command(new_uuid(), 0, rows=[due(who="kasi;kabid")]))
        with pytest.raises(asyncpg.InvalidParameterValueError):
            await store.append(command(new_uuid(), 0, [event(), event()], [due(who="kasi;kabid")]))


async def test_time_never_runs_backwards_within_a_case_though_the_clock_is_set_back(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as store:
        await store.set_dev_clock(timedelta(days=400))
        first = await store.append(command(case, 0))
        await store.set_dev_clock(timedelta(days=-400))
        second = await store.append(command(case, 1))
        elsewhere = await store.append(command(new_uuid(), 0))

    assert second.recorded_at == first.recorded_at
    assert elsewhere.recorded_at < first.recorded_at - timedelta(days=799)


async def test_of_eight_writers_that_expect_the_same_version_one_wins(database: Database) -> None:
    case = new_uuid()
    async with opened(database, size=8) as store:
        for version in range(12):
            outcomes = await asyncio.gather(*(store.append_call([command(case, version)]) for _ in range(8)))
            assert sorted(o.status for (o,) in outcomes) == ["appended"] + 7 * ["conflict"]
        read = (await store.read([case])).streams[case]
    assert [event.version for event in read.events] == list(range(1, 13))
    assert [event.position for event in read.events] == list(range(1, 13))


async def test_the_payload_can_be_read_as_json_by_an_inspector(database: Database) -> None:
    async with opened(database) as store, opened(database, "ledger") as ledger:
        await store.append(command(new_uuid(), 0, [event(payload=b'{"nama":"x"}')]))
        assert await ledger.pool.fetchval("SELECT payload ->> 'nama' FROM es.event_json") == "x"
