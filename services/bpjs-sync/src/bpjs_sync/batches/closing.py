"""Closes batches and carries them out: each is closed once, by the first process, and continued after any crash.

The batch's own stream holds its closing, members, dropped members and list; each member's stream holds its submission.
Every step looks there first, so that repeating it changes nothing.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Final

import structlog

from bpjs_sync import domain
from bpjs_sync.batches import files, online
from bpjs_sync.batches.files import Line
from bpjs_sync.batches.state import BatchState, due_in, fold_batch, sent_with
from jejak.cases.command_handler import Conflict, opened_event
from jejak.cases.decision import Actor, Attribution, CommandRequest, LoadedCase
from jejak.cases.unreadable import raising_unreadable
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import NewEvent
from jejak.eventstore.postgres.outage import DATABASE_DOWN, repeat
from jejak.eventstore.types import Append
from jejak.platform import ids
from jejak.platform.errors import Problem
from jejak.procedure.batches import Batch
from jejak.procedure.model import Sop
from jejak.timekeeping.periods import Period, period_after, period_of
from jejak.web.runtime import Runtime

KIND: Final = "batch"
_CLAIM_SECONDS: Final = 120
_AT_ONCE: Final = 100
_TRIES: Final = 5
_FORGOTTEN: Final = "data_dimusnahkan"
_NO_KEYS: Final = CaseKeys(None, None)
"""A batch's events hold nothing personal; its list is sealed under keys of its own."""

GROUPS: Final = "SELECT office, kumpulan, sop, min(since) AS since FROM bpjs.waiting GROUP BY office, kumpulan, sop"
WAITING: Final = """
SELECT "case", slot, tugas, langkah, who, sop, since FROM bpjs.waiting
WHERE office = $1 AND kumpulan = $2 ORDER BY since, "case"
"""
_CLOSED: Final = "SELECT period FROM bpjs.batch WHERE office = $1 AND kumpulan = $2 AND closed_at IS NOT NULL"
UNDER_WAY: Final = """
SELECT id, office FROM bpjs.batch
WHERE NOT carried_out AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
ORDER BY prepared_at
"""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Closing:
    """A batch about to be closed: its members, and the end of its period. `request`: by which an official closes it."""

    office: str
    kumpulan: str
    period: str
    closed_at: datetime
    members: tuple[uuid.UUID, ...]
    sop: str
    request: CommandRequest | None = None

    @property
    def id(self) -> uuid.UUID:
        return ids.derived_uuid(self.office, self.kumpulan, self.period)


