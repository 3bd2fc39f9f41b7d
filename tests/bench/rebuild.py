"""Rebuilding the views over a ledger of many whole cases, loaded through append() at times of an office's day.

A real case, played on the installation, is the pattern: the same columns under new identities, each event twenty
minutes of office time after the one before. The views read columns, so the payloads stay sealed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from uuid import UUID

import asyncpg

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.codec import Keyring
from jejak.contracts.envelope import Due, DueToken, Event, NewEvent, parse_due
from jejak.contracts.event_owners import owners
from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.roles import service_url
from jejak.eventstore.store import EVENT_COLUMNS, Store, event_of_row
from jejak.eventstore.types import Append
from jejak.platform.ids import new_uuid, random_bytes
from jejak.platform.key_settings import MasterKeys
from jejak.procedure.office.kantor import load_kantor
from jejak.web.reading.timing_context import TimingContexts
from jejak_local.installation import Installation
from ledger.audit.names import Names
from ledger.timings.projections import Views
from tests.bench.offices import BY_PEN

EVENTS = 200_000
CASES_A_DAY = 1_200
_PER_CALL = 100
_PATTERN = f"""
SELECT {EVENT_COLUMNS} FROM es.event WHERE stream =
  (SELECT stream FROM es.event WHERE office = $1 AND type = 'CaseClosed' ORDER BY position LIMIT 1) ORDER BY version
"""  # noqa: S608 - column names only
_SOP = "SELECT s.sop, f.body FROM es.stream s JOIN es.sop f ON f.sha256 = s.sop WHERE s.key = $1"
_OPENING = datetime(2022, 7, 4, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Events a second: counted in SQL over columns, and folded over calendars in Python; `events` in all."""

    events: int
    sql_per_s: float
    clock_per_s: float


async def measure(installation: Installation, kantor: bytes) -> Rebuilt:
    """In a database of its own on the installation's server."""
    admin_url = installation.environment["JEJAK_DATABASE_URL"]
    admin = await asyncpg.connect(admin_url)
    pattern = [event_of_row(row) for row in await admin.fetch(_PATTERN, BY_PEN)]
    sop, sheet = await admin.fetchrow(_SOP, pattern[0].stream) or ("", b"")
    await admin.execute("CREATE DATABASE bench_views")
    await admin.close()
    url = admin_url.rsplit("/", 1)[0] + "/bench_views"
    passwords = {
        name: installation.environment[f"JEJAK_DB_PASSWORD_{name.upper()}"]
        for name in ("intake", "verification", "approval", "letters", "bpjs_sync", "ledger")
    }
    await migrate(url, passwords, development=True)
    async with await Store.connect(url, size=1) as store:
        office = load_kantor(kantor)
        await store.put_sop(BY_PEN, sheet)
        await store.put_kantor(BY_PEN, office.berlaku_sejak or _OPENING.date(), kantor)
    await load(url, passwords, pattern, str(sop))
    return await rebuilt(service_url(url, "ledger", passwords["ledger"]))


async def load(url: str, passwords: dict[str, str], pattern: Sequence[Event], sop: str) -> None:
    """EVENTS events in whole cases, a day's worth at a time; each service appends its own events."""
    appends = _appends(pattern)
    owner = owners()
    services = {min(owner[append.events[0].type]) for append in appends}
    stores = {name: await Store.connect(service_url(url, name, passwords[name])) for name in services}
    clock = await asyncpg.connect(url)
    days = _working_days(-(-EVENTS // (CASES_A_DAY * len(pattern))))
    for day in days:
        cases = [new_uuid() for _ in range(CASES_A_DAY)]
        version = 0
        for number, append in enumerate(appends):
            moment = day + timedelta(minutes=20 * number)
            await clock.execute("SELECT es.set_dev_clock($1 - clock_timestamp())", moment)
            store = stores[min(owner[append.events[0].type])]
            commands = [_copy(append, case, version, sop) for case in cases]
            await asyncio.gather(*(store.append_call(part) for part in batched(commands, _PER_CALL, strict=False)))
            version += len(append.events)
    await clock.close()
    for store in stores.values():
        await store.close()


@dataclass(frozen=True, slots=True)
class _Append:
    """The events of one append of the pattern, and the due rows after it."""

    events: tuple[Event, ...]
    due: tuple[Due, ...]


def _appends(pattern: Sequence[Event]) -> list[_Append]:
    """The appends of a case: the last event of an append has the due rows, those before it have none."""
    appends: list[_Append] = []
    events: list[Event] = []
    for event in pattern:
        events.append(event)
        if event.due is not None:
            appends.append(_Append(tuple(events), tuple(map(_due, parse_due(event.due)))))
            events = []
    return appends


def _due(token: DueToken) -> Due:
    return Due(
        token.slot,
        token.service,
        token.tugas,
        token.langkah,
        token.who,
        None,
        None,
        automatic=False,
        owner="dinas",
        kumpulan=None,
        urgent=False,
    )


def _copy(append: _Append, case: UUID, version: int, sop: str) -> Append:
    events = tuple(
        NewEvent(new_uuid(), e.type, e.payload, e.slot, e.langkah, e.tugas, e.hasil, e.oleh, e.actor, e.recorder)
        for e in append.events
    )
    return Append(case, "case", version, events, append.due, BY_PEN, sop)


def _working_days(count: int) -> list[datetime]:
    days = [_OPENING + timedelta(days=n) for n in range(2 * count + 7)]
    return [day for day in days if day.weekday() < 5][:count]


async def rebuilt(url: str) -> Rebuilt:
    """One rebuild, its two parts timed apart."""
    began: dict[str, float] = {}
    ended: dict[str, float] = {}

    def say(what: str, _done: int, _of: int) -> None:
        began.setdefault(what, time.perf_counter())
        ended[what] = time.perf_counter()

    async with await Store.connect(url, application="bench") as store:
        views = Views(
            store,
            TimingContexts(ProcedureRegistry(store)),
            Names(bytes(32), Keyring(MasterKeys(bytes(32)), random_bytes)),
        )
        await views.rebuild(say)
        events = int(await store.pool.fetchval("SELECT count(*) FROM es.event"))
        folded = int(await store.pool.fetchval("SELECT count(DISTINCT stream) FROM view.step_time"))
        cases = int(await store.pool.fetchval("SELECT count(*) FROM es.stream"))
    if folded != cases:
        raise RuntimeError(f"{folded} of {cases} cases were folded")
    seconds = {what: ended[what] - began[what] for what in began}
    return Rebuilt(events, events / seconds["aktivitas"], events / seconds["waktu"])
