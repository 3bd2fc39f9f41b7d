"""Where a decision becomes an event: read the case, admit the official, decide, append with the version expected.

The shell around the pure core, shared by the five services. A human request and the task loop go the same way.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from jejak import engine, ids
from jejak.books import Books
from jejak.case import Case, Happened, evolve, fold
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, Keyring
from jejak.contracts.tasks import TASKS
from jejak.engine import Due
from jejak.refusal import Malformed, Missing, NotYours, Refused, Stale
from jejak.sop.kantor import Kantor, Official
from jejak.sop.model import MAIN, Sop
from jejak.store.store import Store
from jejak.store.types import Append, DueRead, DueRow, NewEvent, Recorded, StreamRead

_TRIES: Final = 8
"""How often a decision is made again when somebody else appended first."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, as the verified token says: office, person and post."""

    office: str
    code: str
    post: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who, by which route, and what makes it the same request when it comes again."""

    actor: Actor
    route: str
    key: str | None
    body_hash: str
    if_match: int | None = None

    def event_id(self, n: int) -> uuid.UUID:
        """The id of the n-th event this request causes: the same request always names the same event."""
        return ids.derived(self.actor.code, self.route, self.key, n) if self.key else ids.new_uuid()


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as read now, with all that a decision needs."""

    case: Case
    sop: Sop
    office: Kantor
    keys: CaseKeys
    now: datetime
    history: tuple[Happened, ...]
    due: tuple[Due, ...]
    rows: tuple[DueRead, ...] = ()

    @property
    def today(self) -> datetime:
        """Now in the office's zone."""
        return self.office.calendar.local(self.now)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decider's answer: what happened, and the outcome of the task it ends (None outside the line).

    `actor` names who did it where that is neither the asker nor nobody: who signed by pen what another records.
    """

    data: e.AnyEvent
    hasil: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who did it and who typed it in; `occurred_at` is when it happened, if that was elsewhere or earlier."""

    actor: str | None = None
    recorder: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a request: the case's new version and what is due now."""

    case: uuid.UUID
    version: int
    due: tuple[Due, ...]
    ending: str | None
    repeated: bool = False


class Conflict(Exception):
    """Somebody else appended first; read again and decide again."""


