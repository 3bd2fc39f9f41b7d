"""Makes the roles of a cluster and the schemas of a database. May run at any time, in any number of processes at once.

The event store's own migrations are in `jejak.eventstore.migrations`. A service brings its schema in its own package,
as an entry point of the group `jejak.migrations`: a folder of numbered .sql files, applied in the order of their names.
"""

from __future__ import annotations

import asyncio
import hashlib
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from jejak.contracts.event_owners import owners
from jejak.contracts.tasks import SERVICES
from jejak.eventstore.postgres.scram import verifier
from jejak.platform import ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

OWNER: Final = "jejak_owner"
LEDGER: Final = "ledger"
ALL_SERVICES: Final[tuple[str, ...]] = (*SERVICES, LEDGER)
REPORT: Final = "report"
"""Leaders' figures in Grafana, Metabase or Superset: a role that cannot log in until it is given a password."""

ENTRY_POINTS: Final = "jejak.migrations"
_STORE_MIGRATIONS: Final = resources.files("jejak.eventstore") / "migrations"
_LOCK: Final = 7300170
_TRIES: Final = 20
_PAUSE: Final = 0.1
_MINIMUM: Final = 160_000
_TRANSACTION_TIMEOUT_SINCE: Final = 170_000
_SALT_BYTES: Final = 16
_ITERATIONS: Final = 4096  # as PostgreSQL's own scram_iterations: every login takes so many

