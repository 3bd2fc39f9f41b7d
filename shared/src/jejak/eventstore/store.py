"""The ledger as the services use it: one pool, hand-written SQL, every call a single statement.

A single statement commits by itself: a client frozen between statements would hold the fence and stop every tail.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

import asyncpg

from jejak.contracts.envelope import Event
from jejak.eventstore import encode
from jejak.eventstore.coalescer import Coalescer
from jejak.eventstore.epoch import Epoch
from jejak.eventstore.types import Append, Blob, Outcome, StoredDue, StoredStream, StreamSnapshot
from jejak.platform.spans import span
from jejak.platform.trace import Trace, current_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

EVENT_COLUMNS: Final = ", ".join(Event._fields)
_DUE_COLUMNS: Final = tuple(column.name for column in fields(StoredDue) if column.name != "waiting")
# Many streams at one instant, in one round trip: a stream's events and due rows come as arrays of rows. A stream that
# is known up to a version gives its later events, and the hash of the last known event.
READ: Final = """
SELECT n.now, clock_timestamp() AS real_now, s.key, s.kind, s.office, s.sop, s.version, s.head, k.working, k.archive,
       (SELECT e.hash FROM es.event e WHERE e.stream_no = s.stream_no AND e.version = w.after) AS seen,
       ARRAY(SELECT e FROM es.event e WHERE e.stream_no = s.stream_no AND e.version > w.after ORDER BY e.version)
           AS events,
       ARRAY(SELECT d FROM es.due d WHERE d.stream_no = s.stream_no ORDER BY d.slot) AS due
FROM (SELECT es.now() AS now) AS n
LEFT JOIN (unnest($1::uuid[], $2::bigint[]) AS w (key, after) JOIN es.stream s ON s.key = w.key) ON true
LEFT JOIN keys.case_key k ON k.stream = s.key
"""
# Automatic work that is due and not claimed: the office's clock for not_before, real time for the rest.
SWEEP: Final = """
SELECT d.stream FROM es.due d
WHERE d.automatic AND d.parked IS NULL AND d.service = $1 AND d.tugas = ANY ($2::text[])
  AND d.ready_at <= (SELECT es.now())
  AND d.made_at <= clock_timestamp() - $3::interval
  AND (d.retry_at IS NULL OR d.retry_at <= clock_timestamp())
  AND (d.claimed_until IS NULL OR d.claimed_until <= clock_timestamp())
ORDER BY d.ready_at, d.made_at LIMIT $4
"""
PARKED: Final = """
SELECT d.*, clock_timestamp() AS real_now FROM es.due d WHERE d.parked IS NOT NULL ORDER BY d.since
"""
AUTOMATIC: Final = """
SELECT DISTINCT d.stream FROM es.stream s JOIN es.due d ON d.stream_no = s.stream_no
WHERE s.key = ANY ($1::uuid[]) AND d.automatic AND d.service = $2
"""
LAST_TRACES: Final = """
SELECT s.key AS stream, t.traceparent FROM es.stream s
JOIN es.event e ON e.stream_no = s.stream_no AND e.version = s.version
JOIN es.trace t ON t.position = e.position
WHERE s.key = ANY ($1::uuid[])
"""
FIND: Final = "SELECT key FROM es.stream WHERE key BETWEEN $1 AND $2 ORDER BY key LIMIT $3"
UNWRITABLE: Final = (asyncpg.ReadOnlySQLTransactionError, asyncpg.DiskFullError, asyncpg.PostgresIOError)
"""Raised by an append where the server can write nothing at all."""
_UNWRITABLE_SECONDS: Final = 30.0
"""For how long such a failure counts: after it, the disk may have room again."""
_EVENT_WIDTH: Final = len(Event._fields)


class BareConnection(asyncpg.Connection):
    """A connection with nothing to reset: it has no session state, so giving it back costs no round trip."""

    def get_reset_query(self) -> str:
        return ""

    async def _execute(self, *args: Any, **options: Any) -> Any:
        """Raises ConnectionDoesNotExistError where the server ended this connection while it was idle.

        asyncpg 0.32 may raise InternalClientError there, as for a misuse of the driver. A server that refuses to write
        is left: the next connection may lead to the server that is the primary now.
        """
        try:
            return await super()._execute(*args, **options)  # type: ignore[misc]  # the stubs leave it out
        except asyncpg.ReadOnlySQLTransactionError:
            self.terminate()
            raise
        except asyncpg.InternalClientError as error:
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("the connection was ended by the server") from error


async def open_pool(
    url: str,
    *,
    size: int = 6,
    application: str = "jejak",
    connection: type[BareConnection] = BareConnection,
    admit: Callable[[Any], Coroutine[Any, Any, None]] | None = None,
) -> asyncpg.Pool[asyncpg.Record]:
    """A pool as the store needs it: statements are prepared once per connection.

    A connection brings no setting but its name, because a pooler in between takes no other: what a service needs is set
    for its login (`jejak.eventstore.postgres.roles`). `admit`: called with each new connection before its first use.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        connection_class=connection,
        command_timeout=60,
        init=admit,
        server_settings={"application_name": application},
    )


