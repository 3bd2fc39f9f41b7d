"""Migrations run on any number of databases at once, repeatedly, on any cluster."""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path

import asyncpg
import pytest

from jejak.eventstore.postgres.migrate import ALL_SERVICES, REPORT, migrate, role, service_url
from jejak_local import postgres
from tests.servers import PASSWORDS, Database, scratch_folder, start_or_skip


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


async def test_a_second_time_nothing_is_applied_and_the_table_of_owners_is_restored(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    owners = "SELECT string_agg(role || type, ',' ORDER BY role, type) FROM es.event_owner"
    before = await connection.fetchval(owners)
    await connection.execute("DELETE FROM es.event_owner WHERE role = 'jejak_intake'")
    await connection.execute("INSERT INTO es.event_owner VALUES ('jejak_intake', 'LetterSigned')")

    assert await migrate(database.url, PASSWORDS, development=True) == []
    assert await connection.fetchval(owners) == before
    await connection.close()


async def test_a_migration_changed_after_it_was_applied_is_refused(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "0001_own.sql"
    file.write_text("CREATE TABLE es.own (a int)", encoding="utf-8")
    assert await migrate(database.url, development=True, folders={"own": tmp_path}) == ["own/0001_own.sql"]
    file.write_text("CREATE TABLE es.own (a text)", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"own/0001_own\.sql was changed"):
        await migrate(database.url, development=True, folders={"own": tmp_path})


async def test_a_migration_that_fails_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE es.good (a int)", encoding="utf-8")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE es.good (a int)", encoding="utf-8")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(database.url, development=True, folders={"own": tmp_path})
    connection = await asyncpg.connect(database.url)
    assert await connection.fetchval("SELECT to_regclass('es.good')") is None
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
