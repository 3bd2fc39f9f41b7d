"""Where a decision becomes an event: read the case, admit the official, decide, append with the version expected.

The shell around the pure core, shared by the five services. A human request and the task loop go the same way.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
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
"""How often a decision is made again when somebody else appended first."""


class Conflict(Exception):
    """Somebody else appended first; read again and decide again."""


type Act = Callable[[LoadedCase, DueTask], Awaitable[Decision]]


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """Reads cases and appends to them, for one service."""

    store: Store
    procedures: ProcedureRegistry
    keyring: Keyring
    remembered: CaseCache = field(default_factory=CaseCache)

    async def load(self, case: uuid.UUID) -> LoadedCase:
        """One case. Missing if there is none, Unreadable if it does not open."""
        opened = (await self.load_all([case])).get_or_raise(case)
        if opened is None:
            raise Missing("berkas_tidak_ada", "Berkas dengan nomor itu tidak ada. Periksa nomornya pada tanda terima.")
        return opened

    async def load_all(self, cases: Sequence[uuid.UUID]) -> LoadedCases[LoadedCase]:
        """Many cases in one round trip; those that do not exist are left out, those that do not open are named."""
        known = {case: kept for case in cases if (kept := self.remembered.get(case))}
        read = await self.store.read(cases, {case: kept.case.version for case, kept in known.items()})
        streams: list[StoredStream] = []
        changed: list[uuid.UUID] = []
        for key, stream in read.streams.items():
            kept = known.get(key)
            if kept and not kept.begins(stream):
                self.remembered.forget(key)
                changed.append(key)
            elif kept or stream.events:
                streams.append(stream)
        opened = await load_each(streams, lambda one: self._opened(one, read.now, known.get(one.stream)))
        if changed:
            again = await self.load_all(changed)
            opened.update(again)
            opened.unread.update(again.unread)
        return opened

    async def _opened(self, stream: StoredStream, now: datetime, kept: CachedCase | None) -> LoadedCase:
        sop = await self.procedures.sop(stream.sop)
        office = await self.procedures.kantor(stream.office, now)
        keys = self.keyring.unwrap(stream.stream, stream.keys)
        fresh = tuple(opened_event(one, keys) for one in stream.events)
        before = kept.case if kept else Case(id=stream.stream, office=stream.office, sop=stream.sop)
        case, history = fold(before, fresh), (*(kept.history if kept else ()), *fresh)
        self.remembered.keep(CachedCase(case, history, stream.head, stream.keys))
        return LoadedCase(case, sop, office, keys, now, history, engine.due_tasks(sop, case, office), stream.due)

    async def handle(
        self,
        asked: CommandRequest,
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
        for _ in range(_TRIES):
            opened = await self.load(case)
            if before := repeated_receipt(opened, asked):
                return before
            due = admitted_task(opened, asked, verb, slot)
            by = attribution_of(opened, asked.actor, due, occurred_at)
            decided = await act(opened, due)
            try:
                return await self.commit(opened, decided, due, by, asked)
            except Conflict:
                continue
        raise Refused("ramai", "Berkas ini sedang diubah orang lain. Tunggu sebentar, lalu ulangi.")

    async def start_task(
        self, asked: CommandRequest, case: uuid.UUID, verb: str, *, slot: str | None = None
    ) -> Receipt:
        """Note that an official has begun a task: the touch clock runs from here."""

        async def started(_: LoadedCase, __: DueTask) -> Decision:
            return Decision(e.WorkStarted())

        return await self.handle(asked, case, verb, started, slot=slot)

    async def handle_ad_hoc(
        self, asked: CommandRequest, case: uuid.UUID, act: Callable[[LoadedCase], Awaitable[Decision]]
    ) -> Receipt:
        """A command that is no task of the sheet (withdraw, revoke), by an official of the office."""
        for _ in range(_TRIES):
            opened = await self.load(case)
            if before := repeated_receipt(opened, asked):
                return before
            check_office(opened, asked.actor)
            check_post_in_sheet(opened.sop, asked.actor)
            check_version(opened, asked)
            decided = await act(opened)
            try:
                return await self.commit(opened, decided, None, Attribution(actor=asked.actor.code), asked)
            except Conflict:
                continue
        raise Refused("ramai", "Berkas ini sedang diubah orang lain. Tunggu sebentar, lalu ulangi.")

    async def commit(
        self,
        opened: LoadedCase,
        decided: Decision,
        due: DueTask | None,
        by: Attribution,
        asked: CommandRequest | None = None,
    ) -> Receipt:
        """Append what was decided and what follows from it. Conflict if somebody else was first."""
        after, _ = await self.append(opened, decided, due, by, asked)
        return receipt(after)

    async def append(
        self,
        opened: LoadedCase,
        decided: Decision,
        due: DueTask | None,
        by: Attribution,
        asked: CommandRequest | None = None,
    ) -> tuple[LoadedCase, int]:
        """As `commit`; gives the case as it is afterwards, and its ledger position."""
        happened_now = resulting_events(opened, decided, due, by, asked)
        case = fold(opened.case, happened_now)
        due_now = engine.due_tasks(opened.sop, case, opened.office)
        command = Append(
            stream=case.id,
            kind="case",
            expected=opened.case.version,
            events=tuple(_new_event(one, opened, self.keyring) for one in happened_now),
            due=tuple(stored_due(one, opened.now) for one in due_now),
            office=case.office,
            sop=case.sop,
        )
        outcome = await self.store.append(command)
        if outcome.status == "conflict" or (outcome.status == "already" and _named_alike(asked)):
            raise Conflict
        settled = tuple(one._replace(at=outcome.recorded_at) for one in happened_now)
        case = fold(opened.case, settled)
        due_now = engine.due_tasks(opened.sop, case, opened.office)
        history = (*opened.history, *settled)
        return replace(opened, case=case, history=history, due=due_now, rows=()), outcome.position


def _named_alike(asked: CommandRequest | None) -> bool:
    """Whether another decision on the same would have the same ids: what is stored may then say something else."""
    return asked is None or asked.key is not None


def opened_event(recorded: Event, keys: CaseKeys) -> OpenedEvent:
    """A stored event with its data opened."""
    data = codec.decode(recorded.type, recorded.payload, recorded.stream, recorded.version, keys)
    return stored_event(recorded, data)


def stored_event(recorded: Event, data: e.AnyEvent) -> OpenedEvent:
    """A stored event with this data."""
    return OpenedEvent(
        id=recorded.id,
        version=recorded.version,
        type=recorded.type,
        data=data,
        at=recorded.recorded_at,
        slot=recorded.slot,
        langkah=recorded.langkah,
        tugas=recorded.tugas,
        hasil=recorded.hasil,
        oleh=recorded.oleh,
        actor=recorded.actor,
        recorder=recorded.recorder,
        occurred_at=recorded.occurred_at,
    )


def _new_event(one: OpenedEvent, opened: LoadedCase, keyring: Keyring) -> NewEvent:
    return NewEvent(
        id=one.id,
        type=one.type,
        payload=codec.encode(one.data, opened.case.id, one.version, opened.keys, keyring.random),
        slot=one.slot,
        langkah=one.langkah,
        tugas=one.tugas,
        hasil=one.hasil,
        oleh=one.oleh,
        actor=one.actor,
        recorder=one.recorder,
        occurred_at=one.occurred_at,
    )


def stored_due(due: DueTask, now: datetime) -> Due:
    """A due task as the ledger keeps it. What has become due by this very append gets its `recorded_at` there."""
    return Due(
        slot=due.slot,
        service=due.service,
        tugas=due.tugas,
        langkah=due.langkah,
        who=due.who,
        since=None if due.since == now else due.since,
        not_before=due.not_before,
        automatic=due.automatic,
        owner=due.owner,
        kumpulan=due.kumpulan,
        urgent=due.urgent,
    )
