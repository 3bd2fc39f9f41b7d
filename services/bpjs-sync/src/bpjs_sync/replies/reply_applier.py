"""Stored answers put on their cases, by as many processes as there are.

Each is claimed for a while; its events have ids derived from its own id, so that one who dies between an event and
marking the answer is followed by another who finds it done. What cannot be decided is kept for a person, with why.
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

from bpjs_sync.answers.apply_answer import NOT_AWAITED, AnswerOutcome, AnswerSource, apply_answer
from bpjs_sync.answers.rows import Answer
from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.pending_reason import UNKNOWN, NeedsPerson, NotAsked, NotYet, Outlook, misplaced, pending_reason
from jejak.cases.command_handler import CommandHandler, Conflict
from jejak.cases.decision import Actor, Attribution, CommandRequest, LoadedCase, earlier_receipt
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.eventstore.postgres.outage import DATABASE_DOWN, WAITED_OUT
from jejak.platform import ids
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
    """What became of one: columns of bpjs.settle_replies, in their order."""

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
    """Puts answers on cases, for one process."""

    command_handler: CommandHandler
    hmac_key: bytes
    inbox: Inbox
    look_seconds: float = field(default=_LOOK_SECONDS)

    async def run(self) -> None:
        """For ever; what stops one round must not stop the service."""
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
        """One round: claims what waits and puts it on its cases; returns how many were claimed."""
        pool = self.command_handler.store.pool
        rows = await pool.fetch(_CLAIM, AT_ONCE, _CLAIM_SECONDS)
        try:
            settled = await self._work(rows)
            columns = [list(column) for column in zip(*map(astuple, settled), strict=True)]
            if columns:
                await pool.execute(_SETTLE, *columns)
        except BaseException:
            with suppress(*DATABASE_DOWN):
                await pool.execute("SELECT bpjs.release_replies($1)", [row["id"] for row in rows])
            raise
        for one in settled:
            _SETTLED.labels(one.state).inc()
        return len(rows)

    async def _work(self, rows: Sequence[Any]) -> list[SettledRow]:
        letters, settled = await self._read(rows)
        cases: dict[uuid.UUID, list[StoredReply]] = defaultdict(list)
        for letter in letters:
            cases[letter.case].append(letter)
        opened = await self.command_handler.load_all(list(cases))
        done = await asyncio.gather(
            *(self._case(some, opened.get(case)) for case, some in cases.items()), return_exceptions=True
        )
        for one in done:
            if isinstance(one, BaseException):
                raise one
            settled += one
        return settled

    async def _read(self, rows: Sequence[Any]) -> tuple[list[StoredReply], list[SettledRow]]:
        """Those that have a case, opened; and what becomes of the others."""
        settled = [SettledRow(row["id"], "kept", UNKNOWN.kind, UNKNOWN.words) for row in rows if row["case"] is None]
        known = [row for row in rows if row["case"] is not None]
        try:
            return [_letter(*pair) for pair in zip(known, await self.inbox.answers(known), strict=True)], settled
        except WAITED_OUT:
            raise
        except Exception:  # noqa: BLE001 - damaged bytes, a wrong key: found below, one by one
            letters: list[StoredReply] = []
            for row in known:
                try:
                    letters.append(_letter(row, (await self.inbox.answers([row]))[0]))
                except WAITED_OUT:
                    raise
                except Exception as error:  # noqa: BLE001 - kept for a person with a reason code
                    settled.append(_failed(row["id"], row["office"], row["case"], error))
            return letters, settled

    async def _case(self, letters: Sequence[StoredReply], opened: LoadedCase | None) -> list[SettledRow]:
        """The answers for one case, in the order in which they came."""
        settled: list[SettledRow] = []
        for letter in letters:
            try:
                settled.append(_settled(letter, *await self._put(letter, opened)))
            except WAITED_OUT:
                raise
            except Exception as error:  # noqa: BLE001 - a rule that raises stops this answer only
                settled.append(_failed(letter.id, letter.office, letter.case, error))
            opened = None
        return settled

    async def _put(self, letter: StoredReply, opened: LoadedCase | None) -> tuple[Outlook | None, LoadedCase]:
        """None when it is on its case."""
        opened = opened or await self.command_handler.load(letter.case)
        by = self._bringer(letter)
        begun = any(earlier_receipt(opened, by.asked(verb)) for verb in ("await_reply", "confirm_status"))
        if not begun and (keep := misplaced(letter.submission, opened)):
            return keep, opened
        why = await apply_answer(self.command_handler, letter.answer, letter.case, by, opened)
        if why is None:
            return None, opened
        now = await self.command_handler.load(letter.case)
        return pending_reason(letter.answer, letter.submission, now, why), now

    def _bringer(self, letter: StoredReply) -> AnswerSource:
        """BPJS itself says so: no official did it, and none typed it in."""
        actor = Actor(letter.office, _BPJS, _BPJS)
        body = ids.keyed_hash(self.hmac_key, repr(letter.answer).encode())

        def asked(verb: str) -> CommandRequest:
            return CommandRequest(actor, f"jawaban {letter.reply}", verb, body)

        async def record(request: CommandRequest, opened: LoadedCase, due: DueTask, saying: AnswerOutcome) -> None:
            await self._record(letter, request, opened, due, saying)

        return AnswerSource(e.Source(way="http", reference=str(letter.reply)), asked, record)

    async def _record(
        self, letter: StoredReply, asked: CommandRequest, opened: LoadedCase, due: DueTask, saying: AnswerOutcome
    ) -> None:
        for _ in range(_TRIES):
            try:
                by = Attribution(occurred_at=_happened(letter, opened))
                await self.command_handler.commit(opened, saying.decided(opened, due), due, by, asked)
            except Conflict:
                opened = await self.command_handler.load(letter.case)
                if earlier_receipt(opened, asked):
                    return
                again = [one for one in opened.due if (one.tugas, one.slot) == (due.tugas, due.slot)]
                if not again:
                    raise Refused("tidak_jatuh_tempo", NOT_AWAITED) from None
                [due] = again
            else:
                return
        raise Refused("ramai", "berkas ini sedang diubah orang lain")


def _happened(letter: StoredReply, opened: LoadedCase) -> datetime:
    """When BPJS says, but not before it was sent to it, and not later than now: clocks of two houses differ."""
    sent = next((one for one in opened.history if one.id == letter.submission), None)
    first = (sent.occurred_at or sent.at) if sent else letter.replied_at
    return min(opened.now, max(letter.replied_at, first))


def _letter(row: Any, answer: Answer) -> StoredReply:
    return StoredReply(
        row["id"], row["reply"], row["submission"], row["office"], row["case"], answer, row["replied_at"]
    )


def _settled(letter: StoredReply, became: Outlook | None, opened: LoadedCase) -> SettledRow:
    waits = SettledRow(letter.id, "waiting", office=letter.office, case=letter.case)
    match became:
        case None:
            return replace(waits, state="applied")
        case NotAsked():
            return replace(
                waits, state="applied", kind="dicatat", reason="lembar SOP berkas ini tidak menunggu jawaban"
            )
        case NeedsPerson(kind, words):
            return replace(waits, state="kept", kind=kind, reason=words)
        case NotYet(until):
            if until is None:
                return replace(waits, seen=opened.case.version)
            return replace(waits, ready_at=opened.office.calendar.at(until, 0))
        case _ as unknown:
            assert_never(unknown)


def _failed(identity: uuid.UUID, office: str, case: uuid.UUID, error: Exception) -> SettledRow:
    code = error.code if isinstance(error, Problem) else type(error).__name__
    _log.error("reply_kept", reply=str(identity), case=str(case), reason=code)
    return SettledRow(identity, "kept", "gagal", f"jawaban ini tidak dapat diproses ({code})", office=office, case=case)
