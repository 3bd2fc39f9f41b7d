"""Makes the roles of a cluster and the schemas of a database. May run at any time, in any number of processes at once.

The event store's own migrations are in `jejak.eventstore.migrations`. A service brings its schema in its own package,
as an entry point of the group `jejak.migrations`: a folder of numbered .sql files, applied in the order of their names.
Each file is a transaction of its own, or one statement outside of any where its first line is `-- concurrently`.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from jejak.contracts.event_owners import owners
from jejak.eventstore.postgres.migration_files import (
    Migration,
    MigrationError,
    NewerDatabaseError,
    Standing,
    installed,
    read,
)
from jejak.eventstore.postgres.outage import LOST, REFUSED
from jejak.eventstore.postgres.roles import ALL_LOGINS, ALL_SERVICES, OWNER, check_roles, login_of, make_roles
from jejak.platform.database_settings import role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from importlib.resources.abc import Traversable

    type Connection = asyncpg.Connection[Any]
    type Say = Callable[[str], None]

_LOCK: Final = 7300170
_LOCK_PAUSE: Final = 0.2
_NO_TIME_LIMIT: Final = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = ANY ($1)"
_LIMITS: Final = ("statement_timeout", "transaction_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
_APPLIED: Final = "SELECT name, sha256 FROM jejak.migration"
_INVALID: Final = f"""
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relname = $1 AND c.relowner = '{OWNER}'::regrole
"""  # noqa: S608 - a constant
_DATABASE: Final = f"""
SELECT has_database_privilege('{OWNER}', d.oid, 'CREATE')
       AND NOT EXISTS (SELECT FROM unnest($1::text[]) AS r (name) WHERE NOT EXISTS (
               SELECT FROM aclexplode(d.datacl) a WHERE a.grantee = r.name::regrole AND a.privilege_type = 'CONNECT'))
       AND NOT EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a WHERE a.grantee = 0)
       AND NOT EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
                       WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE')
