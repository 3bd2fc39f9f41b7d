"""What a case has come to that its applicant is to be told, and whether he was. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jejak.cases.case import Case, Letter, OpenedEvent
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, clock_of


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to tell since an instant; `told`: the act by which somebody recorded that he has been told of it."""

    kind: e.NewsKind
    at: datetime
    told: OpenedEvent | None


def notifications(opened: LoadedCase) -> Iterator[Notification]:
    """The most telling first."""
    told = [(one, one.data) for one in reversed(opened.history) if isinstance(one.data, e.ApplicantTold)]
    for kind, at in _news(opened):
        # What was told before it came about again (a second letter, a second mend) was told of the first.
        heard = (one for one, said in told if one.at >= at and said.news == kind)
        yield Notification(kind, at, next(heard, None))


def ready_letters(case: Case, due: DueTask) -> list[str]:
    """The letters that one comes to fetch with this task: signed, and not revoked."""
    named = due.task.surat or tuple(case.letters)
    return [name for name in named if name in case.letters and _stands(case.letters[name])]


def _stands(letter: Letter) -> bool:
    return letter.signed is not None and not letter.revoked


def _news(opened: LoadedCase) -> Iterator[tuple[e.NewsKind, datetime]]:
    case = opened.case
    if case.deactivated is not None:
        yield "berakhir", case.deactivated
    elif case.activated is not None:
        yield "aktif", case.activated
    for due in opened.due:
        if due.tugas == COMPLETE:
            yield "lengkapi", due.since
        elif clock_of(due.tugas) == "pickup" and ready_letters(case, due):
            yield "siap_diambil", due.since
    if case.ending is not None and case.ending.kind == "tolak":
        yield "ditolak", case.ending.at
    elif case.ending is not None and case.ending.kind == "kembalikan":
        yield "dikembalikan", case.ending.at
