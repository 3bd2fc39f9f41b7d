"""Batches as they are carried out: closed once, whoever comes first; taken up again after a crash at any line.

The batch's own stream says that it closed, with whom, who was dropped and what its list is; each member's stream says
that it was sent. Every step looks there first, so that doing it again changes nothing.
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
from jejak.cases.unreadable import Unreadable, raising_unreadable
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import NewEvent
from jejak.eventstore.postgres.outage import DATABASE_DOWN, repeat
from jejak.eventstore.types import Append
from jejak.platform import ids
from jejak.platform.errors import Problem
from jejak.procedure.model import Sop
from jejak.timekeeping.periods import Period, period_after, period_of
from jejak.web.runtime import Runtime

KIND: Final = "batch"
_CLAIM_SECONDS: Final = 120
_AT_ONCE: Final = 100
_TRIES: Final = 5
_FORGOTTEN: Final = "data_dimusnahkan"
_NO_KEYS: Final = CaseKeys(None, None)
"""Nothing in a batch's events is personal; its list is sealed under keys of its own."""

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
    """A batch about to be closed: which, with whom, and when its time was over. `asked`: by an official's request."""

    office: str
    kumpulan: str
    period: str
    closed_at: datetime
    members: tuple[uuid.UUID, ...]
    sop: str
    asked: CommandRequest | None = None

    @property
    def id(self) -> uuid.UUID:
        return ids.derived_uuid(self.office, self.kumpulan, self.period)


