"""Errors of asyncpg for which no message, case or person is at fault."""

from typing import Final

import asyncpg

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
