"""A service's database, for its commands. The underscore keeps this module from being a command itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from jejak.cli import CommandError
from jejak.platform.settings import Source


@asynccontextmanager
async def service_database(service: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection with the service's own login. CommandError when PostgreSQL cannot be reached."""
    try:
        connection = await asyncpg.connect(Source.of().direct_database_url(service))
    except (OSError, asyncpg.PostgresConnectionError):
        raise CommandError("Basis data tidak dapat dihubungi; jalankan dulu, lalu ulangi.") from None
    try:
        yield connection
    finally:
        await connection.close()
