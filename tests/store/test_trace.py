"""The trace of what appended an event is stored beside it, and is no part of the record."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from jejak.eventstore.integrity.verify import verify
from jejak.eventstore.store import Store
from jejak.messaging.task_runner import TaskRunner
from jejak.platform.ids import new_uuid
from jejak.platform.key_settings import MasterKeys
from jejak.platform.trace import Trace
from tests.procedure import look_up_steps, sheet
from tests.procedure import office as an_office
from tests.servers import Database, execute
from tests.store import registers
from tests.store.bpjs import KEY, OFFICE, runtime_of, town
from tests.store.ledger import command, event, opened
from tests.store.registers import BUDI, SITI
from verification.handlers import handlers
from verification.outside.bridging import Bridging
from verification.outside.population import Population
from verification.registers.importing import import_register
from verification.registers.lookup import RegisterKeys

FIRST = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
SECOND = Trace("a" * 32, "b" * 16, "01")


async def traces(store: Store, case: UUID) -> list[str | None]:
    """The traces of a case's events, in order."""
    rows = await store.pool.fetch(
        "SELECT t.traceparent FROM es.event e LEFT JOIN es.trace t USING (position) WHERE e.stream = $1"
        " ORDER BY e.version",
        case,
    )
    return [row[0] for row in rows]


async def test_every_event_of_a_command_has_its_trace_and_without_one_none(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as store:
        with FIRST.bound():
            await store.append(command(case, 0))
        await store.append(command(case, 1))
        with SECOND.bound():
            await store.append(command(case, 2, [event(), event(), event()]))

        assert await traces(store, case) == [FIRST.traceparent, None, *[SECOND.traceparent] * 3]
        assert await store.traces([case, new_uuid()]) == {case: SECOND}


async def test_commands_that_share_a_call_keep_their_own_traces(database: Database) -> None:
    cases = [new_uuid() for _ in range(12)]

    async def append(store: Store, number: int) -> None:
        commanded = command(cases[number], 0, [event() for _ in range(1 + number % 2)])
        if number % 3:
            with Trace.begin(f"{number:032x}").bound():
                await store.append(commanded)
        else:
            await store.append(commanded)

    async with opened(database) as store:
        await asyncio.gather(*(append(store, number) for number in range(12)))
        ids = [[text and int(text.split("-")[1], 16) for text in await traces(store, case)] for case in cases]

    assert ids == [[number if number % 3 else None] * (1 + number % 2) for number in range(12)]


async def test_a_repeated_command_keeps_its_first_trace_and_one_that_lost_leaves_none(database: Database) -> None:
    case, lost = new_uuid(), event()
    once = command(case, 0)
    async with opened(database) as store:
        with FIRST.bound():
            await store.append(once)
        with SECOND.bound():
            again = await store.append(once)
            other = await store.append(command(case, 0, [lost]))

        assert (again.status, other.status) == ("already", "conflict")
        assert await traces(store, case) == [FIRST.traceparent]
        assert await store.pool.fetchval("SELECT count(*) FROM es.trace") == 1


async def test_an_automatic_task_continues_the_trace_of_the_request_that_made_it_due(
    database: Database, tmp_path: Path
) -> None:
    work = sheet(look_up_steps("check_membership"))
    async with town(database, work) as office, runtime_of(database, "verification") as runtime:
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office(way="impor").text)
        rows = ["NIK;Nama;Segmen;Status", *(f"{nik};Contoh;PBI (APBN);AKTIF" for nik in (BUDI, SITI))]
        path = registers.write(tmp_path, rows, "BPJS.csv")
        connection = await asyncpg.connect(database.urls["verification"])
        register = registers.of(path, "BPJS", office=OFFICE)
        await import_register(connection, RegisterKeys(KEY, MasterKeys(KEY)), register)
        await connection.close()
        cases = [await office.submit(person={"nik": nik}) for nik in (BUDI, SITI)]
        tasks = handlers(runtime, Bridging({}), Population({})).tasks

        await TaskRunner(runtime.command_handler, "verification", tasks, 0.0).work(cases)

        of_cases = [await traces(runtime.store, case) for case in cases]

    ids = [[text and text.split("-")[1] for text in texts] for texts in of_cases]
    assert [len(each) >= 2 and len(set(each)) == 1 and each[0] is not None for each in ids] == [True, True]
    assert ids[0][0] != ids[1][0]


async def test_the_chain_holds_with_traces_without_and_when_they_are_deleted(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as store:
        await store.append(command(case, 0))
        with FIRST.bound():
            await store.append(command(case, 1))
    assert (await verify(database.url)).broken is None

    await execute(database.url, "DELETE FROM es.trace")

    report = await verify(database.url)
    assert (report.events, report.broken) == (2, None)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO es.trace VALUES (1, 'x')",
        "UPDATE es.trace SET traceparent = 'x'",
        "DELETE FROM es.trace",
    ],
)
async def test_no_service_writes_a_trace_otherwise(database: Database, statement: str) -> None:
    async with opened(database) as store:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await store.pool.execute(statement)


async def test_a_trace_of_another_form_is_refused(database: Database) -> None:
    async with opened(database) as store:
        with pytest.raises(asyncpg.InvalidParameterValueError, match="traceparent"):
            await store.pool.execute("SELECT es.put_trace(1, 1, '1301014101850001')")
