"""Migrations run on any number of databases at once, repeatedly, on any cluster."""

from __future__ import annotations

import asyncio
import re
import secrets
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from jejak.cli import main
from jejak.eventstore.postgres.migrate import Patience, migrate
from jejak.eventstore.postgres.migration_files import Migration, MigrationError, NewerDatabaseError, installed
from jejak.eventstore.postgres.roles import ALL_SERVICES, REPORT, service_url
from jejak.platform.database_settings import role
from jejak_local import postgres
from tests.servers import PASSWORDS, Database, execute, scratch_folder, start_or_skip
from tests.waits import PATIENCE


async def test_several_new_databases_of_a_new_cluster_migrate_at_once(own_postgres: postgres.Postgres) -> None:
    names = [f"kab_{number}" for number in range(5)]
    admin = await asyncpg.connect(own_postgres.url)
    for name in names:
        await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()

    urls = [own_postgres.url_of(name) for name in (*names, *names)]
    applied = await asyncio.gather(*(migrate(url, PASSWORDS) for url in urls))

    whole = max(applied, key=len)
    assert sorted(map(len, applied)) == [0] * 5 + [len(whole)] * 5
    for service in ALL_SERVICES:
        connection = await asyncpg.connect(service_url(urls[0], service, PASSWORDS[service]))
        assert await connection.fetchval("SELECT session_user") == role(service)
        assert await connection.fetchval("SHOW jit") == "off"
        assert await connection.fetchval("SHOW lock_timeout") != "0"
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "15s"
        await connection.close()


async def test_the_login_of_reports_is_closed_until_it_is_given_a_password(own_postgres: postgres.Postgres) -> None:
    services = {service: PASSWORDS[service] for service in ALL_SERVICES}
    may_log_in = f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role(REPORT)}'"  # noqa: S608 - a constant
    admin = await asyncpg.connect(own_postgres.url)
    url = service_url(own_postgres.url, REPORT, PASSWORDS[REPORT])

    await migrate(own_postgres.url, services)
    assert await admin.fetchval(may_log_in) is False
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(url)

    for passwords in (services | {REPORT: PASSWORDS[REPORT]}, services):
        await migrate(own_postgres.url, passwords)
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SHOW default_transaction_read_only") == "on"
        await connection.close()
    await admin.close()


