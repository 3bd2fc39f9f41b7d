"""Whether this service can do its work on PostgreSQL: for `/ready`, and as a gauge, so that a scrape asks nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Gauge

from jejak.eventstore.postgres.migrate import known
from jejak.eventstore.postgres.outage import LOST
from jejak.eventstore.store import BareConnection, Store
from jejak.platform.errors import Problem

_EVERY_SECONDS: Final = 5.0
_WITHIN_SECONDS: Final = 2.0
_STANDS: Final = """
SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS read_only,
       ARRAY(SELECT unnest($1::text[]) EXCEPT SELECT name FROM jejak.migration) AS missing
"""
_COMMITS: Final = "SELECT pg_logical_emit_message(true, 'jejak', '')"
"""A commit of nothing: durable, and with every standby that a commit has to wait for, once it has returned."""
_OLDER: Final = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
)
"""What a schema says that does not know of its migrations, or shows them to no service."""
_SILENT: Final = (
    "basis_data_tidak_menjawab",
    "Basis data tidak menjawab. Periksa server PostgreSQL, jaringan dan jumlah koneksinya.",
)
_NOT_STORED: Final = (
    "basis_data_tidak_menyimpan",
    "Basis data tidak menyimpan tulisan. Periksa ruang disk, server siaga sinkron dan log server PostgreSQL.",
)

_log = structlog.get_logger()
_UP: Final = Gauge("jejak_database_up", "1 while this service can read and write its database", ["service"])


class NotReady(Problem):
    """This service cannot do its work now; the sentence says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(slots=True)
class DatabaseHealth:
    """Looks over a connection of its own: whether requests have all of the pool's says nothing of the database."""

    url: str
    store: Store
    service: str
    _connection: asyncpg.Connection[Any] | None = None
    _known: list[str] = field(default_factory=known)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self) -> None:
        """Returns if the service can read and write. NotReady if it cannot, or it is not known within 2 seconds."""
        reason = _SILENT
        try:
            async with asyncio.timeout(_WITHIN_SECONDS), self._alone, self._connected() as connection:
                self._judge(await self._asked(connection))
                reason = _NOT_STORED
                await connection.execute(_COMMITS)
        except (asyncpg.PostgresError, *LOST) as error:
            _log.warning("database_away", service=self.service, error=type(error).__name__)
            raise NotReady(*reason) from None

    async def run(self) -> None:
        """Keeps the gauge, for ever."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            self.leave()

    async def look(self) -> None:
        """Sets the gauge by whether it is ready now."""
        try:
            await self.ready()
        except NotReady as reason:
            _log.warning("not_ready", service=self.service, reason=reason.code)
            _UP.labels(self.service).set(0)
        else:
            _UP.labels(self.service).set(1)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        """Its connection. After anything but success it is left: the next look may find another server."""
        try:
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self.url,
                    connection_class=BareConnection,
                    server_settings={"application_name": f"{self.service}-ready"},
                )
            yield self._connection
        except BaseException:
            self.leave()
            raise

    async def _asked(self, connection: asyncpg.Connection[Any]) -> Any:
        try:
            return await connection.fetchrow(_STANDS, self._known)
        except _OLDER:
            raise _older() from None

    def leave(self) -> None:
        """Ends its connection; the next look makes another."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _judge(self, row: asyncpg.Record) -> None:
        if row["standby"]:
            raise NotReady(
                "basis_data_siaga",
                "Server PostgreSQL ini siaga dan tidak menerima tulisan. Arahkan layanan ke server utama.",
            )
        if row["read_only"]:
            raise NotReady(
                "basis_data_hanya_baca",
                "Basis data hanya dapat dibaca. Matikan default_transaction_read_only di server, basis data dan login.",
            )
        if row["missing"]:
            raise _older()
        if not self.store.writes:
            raise NotReady(*_NOT_STORED)


def _older() -> NotReady:
    return NotReady(
        "skema_lama", "Skema basis data lebih lama daripada program ini. Jalankan `jejak migrate` dari versi yang sama."
    )