# A client that freezes must release its locks: an append holds the fence that every tail waits for.
_COMMON_SETTINGS: Final = {
    "jit": "off",
    "idle_in_transaction_session_timeout": "15s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# Their statements are few and use indexes with any parameters: planning each anew took as long as reading.
_SERVICE_SETTINGS: Final = _COMMON_SETTINGS | {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "plan_cache_mode": "force_generic_plan",
}
_LEDGER_SETTINGS: Final = _COMMON_SETTINGS | {"statement_timeout": "15min", "lock_timeout": "30s"}
# Ends before a rebuild of the views gives up waiting for its locks.
_REPORT_SETTINGS: Final = _COMMON_SETTINGS | {
    "default_transaction_read_only": "on",
    "statement_timeout": "20s",
    "lock_timeout": "5s",
}
_TRANSACTION_TIMEOUTS: Final = {LEDGER: "30min", REPORT: "25s"}
_REPORT_CONNECTIONS: Final = 20


def role(service: str) -> str:
    """The login role of a service."""
    return "jejak_" + service.replace("-", "_")


def service_url(admin_url: str, service: str, password: str) -> str:
    """The same database as `admin_url`, as the role of one service."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role(service)}:{quote(password, safe='')}@{place}"))


async def migrate(
    admin_url: str,
    passwords: Mapping[str, str] | None = None,
    *,
    development: bool = False,
    folders: Mapping[str, Traversable] | None = None,
) -> list[str]:
    """Brings the cluster's roles and this database up to date; returns the migrations that were applied now.

    `passwords`: by service, or of "report"; a login without an entry keeps its password (a new role has none).
    `development`: whether the clock may be set. `folders`: the migrations, applied in this order as jejak_owner; by
    default those installed here.
    RuntimeError when an applied file was changed or removed since, or PostgreSQL is older than 16.
    """
    await _make_roles(admin_url, passwords or {})
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await _prepare(connection)
            await connection.execute(f"SET LOCAL ROLE {OWNER}")
            applied = [
                name
                for folder, files in (installed() if folders is None else folders).items()
                for name in await _apply(connection, folder, files)
            ]
            await _store_owners(connection, development=development)
    finally:
        await connection.close()
    return applied


async def _make_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Roles belong to the cluster, advisory locks to a database: the lock is taken in the database `postgres`."""
    url = urlunsplit(urlsplit(admin_url)._replace(path="/postgres"))
    for attempt in range(1, _TRIES + 1):
        try:
            connection = await asyncpg.connect(url)
            try:
                async with connection.transaction():
                    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                    await _roles(connection, passwords)
            finally:
                await connection.close()
        except (asyncpg.InternalServerError, asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
            # "tuple concurrently updated": another program changes roles without our lock.
            if attempt == _TRIES:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return


async def _roles(connection: asyncpg.Connection[Any], passwords: Mapping[str, str]) -> None:
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < _MINIMUM:
        raise RuntimeError(f"PostgreSQL 16 or newer is needed; this is {connection.get_server_version()}")
    known = {row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname LIKE 'jejak\\_%'")}
    if OWNER not in known:
        await connection.execute(f"CREATE ROLE {OWNER} NOLOGIN")
    if not await connection.fetchval("SELECT pg_has_role(current_user, $1, 'USAGE')", OWNER):
        await connection.execute(f"GRANT {OWNER} TO CURRENT_USER")
    for service in (*ALL_SERVICES, REPORT):
        name = role(service)
        if name not in known:
            login = f"NOLOGIN CONNECTION LIMIT {_REPORT_CONNECTIONS}" if service == REPORT else "LOGIN"
            await connection.execute(f"CREATE ROLE {name} {login} NOINHERIT")
        await _apply_settings(connection, name, _settings(service, version))
        if service in passwords:
            # Not the password itself: a server may log its statements.
            secret = verifier(passwords[service], ids.random_bytes(_SALT_BYTES), _ITERATIONS)
            await connection.execute(f"ALTER ROLE {name} PASSWORD '{secret}'")
            if service == REPORT:
                await connection.execute(f"ALTER ROLE {name} LOGIN")


def _settings(service: str, version: int) -> dict[str, str]:
    settings = dict({LEDGER: _LEDGER_SETTINGS, REPORT: _REPORT_SETTINGS}.get(service, _SERVICE_SETTINGS))
    if version >= _TRANSACTION_TIMEOUT_SINCE:
        settings["transaction_timeout"] = _TRANSACTION_TIMEOUTS.get(service, "60s")
    return settings


async def _apply_settings(connection: asyncpg.Connection[Any], name: str, settings: Mapping[str, str]) -> None:
    """Writes only the settings that differ: an ALTER ROLE may collide with that of another process."""
    present = await connection.fetchval(
        "SELECT coalesce((SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
        " WHERE s.setdatabase = 0 AND r.rolname = $1), '{}')",
        name,
    )
    for key, value in settings.items():
        if f"{key}={value}" not in present:
            await connection.execute(f"ALTER ROLE {name} SET {key} = '{value}'")


async def _prepare(connection: asyncpg.Connection[Any]) -> None:
    """Grants the owner's rights before the first migration, and revokes the defaults that nobody should have."""
    database = await connection.fetchval("SELECT quote_ident(current_database())")
    roles = ", ".join(map(role, ALL_SERVICES))
    await connection.execute(f"""
        GRANT CREATE ON DATABASE {database} TO {OWNER};
        REVOKE TEMPORARY, CONNECT ON DATABASE {database} FROM PUBLIC;
        GRANT CONNECT ON DATABASE {database} TO {roles}, {role(REPORT)};
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        CREATE SCHEMA IF NOT EXISTS jejak AUTHORIZATION {OWNER};
        CREATE TABLE IF NOT EXISTS jejak.migration
            (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
        ALTER TABLE jejak.migration OWNER TO {OWNER};
        GRANT USAGE ON SCHEMA jejak TO {roles};
        GRANT SELECT ON jejak.migration TO {roles};
    """)


async def _apply(connection: asyncpg.Connection[Any], folder: str, files: Traversable) -> list[str]:
    done = {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM jejak.migration")}
    named = _in_order(folder, files)
    last = max(named, default="")
    if gone := [name for name in done if name.startswith(f"{folder}/") and name not in named and name < last]:
        raise RuntimeError(
            f"{min(gone)} had been applied to this database, and this version does not have it: make a new database"
        )
    applied = []
    for name, file in named.items():
        text = file.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name not in done:
            await connection.execute(text)
            await connection.execute("INSERT INTO jejak.migration (name, sha256) VALUES ($1, $2)", name, digest)
            applied.append(name)
        elif done[name] != digest:
            raise RuntimeError(f"{name} was changed after it had been applied to this database")
    return applied


def _in_order(folder: str, files: Traversable) -> dict[str, Traversable]:
    """The migrations of a folder by name, as `jejak.migration` has them."""
    migrations = sorted((file for file in files.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return {f"{folder}/{file.name}": file for file in migrations}


def installed() -> dict[str, Traversable]:
    """The folders of migrations of the packages installed here, by name: the event store's, then the services'."""
    services = sorted(metadata.entry_points(group=ENTRY_POINTS))
    return {"store": _STORE_MIGRATIONS} | {point.name: resources.files(point.value) for point in services}


def known() -> list[str]:
    """The migrations that the installed code relies on, as `jejak.migration` names them."""
    return [name for folder, files in installed().items() for name in _in_order(folder, files)]


async def _store_owners(connection: asyncpg.Connection[Any], *, development: bool) -> None:
    """Stores which role may append which event type, from the table of tasks, and whether the clock may be set."""
    pairs = [(role(service), name) for name, services in owners().items() for service in services]
    columns = [list(column) for column in zip(*pairs, strict=True)]
    await connection.execute(
        "DELETE FROM es.event_owner WHERE (role, type) NOT IN (SELECT * FROM unnest($1::text[], $2::text[]))", *columns
    )
    await connection.execute(
        "INSERT INTO es.event_owner (role, type) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
        *columns,
    )
    await connection.execute(
        "UPDATE es.clock SET enabled = $1, skew = CASE WHEN $1 THEN skew ELSE interval '0' END WHERE enabled <> $1",
        development,
    )
