"""A case as read-only pages and lists see it: state, history, due tasks and clocks, at one instant."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.command_handler import opened_event
from jejak.cases.decision import Actor, LoadedCase, attribution_of, check_office
from jejak.cases.engine import DueTask
from jejak.cases.unreadable import LoadedCases, load_each, raising_unreadable
from jejak.eventstore.types import StoredStream
from jejak.platform import ids
from jejak.platform.errors import Malformed, Missing, NotYours
from jejak.procedure.office.kantor import Kantor
from jejak.timekeeping.clocks.times import CaseTimes, case_times
from jejak.web.authorisation import ByActor, CaseName
from jejak.web.reading.timing_context import TimingContext, TimingContexts, received
from jejak.web.runtime import Runtime

_NOT_FOUND: Final = "Berkas dengan nomor itu tidak ada. Periksa nomornya pada tanda terima."


@dataclass(frozen=True)
class CaseReadModel:
    """A case for reading. Its clocks are computed on first use: most lists need none."""

    opened: LoadedCase
    stream: StoredStream
    context: TimingContext
    offices: tuple[Kantor, ...]
    """Every version of the office's file, oldest first."""

    @cached_property
    def times(self) -> CaseTimes:
        """The three clocks of every step, now. Unreadable where the history does not yield them."""
        with raising_unreadable(self.stream):
            times = case_times(self.stream.events, self.context.book, self.opened.now)
            for stay in times.steps:
                self.context.sop.step(stay.slot, stay.langkah)
            return times

    @property
    def case(self) -> Case:
        return self.opened.case

    @property
    def code(self) -> str:
        return ids.case_code(self.case.id)

    @property
    def history(self) -> tuple[OpenedEvent, ...]:
        return self.opened.history


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Loads cases for reading."""

    runtime: Runtime
    contexts: TimingContexts

    @classmethod
    def of(cls, runtime: Runtime) -> "CaseReader":
        return cls(runtime, TimingContexts(runtime.procedures))

    async def open(self, name: str) -> CaseReadModel:
        """The case of an identity or of the code on the receipt. Missing, Malformed for neither, or Unreadable."""
        key = await self.find(name)
        case_view = (await self.open_all([key])).get_or_raise(key)
        if case_view is None:
            raise Missing("berkas_tidak_ada", _NOT_FOUND)
        return case_view

    async def open_all(self, keys: Sequence[uuid.UUID], *, clocks: bool = False) -> LoadedCases[CaseReadModel]:
        """Many cases in one round trip, in the given order, without unknown ones; unreadable ones are listed apart.

        With `clocks`, a case whose clocks cannot be computed is unreadable too.
        """
        read = await self.runtime.store.read(keys)
        streams = [read.streams[key] for key in keys if key in read.streams]
        cases = [stream for stream in streams if stream.events and stream.kind == "case"]

        async def load(stream: StoredStream) -> CaseReadModel:
            case_view = await self._load(stream, read.now)
            if clocks:
                _ = case_view.times
            return case_view

        return await load_each(cases, load)

    async def _load(self, stream: StoredStream, now: datetime) -> CaseReadModel:
        context = await self.contexts.of(stream.office, stream.sop, received(stream.events))
        office = await self.runtime.procedures.kantor(stream.office, now)
        keys = self.runtime.command_handler.keyring.unwrap(stream.stream, stream.keys)
        history = tuple(opened_event(event, keys) for event in stream.events)
        case = fold(Case(id=stream.stream, office=stream.office, sop=stream.sop), history)
        due = engine.due_tasks(context.sop, case, office)
        loaded = LoadedCase(case, context.sop, office, keys, now, history, due, stream.due)
        offices = await self.runtime.procedures.kantors(stream.office)
        return CaseReadModel(loaded, stream, context, offices)

    async def find(self, name: str) -> uuid.UUID:
        """The identity of a case by its identity or code."""
        try:
            return uuid.UUID(name)
        except ValueError:
            pass
        try:
            low, high = ids.code_range(name)
        except ValueError as error:
            raise Malformed("kode_salah", str(error)) from None
        cases = await self.runtime.store.find(low, high)
        if not cases:
            raise Missing("berkas_tidak_ada", _NOT_FOUND)
        if len(cases) > 1:
            raise Malformed("kode_ganda", "Kode ini dimiliki lebih dari satu berkas. Pakai nomor berkas lengkap.")
        return cases[0]


def own_case_read_model(reader: CaseReader) -> Callable[[str, Actor], Awaitable[CaseReadModel]]:
    """A dependency: the case of the address, by its identity or its code, for an official who may see it.

    Missing for an unknown case; NotYours for another office's.
    """

    async def own_case(case: CaseName, who: ByActor) -> CaseReadModel:
        case_view = await reader.open(case)
        check_office(case_view.opened, who)
        return case_view

    return own_case


def is_own(case_view: CaseReadModel, actor: Actor | None) -> bool:
    """Whether the actor is an official of the case's office today, and of its kelurahan: only he sees the person."""
    if actor is None:
        return False
    try:
        check_office(case_view.opened, actor)
    except NotYours:
        return False
    return True


def may_do(case_view: CaseReadModel, actor: Actor, due: DueTask) -> bool:
    """Whether this official does the task, or records it."""
    try:
        attribution_of(case_view.opened, actor, due, None)
    except NotYours:
        return False
    return True
