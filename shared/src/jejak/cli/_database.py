"""The database of a command: with a service's login, or with the owner's rights. No command itself (the underscore)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from asyncpg import exceptions as pg

from jejak.cli import CommandError
from jejak.eventstore.key_rotation import NotAllOfThem
from jejak.eventstore.postgres.outage import LOST
from jejak.eventstore.postgres.owner import as_owner
from jejak.eventstore.tail import StandbyError
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


@asynccontextmanager
async def owner_database(given: str | None) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection with the owner's rights: to the database given, else to that of JEJAK_DATABASE_URL.

    CommandError, in one sentence, when it is not reached, is not Jejak's, or refuses.
    """
    with refusals():
        async with as_owner(given or Source.of().database_url()) as connection:
            yield connection


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what PostgreSQL refuses an administrator's command into one sentence."""
    try:
        yield
    except (NotAllOfThem, StandbyError) as error:
        raise CommandError(str(error)) from None
    except (pg.InsufficientPrivilegeError, pg.InvalidAuthorizationSpecificationError):
        raise CommandError("This login may not act as jejak_owner; give an administrator's.") from None
    except (pg.UndefinedTableError, pg.InvalidParameterValueError, pg.InvalidCatalogNameError):
        raise CommandError("This database holds no event store of this release; check the URL, or migrate.") from None
    except pg.ReadOnlySQLTransactionError:
        raise CommandError("The server is in recovery: end it first (pg_ctl promote), then repeat.") from None
    except pg.LockNotAvailableError:
        raise CommandError("An append holds the event store for more than 10 seconds; repeat the command.") from None
    except BrokenPipeError:  # the output's
        raise
    except LOST:
        raise CommandError("The database cannot be reached; check its URL, then repeat.") from None
