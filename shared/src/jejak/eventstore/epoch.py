"""What a process remembers of positions holds for one epoch of the ledger; a connection to another is not let in.

A server never takes back what it has shown, so what is behind a connection can only have gone back where the
connection was made anew: after a fail-over to a standby that lacked the last events, or a restore. So nothing is asked
at rest, and nothing with a query: each new connection is held against the epoch, before anything is read over it.
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
    """The ledger goes on in another epoch. To whoever still remembers the one before it, the database is away."""


class Epoch:
    """The epoch that a process works in. PostgreSQL begins one when its history is another (`es.current_epoch`)."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._held: UUID | None = None
        self._changed = asyncio.Event()

    async def admit(self, connection: asyncpg.Connection[Any] | PoolConnectionProxy[Any]) -> None:
        """Returns if the server behind a new connection is in the epoch held; the first one let in decides which.

        EpochChanged if it is in another; ReadOnlySQLTransactionError from a standby.
        """
        try:
            [(epoch, number)] = await connection.fetch(_EPOCH)
            _NUMBER.labels(self._service).set(number)
            self._hold(epoch)
        except BaseException:
            # A pool that closes politely what was not let in does not notice when it is cancelled meanwhile.
            connection.terminate()
            raise

    def _hold(self, epoch: UUID) -> None:
        if self._held not in (None, epoch):
            self._changed.set()
            raise EpochChanged("the ledger goes on in another epoch")
        self._held = epoch

    async def in_each(self, pool: asyncpg.Pool[asyncpg.Record], works: Callable[[], Sequence[Work]]) -> NoReturn:
        """Does these side by side for ever. When the epoch changes they are ended, and made and begun anew.

        Only when all have ended is the new epoch let in, over new connections: nothing that remembers the old one
        reads or writes in the new one.
        """
        while True:
            doing = {asyncio.create_task(_begun(work)) for work in works()}
            changed = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait((changed, *doing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel_and_wait(changed, *doing)
            for one in doing:
                if not one.cancelled():
                    one.result()
            _log.error("epoch_changed", service=self._service)
            await pool.expire_connections()
            self._held = None
            self._changed.clear()


async def _begun(work: Work) -> None:
    """While the database is away before it has well begun, it is begun again."""
    while True:
        try:
            return await work()
        except LOST as error:
            _log.warning("work_waits", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)