type Act = Callable[[Opened, Due], Awaitable[Decided]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Reads cases and appends to them, for one service."""

    store: Store
    books: Books
    keyring: Keyring

    async def open(self, case: uuid.UUID) -> Opened:
        """One case. Missing if there is none."""
        found = await self.open_all([case])
        if case not in found:
            raise Missing("berkas_tidak_ada", "Berkas dengan nomor itu tidak ada. Periksa nomornya pada tanda terima.")
        return found[case]

    async def open_all(self, cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, Opened]:
        """Many cases in one round trip; those that do not exist are left out."""
        read = await self.store.read(cases)
        return {key: await self._opened(stream, read.now) for key, stream in read.streams.items() if stream.events}

    async def _opened(self, stream: StreamRead, now: datetime) -> Opened:
        sop = await self.books.sop(stream.sop)
        office = await self.books.kantor(stream.office, now)
        keys = self.keyring.unwrap(stream.stream, stream.keys)
        history = tuple(happened(one, keys) for one in stream.events)
        case = fold(Case(id=stream.stream, office=stream.office, sop=stream.sop), history)
        return Opened(case, sop, office, keys, now, history, engine.due(sop, case, office), stream.due)

    async def perform(
        self,
        asked: Asked,
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
            opened = await self.open(case)
            if before := repeated(opened, asked):
                return before
            due = admitted(opened, asked, verb, slot)
            by = acting(opened, asked.actor, due, occurred_at)
            decided = await act(opened, due)
            try:
                return await self.commit(opened, decided, due, by, asked)
            except Conflict:
                continue
        raise Refused("ramai", "Berkas ini sedang diubah orang lain. Tunggu sebentar, lalu ulangi.")

    async def start(self, asked: Asked, case: uuid.UUID, verb: str, *, slot: str | None = None) -> Receipt:
        """Note that an official has begun a task: the touch clock runs from here."""

        async def started(_: Opened, __: Due) -> Decided:
            return Decided(e.WorkStarted())

        return await self.perform(asked, case, verb, started, slot=slot)

    async def outside(self, asked: Asked, case: uuid.UUID, act: Callable[[Opened], Awaitable[Decided]]) -> Receipt:
        """A command that is no task of the sheet (withdraw, revoke), by an official of the office."""
        for _ in range(_TRIES):
            opened = await self.open(case)
            if before := repeated(opened, asked):
                return before
            check_version(opened, asked)
            check_office(opened, asked.actor)
            decided = await act(opened)
            try:
                return await self.commit(opened, decided, None, By(actor=asked.actor.code), asked)
            except Conflict:
                continue
        raise Refused("ramai", "Berkas ini sedang diubah orang lain. Tunggu sebentar, lalu ulangi.")

    async def commit(
        self, opened: Opened, decided: Decided, due: Due | None, by: By, asked: Asked | None = None
    ) -> Receipt:
        """Append what was decided and what follows from it. Conflict if somebody else was first."""
        after, _ = await self.append(opened, decided, due, by, asked)
        return receipt(after)

    async def append(
        self, opened: Opened, decided: Decided, due: Due | None, by: By, asked: Asked | None = None
    ) -> tuple[Opened, int]:
        """As `commit`; gives the case as it is afterwards, and its ledger position."""
        happened_now = resulting(opened, decided, due, by, asked)
        case = fold(opened.case, happened_now)
        due_now = engine.due(opened.sop, case, opened.office)
        command = Append(
            stream=case.id,
            kind="case",
            expected=opened.case.version,
            events=tuple(_new_event(one, opened, self.keyring) for one in happened_now),
            due=tuple(due_row(one, opened.now) for one in due_now),
            office=case.office,
            sop=case.sop,
        )
        outcome = await self.store.append(command)
        if outcome.status == "conflict":
            raise Conflict
        settled = tuple(replace(one, at=outcome.recorded_at) for one in happened_now)
        case = fold(opened.case, settled)
        due_now = engine.due(opened.sop, case, opened.office)
        history = (*opened.history, *settled)
        return replace(opened, case=case, history=history, due=due_now, rows=()), outcome.position


def happened(recorded: Recorded, keys: CaseKeys) -> Happened:
    """A stored event with its data opened."""
    return Happened(
        id=recorded.id,
        version=recorded.version,
        type=recorded.type,
        data=codec.decode(recorded.type, recorded.payload, recorded.stream, recorded.version, keys),
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


def resulting(opened: Opened, decided: Decided, due: Due | None, by: By, asked: Asked | None) -> list[Happened]:
    """The events of one append: what was decided, then what the procedure lets follow from it."""
    case = opened.case
    made: list[Happened] = []

    def add(data: e.AnyEvent, task: Due | None, hasil: str | None, doer: By) -> None:
        nonlocal case
        version = opened.case.version + len(made) + 1
        identity = asked.event_id(len(made)) if asked else ids.derived(case.id, version, codec_type(data))
        one = Happened(
            id=identity,
            version=version,
            type=codec_type(data),
            data=data,
            at=opened.now,
            slot=task.slot if task else MAIN,
            langkah=task.langkah if task else None,
            tugas=task.tugas if task else None,
            hasil=hasil,
            oleh=task.who if task else None,
            actor=doer.actor,
            recorder=doer.recorder,
            occurred_at=doer.occurred_at,
        )
        made.append(one)
        case = evolve(case, one)

    data = _as_led(decided, due)
    data = data.model_copy(update={"request": asked.body_hash}) if asked and asked.key else data
    add(data, due, decided.hasil, replace(by, actor=decided.actor) if decided.actor else by)
    while after := engine.follows(opened.sop, case, opened.office, opened.now):
        add(after.data, after.task, after.hasil, By())
    return made


def _as_led(decided: Decided, due: Due | None) -> e.AnyEvent:
    """A refusal ends the case only where the sheet leads it there; elsewhere it asks for a correction."""
    data = decided.data
    if not isinstance(data, e.CaseRefused) or due is None or decided.hasil is None:
        return data
    if engine.event_of(due, decided.hasil) == "CaseRefused":
        return data
    return e.CorrectionRequested(note=data.note, evidence=data.evidence)


def codec_type(data: e.Event) -> str:
    """The literal type of an event."""
    return e.type_of(data)


def _new_event(one: Happened, opened: Opened, keyring: Keyring) -> NewEvent:
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


def due_row(due: Due, now: datetime) -> DueRow:
    """A due task as the ledger keeps it. What has become due by this very append gets its `recorded_at` there."""
    return DueRow(
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


def receipt(opened: Opened, *, repeated: bool = False) -> Receipt:
    """What the asker is told."""
    ending = opened.case.ending.kind if opened.case.ending else None
    return Receipt(opened.case.id, opened.case.acted, opened.due, ending, repeated)


def repeated(opened: Opened, asked: Asked) -> Receipt | None:
    """The answer to a request that was carried out before; Malformed if the key now comes with another body."""
    if asked.key is None:
        return None
    first = asked.event_id(0)
    before = next((one for one in opened.history if one.id == first), None)
    if before is None:
        return None
    if before.data.request != asked.body_hash:
        raise Malformed(
            "kunci_dipakai", "Idempotency-Key ini sudah dipakai untuk isi yang lain. Pakai kunci baru untuk isi baru."
        )
    return receipt(opened, repeated=True)


def check_version(opened: Opened, asked: Asked) -> None:
    """Stale if the asker saw an older version than the last act."""
    if asked.if_match is not None and asked.if_match != opened.case.acted:
        raise Stale(opened.case.acted)


def check_office(opened: Opened, actor: Actor) -> None:
    """NotYours for another office's file, for a post that is not held, and for another kelurahan's citizen."""
    if actor.office != opened.case.office:
        raise NotYours("kantor_lain", "Berkas ini milik kantor lain.")
    official = check_post(opened.office, actor, opened.now)
    application = opened.case.application
    if application is not None and not official.answers_for(application.entry_office):
        raise NotYours(
            "wilayah_lain",
            "Berkas ini tidak diajukan dari wilayah Anda. Mintalah petugas kelurahan asalnya mengerjakannya.",
        )


def check_post(office: Kantor, actor: Actor, now: datetime) -> Official:
    """The official, by the kantor file; NotYours unless it says that this person holds this post today."""
    day = office.calendar.local(now).date()
    for one in office.officials_at(day):
        if one.kode == actor.code and one.jabatan == actor.post:
            return one
    raise NotYours("bukan_pejabat", "Nama dan jabatan pada token tidak tercatat sebagai pejabat kantor ini hari ini.")


def admitted(opened: Opened, asked: Asked, verb: str, slot: str | None) -> Due:
    """The due task that this official may do now."""
    check_office(opened, asked.actor)
    check_version(opened, asked)
    found = [one for one in opened.due if one.tugas == verb and slot in (None, one.slot)]
    if not found:
        raise Refused("tidak_jatuh_tempo", _not_due(opened, verb), jatuh_tempo=[one.tugas for one in opened.due])
    if len(found) > 1:
        raise Malformed("slot_perlu", "Tugas ini menunggu di beberapa tempat; sebutkan slot-nya pada alamat (?slot=…).")
    return found[0]


def _not_due(opened: Opened, verb: str) -> str:
    if opened.case.ending:
        return f"Tugas {verb} tidak dapat dikerjakan: berkas ini sudah berakhir ({opened.case.ending.kind})."
    waiting = ", ".join(f"{one.tugas} oleh {one.who}" for one in opened.due)
    return f"Tugas {verb} belum waktunya. Yang ditunggu sekarang: {waiting}."


def acting(opened: Opened, actor: Actor, due: Due, occurred_at: datetime | None) -> By:
    """Who does it: the official whose post the step names, or the recorder for somebody outside.

    NotYours for any other post.
    """
    performer = opened.sop.pelaksana[due.who]
    if occurred_at is not None and occurred_at > opened.now:
        raise Malformed("waktu_depan", "Waktu kejadian tidak boleh di masa depan.")
    if actor.post in performer.jabatan:
        return By(actor=actor.code, occurred_at=occurred_at)
    recorders = opened.sop.posts_recording(due.who)
    if due.tugas == "sign" and opened.office.tanda_tangan == "basah" and opened.office.pencatat_tanda_tangan:
        recorders = (*recorders, opened.office.pencatat_tanda_tangan)
    if actor.post in recorders:
        return By(recorder=actor.code, occurred_at=occurred_at)
    posts = ", ".join((*performer.jabatan, *recorders))
    raise NotYours("bukan_tugas_anda", f"Tugas ini milik {performer.nama}; yang dapat mengerjakannya: {posts}.")


def verbs_of(service: str) -> frozenset[str]:
    """The tasks a service owns."""
    return frozenset(kind.verb for kind in TASKS.values() if kind.service == service)
