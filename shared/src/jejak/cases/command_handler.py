"""Reads a case, admits the official, decides, and appends the events with the version expected.

The shell around the pure core, shared by the five services, for requests of people and for automatic tasks.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Final

from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.case_cache import CachedCase, CaseCache
from jejak.cases.decision import (
    Attribution,
    CommandRequest,
    Decision,
    LoadedCase,
    Receipt,
    admitted_task,
    attribution_of,
    check_office,
    check_post_in_sheet,
    check_version,
    receipt,
    repeated_receipt,
    resulting_events,
)
from jejak.cases.engine import DueTask
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.cases.unreadable import LoadedCases, load_each
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, Keyring
from jejak.contracts.envelope import Due, Event, NewEvent
from jejak.eventstore.store import Store
from jejak.eventstore.types import Append, StoredStream
from jejak.platform.errors import Missing, Refused

_TRIES: Final = 8
"""Decisions on one request before it is refused, while others keep appending to the case."""
_COLUMNS: Final = tuple(column.name for column in fields(NewEvent) if column.name != "payload")


class Conflict(Exception):
    """Another request appended first; read again and decide again."""


type Act = Callable[[LoadedCase, DueTask], Awaitable[Decision]]


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """Reads cases and appends to them, for one service."""

    store: Store
    procedures: ProcedureRegistry
    keyring: Keyring
    cache: CaseCache = field(default_factory=CaseCache)

    async def load(self, case: uuid.UUID) -> LoadedCase:
        """One case. Missing if there is none, Unreadable if it does not open."""
        loaded = (await self.load_all([case])).get_or_raise(case)
        if loaded is None:
            raise Missing("berkas_tidak_ada", "Berkas dengan nomor itu tidak ada. Periksa nomornya pada tanda terima.")
        return loaded

    async def load_all(self, cases: Sequence[uuid.UUID]) -> LoadedCases[LoadedCase]:
        """Many cases in one round trip; those that do not exist are left out, those that do not open are named."""
        cached = {case: entry for case in cases if (entry := self.cache.get(case))}
        read = await self.store.read(cases, {case: entry.case.version for case, entry in cached.items()})
        streams: list[StoredStream] = []
        changed: list[uuid.UUID] = []
        for case, stream in read.streams.items():
            entry = cached.get(case)
            if entry and not entry.precedes(stream):
                self.cache.forget(case)
                changed.append(case)
            elif entry or stream.events:
                streams.append(stream)
        loaded = await load_each(streams, lambda stream: self._loaded(stream, read.now, cached.get(stream.stream)))
        if changed:
            again = await self.load_all(changed)
            loaded.update(again)
            loaded.unread.update(again.unread)
        return loaded

    async def _loaded(self, stream: StoredStream, now: datetime, cached: CachedCase | None) -> LoadedCase:
        sop = await self.procedures.sop(stream.sop)
        office = await self.procedures.kantor(stream.office, now)
        keys = self.keyring.unwrap(stream.stream, stream.keys)
        new = tuple(opened_event(event, keys) for event in stream.events)
        before = cached.case if cached else Case(id=stream.stream, office=stream.office, sop=stream.sop)
        case, history = fold(before, new), (*(cached.history if cached else ()), *new)
        self.cache.put(CachedCase(case, history, stream.head, stream.keys))
        return LoadedCase(case, sop, office, keys, now, history, engine.due_tasks(sop, case, office), stream.due)

    async def handle(
        self,
        request: CommandRequest,
        case: uuid.UUID,
        verb: str,
        act: Act,
        *,
        slot: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Receipt:
        """One official ends one task. Safe to repeat: the same request finds its own event and answers as before.

        Stale, NotYours, Refused and Missing leave everything as it was.
        """

        async def decide(loaded: LoadedCase) -> tuple[Decision, DueTask, Attribution]:
            due = admitted_task(loaded, request, verb, slot)
            attribution = attribution_of(loaded, request.actor, due, occurred_at)
            return await act(loaded, due), due, attribution

        return await self._decide_and_commit(request, case, decide)

    async def start_task(
        self, request: CommandRequest, case: uuid.UUID, verb: str, *, slot: str | None = None
    ) -> Receipt:
        """Note that an official has begun a task: the touch clock runs from here."""

        async def started(_: LoadedCase, __: DueTask) -> Decision:
            return Decision(e.WorkStarted())

        return await self.handle(request, case, verb, started, slot=slot)

    async def handle_ad_hoc(
        self, request: CommandRequest, case: uuid.UUID, act: Callable[[LoadedCase], Awaitable[Decision]]
    ) -> Receipt:
        """A command that is no task of the sheet (withdraw, revoke), by an official of the office."""

        async def decide(loaded: LoadedCase) -> tuple[Decision, None, Attribution]:
            check_office(loaded, request.actor)
            check_post_in_sheet(loaded.sop, request.actor)
            check_version(loaded, request)
            return await act(loaded), None, Attribution(actor=request.actor.code)

        return await self._decide_and_commit(request, case, decide)

    async def _decide_and_commit(
        self,
        request: CommandRequest,
        case: uuid.UUID,
        decide: Callable[[LoadedCase], Awaitable[tuple[Decision, DueTask | None, Attribution]]],
    ) -> Receipt:
        """Decides anew as long as another request appends first; a request that came before is not decided again."""
        for _ in range(_TRIES):
            loaded = await self.load(case)
            if before := repeated_receipt(loaded, request):
                return before
            decision, due, attribution = await decide(loaded)
            try:
                return await self.commit(loaded, decision, due, attribution, request)
            except Conflict:
                continue
        raise Refused("ramai", "Berkas ini sedang diubah orang lain. Tunggu sebentar, lalu ulangi.")

    async def commit(
        self,
        loaded: LoadedCase,
        decision: Decision,
        due: DueTask | None,
        attribution: Attribution,
        request: CommandRequest | None = None,
    ) -> Receipt:
        """Append what was decided and what follows from it. Conflict if another request was first."""
        after, _ = await self.append(loaded, decision, due, attribution, request)
        return receipt(after)

    async def append(
        self,
        loaded: LoadedCase,
        decision: Decision,
        due: DueTask | None,
        attribution: Attribution,
        request: CommandRequest | None = None,
    ) -> tuple[LoadedCase, int]:
        """As `commit`; gives the case as it is afterwards, and its ledger position."""
        events, due_now = resulting_events(loaded, decision, due, attribution, request)
        case = loaded.case
        command = Append(
            stream=case.id,
            kind="case",
            expected=case.version,
            events=tuple(_new_event(event, loaded, self.keyring) for event in events),
            due=tuple(stored_due(task, loaded.now) for task in due_now),
            office=case.office,
            sop=case.sop,
        )
        outcome = await self.store.append(command)
        if outcome.status == "conflict" or (outcome.status == "already" and _has_derived_ids(request)):
            raise Conflict
        recorded = tuple(event._replace(at=outcome.recorded_at) for event in events)
        due_now = tuple(_due_since(task, loaded.now, outcome.recorded_at) for task in due_now)
        history = (*loaded.history, *recorded)
        return replace(loaded, case=fold(case, recorded), history=history, due=due_now, rows=()), outcome.position


def _has_derived_ids(request: CommandRequest | None) -> bool:
    """Whether another decision at the same version has the same event ids, so that what is stored may differ."""
    return request is None or request.key is not None


def opened_event(event: Event, keys: CaseKeys) -> OpenedEvent:
    """A stored event with its data opened."""
    return stored_event(event, codec.decode(event.type, event.payload, event.stream, event.version, keys))


def stored_event(event: Event, data: e.AnyEvent) -> OpenedEvent:
    """A stored event with this data."""
    return OpenedEvent(
        id=event.id,
        version=event.version,
        type=event.type,
        data=data,
        at=event.recorded_at,
        slot=event.slot,
        langkah=event.langkah,
        tugas=event.tugas,
        hasil=event.hasil,
        oleh=event.oleh,
        actor=event.actor,
        recorder=event.recorder,
        occurred_at=event.occurred_at,
    )


def _new_event(event: OpenedEvent, loaded: LoadedCase, keyring: Keyring) -> NewEvent:
    payload = codec.encode(event.data, loaded.case.id, event.version, loaded.keys, keyring.random)
    return NewEvent(payload=payload, **{name: getattr(event, name) for name in _COLUMNS})


def _due_since(due: DueTask, now: datetime, recorded_at: datetime) -> DueTask:
    """A due task as the ledger has it: what this append makes due, since the append was recorded."""
    return replace(due, since=recorded_at) if due.since == now else due


def stored_due(due: DueTask, now: datetime) -> Due:
    """A due task as the ledger stores it. A task that this very append makes due gets its `recorded_at` there."""
    columns = {column.name: getattr(due, column.name) for column in fields(Due)}
    return Due(**columns | {"since": None if due.since == now else due.since})
