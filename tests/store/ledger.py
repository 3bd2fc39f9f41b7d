"""Events, due rows and commands of a synthetic office, for tests of the ledger."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from jejak.contracts.codec import Keyring
from jejak.contracts.envelope import Due, Event, NewEvent
from jejak.eventstore.store import Store
from jejak.eventstore.types import Append
from jejak.platform.ids import new_uuid, random_bytes
from jejak.platform.key_settings import MasterKeys
from tests.servers import Database
from tests.waits import PATIENCE

SOP = "5" * 64
OFFICE = "99.01"


def event(
    kind: str = "ApplicationSubmitted", payload: bytes = b'{"a":1}', **columns: str | datetime | None
) -> NewEvent:
    """An event that `intake` may append."""
    return NewEvent(id=new_uuid(), type=kind, payload=payload, **columns)  # type: ignore[arg-type]


def due(
    slot: str = "main",
    tugas: str = "check_registry",
    *,
    who: str = "kasi",
    since: datetime | None = None,
    not_before: datetime | None = None,
    service: str = "verification",
    automatic: bool = True,
    urgent: bool = False,
    kumpulan: str | None = None,
) -> Due:
    """A task that is due, by default an automatic look-up of `verification`."""
    return Due(
        slot=slot,
        service=service,
        tugas=tugas,
        langkah="2",
        who=who,
        since=since,
        not_before=not_before,
        automatic=automatic,
        owner="dinas",
        kumpulan=kumpulan,
        urgent=urgent,
    )


def command(
    stream: UUID,
    expected: int,
    events: Iterable[NewEvent] | None = None,
    rows: Iterable[Due] = (),
    office: str = OFFICE,
) -> Append:
    """An append to a case."""
    given = tuple(events) if events is not None else (event(),)
    return Append(stream=stream, kind="case", expected=expected, events=given, due=tuple(rows), office=office, sop=SOP)


@asynccontextmanager
async def opened(database: Database, service: str = "intake", **options: float) -> AsyncIterator[Store]:
    """The store of one service."""
    async with await Store.connect(database.urls[service], **options) as store:  # type: ignore[arg-type]
        yield store


async def case_under(database: Database, master: str) -> None:
    """A case whose keys are wrapped under this master key, as a setting has it."""
    ring = Keyring(MasterKeys(base64.urlsafe_b64decode(master)), random_bytes)
    case = new_uuid()
    async with opened(database) as store:
        await store.put_keys(case, *ring.wrap(case, ring.new_keys()))
        await store.append(command(case, 0))


async def all_events(store: Store) -> list[Event]:
    """Everything in the ledger, by position."""
    rows = await store.pool.fetch("SELECT stream FROM es.event GROUP BY stream")
    read = await store.read([row[0] for row in rows])
    return sorted(
        (event for stream in read.streams.values() for event in stream.events), key=lambda event: event.position
    )


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Returns when the condition holds, and fails when it never does."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition is PostgreSQL's
            await asyncio.sleep(0.005)