@dataclass(slots=True)
class _Members:
    """The members of a batch as they are now, without their files, which are many."""

    lines: dict[uuid.UUID, Line] = field(default_factory=dict)
    """The members on the list: sent with the batch, or to be sent."""
    sheets: dict[str, Sop] = field(default_factory=dict)
    waiting: list[tuple[uuid.UUID, str, str]] = field(default_factory=list)
    """Case, slot and task of the members with a task still due."""
    gone: dict[uuid.UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batches:
    """Closes batches and carries them out, for one installation."""

    runtime: Runtime

    async def run(self) -> None:
        """Sweeps for ever."""
        await repeat(self.sweep, self.runtime.settings.sweep_seconds, "batch_sweep_failed", at_once=False)

    async def sweep(self, offices: Container[str] | None = None) -> int:
        """Closes the batches that are due and carries out closed ones, of these offices; returns how many it closed.

        A batch that cannot be carried out is logged, tried again by a later sweep, and stops no other.
        """
        closed = 0
        for closing in await self._due(offices):
            closed += await self.close(closing)
        for row in await self.runtime.store.pool.fetch(UNDER_WAY):
            if offices is not None and row["office"] not in offices:
                continue
            try:
                await self.carry_out(row["id"], row["office"])
            except DATABASE_DOWN:
                raise
            except Exception as error:  # noqa: BLE001 - a failing batch must not stop the others
                _log.error("batch_not_carried_out", batch=str(row["id"]), reason=type(error).__name__)
        return closed

    async def _due(self, offices: Container[str] | None) -> list[Closing]:
        """The batches whose period is over."""
        now = await self.runtime.store.now()
        ready: set[tuple[str, str]] = set()
        for row in await self.runtime.store.pool.fetch(GROUPS):
            if offices is not None and row["office"] not in offices:
                continue
            try:
                batch = (await self.runtime.procedures.sop(row["sop"])).kumpulan[row["kumpulan"]]
                calendar = (await self.runtime.procedures.kantor(row["office"], now)).calendar
                if batch.setiap and period_of(batch, calendar, row["since"]).closes <= now:
                    ready.add((row["office"], row["kumpulan"]))
            except (Problem, KeyError, ValueError) as error:  # one office's file must not keep another's batch open
                _log.error(
                    "batch_not_judged", office=row["office"], kumpulan=row["kumpulan"], reason=type(error).__name__
                )
        return [closing for group in sorted(ready) for closing in await self._closings(*group, now)]

    async def _closings(self, office: str, kumpulan: str, now: datetime) -> list[Closing]:
        """Every period of a batch that is over and not yet closed, with the cases that wait in it.

        A case that began to wait in a period that is closed already is in the next.
        """
        pool = self.runtime.store.pool
        calendar = (await self.runtime.procedures.kantor(office, now)).calendar
        closed = {row["period"] for row in await pool.fetch(_CLOSED, office, kumpulan)}
        members: dict[Period, list[uuid.UUID]] = defaultdict(list)
        sheets: dict[Period, str] = {}
        for row in await pool.fetch(WAITING, office, kumpulan):
            batch = (await self.runtime.procedures.sop(row["sop"])).kumpulan[kumpulan]
            if batch.setiap is None:
                continue
            period = period_of(batch, calendar, row["since"])
            while period.name in closed and period.closes <= now:
                period = period_after(batch, calendar, period)
            if period.closes <= now:
                members[period].append(row["case"])
                sheets.setdefault(period, row["sop"])
        return [
            Closing(office, kumpulan, period.name, period.closes, tuple(dict.fromkeys(members[period])), sheets[period])
            for period in sorted(members, key=lambda period: period.closes)
        ]

    async def close(self, closing: Closing) -> bool:
        """Closes a batch. False when another process was first, with the members it saw."""
        pool, request = self.runtime.store.pool, closing.request
        await pool.execute(
            "SELECT bpjs.prepare_batch($1, $2, $3, $4)", closing.id, closing.office, closing.kumpulan, closing.period
        )
        data = e.BatchClosed(
            batch=closing.kumpulan,
            period=closing.period,
            members=tuple(map(str, closing.members)),
            closed_at=closing.closed_at,
            request=request.body_hash if request and request.key else None,
        )
        identity = request.event_id(0) if request else ids.new_uuid()
        actor = request.actor.code if request else None
        status = await self._append(closing.id, closing.office, 0, {identity: data}, sop=closing.sop, actor=actor)
        if status == "appended":
            _log.info("batch_closed", batch=str(closing.id), members=len(closing.members))
        return status == "appended"

    async def read(self, batch: uuid.UUID, office: str) -> BatchState:
        """A batch folded from its stream; without members when it was never closed. Unreadable if it does not open."""
        stream = (await self.runtime.store.read([batch])).streams.get(batch)
        if stream is None or stream.kind != KIND:
            return BatchState(batch, stream.office if stream else office)
        with raising_unreadable(stream):
            history = (opened_event(event, _NO_KEYS) for event in stream.events)
            return fold_batch(BatchState(batch, stream.office), history)

    async def carry_out(self, batch: uuid.UUID, office: str) -> bool:
        """Does what is left for a closed batch. False when another process has claimed it, or it was never closed."""
        pool = self.runtime.store.pool
        if not await pool.fetchval("SELECT bpjs.claim_batch($1, $2)", batch, _CLAIM_SECONDS):
            return False
        done = False
        try:
            state = await self.read(batch, office)
            if state.closed_at is None:
                await pool.execute("SELECT bpjs.forget_batch($1)", batch)
                return False
            await self._carry_out(state, state.closed_at)
            done = True
        finally:
            await pool.execute("SELECT bpjs.release_batch($1, $2)", batch, done)
        return True

    async def _carry_out(self, state: BatchState, closed_at: datetime) -> None:
        """Members are noted before the batch counts as closed, so that none of them counts as still waiting."""
        members = await self._members(state)
        pool = self.runtime.store.pool
        if members.waiting:
            columns = zip(*members.waiting, strict=True)
            await pool.execute("SELECT bpjs.note_members($1, $2, $3, $4, $5)", state.id, closed_at, *map(list, columns))
        await pool.execute("SELECT bpjs.note_closed($1, $2, $3)", state.id, closed_at, state.closed_by)
        state = await self._drop(state, members.gone)
        if members.lines:
            await self._deliver(state, closed_at, members)

    async def _deliver(self, state: BatchState, closed_at: datetime, members: _Members) -> None:
        """The list is made, stored and named before a member is recorded as sent."""
        batch = _batch(state, members.sheets.values())
        bentuk = batch.bentuk
        state = await self._listed(state, closed_at, batch, members.lines)
        to_send = [case for case, _, tugas in members.waiting if tugas == "deliver"]
        if domain.via_of(bentuk) == "lembar_daring":
            rows = [(f"{state.id}/{case}", members.lines[case]) for case in to_send]
            await self.write_online(state.office, state.period, rows)
        sent = dict(members.lines)
        late = await self._send(state, to_send, bentuk, sent)
        if late or sent != members.lines:  # a case that left the batch, or whose people were corrected meanwhile
            state = await self._drop(state, late)
            lines = {case: line for case, line in sent.items() if case not in late}
            await self._listed(state, closed_at, batch, lines)

    async def _members(self, state: BatchState) -> _Members:
        """The members as they are now. Cases that can be put on no list leave the batch and wait for a person."""
        members = _Members()
        for chunk in batched(state.remaining, _AT_ONCE, strict=False):
            loaded = await self.runtime.command_handler.load_all(chunk)
            for unread in loaded.unread.values():
                for row in unread.rows:
                    if row.kumpulan == state.kumpulan and not row.parked:
                        await self.runtime.store.park(unread.case, row.slot, unread.code)
            for case in chunk:
                _sort(members, state, case, loaded.get(case))
        for case, reason in members.gone.items():
            if reason == _FORGOTTEN:
                for due in due_in(await self.runtime.command_handler.load(case), state):
                    await self.runtime.store.park(case, due.slot, _FORGOTTEN)
        return members

    async def _drop(self, state: BatchState, gone: Mapping[uuid.UUID, str]) -> BatchState:
        """Records which members are no longer in the batch, and why."""
        remaining = set(state.remaining)
        fresh = [(case, reason) for case, reason in gone.items() if case in remaining]
        if not fresh:
            return state
        dropped = [e.BatchMemberDropped.model_validate({"member": str(case), "reason": why}) for case, why in fresh]
        state = await self._record(state, dropped)
        out = [case for case, _ in state.dropped]
        await self.runtime.store.pool.execute("SELECT bpjs.drop_members($1, $2)", state.id, out)
        return state

    async def _listed(
        self, state: BatchState, closed_at: datetime, batch: Batch, lines: Mapping[uuid.UUID, Line]
    ) -> BatchState:
        """Makes the list of the members, stores it, and names it. The same list is named once."""
        if not lines:
            return state
        form: files.Form = "csv" if batch.bentuk == "csv" else "xlsx"
        title = f"{state.kumpulan}_{state.office}_{state.period}"
        made = await asyncio.to_thread(files.list_file, form, title, closed_at, list(lines.values()), batch.kolom)
        if state.file is not None and state.file.sha256 == made.sha256:
            return state
        keys = await self.keys(state.id)
        await self.runtime.keep_sealed(state.id, keys.working, [made])
        named = e.BatchFileMade(sha256=made.sha256, media_type=made.media_type, size=len(made.data), rows=len(lines))
        return await self._record(state, [named])

    async def keys(self, batch: uuid.UUID) -> CaseKeys:
        """The batch's own keys, made at first use."""
        keyring = self.runtime.command_handler.keyring
        fresh = keyring.wrap(batch, keyring.new_keys())
        row = await self.runtime.store.pool.fetchrow("SELECT * FROM keys.put_case_key($1, $2, $3)", batch, *fresh)
        return keyring.unwrap(batch, (row["working"], row["archive"]) if row else None)

    async def _send(
        self, state: BatchState, cases: Sequence[uuid.UUID], bentuk: str | None, lines: dict[uuid.UUID, Line]
    ) -> dict[uuid.UUID, str]:
        """Records each member as sent; returns the members that cannot be, and why. `lines` get each as it was sent."""
        late: dict[uuid.UUID, str] = {}
        for chunk in batched(cases, _AT_ONCE, strict=False):
            loaded = (await self.runtime.command_handler.load_all(chunk)).values()
            reasons = await asyncio.gather(*(self._send_case(state, case, bentuk, lines) for case in loaded))
            late |= {case.case.id: why for case, why in zip(loaded, reasons, strict=True) if why is not None}
        return late

    async def _send_case(
        self, state: BatchState, loaded: LoadedCase, bentuk: str | None, lines: dict[uuid.UUID, Line]
    ) -> str | None:
        """None once the case is sent, else why it cannot be."""
        body = ids.keyed_hash(self.runtime.settings.hmac_key, state.id.bytes)
        request = CommandRequest(Actor(state.office, KIND, ""), str(state.id), str(loaded.case.id), body)
        act = e.Act(batch=str(state.id), batch_closed_at=state.closed_at)
        for _ in range(_TRIES):
            if sent_with(loaded, state.id):
                return None
            due = next((due for due in due_in(loaded, state) if due.tugas == "deliver"), None)
            if due is None:
                return _why_gone(loaded)
            decision = domain.submission_sent(loaded.case, due.task, domain.via_of(bentuk), act)
            with suppress(Conflict):
                await self.runtime.command_handler.append(loaded, decision, due, Attribution(), request)
                if (line := files.line_of(loaded)) is not None:
                    lines[loaded.case.id] = line
                return None
            loaded = await self.runtime.command_handler.load(loaded.case.id)
        raise Conflict

    async def write_online(self, office: str, name: str, rows: Sequence[tuple[str, Line]]) -> bool:
        """Adds rows to the office's online sheet, once each. False where the office has no watched folder."""
        folder = self.runtime.settings.sheet_folders.get(office)
        if folder is None:
            return False
        await asyncio.to_thread(online.append, Path(folder), f"usulan-{name}", rows)
        return True

    async def _record(self, state: BatchState, recorded: Sequence[e.AnyEvent]) -> BatchState:
        """Appends to the batch's stream. Conflict if another process did meanwhile and so carries it out."""
        events = {
            ids.derived_uuid(state.id, version, e.type_of(data)): data
            for version, data in enumerate(recorded, start=state.version + 1)
        }
        if await self._append(state.id, state.office, state.version, events) == "conflict":
            raise Conflict
        return await self.read(state.id, state.office)

    async def _append(
        self,
        batch: uuid.UUID,
        office: str,
        expected: int,
        recorded: Mapping[uuid.UUID, e.AnyEvent],
        *,
        sop: str = "",
        actor: str | None = None,
    ) -> str:
        """Appends events by their ids; whether they are appended, or were already, or conflict."""
        random = self.runtime.command_handler.keyring.random
        events = tuple(
            NewEvent(
                id=identity,
                type=e.type_of(data),
                payload=codec.encode(data, batch, version, _NO_KEYS, random),
                actor=actor,
            )
            for version, (identity, data) in enumerate(recorded.items(), start=expected + 1)
        )
        outcome = await self.runtime.store.append(Append(batch, KIND, expected, events, (), office, sop))
        return outcome.status


def _batch(state: BatchState, sheets: Iterable[Sop]) -> Batch:
    """The form and the columns of the list, by the newest sheet among its members'."""
    newest = max(sheets, key=lambda sop: (str(sop.tanggal_efektif), sop.edisi, sop.sha256))
    return newest.kumpulan[state.kumpulan]


def _sort(members: _Members, state: BatchState, case: uuid.UUID, loaded: LoadedCase | None) -> None:
    """Sorts a member: sent already, waiting for the batch, or no longer in it."""
    waiting = due_in(loaded, state) if loaded else ()
    if loaded is None or not (waiting or sent_with(loaded, state.id)):
        members.gone[case] = _why_gone(loaded)
        return
    if sent_with(loaded, state.id) or any(due.tugas == "deliver" for due in waiting):
        line = files.line_of(loaded)
        if line is None:
            members.gone[case] = _FORGOTTEN
            return
        members.lines[case] = line
        members.sheets[loaded.sop.sha256] = loaded.sop
    members.waiting += [(case, due.slot, due.tugas) for due in waiting]


def _why_gone(loaded: LoadedCase | None) -> str:
    ended = loaded.case.ending if loaded else None
    return ended.kind if ended is not None and ended.kind in ("ditarik", "meninggal") else "tidak_lagi_menunggu"