class Store:
    """The ledger as one process uses it. Close it, or use it as a context manager."""

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        *,
        writers: int = 2,
        patience: float = 30.0,
        epoch: Epoch | None = None,
    ) -> None:
        self.pool = pool
        self._unwritable_at: float | None = None
        self.epoch = epoch or Epoch("jejak")
        self._coalescer = Coalescer(self.append_call, workers=writers, patience=patience)

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        size: int = 6,
        writers: int = 2,
        patience: float = 30.0,
        application: str = "jejak",
        derives: bool = False,
    ) -> Self:
        """Opens a pool of up to `size` connections, of which up to `writers` append at a time.

        A store that `derives` appends nothing and remembers positions: all its connections are of one epoch.
        """
        epoch = Epoch(application)
        admit = epoch.admit if derives else None
        pool = await open_pool(url, size=size, application=application, admit=admit)
        return cls(pool, writers=writers, patience=patience, epoch=epoch)

    async def close(self) -> None:
        """Sends the appends that callers still await, then closes the pool."""
        await self._coalescer.close()
        await self.pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def append(self, command: Append) -> Outcome:
        """Appends to one stream and returns when it is durable (`Coalescer.append`), with the trace under way."""
        with span("append", attributes={"jejak.events": len(command.events)}):
            trace = current_trace()
            return await self._coalescer.append(replace(command, traceparent=trace.traceparent) if trace else command)

    async def traces(self, streams: Collection[UUID]) -> dict[UUID, Trace]:
        """The trace of the last event of each of these streams, where it has one."""
        return {
            row["stream"]: trace
            for row in await self.pool.fetch(LAST_TRACES, list(streams))
            if (trace := Trace.parse(row["traceparent"]))
        }

    async def append_call(self, commands: Sequence[Append]) -> list[Outcome]:
        """Appends to many streams in one call, without the coalescer. Each stream is named once; one outcome each."""
        try:
            rows = await self.pool.fetch(*encode.call(commands))
        except (*UNWRITABLE, TimeoutError):
            self._unwritable_at = asyncio.get_running_loop().time()
            raise
        self._unwritable_at = None
        return [Outcome(*row) for row in rows]

    @property
    def writes(self) -> bool:
        """False for a while after an append failed in a way in which every other would fail too."""
        failed_at = self._unwritable_at
        return failed_at is None or asyncio.get_running_loop().time() - failed_at > _UNWRITABLE_SECONDS

    async def read(self, streams: Collection[UUID], known: Mapping[UUID, int] | None = None) -> StreamSnapshot:
        """Whole streams, their due rows and wrapped keys, and the governed clock, at one instant in one round trip.

        A stream that is `known` up to a version comes with its later events only.
        """
        versions = [(known or {}).get(stream, 0) for stream in streams]
        rows = await self.pool.fetch(READ, list(streams), versions)
        return StreamSnapshot(
            now=rows[0]["now"], streams={row["key"]: _stream(row) for row in rows if row["key"] is not None}
        )

    async def find(self, low: UUID, high: UUID, limit: int = 2) -> list[UUID]:
        """Streams whose key lies from `low` to `high`: the cases that a case code can stand for."""
        return [row[0] for row in await self.pool.fetch(FIND, low, high, limit)]

    # Due tasks

    async def automatic(self, streams: Collection[UUID], service: str) -> set[UUID]:
        """The streams among these that have automatic work of a service, in any state."""
        return {row[0] for row in await self.pool.fetch(AUTOMATIC, list(streams), service)}

    async def sweep(
        self, service: str, verbs: Collection[str], seconds: float, limit: int, *, but: Collection[UUID] = ()
    ) -> list[UUID]:
        """Streams with automatic work of a service that is due for `seconds` of real time, not claimed nor deferred.

        At most `limit`, each once; without those in `but`, which are under way.
        """
        under_way = set(but)
        rows = await self.pool.fetch(SWEEP, service, list(verbs), timedelta(seconds=seconds), limit + len(under_way))
        return [stream for stream in dict.fromkeys(row[0] for row in rows) if stream not in under_way]

    async def parked(self) -> list[StoredDue]:
        """Every task that was parked and not put back."""
        return [_stored_due(row, row["real_now"]) for row in await self.pool.fetch(PARKED)]

    async def claim(self, stream: UUID, slot: str, tugas: str, seconds: float) -> bool:
        """Claims a due task for so many seconds of real time. False when it is gone, parked, claimed or deferred."""
        return await self.pool.fetchval("SELECT es.claim($1, $2, $3, $4)", stream, slot, tugas, seconds) is not None

    async def defer(self, stream: UUID, slot: str, pause: timedelta, reason: str, *, tugas: str | None = None) -> bool:
        """Defers a due task for a while of real time and releases its claim.

        `reason` is a code, and the word of a list where a person has to judge it (`jejak.procedure.meanings.put_off`).
        """
        return bool(await self.pool.fetchval("SELECT es.defer($1, $2, $3, $4, $5)", stream, slot, tugas, pause, reason))

    async def park(self, stream: UUID, slot: str, reason: str, *, tugas: str | None = None) -> bool:
        """Parks a due task: it is skipped until `unpark`. `reason` is a code, never data."""
        return bool(await self.pool.fetchval("SELECT es.park($1, $2, $3, $4)", stream, slot, tugas, reason))

    async def unpark(self, stream: UUID, slot: str) -> bool:
        """Puts a parked task back, as new. Its own service may, and an administrator."""
        return bool(await self.pool.fetchval("SELECT es.unpark($1, $2)", stream, slot))

    # Keys and people

    async def put_keys(
        self, stream: UUID, working: bytes, archive: bytes, people: Collection[bytes] = ()
    ) -> tuple[bytes, bytes]:
        """Stores a new case's wrapped keys and its entries in the person index (HMACs), before its first append.

        Returns the keys that are stored: those of the first call.
        """
        row = await self.pool.fetchrow(
            "SELECT k.working, k.archive FROM es.put_person($1, $4), keys.put_case_key($1, $2, $3) AS k",
            stream,
            working,
            archive,
            list(people),
        )
        if row is None:
            raise RuntimeError("keys.put_case_key returned no row")
        return row["working"], row["archive"]

    async def put_people(self, stream: UUID, people: Collection[bytes]) -> None:
        """Adds entries of a case to the person index; those that are there stay."""
        await self.pool.execute("SELECT es.put_person($1, $2)", stream, list(people))

    # Bytes

    async def put_blobs(self, stream: UUID, blobs: Sequence[Blob]) -> int:
        """Stores sealed bytes, once per case and SHA-256 of the bytes before sealing. Returns how many were new."""
        if not blobs:
            return 0
        columns = zip(*((b.sha256, b.sealed, b.media_type, b.size) for b in blobs), strict=True)
        return int(await self.pool.fetchval("SELECT es.put_blob($1, $2, $3, $4, $5)", stream, *columns))

    async def get_blob(self, stream: UUID, sha256: str) -> Blob | None:
        """The sealed bytes of a case, or None."""
        row = await self.pool.fetchrow(
            "SELECT sha256, media_type, size, sealed FROM es.blob WHERE stream = $1 AND sha256 = $2", stream, sha256
        )
        return None if row is None else Blob(*row)

    # The files of offices. Only the administrator may put them.

    async def put_sop(self, dinas: str, body: bytes) -> str:
        """Stores a sheet for ever under its SHA-256, which is returned in hex."""
        return str(await self.pool.fetchval("SELECT es.put_sop($1, $2)", dinas, body))

    async def get_sop(self, sha256: str) -> bytes | None:
        """The sheet of this SHA-256 (hex), or None."""
        body: bytes | None = await self.pool.fetchval("SELECT body FROM es.sop WHERE sha256 = $1", sha256)
        return body

    async def list_sops(self, dinas: str | None = None) -> list[str]:
        """SHA-256 (hex) of every stored sheet, or of those of one office, first put first."""
        rows = await self.pool.fetch(
            "SELECT sha256 FROM es.sop WHERE $1::text IS NULL OR dinas = $1 ORDER BY put_at, sha256", dinas
        )
        return [row[0] for row in rows]

    async def put_kantor(self, kode: str, berlaku_sejak: date, body: bytes) -> None:
        """Stores an office's file as in force from that day; a later call for the same day replaces it."""
        await self.pool.execute("SELECT es.put_kantor($1, $2, $3)", kode, berlaku_sejak, body)

    async def get_kantors(self, kode: str) -> list[bytes]:
        """Every version of an office's file, the first in force first."""
        rows = await self.pool.fetch("SELECT body FROM es.kantor WHERE kode = $1 ORDER BY berlaku_sejak", kode)
        return [row[0] for row in rows]

    async def offices(self) -> list[str]:
        """The codes of all offices that have a file."""
        return [row[0] for row in await self.pool.fetch("SELECT DISTINCT kode FROM es.kantor ORDER BY kode")]

    # The governed clock

    async def ping(self) -> None:
        """Returns when PostgreSQL answers; raises when it does not."""
        await self.pool.fetchval("SELECT 1")

    async def now(self) -> datetime:
        """The governed clock: real time, plus the offset that development may set."""
        now: datetime = await self.pool.fetchval("SELECT es.now()")
        return now

    async def set_dev_clock(self, offset: timedelta) -> datetime:
        """Sets the offset and returns the clock's new time. InsufficientPrivilegeError outside development."""
        now: datetime = await self.pool.fetchval("SELECT es.set_dev_clock($1)", offset)
        return now

    async def get_dev_clock(self) -> timedelta:
        """The offset in force; zero outside development."""
        offset: timedelta = await self.pool.fetchval("SELECT skew FROM es.dev_clock")
        return offset


def event_of_row(row: Any) -> Event:
    """An event from a row whose first columns are Event's."""
    return tuple.__new__(Event, row[:_EVENT_WIDTH])


def _stream(row: Any) -> StoredStream:
    return StoredStream(
        stream=row["key"],
        kind=row["kind"],
        office=row["office"],
        sop=row["sop"],
        version=row["version"],
        head=row["head"],
        events=tuple([event_of_row(event) for event in row["events"]]),
        due=tuple([_stored_due(due, row["real_now"]) for due in row["due"]]),
        keys=None if row["working"] is None else (row["working"], row["archive"]),
        seen=row["seen"],
    )


def _stored_due(row: Any, real_now: datetime) -> StoredDue:
    waiting = any(until is not None and until > real_now for until in (row["retry_at"], row["claimed_until"]))
    return StoredDue(**{name: row[name] for name in _DUE_COLUMNS}, waiting=waiting)
