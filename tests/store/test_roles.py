"""Roles: made by a login without a superuser's rights, or by others; what is missing is named as SQL."""

from __future__ import annotations

import re

import pytest

from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.migration_files import MigrationError
from jejak.eventstore.postgres.roles import script
from jejak_local import postgres
from tests.servers import PASSWORDS, execute

OPERATOR = "penyelenggara"


@pytest.fixture
async def operator(own_postgres: postgres.Postgres) -> str:
    """A login that owns a database and may do nothing else, as CloudNativePG makes one; there is no `postgres`."""
    await execute(
        own_postgres.url,
        f"CREATE ROLE {OPERATOR} LOGIN PASSWORD 'rahasia'",
        f"CREATE DATABASE jejak OWNER {OPERATOR}",
    )
    await execute(own_postgres.url_of("jejak"), "ALTER DATABASE postgres ALLOW_CONNECTIONS false")
    return f"postgresql://{OPERATOR}:rahasia@127.0.0.1:{own_postgres.port}/jejak"


async def refusal(url: str, *, managed: bool) -> MigrationError:
    with pytest.raises(MigrationError) as refused:
        await migrate(url, {} if managed else PASSWORDS, managed=managed)
    return refused.value


async def test_an_administrator_is_told_what_to_grant_and_then_one_who_owns_the_database_migrates(
    own_postgres: postgres.Postgres, operator: str
) -> None:
    admin = own_postgres.url_of("jejak")
    assert f"ALTER ROLE {OPERATOR} CREATEROLE" in str(await refusal(operator, managed=False))

    await execute(admin, f"ALTER ROLE {OPERATOR} CREATEROLE")
    assert "store/0001_eventstore.sql" in await migrate(operator, PASSWORDS)
    assert await migrate(operator, PASSWORDS) == []

    await execute(admin, f"REVOKE jejak_intake FROM {OPERATOR}")
    grant = re.search(
        r"GRANT [a-z_, ]+ TO penyelenggara WITH ADMIN OPTION", str(await refusal(operator, managed=False))
    )
    assert grant is not None
    await execute(admin, grant[0])
    assert await migrate(operator, PASSWORDS) == []


async def test_where_others_make_the_roles_what_is_missing_is_named_and_nothing_made(
    own_postgres: postgres.Postgres, operator: str
) -> None:
    admin = own_postgres.url_of("jejak")
    refused = await refusal(operator, managed=True)
    assert list(refused.statements) == script(OPERATOR)
    assert refused.text.endswith(";")

    await execute(admin, *refused.statements)
    assert "store/0001_eventstore.sql" in await migrate(operator, managed=True)
    await execute(admin, "ALTER ROLE jejak_ledger RESET jit", "ALTER ROLE jejak_intake NOLOGIN SUPERUSER")
    assert list((await refusal(operator, managed=True)).statements) == [
        "ALTER ROLE jejak_intake LOGIN",
        "ALTER ROLE jejak_intake NOSUPERUSER",
        "ALTER ROLE jejak_ledger SET jit = 'off'",
    ]


async def test_the_owner_of_a_database_is_told_whom_to_let_in(own_postgres: postgres.Postgres, operator: str) -> None:
    admin = own_postgres.url_of("jejak")
    await execute(admin, *script(OPERATOR), "ALTER DATABASE jejak OWNER TO postgres")
    refused = await refusal(operator, managed=True)
    assert "does not own the database jejak" in str(refused)

    await execute(admin, *refused.statements, f"GRANT CONNECT ON DATABASE jejak TO {OPERATOR}")
    assert "store/0001_eventstore.sql" in await migrate(operator, managed=True)
