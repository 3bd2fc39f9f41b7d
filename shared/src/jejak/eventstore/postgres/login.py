"""The login of a process: its service's own, which neither administers the server nor owns the tables."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from jejak.eventstore.postgres.outage import REFUSED
from jejak.eventstore.postgres.roles import OWNER
from jejak.platform.database_settings import login_of, role, url_of
from jejak.platform.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import asyncpg

_LOGIN: Final = """
SELECT session_user::text AS name, current_setting('is_superuser')::boolean AS superuser,
       coalesce((SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1), false) AS owner
"""


@contextmanager
def own_login(process: str) -> Iterator[None]:
    """SettingsError where PostgreSQL refuses the login of a process within the block."""
    try:
        yield
    except REFUSED as error:
        raise SettingsError(f"{url_of(process)} is refused by PostgreSQL: {error}.") from None


async def check_login(pool: asyncpg.Pool[Any], process: str) -> None:
    """Returns if the pool logs in with the role of the process's service. SettingsError if with any other.

    Rights are granted to roles, and `append` judges by the login: another one would write what is not its own.
    """
    expected, setting = role(login_of(process)), url_of(process)
    [row] = await pool.fetch(_LOGIN, OWNER)
    if row["name"] != expected:
        raise SettingsError(f"{setting} logs in as {row['name']}; this process has to log in as {expected}.")
    if row["superuser"] or row["owner"]:
        what = "a superuser" if row["superuser"] else f"a member of {OWNER}"
        raise SettingsError(f"{setting} logs in as {expected}, which is {what}; take that right from it.")
