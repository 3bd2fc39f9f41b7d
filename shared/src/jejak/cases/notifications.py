"""The results of a case for its applicant, and whether an official has informed the applicant. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jejak.cases import engine
from jejak.cases.case import Case, CompletedTask, OpenedEvent
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, clock_of
from jejak.procedure.model import MAIN
from jejak.timekeeping.follow_up import reminders


@dataclass(frozen=True, slots=True)
class Notification:
    """A result, since when it holds, and the event that records that the applicant was informed."""

    kind: e.NewsKind
    at: datetime
    notified: OpenedEvent | None


def notifications(loaded: LoadedCase) -> Iterator[Notification]:
    """The notifications of a case, the most important first."""
    acts = [(event, event.data) for event in reversed(loaded.history) if isinstance(event.data, e.ApplicantTold)]
    for kind, at in _news(loaded):
        # An act before this instant was about an earlier result of the kind (a first letter, a first mend).
        later = (event for event, data in acts if event.at >= at and data.news == kind)
        yield Notification(kind, at, next(later, None))


def ready_letters(case: Case, due: DueTask) -> list[str]:
    """The letters that the applicant fetches with this task: signed, and not revoked."""
    letters = {name: case.letters[name] for name in due.task.surat or case.letters if name in case.letters}
    return [name for name, letter in letters.items() if letter.signed is not None and not letter.revoked]


def reminders_of(loaded: LoadedCase) -> list[tuple[DueTask, datetime]]:
    """The follow-ups that wait for the applicant, each with every instant of a reminder, in order of time.

    A reminder whose day was over when the card was seen active is none: the active card itself is told then.
    """
    seen = loaded.case.activated
    planned = [
        (due, at)
        for due in loaded.due
        if due.owner == "pemohon" and due.tugas != COMPLETE
        for at in reminders(loaded.sop.reminders(due.slot), due.promised or due.since, loaded.office.calendar)
        if seen is None or at > seen
    ]
    return sorted(planned, key=lambda pair: pair[1])


def good_end(loaded: LoadedCase) -> str | None:
    """The sheet's own message (`pesan`) about the good end of the main line."""
    last = _last_task(loaded.case)
    good = last is not None and loaded.case.ending is not None and loaded.case.ending.kind == "selesai"
    return engine.citizen_message(loaded.sop, last, loaded.names) if good and last else None


def _last_task(case: Case) -> CompletedTask | None:
    return next((done for done in reversed(case.completed) if done.slot == MAIN), None)


def _has_card_news(case: Case) -> bool:
    return case.activated is not None or case.deactivated is not None


def _was_present(case: Case) -> bool:
    """Whether the applicant took part in the act that ended the main line, and so has seen the end."""
    last = _last_task(case)
    return last is not None and clock_of(last.tugas) in ("applicant", "pickup")


def _news(loaded: LoadedCase) -> Iterator[tuple[e.NewsKind, datetime]]:
    case = loaded.case
    if past := [at for _, at in reminders_of(loaded) if at <= loaded.now]:
        yield "ingatkan", past[-1]
    if case.deactivated is not None:
        yield "berakhir", case.deactivated
    elif case.activated is not None:
        yield "aktif", case.activated
    for due in loaded.due:
        if due.tugas == COMPLETE:
            yield "lengkapi", due.since
        elif clock_of(due.tugas) == "pickup" and ready_letters(case, due):
            yield "siap_diambil", due.since
    if case.ending is not None and case.ending.kind == "tolak":
        yield "ditolak", case.ending.at
    elif case.ending is not None and case.ending.kind == "kembalikan":
        yield "dikembalikan", case.ending.at
    elif case.ending is not None and case.ending.kind == "selesai" and not (_has_card_news(case) or _was_present(case)):
        yield "selesai", case.ending.at
