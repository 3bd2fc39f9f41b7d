"""The master key is changed while services go on: every key opens at any time, and destroyed ones stay destroyed."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from bpjs_sync.answers.unmatched_store import associated_data, reply_keys
from jejak.cli import main
from jejak.contracts.codec import CaseKeys, Keyring, UnknownMasterKey, unwrap, wrap
from jejak.contracts.wrapped_keys import CASE_KEYS
from jejak.eventstore.key_rotation import Rewrapped, counted, rewrap, tables_of
from jejak.eventstore.postgres.owner import as_owner
from jejak.eventstore.postgres.roles import OWNER
from jejak.platform.ids import new_uuid, random_bytes
from jejak.platform.key_settings import MasterKeys, key_id
from tests.servers import Database, execute
from tests.store.ledger import opened, until
from verification.registers.lookup import bound_to_import

OLD, NEW, STRANGE = (bytes([number]) * 32 for number in (1, 2, 3))
BEFORE, BOTH, AFTER = MasterKeys(OLD), MasterKeys(NEW, (OLD,)), MasterKeys(NEW)
SECRET: Final = b"s" * 32
WAITS: Final = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"


def unseen(_table: str, _done: int, _of: int) -> None:
    """No progress is shown."""


async def cases_of(database: Database, masters: MasterKeys, count: int) -> dict[UUID, CaseKeys]:
    """Cases of the counter, each with keys that these master keys wrapped."""
    ring = Keyring(masters, random_bytes)
    made = {new_uuid(): ring.new_keys() for _ in range(count)}
    async with opened(database) as store:
        for case, keys in made.items():
            await store.put_keys(case, *ring.wrap(case, keys))
    return made


async def read_by_a_service(database: Database, masters: MasterKeys, cases: Sequence[UUID]) -> dict[UUID, CaseKeys]:
    """The keys of these cases, as any service reads them."""
    connection = await asyncpg.connect(database.urls["approval"])
    try:
        rows = await connection.fetch(
            "SELECT stream, working, archive FROM keys.case_key WHERE stream = ANY ($1::uuid[])", cases
        )
    finally:
        await connection.close()
    ring = Keyring(masters, random_bytes)
    return {row["stream"]: ring.unwrap(row["stream"], (row["working"], row["archive"])) for row in rows}


@asynccontextmanager
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection[Any]]:
    async with as_owner(database.url) as connection:
        yield connection


def named(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by the names that these tests give the keys."""
    names = {key_id(OLD).hex(): "old", key_id(NEW).hex(): "new"}
    return {names.get(name, name): count for name, count in counts.items()}


async def test_every_key_is_wrapped_anew_and_opens_without_the_former_master_key(database: Database) -> None:
    made = await cases_of(database, BEFORE, 25)
    async with owner(database) as connection:
        assert named(await counted(connection, BOTH, CASE_KEYS)) == {"old": 50}

        assert await rewrap(connection, BOTH, CASE_KEYS, unseen, batch=10) == Rewrapped("keys.case_key", 25, Counter())

        assert named(await counted(connection, BOTH, CASE_KEYS)) == {"new": 50}
        assert (await rewrap(connection, BOTH, CASE_KEYS, unseen)).rows == 0
    assert await read_by_a_service(database, AFTER, list(made)) == made


async def test_keys_of_answers_and_of_registers_are_wrapped_anew_too(database: Database) -> None:
    file, reply, imported = new_uuid(), new_uuid(), new_uuid()
    admin = await asyncpg.connect(database.url)
    await admin.execute(
        "INSERT INTO bpjs.answer_file (id, office, sha256, imported_by, wrapped_key)"
        " VALUES ($1, '13.01', $2, 'staf', $3)",
        *(file, bytes(32), wrap(BEFORE, SECRET, associated_data(file), random_bytes)),
    )
    await admin.execute(
        "INSERT INTO bpjs.reply_key (id, wrapped) VALUES ($1, $2)",
        *(reply, wrap(BEFORE, SECRET, associated_data(reply), random_bytes)),
    )
    await admin.execute(
        "INSERT INTO register.import"
        " (id, office, register, kind, as_of, file_name, sha256, imported_by, status, wrapped_key)"
        " VALUES ($1, '13.01', 'DTKS', 'kemiskinan', '2026-01-01', 'a.csv', $2, 'staf', 'loading', $3)",
        *(imported, bytes(32), wrap(BEFORE, SECRET, bound_to_import(imported), random_bytes)),
    )
    await admin.execute(
        "INSERT INTO register.import (id, office, register, kind, as_of, file_name, sha256, imported_by, status)"
        " VALUES ($1, '13.01', 'DTKS', 'kemiskinan', '2026-01-01', 'b.csv', $2, 'staf', 'abandoned')",
        *(new_uuid(), bytes(32)),
    )

    async with owner(database) as connection:
        tables = await tables_of(connection)
        rows = {table.table: (await rewrap(connection, BOTH, table, unseen)).rows for table in tables}

    assert rows == {"keys.case_key": 0, "bpjs.answer_file": 1, "bpjs.reply_key": 1, "register.import": 1}
    stored = await admin.fetchval("SELECT wrapped_key FROM bpjs.answer_file WHERE id = $1", file)
    assert unwrap(AFTER, stored, associated_data(file)) == SECRET
    stored = await admin.fetchval("SELECT wrapped_key FROM register.import WHERE id = $1", imported)
    assert unwrap(AFTER, stored, bound_to_import(imported)) == SECRET
    async with asyncpg.create_pool(database.urls["bpjs_sync"], min_size=1, max_size=1) as pool:
        assert await reply_keys(pool, AFTER, [reply]) == {reply: SECRET}
    await admin.close()