FROM pg_database d WHERE d.datname = current_database()
"""  # noqa: S608 - a constant
"""Whether the owner may make schemas, each service may connect, and everybody else may do neither."""
_LIST: Final = f"""
CREATE SCHEMA IF NOT EXISTS jejak;
CREATE TABLE IF NOT EXISTS jejak.migration
    (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
GRANT USAGE ON SCHEMA jejak TO {", ".join(map(role, ALL_SERVICES))};
GRANT SELECT ON jejak.migration TO {", ".join(map(role, ALL_SERVICES))};
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a file waits for locks: services wait behind it, so attempts are short, and pauses let them through."""

    attempts: int = 30
    lock_seconds: float = 2.0
    pause_seconds: float = 3.0


_PATIENCE: Final = Patience()


def _say_nothing(_: str) -> None:
    """For callers that show no progress."""


async def migrate(
    admin_url: str,
    passwords: Mapping[str, str] | None = None,
    *,
    development: bool = False,
    managed: bool = False,
    folders: Mapping[str, Traversable] | None = None,
    patience: Patience = _PATIENCE,
    say: Say = _say_nothing,
) -> list[str]:
    """Brings the cluster's roles and this database up to date; returns the migrations that were applied now.

    `passwords`: by service; a service without an entry keeps its password (a new role has none). `development`: whether
    the clock may be set. `managed`: others make the roles, which are only checked. `folders`: the migrations, applied
    in this order as jejak_owner; by default those installed here. `say` receives lines of progress.
    MigrationError when an applied file was changed or removed since, the database is newer, a right is missing, a file
    gets no lock, or PostgreSQL is older than 16. What was applied before stays; the next run goes on from there.
    """
    files = read(installed() if folders is None else folders)
    async with _connected(admin_url) as connection:
        await _alone(connection, say)
        with suppress(asyncpg.InsufficientPrivilegeError):  # the roles that follow may give the right to read it
            _not_newer(Standing.of(await _applied(connection), files))
        await (check_roles(connection) if managed else make_roles(connection, passwords or {}))
        await _open_database(connection)
        await _become_owner(connection)
        await connection.execute(_LIST)
        standing = Standing.of(await _applied(connection), files)
        _not_newer(standing)
        for file in standing.behind:
            await _apply(connection, file, patience, say)
        async with connection.transaction():
            await _store_owners(connection, development=development)
    return [file.name for file in standing.behind]


async def standing_of(url: str, folders: Mapping[str, Traversable] | None = None) -> Standing:
    """How far the database has come, without a change. MigrationError as `migrate`, or where the list is not shown."""
    async with _connected(url) as connection:
        try:
            applied = await _applied(connection)
        except asyncpg.InsufficientPrivilegeError:
            login = await login_of(connection)
            raise MigrationError(
                f"{login} may not read which migrations were applied: GRANT {OWNER} TO {login}"
            ) from None
    return Standing.of(applied, read(installed() if folders is None else folders))


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    """A connection without limits of time. MigrationError where the server does not let it in."""
    try:
        connection = await asyncpg.connect(url)
    except REFUSED as error:
        raise MigrationError(f"PostgreSQL refuses JEJAK_DATABASE_URL: {error}") from None
    except LOST as error:
        raise MigrationError(f"PostgreSQL does not answer at JEJAK_DATABASE_URL: {error}") from None
    try:
        await connection.fetch(_NO_TIME_LIMIT, _LIMITS)
        yield connection
    except asyncpg.ReadOnlySQLTransactionError:
        raise MigrationError("this server takes no writes: name the primary in JEJAK_DATABASE_URL") from None
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
        raise MigrationError(f"PostgreSQL ended the migration ({error}): run it again, it goes on from there") from None
    finally:
        await connection.close()


async def _alone(connection: Connection, say: Say) -> None:
    """Waits until no other migration of this database runs.

    It polls: a session that waits inside a statement would itself be waited for by CREATE INDEX CONCURRENTLY.
    """
    waits = False
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
        if not waits:
            say("another migration of this database runs; waiting for its end")
        waits = True
        await asyncio.sleep(_LOCK_PAUSE)


async def _applied(connection: Connection) -> dict[str, str]:
    """The digests of the applied files by name; none before the first migration."""
    if await connection.fetchval("SELECT to_regclass('jejak.migration') IS NULL"):
        return {}
    return {row["name"]: row["sha256"] for row in await connection.fetch(_APPLIED)}


def _not_newer(standing: Standing) -> None:
    if standing.ahead:
        raise NewerDatabaseError(
            f"this database is newer than this version, which does not know {', '.join(standing.ahead)}:"
            " run the newer version; nothing was changed"
        )


async def _open_database(connection: Connection) -> None:
    """Lets in the owner and the services, and nobody else: a restored database lets in everybody."""
    logins = [role(name) for name in ALL_LOGINS]
    if await connection.fetchval(_DATABASE, logins):
        return
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    statements = [
        f"GRANT CREATE ON DATABASE {database} TO {OWNER}",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {', '.join(logins)}",
    ]
    if await connection.fetchval("SELECT to_regnamespace('public') IS NOT NULL"):
        statements.append("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        done = False
    else:
        # A login without the right to grant is only warned.
        done = await connection.fetchval(_DATABASE, logins)
    if not done:
        login = await login_of(connection)
        raise MigrationError(f"{login} does not own the database {database}; its owner first has to run", statements)


async def _become_owner(connection: Connection) -> None:
    try:
        await connection.execute(f"SET ROLE {OWNER}")
    except asyncpg.InsufficientPrivilegeError:
        login = await login_of(connection)
        raise MigrationError(f"{login} has to be a member of {OWNER}: GRANT {OWNER} TO {login}") from None


async def _apply(connection: Connection, file: Migration, patience: Patience, say: Say) -> None:
    """Applies one file. While it waits for a lock, others wait behind it: it soon gives up, and tries again."""
    for attempt in range(1, patience.attempts + 1):
        try:
            await (_beside_others if file.concurrent else _at_once)(connection, file, patience)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            say(f"{file.name} gets no lock yet: attempt {attempt} of {patience.attempts}")
            await asyncio.sleep(patience.pause_seconds)
        except asyncpg.InsufficientPrivilegeError as error:
            raise MigrationError(f"{file.name} was refused by PostgreSQL ({error}): give {OWNER} that right") from None
        else:
            say(f"{file.name} applied")
            return
    raise MigrationError(
        f"{file.name} got no lock in {patience.attempts} attempts of {patience.lock_seconds:g} s:"
        " end the long transactions in pg_stat_activity, then run this again"
    )


async def _at_once(connection: Connection, file: Migration, patience: Patience) -> None:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{round(patience.lock_seconds * 1000)}ms'")
        await connection.execute(file.text)
        await _note(connection, file)


async def _beside_others(connection: Connection, file: Migration, _patience: Patience) -> None:
    """One statement that locks nobody out, and so may wait; what an interrupted one left behind is removed first."""
    if (index := file.index) is not None and (invalid := await connection.fetchval(_INVALID, index)):
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {invalid}")
    await connection.execute(file.text)
    await _note(connection, file)


async def _note(connection: Connection, file: Migration) -> None:
    await connection.execute("INSERT INTO jejak.migration (name, sha256) VALUES ($1, $2)", file.name, file.digest)


async def _store_owners(connection: Connection, *, development: bool) -> None:
    """Stores which role may append which event type, from the table of tasks, and whether the clock may be set.

    None is taken away: services of a newer version may run on this database. A right that has to end is a migration.
    """
    pairs = [(role(service), name) for name, services in owners().items() for service in services]
    columns = [list(column) for column in zip(*pairs, strict=True)]
    await connection.execute(
        "INSERT INTO es.event_owner (role, type) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
        *columns,
    )
    await connection.execute(
        "UPDATE es.clock SET enabled = $1, skew = CASE WHEN $1 THEN skew ELSE interval '0' END WHERE enabled <> $1",
        development,
    )
