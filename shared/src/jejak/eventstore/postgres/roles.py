"""The roles of an installation: the owner of its tables, and a login for each service with the settings it needs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from jejak.contracts.tasks import SERVICES
from jejak.eventstore.postgres.migration_files import MigrationError
from jejak.eventstore.postgres.scram import verifier
from jejak.platform import ids
from jejak.platform.database_settings import role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

OWNER: Final = "jejak_owner"
LEDGER: Final = "ledger"
ALL_SERVICES: Final[tuple[str, ...]] = (*SERVICES, LEDGER)
REPORT: Final = "report"
"""Leaders' figures in Grafana, Metabase or Superset: a role that cannot log in until it is given a password."""
ALL_LOGINS: Final[tuple[str, ...]] = (*ALL_SERVICES, REPORT)

_MINIMUM: Final = 160_000
_TRANSACTION_TIMEOUT_SINCE: Final = 170_000
_SALT_BYTES: Final = 16
_ITERATIONS: Final = 4096  # as PostgreSQL's own scram_iterations: every login takes so many
_TRIES: Final = 40
_PAUSE: Final = 0.05

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
# All that it writes can be derived again from the ledger, so a commit does not wait for the disk.
_LEDGER_SETTINGS: Final = _COMMON_SETTINGS | {
    "statement_timeout": "15min",
    "lock_timeout": "30s",
    "synchronous_commit": "off",
}
# Ends before a rebuild of the views gives up waiting for its locks.
_REPORT_SETTINGS: Final = _COMMON_SETTINGS | {
    "default_transaction_read_only": "on",
    "statement_timeout": "20s",
    "lock_timeout": "5s",
}
_SETTINGS: Final = {LEDGER: _LEDGER_SETTINGS, REPORT: _REPORT_SETTINGS}
_TRANSACTION_TIMEOUTS: Final = {LEDGER: "30min", REPORT: "25s"}
_REPORT_CONNECTIONS: Final = 20
_ROLES: Final = """
SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolsuper AS superuser,
       ARRAY(SELECT unnest(s.setconfig) FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
             WHERE s.setrole = r.oid AND (s.setdatabase = 0 OR d.datname = current_database())) AS settings,
       pg_has_role(current_user, r.oid, 'USAGE') AND pg_has_role(current_user, r.oid, 'SET') AS held
FROM pg_roles r WHERE r.rolname = ANY ($1::text[])
"""
_COLLISIONS: Final = (asyncpg.InternalServerError, asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError)
"""Another program changes the same roles ("tuple concurrently updated"): roles belong to the cluster, locks do not."""


class Role(NamedTuple):
    """A role as the server has it."""

    name: str
    login: bool
    superuser: bool
    settings: Collection[str]
    """`name=value`, for every database or for this one."""
    held: bool
    """Whether the connected login has this role's rights."""


def service_url(admin_url: str, service: str, password: str) -> str:
    """The same database as `admin_url`, as the role of one service."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role(service)}:{quote(password, safe='')}@{place}"))


def missing(present: Mapping[str, Role], login: str | None, version: int) -> Iterator[str]:
    """The statements that make these roles what an installation needs.

    `login` migrates; None for a superuser, who holds every role. `version`: PostgreSQL's, such as 180001.
    """
    owner = present.get(OWNER)
    if owner is None:
        yield f"CREATE ROLE {OWNER} NOLOGIN"
    if login is not None and (owner is None or not owner.held):
        yield f"GRANT {OWNER} TO {login}"
    for service in ALL_LOGINS:
        name = role(service)
        if (has := present.get(name)) is None:
            login_words = f"NOLOGIN CONNECTION LIMIT {_REPORT_CONNECTIONS}" if service == REPORT else "LOGIN"
            yield f"CREATE ROLE {name} {login_words} NOINHERIT"
        else:
            # Written only where it differs: an ALTER ROLE may collide with that of another process.
            yield from () if has.login or service == REPORT else (f"ALTER ROLE {name} LOGIN",)
            yield from (f"ALTER ROLE {name} NOSUPERUSER",) if has.superuser else ()
        for key, value in _settings(service, version).items():
            if has is None or f"{key}={value}" not in has.settings:
                yield f"ALTER ROLE {name} SET {key} = '{value}'"


def script(login: str) -> list[str]:
    """The statements for a cluster that has none of the roles, of the newest PostgreSQL that is told apart."""
    return list(missing({}, login, _TRANSACTION_TIMEOUT_SINCE))


def _settings(service: str, version: int) -> dict[str, str]:
    settings = dict(_SETTINGS.get(service, _SERVICE_SETTINGS))
    if version >= _TRANSACTION_TIMEOUT_SINCE:
        settings["transaction_timeout"] = _TRANSACTION_TIMEOUTS.get(service, "60s")
    return settings


async def check_roles(connection: asyncpg.Connection[Any]) -> None:
    """Changes nothing. MigrationError with the statements that the administrator of the roles has to run, if any."""
    if statements := await _missing(connection):
        raise MigrationError("JEJAK_ROLES is managed; an administrator of the server first has to run", statements)


async def make_roles(connection: asyncpg.Connection[Any], passwords: Mapping[str, str]) -> None:
    """Makes the roles what they have to be, and sets the passwords of the services that are given.

    MigrationError, with the statement for an administrator, where the connected login may not do that.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            async with connection.transaction():
                for statement in await _missing(connection):
                    await connection.execute(statement)
                for service, password in passwords.items():
                    # Not the password itself: a server may log its statements.
                    secret = verifier(password, ids.random_bytes(_SALT_BYTES), _ITERATIONS)
                    opens = " LOGIN" if service == REPORT else ""
                    await connection.execute(f"ALTER ROLE {role(service)}{opens} PASSWORD '{secret}'")
        except _COLLISIONS:
            if attempt == _TRIES:
                raise
            await asyncio.sleep(_PAUSE)
        except asyncpg.InsufficientPrivilegeError:
            raise MigrationError(await _rights(connection)) from None
        else:
            return


async def _missing(connection: asyncpg.Connection[Any]) -> list[str]:
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < _MINIMUM:
        raise MigrationError(f"PostgreSQL 16 or newer is needed; this is {connection.get_server_version()}")
    rows = await connection.fetch(_ROLES, [OWNER, *map(role, ALL_LOGINS)])
    superuser = await connection.fetchval("SELECT current_setting('is_superuser')::boolean")
    login = None if superuser else await login_of(connection)
    return list(missing({row["name"]: Role(**row) for row in rows}, login, version))


async def login_of(connection: asyncpg.Connection[Any]) -> str:
    """The connected login, quoted as a name in SQL."""
    return str(await connection.fetchval("SELECT quote_ident(session_user)"))


async def _rights(connection: asyncpg.Connection[Any]) -> str:
    """What the administrator of the server has to grant the connected login, so that it may change the roles."""
    login = await login_of(connection)
    present = [row["name"] for row in await connection.fetch(_ROLES, [OWNER, *map(role, ALL_LOGINS)])]
    grant = f" and GRANT {', '.join(sorted(present))} TO {login} WITH ADMIN OPTION" if present else ""
    return (
        f"{login} may not make or change roles: let an administrator of the server run ALTER ROLE {login} CREATEROLE"
        f"{grant}, or make the roles as `jejak migrate --roles-sql {login}` prints them and set JEJAK_ROLES=managed"
    )