@dataclass(slots=True)
class _Members:
    """The members of a batch as they are now; not their files, which are many."""

    lines: dict[uuid.UUID, Line] = field(default_factory=dict)
    """Those on the list: sent with the batch, or to be sent."""
    sheets: dict[str, Sop] = field(default_factory=dict)
    waiting: list[tuple[uuid.UUID, str, str]] = field(default_factory=list)
    """Case, slot and task of those with whom something has still to be done."""
    gone: dict[uuid.UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batches:
    """Closes batches and carries them out, for one installation."""

    runtime: Runtime

    async def run(self) -> None:
        """Sweeps for ever."""
        await repeat(self.sweep, self.runtime.settings.sweep_seconds, "batch_sweep_failed", at_once=False)

    async def sweep(self, offices: Container[str] | None = None) -> int:
        """Closes what is due and carries out what is closed, of all offices or of these; returns how many were closed.

        A batch that cannot be carried out is named in the log, tried again by a later sweep, and stops no other.
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
            except Exception as error:  # noqa: BLE001 - whatever stops this batch must not stop the others
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
            except (Problem, KeyError, ValueError) as error:
                # One office's file must not keep another's batch open.
                _log.error(
                    "batch_not_judged", office=row["office"], kumpulan=row["kumpulan"], reason=type(error).__name__
                )
        return [closing for one in sorted(ready) for closing in await self._closings(*one, now)]

    async def _closings(self, office: str, kumpulan: str, now: datetime) -> list[Closing]:
        """Every period of a batch that is over and not yet closed, with those who wait in it.

        Whoever began to wait in a period that is closed already, as it closed, is in the next.
        """
        pool = self.runtime.store.pool
        calendar = (await self.runtime.procedures.kantor(office, now)).calendar
        closed = {row["period"] for row in await pool.fetch(_CLOSED, office, kumpulan)}
        found: dict[Period, list[uuid.UUID]] = defaultdict(list)
        sheets: dict[Period, str] = {}
        for row in await pool.fetch(WAITING, office, kumpulan):
            batch = (await self.runtime.procedures.sop(row["sop"])).kumpulan[kumpulan]
            if batch.setiap is None:
                continue
            period = period_of(batch, calendar, row["since"])
            while period.name in closed and period.closes <= now:
                period = period_after(batch, calendar, period)
            if period.closes <= now:
                found[period].append(row["case"])
                sheets.setdefault(period, row["sop"])
        return [
            Closing(office, kumpulan, period.name, period.closes, tuple(dict.fromkeys(members)), sheets[period])
            for period, members in sorted(found.items(), key=lambda one: one[0].closes)
        ]

    async def close(self, closing: Closing) -> bool:
        """Closes a batch. False when somebody else was first, with whatever members he saw."""
        pool = self.runtime.store.pool
        await pool.execute(
            "SELECT bpjs.prepare_batch($1, $2, $3, $4)", closing.id, closing.office, closing.kumpulan, closing.period
        )
        data = e.BatchClosed(
            batch=closing.kumpulan,
            period=closing.period,
            members=tuple(str(one) for one in closing.members),
            closed_at=closing.closed_at,
            request=closing.asked.body_hash if closing.asked and closing.asked.key else None,
        )
        identity = closing.asked.event_id(0) if closing.asked else ids.new_uuid()
        recorder = closing.asked.actor.code if closing.asked else None
        event = self._event(closing.id, 1, data, identity, actor=recorder)
        outcome = await self.runtime.store.append(self._append(closing.id, closing.office, closing.sop, 0, [event]))
        if outcome.status == "appended":
            _log.info("batch_closed", batch=str(closing.id), members=len(closing.members))
        return outcome.status == "appended"

    async def read(self, batch: uuid.UUID, office: str) -> BatchState:
        """A batch as its stream says; without members when it was never closed. Unreadable if it does not open."""
        found = (await self.runtime.store.read([batch])).streams.get(batch)
        if found is None or found.kind != KIND:
            return BatchState(batch, found.office if found else office)
        with raising_unreadable(found):
            return fold_batch(BatchState(batch, found.office), (opened_event(one, _NO_KEYS) for one in found.events))

    async def carry_out(self, batch: uuid.UUID, office: str) -> bool:
        """Does what is left to do for a closed batch. False when another process is at it, or it was never closed."""
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
        """Members are noted before the batch counts as closed: nobody in it is taken for somebody who still waits."""
        found = await self._members(state)
        pool = self.runtime.store.pool
        if found.waiting:
            columns = zip(*found.waiting, strict=True)
            await pool.execute("SELECT bpjs.note_members($1, $2, $3, $4, $5)", state.id, closed_at, *map(list, columns))
        await pool.execute("SELECT bpjs.note_closed($1, $2, $3)", state.id, closed_at, state.closed_by)
        state = await self._drop(state, found.gone)
        if found.lines:
            await self._deliver(state, closed_at, found)

    async def _deliver(self, state: BatchState, closed_at: datetime, found: _Members) -> None:
        """The list is made, kept and named before anybody is said to be on it."""
        bentuk = _bentuk(state, found.sheets.values())
        state = await self._listed(state, closed_at, bentuk, found.lines)
        to_send = [case for case, _, tugas in found.waiting if tugas == "deliver"]
        if domain.via_of(bentuk) == "lembar_daring":
            rows = [(f"{state.id}/{case}", found.lines[case]) for case in to_send]
            await self.write_online(state.office, state.period, rows)
        late = await self._send(state, to_send, bentuk)
        if late:
            state = await self._drop(state, late)
            lines = {case: line for case, line in found.lines.items() if case not in late}
            await self._listed(state, closed_at, bentuk, lines)

    async def _members(self, state: BatchState) -> _Members:
        """Everybody in the batch, looked at again."""
        found = _Members()
        for chunk in batched(state.remaining, _AT_ONCE, strict=False):
            opened = await self.runtime.command_handler.load_all(chunk)
            for one in opened.unread.values():
                await self._not_read(state, one)
            for case in chunk:
                _sort(found, state, case, opened.get(case))
        for case, reason in found.gone.items():
            if reason == _FORGOTTEN:
                await self._set_aside(state, case)
        return found

    async def _not_read(self, state: BatchState, one: Unreadable) -> None:
        """Whose file does not open can be put on no list either: it leaves the batch and waits for a person."""
        for row in one.rows:
            if row.kumpulan == state.kumpulan and not row.parked:
                await self.runtime.store.park(one.case, row.slot, one.code)

    async def _set_aside(self, state: BatchState, case: uuid.UUID) -> None:
        """A person who was forgotten can be put on no list: somebody has to see to his case."""
        for due in due_in(await self.runtime.command_handler.load(case), state):
            await self.runtime.store.park(case, due.slot, _FORGOTTEN)

    async def _drop(self, state: BatchState, gone: Mapping[uuid.UUID, str]) -> BatchState:
        """Says who is no longer in the batch, and why."""
        remaining = set(state.remaining)
        fresh = [(case, reason) for case, reason in gone.items() if case in remaining]
        if not fresh:
            return state
        dropped = [e.BatchMemberDropped.model_validate({"member": str(one), "reason": why}) for one, why in fresh]
        state = await self._told(state, dropped)
        out = [case for case, _ in state.dropped]
        await self.runtime.store.pool.execute("SELECT bpjs.drop_members($1, $2)", state.id, out)
        return state

    async def _listed(
        self, state: BatchState, closed_at: datetime, bentuk: str | None, lines: Mapping[uuid.UUID, Line]
    ) -> BatchState:
        """Makes the list of those who are in the batch, keeps it, and names it. The same list is named once."""
        if not lines:
            return state
        form: files.Form = "csv" if bentuk == "csv" else "xlsx"
        title = f"{state.kumpulan}_{state.office}_{state.period}"
        made = await asyncio.to_thread(files.list_file, form, title, closed_at, list(lines.values()))
        if state.file is not None and state.file.sha256 == made.sha256:
            return state
        keys = await self.keys(state.id)
        await self.runtime.keep_sealed(state.id, keys.working, [made])
        named = e.BatchFileMade(sha256=made.sha256, media_type=made.media_type, size=len(made.data), rows=len(lines))
        return await self._told(state, [named])

    async def keys(self, batch: uuid.UUID) -> CaseKeys:
        """The batch's own keys, made when first asked for."""
        keyring = self.runtime.command_handler.keyring
        fresh = keyring.wrap(batch, keyring.new_keys())
        row = await self.runtime.store.pool.fetchrow("SELECT * FROM keys.put_case_key($1, $2, $3)", batch, *fresh)
        return keyring.unwrap(batch, (row["working"], row["archive"]) if row else None)

    async def _send(self, state: BatchState, cases: Sequence[uuid.UUID], bentuk: str | None) -> dict[uuid.UUID, str]:
        """Says of each member that it was sent; returns those who could not be, and why."""
        late: dict[uuid.UUID, str] = {}
        for chunk in batched(cases, _AT_ONCE, strict=False):
            opened = (await self.runtime.command_handler.load_all(chunk)).values()
            reasons = await asyncio.gather(*(self._send_one(state, one, bentuk) for one in opened))
            answered = zip(opened, reasons, strict=True)
            late |= {one.case.id: reason for one, reason in answered if reason is not None}
        return late

    async def _send_one(self, state: BatchState, opened: LoadedCase, bentuk: str | None) -> str | None:
        """None once it is sent; else why it cannot be."""
        told = ids.keyed_hash(self.runtime.settings.hmac_key, state.id.bytes)
        asked = CommandRequest(Actor(state.office, KIND, ""), str(state.id), str(opened.case.id), told)
        act = e.Act(batch=str(state.id), batch_closed_at=state.closed_at)
        for _ in range(_TRIES):
            if sent_with(opened, state.id):
                return None
            due = next((one for one in due_in(opened, state) if one.tugas == "deliver"), None)
            if due is None:
                return _why_gone(opened)
            decided = domain.submission_sent(opened.case, due.task, domain.via_of(bentuk), act)
            with suppress(Conflict):
                await self.runtime.command_handler.append(opened, decided, due, Attribution(), asked)
                return None
            opened = await self.runtime.command_handler.load(opened.case.id)
        raise Conflict

    async def write_online(self, office: str, name: str, rows: Sequence[tuple[str, Line]]) -> bool:
        """Puts rows into the office's online sheet, once each. False where the office has no watched folder."""
        folder = self.runtime.settings.sheet_folders.get(office)
        if folder is None:
            return False
        await asyncio.to_thread(online.append, Path(folder), f"usulan-{name}", rows)
        return True

    async def _told(self, state: BatchState, said: Sequence[e.AnyEvent]) -> BatchState:
        """Appends to the batch's stream. Conflict if another process did meanwhile: then that one carries it out."""
        events = [
            self._event(state.id, state.version + n, one, ids.derived_uuid(state.id, state.version + n, e.type_of(one)))
            for n, one in enumerate(said, start=1)
        ]
        outcome = await self.runtime.store.append(self._append(state.id, state.office, "", state.version, events))
        if outcome.status == "conflict":
            raise Conflict
        return await self.read(state.id, state.office)

    def _event(
        self, batch: uuid.UUID, version: int, data: e.AnyEvent, identity: uuid.UUID, actor: str | None = None
    ) -> NewEvent:
        payload = codec.encode(data, batch, version, _NO_KEYS, self.runtime.command_handler.keyring.random)
        return NewEvent(id=identity, type=e.type_of(data), payload=payload, actor=actor)

    @staticmethod
    def _append(batch: uuid.UUID, office: str, sop: str, expected: int, events: Sequence[NewEvent]) -> Append:
        return Append(batch, KIND, expected, tuple(events), (), office, sop)


def _bentuk(state: BatchState, sheets: Iterable[Sop]) -> str | None:
    """The form of the list, by the newest sheet among its members'."""
    newest = max(sheets, key=lambda one: (str(one.tanggal_efektif), one.edisi, one.sha256))
    return newest.kumpulan[state.kumpulan].bentuk


def _sort(found: _Members, state: BatchState, case: uuid.UUID, opened: LoadedCase | None) -> None:
    """Where a member stands: sent already, waiting for the batch, or no longer in it."""
    waiting = due_in(opened, state) if opened else ()
    if opened is None or not (waiting or sent_with(opened, state.id)):
        found.gone[case] = _why_gone(opened)
        return
    if sent_with(opened, state.id) or any(one.tugas == "deliver" for one in waiting):
        line = files.line_of(opened)
        if line is None:
            found.gone[case] = _FORGOTTEN
            return
        found.lines[case] = line
        found.sheets[opened.sop.sha256] = opened.sop
    found.waiting += [(case, one.slot, one.tugas) for one in waiting]


def _why_gone(opened: LoadedCase | None) -> str:
    ended = opened.case.ending if opened else None
    return "ditarik" if ended is not None and ended.kind == "ditarik" else "tidak_lagi_menunggu"
