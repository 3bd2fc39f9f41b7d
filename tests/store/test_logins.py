"""The login of a process: its service's own, and no more than that."""

from __future__ import annotations

import asyncpg
import pytest

from jejak.eventstore.postgres.login import check_login
from jejak.eventstore.postgres.roles import ALL_SERVICES
from jejak.platform.database_settings import role
from jejak.platform.settings import SettingsError
from jejak_local import postgres
from tests.servers import Database, execute


async def test_a_process_works_with_the_login_of_its_service_only(database: Database) -> None:
    for service in ALL_SERVICES:
        async with asyncpg.create_pool(database.urls[service], min_size=1, max_size=1) as pool:
            await check_login(pool, service)
            with pytest.raises(SettingsError, match=f"^JEJAK_DATABASE_URL_[A-Z_]+ logs in as {role(service)}; "):
                await check_login(pool, "letters" if service == "intake" else "intake")
    async with asyncpg.create_pool(database.urls["ledger"], min_size=1, max_size=1) as pool:
        await check_login(pool, "relay")
    async with asyncpg.create_pool(database.url, min_size=1, max_size=1) as pool:
        with pytest.raises(SettingsError, match=r"logs in as postgres; this process has to log in as jejak_intake\.$"):
            await check_login(pool, "intake")


@pytest.mark.parametrize(
    ("statement", "what"),
    [("ALTER ROLE jejak_intake SUPERUSER", "a superuser"), ("GRANT jejak_owner TO jejak_intake", "a member of")],
)
async def test_a_login_with_more_rights_than_a_service_needs_is_refused(
    own_postgres: postgres.Postgres, statement: str, what: str
) -> None:
    await execute(own_postgres.url, "CREATE ROLE jejak_owner", "CREATE ROLE jejak_intake LOGIN PASSWORD 'x'", statement)
    url = f"postgresql://jejak_intake:x@127.0.0.1:{own_postgres.port}/postgres"
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        with pytest.raises(SettingsError, match=f"logs in as jejak_intake, which is {what}"):
            await check_login(pool, "intake")
