"""Errors of asyncpg for which no message, case or person is at fault, and rounds of work that outlast them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import asyncpg
import structlog

_log: Final = structlog.get_logger()

LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.TargetServerAttributeNotMatched,
    ConnectionError,
    OSError,
    TimeoutError,
)
"""The connection or the server is gone; nothing is known about the command."""

DATABASE_DOWN: Final = (
    *LOST,
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
)
"""Raised while the server is away, shuts down, grants no lock in time or has no room left."""

REFUSED: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)
"""Raised to a new connection whose login, password or database the server does not accept."""

MISFIT: Final = (asyncpg.SyntaxOrAccessError, asyncpg.InvalidSchemaNameError)
"""Raised where the database lacks a right, a table or a function that the program needs, until that is mended.

`MayNotAppend` is not among them: it is a mistake of the program.
"""

WAITED_OUT: Final = (*DATABASE_DOWN, *MISFIT)
"""While these last, work waits; none of it is parked."""


class MayNotAppend(asyncpg.PostgresError):
    """A service appends an event type of another service (`jejak.contracts.tasks.owners`).

    `append` raises it with a code of its own, which tells it from a missing right of the database. asyncpg raises the
    class whose `sqlstate` is the code.
    """

    sqlstate = "JK001"


async def repeat(
    work: Callable[[], Awaitable[object]], seconds: float, failure: str, *, at_once: bool = True
) -> NoReturn:
    """Does the work every so many seconds, for ever, first now or after one interval. An error ends its round only.

    `failure` names errors in the log, other than those of a PostgreSQL that is away.
    """
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await work()
        except DATABASE_DOWN as error:
            _log.warning("database_away", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - an error of one round must not stop the service
            _log.error(failure, error=type(error).__name__)
        await asyncio.sleep(seconds)
