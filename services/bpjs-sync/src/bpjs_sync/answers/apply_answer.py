"""One answer put on one case, whoever brought it: the same steps, the same decisions, the same events once only.

What brings it (a row of a file, a message) says who records it and by what its events are known again.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bpjs_sync import domain
from bpjs_sync.answers.rows import Answer, tasks_ended
from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import CommandRequest, Decision, LoadedCase, earlier_receipt
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, NotYours, Problem
from jejak.timekeeping.dates import future_date_fault

NOT_AWAITED: Final = "berkas ini tidak sedang menunggu jawaban"
_WHAT_STANDS: Final = {"aktif": "kartu aktif", "nonaktif": "kepesertaan berakhir"}


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """One outcome of an answer, as a decision on a task."""

    answer: Answer
    hasil: str
    source: e.Source

    def decided(self, opened: LoadedCase, due: DueTask) -> Decision:
        """Malformed for what holds from a day that has not come."""
        act = e.Act(note=self.answer.reason)
        if due.tugas == "await_reply":
            return domain.reply_received(self.hasil, self.answer.reference, act, self.source)
        standing = domain.ObservedStatus(self.answer.says == "aktif", self.answer.since)
        return domain.status_confirmed(opened.sop, opened.case, standing, self.source, act, opened.today.date())


type Record = Callable[[CommandRequest, LoadedCase, DueTask, AnswerOutcome], Awaitable[None]]
"""Ends a task by what is said, on whoever's authority it is recorded."""


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """What brought an answer: its source, by what its events are known again (a request a task), who records."""

    source: e.Source
    asked: Callable[[str], CommandRequest]
    record: Record


async def apply_answer(
    command_handler: CommandHandler, answer: Answer, case: uuid.UUID, by: AnswerSource, opened: LoadedCase | None = None
) -> str | None:
    """Puts an answer on a case: None when it is done (now or by the same before), else why it cannot be, in words.

    `opened` is the case as just read, where it was. NotYours when whoever records it may not. What holds from a day
    that no answer can mean is put on no task.
    """
    done = False
    for verb in ("await_reply", "confirm_status"):
        asked = by.asked(verb)
        now = opened or await command_handler.load(case)
        if earlier_receipt(now, asked):
            done = True
            continue
        if answer.since is not None and (
            wrong := future_date_fault(answer.since, now.today.date(), f"Tanggal {answer.says}")
        ):
            return wrong
        wanted = tasks_ended(answer, now)
        if isinstance(wanted, str):
            return _half(answer, wanted) if done else wanted
        [(hasil, due)] = wanted
        if due.tugas != verb:
            continue
        opened = None
        try:
            await by.record(asked, now, due, AnswerOutcome(answer, hasil, by.source))
        except NotYours:
            raise
        except Problem as problem:
            return _half(answer, problem.detail) if done else problem.detail
        done = True
        if not answer.of_status:
            return None
    return None if done else NOT_AWAITED


def answered_at(opened: LoadedCase, answer: Answer) -> datetime:
    """When the answer was given: the end of the day it names, else now that it is here.

    Malformed for a day that has not come.
    """
    if answer.on is None:
        return opened.now
    if answer.on > opened.today.date():
        raise Malformed("tanggal_depan", "Tanggal jawaban masih di depan; periksa tahunnya.")
    return min(opened.now, opened.office.calendar.end_of_day(answer.on)).astimezone(UTC)


def _half(answer: Answer, why: str) -> str | None:
    """An acceptance is recorded; of a membership that is said to be on or off, that is not all."""
    if not answer.of_status:
        return None
    return f"jawaban diterima sudah dicatat, tetapi {_WHAT_STANDS[answer.says]} belum: {why}"
