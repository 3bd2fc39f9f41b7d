"""One answer applied to one case, by file or by message: the same tasks, decisions and events, each once only."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Self

from bpjs_sync import domain
from bpjs_sync.answers.answer import NOT_AWAITED, Answer, Objection, objection_to, task_ended
from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import Actor, CommandRequest, Decision, LoadedCase, earlier_receipt
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.platform.errors import Malformed, NotYours, Problem

_VERBS: Final = ("await_reply", "confirm_status")
"""The tasks that answers end, in the order of a case."""
_STATUS_WORDS: Final = {"aktif": "kartu aktif", "nonaktif": "kepesertaan berakhir"}


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """One outcome of an answer, as a decision on a task."""

    answer: Answer
    hasil: str
    source: e.Source

    def decide(self, loaded: LoadedCase, due: DueTask) -> Decision:
        """Malformed for a status that begins on a future day."""
        act = e.Act(note=self.answer.reason)
        if due.tugas == "await_reply":
            return domain.reply_received(self.hasil, self.answer.reference, act, self.source, self.answer.word)
        status = domain.ObservedStatus(self.answer.says == "aktif", self.answer.since, self.answer.word)
        return domain.status_confirmed(loaded.sop, loaded.case, status, self.source, act, loaded.today.date())


type Record = Callable[[CommandRequest, LoadedCase, DueTask, AnswerOutcome], Awaitable[None]]
"""Ends a task with an outcome, on the authority of an official or of BPJS."""


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """Where an answer comes from: its source, the request of each task it may end, and how that is recorded."""

    source: e.Source
    requests: Mapping[str, CommandRequest]
    record: Record

    @classmethod
    def of(
        cls, answer: Answer, source: e.Source, record: Record, *, actor: Actor, route: str, key: str, hmac_key: bytes
    ) -> Self:
        """Route and key (a prefix) give the same requests, and so the same event ids, to an answer that comes again."""
        body = ids.keyed_hash(hmac_key, repr(answer).encode())
        return cls(source, {verb: CommandRequest(actor, route, key + verb, body) for verb in _VERBS}, record)

    def is_begun(self, loaded: LoadedCase) -> bool:
        """Whether the answer has ended a task of the case already."""
        return any(earlier_receipt(loaded, request) for request in self.requests.values())


async def apply_answer(
    command_handler: CommandHandler,
    answer: Answer,
    case: uuid.UUID,
    source: AnswerSource,
    loaded: LoadedCase | None = None,
) -> tuple[Objection | None, LoadedCase]:
    """Applies an answer: None when it is recorded (now or before), else the objection; with the case it was judged by.

    `loaded` is the case where it has just been read. NotYours when the official may not record it.
    """
    applied = False
    for verb, request in source.requests.items():
        current = loaded or await command_handler.load(case)
        if earlier_receipt(current, request):
            applied = True
            continue
        ended = task_ended(answer, current)
        if isinstance(ended, Objection):
            return (_remainder(answer, ended) if applied else ended), current
        hasil, due = ended
        if due.tugas != verb:
            continue
        loaded = None
        try:
            await source.record(request, current, due, AnswerOutcome(answer, hasil, source.source))
        except NotYours:
            raise
        except Problem as problem:
            current = await command_handler.load(case)
            objection = replace(objection_to(answer, current), words=problem.detail)
            return (_remainder(answer, objection) if applied else objection), current
        applied = True
        if not answer.of_status:
            break
    return (None if applied else NOT_AWAITED), current


def answered_at(loaded: LoadedCase, answer: Answer) -> datetime:
    """When the answer was given: the end of the day it names, else now.

    Malformed for a day in the future.
    """
    if answer.on is None:
        return loaded.now
    if answer.on > loaded.today.date():
        raise Malformed("tanggal_depan", "Tanggal jawaban masih di depan; periksa tahunnya.")
    return min(loaded.now, loaded.office.calendar.end_of_day(answer.on)).astimezone(UTC)


def _remainder(answer: Answer, objection: Objection) -> Objection | None:
    """What is left after the acceptance was recorded: nothing, unless the answer also states the membership."""
    if not answer.of_status:
        return None
    unrecorded = _STATUS_WORDS[answer.says]
    return replace(objection, words=f"jawaban diterima sudah dicatat, tetapi {unrecorded} belum: {objection.words}")
