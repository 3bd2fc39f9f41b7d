"""What asyncpg raises that is no fault of a message, a case or a person."""

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
"""What says that the connection or the server is gone, and nothing about the command."""

DATABASE_DOWN: Final = (
    *LOST,
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
)
"""What asyncpg raises while the server is away, is shutting down, lets nobody through in time or has no room left."""

MISFIT: Final = (asyncpg.SyntaxOrAccessError, asyncpg.InvalidSchemaNameError)
"""What asyncpg raises where the database is not as the program needs it: a right, a table or a function is missing.

It lasts until the installation is mended. `MayNotAppend` is not among them: it is a mistake of the program.
"""

WAITED_OUT: Final = (*DATABASE_DOWN, *MISFIT)
"""While it lasts, work waits; none of it is set aside."""


class MayNotAppend(asyncpg.PostgresError):
    """A service appends an event type that is another's (`jejak.contracts.tasks.owners`).

    Its code is its own (`append` raises it), so that no missing right of the database is taken for it, nor it for one.
    asyncpg raises the class that names a code.
    """

    sqlstate = "JK001"
