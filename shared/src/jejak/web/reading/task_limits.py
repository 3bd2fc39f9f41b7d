"""The limits of a due task, and whether it is late: by the standard and the waiting limit of that very task."""

from dataclasses import dataclass
from datetime import datetime

from jejak.cases.engine import DueTask
from jejak.contracts.tasks import clock_of
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import OFFICE, StepTime, TaskTime
from jejak.timekeeping.printed.words import date_words
from jejak.timekeeping.standard import Standard
from jejak.web.reading.case_read_model import CaseReadModel


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """`stay` is the case's stay in the task's step; completing documents, the applicant's task, belongs to no step."""

    stay: StepTime | None = None
    standard: Standard | None = None
    """The task's own, else its step's."""
    waiting: datetime | None = None
    """The end of the waiting limit; None once the task was opened, and where the office's rule does not apply."""
    late: bool = False


def waiting_limit(
    calendar: Calendar, limit: int, since: datetime, *, tugas: str, owner: str, kumpulan: str | None
) -> datetime | None:
    """When a task that was not opened exceeds the office's own waiting limit (`limit`, seconds of working time).

    None for tasks of others, for a letter that waits for pickup, and for a task that waits for its batch.
    """
    if owner != OFFICE or clock_of(tugas) == "pickup" or kumpulan is not None:
        return None
    return calendar.add_working(since, limit)


def limits_of(case_view: CaseReadModel, due: DueTask) -> TaskLimits:
    """The limits of a due task of a case, now."""
    if clock_of(due.tugas) == "applicant":
        return TaskLimits()
    office, stay = case_view.opened.office, _stay(case_view, due)
    task = _open_task(stay, due) if stay else None
    waiting = None
    if task is None or task.started_at is None:
        waiting = waiting_limit(
            office.calendar,
            case_view.context.office.batas_tunggu,
            max(due.since, due.not_before or due.since),
            tugas=due.tugas,
            owner=due.owner,
            kumpulan=due.kumpulan,
        )
    return TaskLimits(
        stay=stay,
        standard=due.task.waktu or (stay.standard if stay else None),
        waiting=waiting,
        late=_past_standard(due, stay, task) or (waiting is not None and waiting < case_view.opened.now),
    )


def until_words(case_view: CaseReadModel, due: DueTask) -> str:
    """The last day of a due task's standard, to end a sentence with; empty where none runs."""
    stay = limits_of(case_view, due).stay
    if stay is None or stay.deadline is None:
        return ""
    return f", paling lambat {date_words(case_view.opened.office.calendar.local_date(stay.deadline))}"


def _stay(case_view: CaseReadModel, due: DueTask) -> StepTime | None:
    stays = reversed(case_view.times.steps)
    return next((stay for stay in stays if (stay.slot, stay.langkah) == (due.slot, due.langkah)), None)


def _open_task(stay: StepTime, due: DueTask) -> TaskTime | None:
    open_tasks = (task for task in stay.tasks if task.state == "terbuka")
    return next((task for task in open_tasks if (task.tugas, task.who) == (due.tugas, due.who)), None)


def _past_standard(due: DueTask, stay: StepTime | None, task: TaskTime | None) -> bool:
    """Whether the owner of this task broke its standard; the time of others in the same step does not count.

    A letter that waits for pickup is late for no party.
    """
    if stay is None or task is None or (clock_of(due.tugas) == "pickup" and task.started_at is None):
        return False
    if due.task.waktu is not None:
        return task.within is False
    if stay.within is not False or stay.standard is None:
        return False
    return due.owner == (OFFICE if stay.standard.clock == "touch" else stay.owner)
