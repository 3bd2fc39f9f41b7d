"""`jejak load`: years of synthetic cases like any others in the ledger."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest

from jejak.cases.command_handler import CommandHandler, stored_due
from jejak.cases.engine import DueTask
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.cli import main
from jejak.contracts.codec import Keyring
from jejak.eventstore.integrity.verify import verify
from jejak.eventstore.store import Store
from jejak.eventstore.types import StoredDue
from jejak.platform import ids
from jejak.platform.settings import Source
from jejak_local import postgres
from jejak_local.guard import LocalError
from jejak_tools.load.command import Loaded, LoadRequest, load
from tests.servers import PASSWORDS, Database, database_from, scratch_folder

SMALL = LoadRequest(cases=40, offices=5, years=1, seed=7, processes=2)
_COUNTED = """
SELECT (SELECT count(*) FROM es.stream WHERE kind = 'case') AS cases, (SELECT count(*) FROM es.event) AS events,
       (SELECT max(recorded_at) <= es.now() FROM es.event) AS past, (SELECT position FROM view.progress) AS seen,
       (SELECT max(position) FROM es.event) AS head, (SELECT count(DISTINCT office) FROM es.event) AS offices
"""
_HOLES = "SELECT office FROM letters.number GROUP BY office, series, year HAVING max(urut) > count(*)"
_STORIES = """
SELECT string_agg(concat_ws(' ', type, tugas, hasil, oleh, actor, recorder, date_trunc('minute', recorded_at)),
                          E'\\n' ORDER BY version) AS story
FROM es.event WHERE kind = 'case' GROUP BY stream
"""


@contextmanager
def data_of(database: Database) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A data folder and an environment that name the run's PostgreSQL, and no Kafka."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    passwords = {f"JEJAK_DB_PASSWORD_{service.upper()}": password for service, password in PASSWORDS.items()}
    with scratch_folder("load") as folder:
        yield folder, ours | passwords | {"JEJAK_DATABASE_URL": database.url}


async def loaded(database: Database, request: LoadRequest, folder: Path, environ: Mapping[str, str]) -> Loaded:
    """Runs the command in a thread, since it runs event loops of its own."""
    return await asyncio.to_thread(load, request, folder, environ, lambda _: None)


async def test_a_load_is_a_ledger_like_any_other_and_doing_it_again_adds_what_is_missing(database: Database) -> None:
    with data_of(database) as (folder, environ):
        first = await loaded(database, SMALL, folder, environ)
        connection = await asyncpg.connect(database.url)
        counted = await connection.fetchrow(_COUNTED)
        assert counted is not None
        assert (counted["cases"], counted["offices"]) == (SMALL.cases, SMALL.offices)
        assert counted["events"] > 10 * SMALL.cases
        assert counted["past"]
        assert counted["seen"] == counted["head"]
        assert not await connection.fetch(_HOLES)
        assert (await verify(database.url)).broken is None
        await _is_due_what_the_procedure_asks_for(database, folder)

        again = await loaded(database, SMALL, folder, environ)
        more = await loaded(database, LoadRequest(50, 5, 1, 7, 2), folder, environ)
        last = await connection.fetchrow(_COUNTED)
        await connection.close()
    assert last is not None
    assert (first.cases, again.cases, more.cases, last["cases"]) == (40, 40, 50, 50)
    assert last["offices"] == SMALL.offices
    assert (await verify(database.url)).broken is None


async def _is_due_what_the_procedure_asks_for(database: Database, folder: Path) -> None:
    """Checks every due row against the engine's result for the case, to the microsecond."""
    masters = Source({"JEJAK_MASTER_KEY": (folder / "secrets" / "master_key").read_text()}).master_keys()
    async with await Store.connect(database.urls["intake"]) as store:
        command_handler = CommandHandler(store, ProcedureRegistry(store), Keyring(masters, ids.random_bytes))
        cases = [row[0] for row in await store.pool.fetch("SELECT key FROM es.stream WHERE kind = 'case'")]
        opened = await command_handler.load_all(cases)
    assert len(opened) == SMALL.cases
    for case in opened.values():
        expected, stored = {_expected_row(due) for due in case.due}, {_stored_row(row) for row in case.rows}
        assert expected == stored
        times = [event.at for event in case.history]
        assert times == sorted(times)
        application = case.case.application
        assert application is not None
        assert case.office.calendar.is_open(application.received_at - timedelta(seconds=1))
    assert any(case.case.ending for case in opened.values())
    assert any(case.due for case in opened.values())


def _expected_row(due: DueTask) -> tuple[object, ...]:
    row = stored_due(due, due.since + timedelta(days=1))
    return row.slot, row.langkah, row.tugas, row.who, row.since, row.automatic, row.kumpulan, row.urgent


def _stored_row(row: StoredDue) -> tuple[object, ...]:
    return row.slot, row.langkah, row.tugas, row.who, row.since, row.automatic, row.kumpulan, row.urgent


async def test_the_same_seed_ending_on_the_same_day_tells_the_same_stories(
    postgres_server: postgres.Address, migrated_template: str
) -> None:
    stories = []
    for seed in (3, 3, 4):
        with database_from(postgres_server, migrated_template) as database, data_of(database) as (folder, environ):
            await loaded(database, LoadRequest(8, 1, 1, seed, 1, date(2026, 6, 1)), folder, environ)
            connection = await asyncpg.connect(database.url)
            stories.append({row["story"] for row in await connection.fetch(_STORIES)})
            await connection.close()
    first, second, other = stories
    assert len(first) == 8
    assert first == second
    assert first.isdisjoint(other)


async def test_nothing_is_loaded_where_people_work(database: Database) -> None:
    with data_of(database) as (folder, environ), pytest.raises(LocalError, match="for development"):
        await loaded(database, SMALL, folder, {**environ, "JEJAK_ENV": "production"})
    connection = await asyncpg.connect(database.url)
    assert await connection.fetchval("SELECT count(*) FROM es.stream") == 0
    await connection.close()


def test_the_command_says_what_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--cases", "0"]) == 1
    assert "whole numbers above zero" in capsys.readouterr().err
