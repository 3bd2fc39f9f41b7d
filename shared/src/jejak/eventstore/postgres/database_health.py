"""Whether this service can do its work on PostgreSQL: for `/ready`, and as a gauge, so that a scrape runs no query."""

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

from jejak.eventstore.postgres.migration_files import known
from jejak.eventstore.postgres.outage import LOST
from jejak.eventstore.store import BareConnection, Store
from jejak.platform.errors import Problem

_EVERY_SECONDS: Final = 5.0
_WITHIN_SECONDS: Final = 2.0
_STATE: Final = """
SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS read_only,
       ARRAY(SELECT unnest($1::text[]) EXCEPT SELECT name FROM jejak.migration) AS missing
"""
_COMMIT: Final = "SELECT set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'jejak', '')"
"""An empty commit: once it returns, it is durable, also on every standby that a commit has to wait for."""
_OLD_SCHEMA_ERRORS: Final = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
)
"""Raised by a schema that has no list of its migrations, or shows it to no service."""
_SILENT: Final = (
    "basis_data_tidak_menjawab",
    "Basis data tidak menjawab. Periksa server PostgreSQL, jaringan dan jumlah koneksinya.",
)
_UNWRITABLE: Final = (
    "basis_data_tidak_menyimpan",
    "Basis data tidak menyimpan tulisan. Periksa ruang disk, server siaga sinkron dan log server PostgreSQL.",
)
_STANDBY: Final = (
    "basis_data_siaga",
    "Server PostgreSQL ini siaga dan tidak menerima tulisan. Arahkan layanan ke server utama.",
)
_READ_ONLY: Final = (
    "basis_data_hanya_baca",
    "Basis data hanya dapat dibaca. Matikan default_transaction_read_only di server, basis data dan login.",
)
_OLD_SCHEMA: Final = (
    "skema_lama",
    "Skema basis data lebih lama daripada program ini. Jalankan `jejak migrate` dari versi yang sama.",
)

_log = structlog.get_logger()
_UP: Final = Gauge("jejak_database_up", "1 while this service can read and write its database", ["service"])


class NotReady(Problem):
    """This service cannot do its work now; the sentence says how to mend it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(slots=True)
class DatabaseHealth:
    """Checks over a connection of its own: a pool that requests have used up says nothing about the database."""

    url: str
    store: Store
    service: str
    _connection: asyncpg.Connection[Any] | None = None
    _known: list[str] = field(default_factory=known)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self) -> None:
        """Returns if the service can read and write. NotReady if it cannot, or it is not known within 2 seconds."""
        reason, connected = _SILENT, False
        try:
            async with asyncio.timeout(_WITHIN_SECONDS), self._lock, self._connected() as connection:
                connected = True
                self._judge(await connection.fetchrow(_STATE, self._known))
                reason = _UNWRITABLE
                await connection.execute(_COMMIT)
        except (asyncpg.PostgresError, *LOST) as error:
            if connected and reason is _SILENT and isinstance(error, _OLD_SCHEMA_ERRORS):
                raise NotReady(*_OLD_SCHEMA) from None
            _log.warning("database_away", service=self.service, error=type(error).__name__)
            raise NotReady(*reason) from None

    async def run(self) -> None:
        """Keeps the gauge up to date, for ever."""
        try:
            while True:
                await self.check()
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            self.disconnect()

    async def check(self) -> None:
        """Sets the gauge by whether the service is ready now."""
        try:
            await self.ready()
        except NotReady as reason:
            _log.warning("not_ready", service=self.service, reason=reason.code)
            _UP.labels(self.service).set(0)
        else:
            _UP.labels(self.service).set(1)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        """The connection. After any failure it is dropped: the next check may find another server."""
        try:
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self.url,
                    connection_class=BareConnection,
                    server_settings={"application_name": f"{self.service}-ready"},
                )
            yield self._connection
        except BaseException:
            self.disconnect()
            raise

    def disconnect(self) -> None:
        """Ends the connection; the next check makes another."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _judge(self, row: Any) -> None:
        for wrong, reason in (
            (row["standby"], _STANDBY),
            (row["read_only"], _READ_ONLY),
            (row["missing"], _OLD_SCHEMA),
            (not self.store.writes, _UNWRITABLE),
        ):
            if wrong:
                raise NotReady(*reason)
