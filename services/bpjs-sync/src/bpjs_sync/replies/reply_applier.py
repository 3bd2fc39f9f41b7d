"""Stored answers applied to their cases, by any number of processes.

Each answer is claimed for a while. The ids of its events derive from its own id: when a process dies between an event
and settling the answer, the next one finds it recorded. What cannot be decided is kept for a person, with the reason.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from typing import Any, Final, assert_never

import structlog
from prometheus_client import Counter

from bpjs_sync.answers.answer import NOT_AWAITED, Answer, Objection
from bpjs_sync.answers.apply_answer import AnswerOutcome, AnswerSource, apply_answer
from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.pending_reason import UNKNOWN, NotAsked, NotYet, PendingReason, misplaced, pending_reason
from jejak.cases.command_handler import CommandHandler, Conflict
from jejak.cases.decision import Actor, Attribution, CommandRequest, LoadedCase, earlier_receipt
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.eventstore.postgres.outage import DATABASE_DOWN, WAITED_OUT
from jejak.platform.errors import Problem, Refused

AT_ONCE: Final = 200
_CLAIM_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 1.0
_TRIES: Final = 8
_CLAIM: Final = "SELECT * FROM bpjs.claim_replies($1, $2)"
_SETTLE: Final = "SELECT bpjs.settle_replies($1, $2, $3, $4, $5, $6, $7, $8)"
_BPJS: Final = "bpjs"

_log = structlog.get_logger()
_SETTLED: Final = Counter("jejak_bpjs_replies_settled_total", "Answers by message, by what became of them", ["state"])


@dataclass(frozen=True, slots=True)
class StoredReply:
    """One stored answer and the case it is for."""

    id: uuid.UUID
    reply: uuid.UUID
    submission: uuid.UUID
    office: str
    case: uuid.UUID
    answer: Answer
    replied_at: datetime


@dataclass(frozen=True, slots=True)
class SettledRow:
    """What became of one answer: the columns of bpjs.settle_replies, in their order."""

    id: uuid.UUID
    state: str
    kind: str | None = None
    reason: str | None = None
    ready_at: datetime | None = None
    seen: int | None = None
    office: str | None = None
    case: uuid.UUID | None = None


@dataclass(slots=True)
class ReplyApplier:
    """Applies answers to cases, for one process."""

    command_handler: CommandHandler
    hmac_key: bytes
    inbox: Inbox
    look_seconds: float = field(default=_LOOK_SECONDS)

    async def run(self) -> None:
        """Applies what arrives, for ever; an error ends a round, never the service."""
        while True:
            try:
                if await self.work() == AT_ONCE:
                    continue
                await self.command_handler.store.pool.execute("SELECT bpjs.wake_replies()")
            except DATABASE_DOWN as error:
                _log.warning("database_away", service="bpjs_sync", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - named in the log; the answers wait and are taken up again
                _log.error("replies_not_put", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.inbox.arrived.wait(), self.look_seconds)
            self.inbox.arrived.clear()

    async def work(self) -> int:
        """One round: claims what waits, applies and settles it; returns how many were claimed."""
        pool = self.command_handler.store.pool
        rows = await pool.fetch(_CLAIM, AT_ONCE, _CLAIM_SECONDS)
        try:
            settled = await self._settled(rows)
            columns = [list(column) for column in zip(*map(astuple, settled), strict=True)]
            if columns:
                await pool.execute(_SETTLE, *columns)
        except BaseException:
            with suppress(*DATABASE_DOWN):
                await pool.execute("SELECT bpjs.release_replies($1)", [row["id"] for row in rows])
            raise
        for row in settled:
            _SETTLED.labels(row.state).inc()
        return len(rows)

    async def _settled(self, rows: Sequence[Any]) -> list[SettledRow]:
        replies, settled = await self._read(rows)
        by_case: dict[uuid.UUID, list[StoredReply]] = defaultdict(list)
        for reply in replies:
            by_case[reply.case].append(reply)
        loaded = await self.command_handler.load_all(list(by_case))
        outcomes = await asyncio.gather(
            *(self._apply_in_order(of_case, loaded.get(case)) for case, of_case in by_case.items()),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            settled += outcome
        return settled

    async def _read(self, rows: Sequence[Any]) -> tuple[list[StoredReply], list[SettledRow]]:
        """The answers that have a case, opened; and what becomes of the others."""
        settled = [SettledRow(row["id"], "kept", UNKNOWN.kind, UNKNOWN.words) for row in rows if row["case"] is None]
        known = [row for row in rows if row["case"] is not None]
        try:
            return [_stored_reply(*pair) for pair in zip(known, await self.inbox.answers(known), strict=True)], settled
        except WAITED_OUT:
            raise
        except Exception:  # noqa: BLE001 - damaged bytes or a wrong key: below they are tried one by one
            replies: list[StoredReply] = []
            for row in known:
                try:
                    replies.append(_stored_reply(row, (await self.inbox.answers([row]))[0]))
                except WAITED_OUT:
                    raise
                except Exception as error:  # noqa: BLE001 - kept for a person with a reason code
                    settled.append(_failed(row["id"], row["office"], row["case"], error))
            return replies, settled

    async def _apply_in_order(self, replies: Sequence[StoredReply], loaded: LoadedCase | None) -> list[SettledRow]:
        """Applies the answers for one case in the order in which they came."""
        settled: list[SettledRow] = []
        for reply in replies:
            try:
                settled.append(_settled_row(reply, *await self._apply(reply, loaded)))
            except WAITED_OUT:
                raise
            except Exception as error:  # noqa: BLE001 - a rule that raises stops this answer only
                settled.append(_failed(reply.id, reply.office, reply.case, error))
            loaded = None
        return settled

    async def _apply(self, reply: StoredReply, loaded: LoadedCase | None) -> tuple[PendingReason | None, LoadedCase]:
        """None when it is recorded, else why it is not; with the case it was judged by."""
        loaded = loaded or await self.command_handler.load(reply.case)
        source = self._source(reply)
        if not source.is_begun(loaded) and (objection := misplaced(reply.submission, loaded)):
            return objection, loaded
        objection, current = await apply_answer(self.command_handler, reply.answer, reply.case, source, loaded)
        if objection is None:
            return None, current
        return pending_reason(reply.answer, reply.submission, current, objection), current

    def _source(self, reply: StoredReply) -> AnswerSource:
        """BPJS itself: no official did it, and none typed it in."""

        async def record(request: CommandRequest, loaded: LoadedCase, due: DueTask, outcome: AnswerOutcome) -> None:
            await self._record(reply, request, loaded, due, outcome)

        return AnswerSource.of(
            reply.answer,
            e.Source(way="http", reference=str(reply.reply)),
            record,
            actor=Actor(reply.office, _BPJS, _BPJS),
            route=f"jawaban {reply.reply}",
            key="",
            hmac_key=self.hmac_key,
        )

    async def _record(
        self, reply: StoredReply, request: CommandRequest, loaded: LoadedCase, due: DueTask, outcome: AnswerOutcome
    ) -> None:
        for _ in range(_TRIES):
            try:
                by = Attribution(occurred_at=_occurred_at(reply, loaded))
                await self.command_handler.commit(loaded, outcome.decide(loaded, due), due, by, request)
            except Conflict:
                loaded = await self.command_handler.load(reply.case)
                if earlier_receipt(loaded, request):
                    return
                again = [task for task in loaded.due if (task.tugas, task.slot) == (due.tugas, due.slot)]
                if not again:
                    raise Refused("tidak_jatuh_tempo", NOT_AWAITED.words) from None
                [due] = again
            else:
                return
        raise Refused("ramai", "berkas ini sedang diubah orang lain")


def _occurred_at(reply: StoredReply, loaded: LoadedCase) -> datetime:
    """When BPJS says it was, but neither before the submission nor after now: the clocks of two houses differ."""
    sent = next((event for event in loaded.history if event.id == reply.submission), None)
    first = (sent.occurred_at or sent.at) if sent else reply.replied_at
    return min(loaded.now, max(reply.replied_at, first))


def _stored_reply(row: Any, answer: Answer) -> StoredReply:
    return StoredReply(
        row["id"], row["reply"], row["submission"], row["office"], row["case"], answer, row["replied_at"]
    )


def _settled_row(reply: StoredReply, reason: PendingReason | None, loaded: LoadedCase) -> SettledRow:
    waiting = SettledRow(reply.id, "waiting", office=reply.office, case=reply.case)
    match reason:
        case None:
            return replace(waiting, state="applied")
        case NotAsked():
            return replace(
                waiting, state="applied", kind="dicatat", reason="lembar SOP berkas ini tidak menunggu jawaban"
            )
        case Objection(kind, words):
            return replace(waiting, state="kept", kind=kind, reason=words)
        case NotYet(until):
            if until is None:
                return replace(waiting, seen=loaded.case.version)
            return replace(waiting, ready_at=loaded.office.calendar.at(until, 0))
        case _ as unknown:
            assert_never(unknown)


def _failed(identity: uuid.UUID, office: str, case: uuid.UUID, error: Exception) -> SettledRow:
    code = error.code if isinstance(error, Problem) else type(error).__name__
    _log.error("reply_kept", reply=str(identity), case=str(case), reason=code)
    return SettledRow(identity, "kept", "gagal", f"jawaban ini tidak dapat diproses ({code})", office=office, case=case)
