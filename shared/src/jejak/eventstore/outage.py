"""What asyncpg raises for the server's fault and for no statement's."""

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