async def test_every_column_of_the_database_that_holds_wrapped_keys_is_known(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    rows = await admin.fetch(
        "SELECT table_schema || '.' || table_name AS name, column_name FROM information_schema.columns"
        " WHERE data_type = 'bytea' AND (column_name LIKE 'wrapped%' OR table_schema = 'keys')"
    )
    await admin.close()
    async with owner(database) as connection:
        tables = await tables_of(connection)

    assert {tuple(row) for row in rows} == {(table.table, column) for table in tables for column in table.columns}


async def test_services_read_and_make_cases_while_keys_are_wrapped_anew(database: Database) -> None:
    made = await cases_of(database, BEFORE, 200)
    done = asyncio.Event()
    reads = 0

    async def read_on() -> None:
        nonlocal reads
        while not done.is_set() or not reads:
            assert await read_by_a_service(database, BOTH, list(made)) == made
            reads += 1

    async def make_more() -> dict[UUID, CaseKeys]:
        return await cases_of(database, MasterKeys(OLD, (NEW,)), 20)  # a process that still writes with the former key

    async def both_runs() -> list[Rewrapped]:
        async with owner(database) as first, owner(database) as second:
            runs = [rewrap(each, BOTH, CASE_KEYS, unseen, batch=7) for each in (first, second)]
            return await asyncio.gather(*runs)

    reader, maker = asyncio.create_task(read_on()), asyncio.create_task(make_more())
    results = await both_runs()
    made_meanwhile = await maker
    done.set()
    await reader

    assert not any(result.left for result in results)
    async with owner(database) as connection:
        await rewrap(connection, BOTH, CASE_KEYS, unseen)
        assert named(await counted(connection, BOTH, CASE_KEYS)) == {"new": 440}
    everything = made | made_meanwhile
    assert await read_by_a_service(database, AFTER, list(everything)) == everything


async def test_a_run_that_dies_leaves_whole_keys_and_the_next_one_goes_on(database: Database) -> None:
    made = await cases_of(database, BEFORE, 30)

    def dies(_table: str, seen: int, _of: int) -> None:
        if seen >= 20:
            raise ConnectionAbortedError

    async with owner(database) as connection:
        with pytest.raises(ConnectionAbortedError):
            await rewrap(connection, BOTH, CASE_KEYS, dies, batch=10)
    assert await read_by_a_service(database, BOTH, list(made)) == made

    async with owner(database) as connection:
        assert named(await counted(connection, BOTH, CASE_KEYS)) == {"old": 20, "new": 40}
        assert (await rewrap(connection, BOTH, CASE_KEYS, unseen)).rows == 10
    assert await read_by_a_service(database, AFTER, list(made)) == made


async def test_a_server_that_ends_the_session_in_a_batch_takes_the_whole_batch_back(database: Database) -> None:
    made = await cases_of(database, BEFORE, 30)
    admin = await asyncpg.connect(database.url)

    async with owner(database) as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        async with admin.transaction():
            # The first batch waits at its UPDATE for this lock on the table, and is ended there.
            await admin.execute("LOCK TABLE keys.case_key IN SHARE ROW EXCLUSIVE MODE")
            waiting = asyncio.create_task(rewrap(connection, BOTH, CASE_KEYS, unseen, batch=10))
            await until(lambda: admin.fetchval(WAITS, pid))
            await admin.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(
            (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
        ):
            await waiting
    await admin.close()

    async with owner(database) as connection:
        assert named(await counted(connection, BOTH, CASE_KEYS)) == {"old": 60}
    assert await read_by_a_service(database, BOTH, list(made)) == made


async def test_a_destroyed_key_stays_destroyed(database: Database) -> None:
    made = await cases_of(database, BEFORE, 12)
    gone, held, *_ = made
    await execute(database.url, f"DELETE FROM keys.case_key WHERE stream = '{gone}'")  # noqa: S608 - a made-up id
    admin = await asyncpg.connect(database.url)

    async with owner(database) as connection:
        async with admin.transaction():
            await admin.execute("DELETE FROM keys.case_key WHERE stream = $1", held)  # an erasure that is under way
            assert (await rewrap(connection, BOTH, CASE_KEYS, unseen)).rows == 10
        assert (await rewrap(connection, BOTH, CASE_KEYS, unseen)).rows == 0
        assert named(await counted(connection, BOTH, CASE_KEYS)) == {"new": 20}
    await admin.close()
    left = {case: keys for case, keys in made.items() if case not in (gone, held)}
    assert await read_by_a_service(database, AFTER, list(made)) == left


async def test_a_ring_without_the_former_key_changes_nothing_and_says_which_is_missing(database: Database) -> None:
    named_by = MasterKeys(OLD, (NEW,))
    await cases_of(database, named_by, 3)
    made = await cases_of(database, BEFORE, 2)
    wrong = MasterKeys(NEW, (STRANGE,))

    async with owner(database) as connection:
        result = await rewrap(connection, wrong, CASE_KEYS, unseen)
        counts = await counted(connection, wrong, CASE_KEYS)

    assert result.rows == 0
    assert result.left == {
        f"a key is wrapped under the master key {key_id(OLD).hex()}, which is not in the ring": 3,
        "a wrapped key opens with no master key of the ring, or is damaged": 2,
    }
    assert counts == {key_id(OLD).hex(): 6, "": 4}
    with pytest.raises(UnknownMasterKey):
        await read_by_a_service(database, AFTER, list(made))


async def test_a_damaged_key_is_left_and_stops_no_other(database: Database) -> None:
    made = await cases_of(database, BEFORE, 4)
    bad, *_ = made
    await execute(database.url, f"UPDATE keys.case_key SET working = reverse(working) WHERE stream = '{bad}'")  # noqa: S608

    async with owner(database) as connection:
        result = await rewrap(connection, BOTH, CASE_KEYS, unseen, batch=1)

    assert (result.rows, result.left.total()) == (3, 1)


@pytest.mark.parametrize("service", ["intake", "bpjs_sync", "ledger"])
async def test_no_service_may_change_a_stored_key(database: Database, service: str) -> None:
    await cases_of(database, BEFORE, 1)
    connection = await asyncpg.connect(database.urls[service])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE keys.case_key SET working = working")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SET ROLE {OWNER}")
    finally:
        await connection.close()


def settings(monkeypatch: pytest.MonkeyPatch, url: str, writing: bytes, old: bytes | None = None) -> None:
    for name, key in (("JEJAK_MASTER_KEY", writing), ("JEJAK_MASTER_KEYS_OLD", old)):
        monkeypatch.setenv(name, base64.urlsafe_b64encode(key).decode() if key else "")
    monkeypatch.setenv("JEJAK_ENV", "production")
    monkeypatch.setenv("JEJAK_DATABASE_URL", url)


def command(*arguments: str) -> int:
    """The exit status of `jejak keys …`; away from this test's event loop, as the command begins one."""
    return main(["keys", *arguments])


async def test_the_command_counts_tries_changes_and_then_needs_no_former_key(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await cases_of(database, BEFORE, 5)
    settings(monkeypatch, database.url, NEW, OLD)
    old, new = key_id(OLD).hex(), key_id(NEW).hex()

    assert await asyncio.to_thread(command, "status") == 1
    assert f"The master keys {old} are still needed" in capsys.readouterr().out
    assert await asyncio.to_thread(command, "rewrap", "--dry-run") == 1
    assert "keys.case_key      5 rows would be wrapped anew" in capsys.readouterr().out
    assert await asyncio.to_thread(command, "rewrap", "--batch", "2") == 0
    assert "keys.case_key      5 rows were wrapped anew" in capsys.readouterr().out
    settings(monkeypatch, database.url, NEW)
    assert await asyncio.to_thread(command, "status") == 0
    assert f"under the writing key {new}; no other master key is needed." in capsys.readouterr().out


async def test_the_command_says_in_one_sentence_what_is_wrong(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await cases_of(database, BEFORE, 1)

    settings(monkeypatch, database.url, NEW)
    assert await asyncio.to_thread(command, "rewrap") == 1
    assert "The ring holds one key, so there is nothing to wrap anew" in capsys.readouterr().err
    settings(monkeypatch, database.url, NEW, STRANGE)
    assert await asyncio.to_thread(command, "rewrap") == 1
    assert "2 keys open with no key of the ring: a former one is missing" in capsys.readouterr().out
    settings(monkeypatch, database.urls["letters"], NEW, OLD)
    assert await asyncio.to_thread(command, "status") == 1
    assert "This login may not act as jejak_owner" in capsys.readouterr().err
    settings(monkeypatch, "postgresql://127.0.0.1:1/jejak", NEW, OLD)
    assert await asyncio.to_thread(command, "status") == 1
    assert "The database cannot be reached" in capsys.readouterr().err
