"""Positions that a process remembers hold for one epoch of the ledger; a connection to another epoch is not admitted.

A server never takes back what it has shown. The history behind a connection can only be shorter where the connection
is new: after a fail-over to a standby that lacked the last events, or a restore. So there is no poll and no check per
query: each new connection is compared with the epoch before anything is read over it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NoReturn

import asyncpg
import structlog
from prometheus_client import Gauge

from jejak.eventstore.postgres.outage import LOST
from jejak.platform.cancellation import cancel_and_wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from asyncpg.pool import PoolConnectionProxy

_log: Final = structlog.get_logger(__name__)
_EPOCH: Final = "SELECT epoch, number FROM es.current_epoch()"
_NUMBER: Final = Gauge("jejak_ledger_epoch", "Which epoch of the ledger it is, counted from 1", ["service"])

_PAUSE: Final = 0.5

type Work = Callable[[], Awaitable[None]]


class EpochChanged(asyncpg.InterfaceError):
    """The ledger continues in another epoch. For work that remembers the previous epoch, the database is away."""


class Epoch:
    """The epoch that a process works in. PostgreSQL begins an epoch when its history changes (`es.current_epoch`)."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._held: UUID | None = None
        self._changed = asyncio.Event()

    async def admit(self, connection: asyncpg.Connection[Any] | PoolConnectionProxy[Any]) -> None:
        """Returns if the server behind a new connection is in the held epoch; the first admitted connection sets it.

        EpochChanged if it is in another; ReadOnlySQLTransactionError from a standby.
        """
        try:
            [(epoch, number)] = await connection.fetch(_EPOCH)
            _NUMBER.labels(self._service).set(number)
            self._hold(epoch)
        except BaseException:
            # A pool that closes a refused connection politely does not notice when it is cancelled meanwhile.
            connection.terminate()
            raise

    def _hold(self, epoch: UUID) -> None:
        if self._held not in (None, epoch):
            self._changed.set()
            raise EpochChanged("the ledger continues in another epoch")
        self._held = epoch

    async def in_each(self, pool: asyncpg.Pool[asyncpg.Record], works: Callable[[], Sequence[Work]]) -> NoReturn:
        """Runs these works side by side for ever. When the epoch changes they are cancelled and made anew.

        The new epoch is admitted, over new connections, only once all have ended: no work that remembers the old epoch
        reads or writes in the new one.
        """
        while True:
            tasks = {asyncio.create_task(_run_when_connected(work)) for work in works()}
            changed = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait((changed, *tasks), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel_and_wait(changed, *tasks)
            for task in tasks:
                if not task.cancelled():
                    task.result()
            _log.error("epoch_changed", service=self._service)
            await pool.expire_connections()
            self._held = None
            self._changed.clear()


async def _run_when_connected(work: Work) -> None:
    """Starts the work again while the database is away."""
    while True:
        try:
            return await work()
        except LOST as error:
            _log.warning("work_waits", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)
