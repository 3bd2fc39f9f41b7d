"""A service is ready when it can read and write its database with the schema that it knows; else it says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY

from jejak.eventstore.postgres.database_health import DatabaseHealth
from jejak.eventstore.store import Store
from jejak.platform.ids import new_uuid
from jejak.web.http_app import create_app
from jejak_local import postgres
from tests.servers import Database, database_of, execute
from tests.store.ledger import command, opened, until
from tests.store.test_failover import abreast, primary, standby

_END_ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_NO_ROOM = """
CREATE FUNCTION es.no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON es.event EXECUTE FUNCTION es.no_room()
"""

__all__ = ["primary", "standby"]  # fixtures


@asynccontextmanager
async def client_of(url: str, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service's application."""
    watch = DatabaseHealth(url, store, "intake")
    app = create_app("intake", "", watch.ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as http:
        yield http
    watch.disconnect()


async def answer(http: httpx.AsyncClient) -> tuple[int, str]:
    """The status, and the code of the reason."""
    got = await http.get("/ready")
    body = got.json()
    return got.status_code, body.get("type", "").removeprefix("urn:jejak:masalah:")


@asynccontextmanager
async def service_on(database: Database, service: str = "intake") -> AsyncIterator[tuple[httpx.AsyncClient, Store]]:
    async with opened(database, service) as store, client_of(database.urls[service], store) as http:
        yield http, store


async def test_a_service_on_a_standby_is_not_ready_until_the_standby_is_promoted(
    own_postgres: postgres.Postgres, primary: Database, standby: postgres.Postgres
) -> None:
    async with service_on(primary) as (http, _):
        assert await answer(http) == (200, "")
    await abreast(own_postgres, standby)
    there = database_of(standby, "jejak")
    async with service_on(there) as (http, store):
        assert await answer(http) == (503, "basis_data_siaga")
        watch = DatabaseHealth(there.urls["intake"], store, "siaga")
        await watch.check()
        assert REGISTRY.get_sample_value("jejak_database_up", {"service": "siaga"}) == 0
        await asyncio.to_thread(standby.promote)
        assert await answer(http) == (200, "")
        await watch.check()
        watch.disconnect()
        assert REGISTRY.get_sample_value("jejak_database_up", {"service": "siaga"}) == 1


async def test_a_service_is_not_ready_while_its_database_is_read_only(database: Database) -> None:
    async with service_on(database) as (http, _):
        assert await answer(http) == (200, "")
        await execute(database.url, f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
        await execute(database.url, _END_ALL_OTHERS)
        assert (await answer(http))[0] == 503
        assert await answer(http) == (503, "basis_data_hanya_baca")


async def test_a_service_is_not_ready_on_a_schema_older_than_itself_and_ready_on_a_newer_one(
    database: Database,
) -> None:
    async with service_on(database) as (http, _):
        await execute(database.url, "INSERT INTO jejak.migration VALUES ('store/9999_later.sql', 'x')")
        assert await answer(http) == (200, "")
        await execute(database.url, "DELETE FROM jejak.migration WHERE name = 'letters/0001_letters.sql'")
        assert await answer(http) == (503, "skema_lama")
        await execute(database.url, "REVOKE USAGE ON SCHEMA jejak FROM jejak_intake")
        assert await answer(http) == (503, "skema_lama")


async def test_a_service_whose_append_found_no_room_on_the_disk_is_not_ready_until_one_is_stored(
    database: Database,
) -> None:
    async with service_on(database) as (http, store):
        await execute(database.url, _NO_ROOM)
        with pytest.raises(asyncpg.DiskFullError):
            await store.append(command(new_uuid(), 0))
        assert await answer(http) == (503, "basis_data_tidak_menyimpan")
        await execute(database.url, "DROP TRIGGER no_room ON es.event")
        await store.append(command(new_uuid(), 0))
        assert await answer(http) == (200, "")


@pytest.mark.parametrize("service", ["intake", "ledger"])
async def test_a_service_is_not_ready_while_no_commit_is_confirmed_by_the_standby_that_has_to(
    own_postgres: postgres.Postgres, primary: Database, service: str
) -> None:
    """The ledger's own commits do not wait; its events come from services whose commits do."""
    async with service_on(primary, service) as (http, _):
        assert await answer(http) == (200, "")
        await execute(own_postgres.url, "ALTER SYSTEM SET synchronous_standby_names = 'siaga'")
        await execute(own_postgres.url, "SELECT pg_reload_conf()")

        async def not_stored() -> bool:
            return await answer(http) == (503, "basis_data_tidak_menyimpan")

        await until(not_stored)
        await execute(own_postgres.url, "ALTER SYSTEM RESET synchronous_standby_names")
        await execute(own_postgres.url, "SELECT pg_reload_conf()")

        async def ready() -> bool:
            return await answer(http) == (200, "")

        await until(ready)


async def test_a_database_that_says_nothing_makes_a_service_unready_and_not_wait(
    own_postgres: postgres.Postgres, primary: Database
) -> None:
    async with service_on(primary) as (http, _):
        await asyncio.to_thread(own_postgres.kill)
        assert await answer(http) == (503, "basis_data_tidak_menjawab")
        await asyncio.to_thread(own_postgres.restart)
        assert await answer(http) == (200, "")


async def test_it_is_told_within_two_seconds_that_a_table_is_held(database: Database) -> None:
    async with service_on(database) as (http, _):
        admin = await asyncpg.connect(database.url)
        async with admin.transaction():
            await admin.execute("LOCK TABLE jejak.migration")
            assert await answer(http) == (503, "basis_data_tidak_menjawab")
        await admin.close()
        assert await answer(http) == (200, "")


async def test_what_it_says_names_what_to_do(database: Database) -> None:
    async with service_on(database) as (http, _):
        await execute(database.url, "DELETE FROM jejak.migration")
        detail = (await http.get("/ready")).json()["detail"]
    assert detail == "Skema basis data lebih lama daripada program ini. Jalankan `jejak migrate` dari versi yang sama."