async def test_a_second_time_nothing_is_applied_and_no_owner_of_an_event_lost(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    owners = "SELECT role, type FROM es.event_owner"
    before = await connection.fetch(owners)
    await connection.execute("DELETE FROM es.event_owner WHERE role = 'jejak_intake'")
    newer = ("jejak_intake", "PeristiwaVersiBaru")
    await connection.execute("INSERT INTO es.event_owner VALUES ($1, $2)", *newer)

    assert await migrate(database.url, PASSWORDS, development=True) == []
    assert {tuple(row) for row in await connection.fetch(owners)} == {tuple(row) for row in before} | {newer}
    await connection.close()


async def test_a_migration_changed_after_it_was_applied_is_refused(database: Database, tmp_path: Path) -> None:
    folders = own(tmp_path, "CREATE TABLE es.own (a int)")
    assert await migrate(database.url, development=True, folders=folders) == ["own/0001_own.sql"]
    own(tmp_path, "CREATE TABLE es.own (a text)")
    with pytest.raises(MigrationError, match=r"own/0001_own\.sql was changed"):
        await migrate(database.url, development=True, folders=folders)


async def test_a_file_that_fails_leaves_nothing_behind_and_those_before_it_stay(
    database: Database, tmp_path: Path
) -> None:
    bad = "CREATE TABLE es.second (a int); CREATE TABLE es.first (a int)"
    folders = own(tmp_path, "CREATE TABLE es.first (a int)", bad)
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(database.url, development=True, folders=folders)
    assert await value(database.url, "SELECT to_regclass('es.second')") is None
    own(tmp_path, "CREATE TABLE es.first (a int)", "CREATE TABLE es.second (a int)")
    assert await migrate(database.url, development=True, folders=folders) == ["own/0002_own.sql"]


async def test_a_database_that_is_newer_is_refused_before_anything_is_changed(
    database: Database, tmp_path: Path
) -> None:
    folders = own(tmp_path, "CREATE TABLE es.first (a int)")
    await migrate(database.url, development=True, folders=folders)
    for older in (installed(), own(tmp_path / "none")):
        with pytest.raises(NewerDatabaseError, match=r"does not know own/0001_own\.sql"):
            await migrate(database.url, development=False, folders=older)
    assert await value(database.url, "SELECT enabled FROM es.clock")


async def test_an_index_is_made_beside_writers_and_again_after_an_interruption(
    database: Database, tmp_path: Path
) -> None:
    index = "-- concurrently\nCREATE INDEX CONCURRENTLY IF NOT EXISTS later ON es.event (occurred_at);\n"
    folders = own(tmp_path, index)
    await execute(
        database.url,
        "SET ROLE jejak_owner; CREATE INDEX later ON es.event (occurred_at); RESET ROLE",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'es.later'::regclass",  # as it is left half made
    )
    writer = await asyncpg.connect(database.url)
    writing = writer.transaction()
    await writing.start()
    await writer.execute("LOCK TABLE es.event IN ROW EXCLUSIVE MODE")
    making = asyncio.create_task(migrate(database.url, development=True, folders=folders))
    await writer.execute("LOCK TABLE es.event IN ROW EXCLUSIVE MODE")
    await writing.commit()
    await writer.close()

    assert await making == ["own/0001_own.sql"]
    assert await value(database.url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'es.later'::regclass")


@pytest.mark.parametrize(
    "text",
    [
        "-- concurrently\nCREATE INDEX CONCURRENTLY later ON es.event (occurred_at);",
        "-- concurrently\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON es.due (who); DROP TABLE es.due;",
        "-- concurrently\nALTER TABLE es.event ADD COLUMN later int;",
    ],
)
def test_outside_of_a_transaction_there_is_one_statement_that_can_be_repeated(text: str) -> None:
    with pytest.raises(MigrationError, match=r"own/0001_own\.sql is marked"):
        assert Migration("own/0001_own.sql", text).index is None


async def test_a_file_waits_for_its_lock_a_moment_at_a_time_and_says_so(database: Database, tmp_path: Path) -> None:
    folders, lines = own(tmp_path, "ALTER TABLE es.due ADD COLUMN later int"), list[str]()
    patience = Patience(attempts=2, lock_seconds=0.1, pause_seconds=0.0)
    holder = await asyncpg.connect(database.url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE es.due IN ACCESS SHARE MODE")
        with pytest.raises(MigrationError, match="got no lock in 2 attempts"):
            await migrate(database.url, development=True, folders=folders, patience=patience, say=lines.append)
    await holder.close()
    assert lines == [f"own/0001_own.sql gets no lock yet: attempt {number} of 2" for number in (1, 2)]
    await migrate(database.url, development=True, folders=folders, say=lines.append)
    assert lines[-1] == "own/0001_own.sql applied"


async def test_one_migration_of_a_database_runs_at_a_time(database: Database, tmp_path: Path) -> None:
    folders, lines = own(tmp_path, "CREATE TABLE es.first (a int)"), list[str]()
    other = await asyncpg.connect(database.url)
    await other.execute("SELECT pg_advisory_lock(7300170)")
    waiting = asyncio.create_task(migrate(database.url, development=True, folders=folders, say=lines.append))
    async with asyncio.timeout(PATIENCE):
        while not lines:  # noqa: ASYNC110 - the other task says it
            await asyncio.sleep(0.01)
    assert await value(database.url, "SELECT to_regclass('es.first')") is None
    await other.close()
    assert await waiting == ["own/0001_own.sql"]


async def test_a_restored_database_that_lets_in_everybody_does_so_no_longer(database: Database) -> None:
    everybody = (
        "SELECT EXISTS (SELECT FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
        " WHERE d.datname = current_database() AND a.grantee = 0)"
    )
    assert await value(database.url, everybody), "a copy of a template has the rights of a new database"
    await migrate(database.url, development=True)
    assert not await value(database.url, everybody)


async def test_a_server_that_takes_no_writes_is_not_migrated(database: Database) -> None:
    await execute(database.url, f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with pytest.raises(MigrationError, match="this server takes no writes"):
        await migrate(database.url, PASSWORDS, development=True)


async def test_how_far_a_database_is_is_an_exit_status(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JEJAK_ENV", "production")
    monkeypatch.setenv("JEJAK_DATABASE_URL", database.urls["approval"])  # any login that may read the list

    async def status() -> tuple[int, str]:
        code = await asyncio.to_thread(main, ["migrate", "--check"])
        return code, capsys.readouterr().out

    assert await status() == (0, "up to date\n")
    await execute(database.url, "DELETE FROM jejak.migration WHERE name = 'letters/0003_void_by_death.sql'")
    assert await status() == (3, "not applied yet: letters/0003_void_by_death.sql\n")
    await execute(database.url, "INSERT INTO jejak.migration VALUES ('letters/0999_later.sql', '')")
    assert (await status())[0] == 4
    await execute(database.url, "UPDATE jejak.migration SET sha256 = 'x' WHERE name = 'letters/0001_letters.sql'")
    assert await status() == (1, "")
    monkeypatch.setenv("JEJAK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert await status() == (1, "")


def own(folder: Path, *texts: str) -> dict[str, Traversable]:
    """The installed files, and those of a folder of this test."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts, start=1):
        (folder / f"{number:04}_own.sql").write_text(text, encoding="utf-8")
    return installed() | {"own": folder}


async def value(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_a_services_url_is_the_same_database_under_its_own_login() -> None:
    password = "p@ss/w:rd" + secrets.token_hex(2)
    url = service_url("postgresql://admin:geheim@db.example:5433/jejak?sslmode=require", "bpjs_sync", password)
    assert url.startswith("postgresql://jejak_bpjs_sync:p%40ss%2Fw%3Ard")
    assert url.endswith("@db.example:5433/jejak?sslmode=require")


async def test_a_server_that_logs_every_statement_logs_no_password_and_nothing_one_can_log_in_with() -> None:
    passwords = {service: f"kata sandi ½ ﬁ {secrets.token_hex(8)}" for service in ALL_SERVICES}
    with scratch_folder("logging") as folder:
        logging = {"log_statement": "all", "log_min_error_statement": "error", "log_parameter_max_length": "-1"}
        server = start_or_skip("PostgreSQL", lambda: postgres.Postgres(folder, settings=logging))
        try:
            await migrate(server.url, passwords)
            logged = (folder / "postgres.log").read_text(encoding="utf-8", errors="replace")
            given = re.findall(r"ALTER ROLE (\w+) PASSWORD '([^']+)'", logged)
            assert sorted(name for name, _ in given) == sorted(map(role, ALL_SERVICES))
            for service, password in passwords.items():
                connection = await asyncpg.connect(service_url(server.url, service, password))
                assert await connection.fetchval("SELECT session_user") == role(service)
                await connection.close()
                assert password not in logged
            for name, kept in given:
                with pytest.raises(asyncpg.InvalidPasswordError):
                    await asyncpg.connect(server.url, user=name, password=kept)
        finally:
            server.stop()
