"""The rights of the schemas' owner, for commands of an administrator."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from jejak.eventstore.postgres.roles import OWNER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def as_owner(url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection that has the owner's rights and no more, even where the login is a superuser's.

    InsufficientPrivilegeError for a login that may not; InvalidParameterValueError on a server that has no Jejak.
    """
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        yield connection
    finally:
        await connection.close()
