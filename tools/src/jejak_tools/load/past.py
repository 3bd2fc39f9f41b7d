"""The event store at other times: every statement and every append at the moment of its caller."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from jejak.eventstore import encode
from jejak.eventstore.store import BareConnection, Store, open_pool
from jejak.eventstore.types import Append, Outcome, StreamSnapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

MOMENT: Final[ContextVar[datetime | None]] = ContextVar("moment", default=None)
"""The time of the current case."""
_SET: Final = "SELECT set_config('jejak.moment', $1::timestamptz::text, false)"
_APPEND: Final = (
    "SELECT status, version, position, recorded_at FROM es.append_at($1::timestamptz[], $2::uuid[], $3::text[], "
    "$4::bigint[], $5::uuid[], $6::text[], $7::bytea[], $8::timestamptz[], $9::text[], $10::timestamptz[], "
    "$11::boolean[])"
)
_SCHEMAS: Final = (" letters.", " bpjs.")
_CONNECTIONS: Final = 2


class _Connection(BareConnection):
    """Sets the moment on the server, when it has changed, before statements that read it."""

    _moment: datetime | None = None

    async def _execute(self, query: str, *args: Any, **options: Any) -> Any:
        moment = MOMENT.get()
        if moment != self._moment and moment is not None and any(schema in query for schema in _SCHEMAS):
            self._moment = moment
            await self.execute(_SET, moment)
        return await super()._execute(query, *args, **options)


class PastStore(Store):
    """A service's event store in development, at any time."""

    _at: dict[UUID, datetime]

    @classmethod
    async def of(cls, url: str) -> Self:
        """Opens it, as `Store.connect` does."""
        store = cls(await open_pool(url, size=_CONNECTIONS, application="load", connection=_Connection), writers=1)
        store._at = {}
        return store

    async def now(self) -> datetime:
        """The caller's moment. LookupError before it is set."""
        moment = MOMENT.get()
        if moment is None:
            raise LookupError("the moment is not set")
        return moment

    async def read(self, streams: Collection[UUID], known: Mapping[UUID, int] | None = None) -> StreamSnapshot:
        """As `Store.read`, at the caller's moment."""
        return replace(await super().read(streams, known), now=await self.now())

    async def append(self, command: Append) -> Outcome:
        """As `Store.append`, at the caller's moment. LookupError before it is set."""
        self._at[command.stream] = await self.now()
        return await super().append(command)

    async def append_call(self, commands: Sequence[Append]) -> list[Outcome]:
        """Every command at its own moment, in one call."""
        moments = [self._at[command.stream] for command in commands]
        rows = await self.pool.fetch(_APPEND, moments, *encode.arguments(commands))
        return [Outcome(*row) for row in rows]
