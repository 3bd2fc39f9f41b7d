"""What a due task is held to, and whether it is late: by what the sheet or the office wrote for that very task."""

from dataclasses import dataclass
from datetime import datetime

from jejak.cases.engine import DueTask
from jejak.contracts.tasks import clock_of
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import OFFICE, StepTime, TaskTime
from jejak.timekeeping.standard import Standard
from jejak.web.reading.case_read_model import CaseReadModel


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """`stay` is the case's stay in the task's step; what the applicant is asked to complete is part of none."""

    stay: StepTime | None = None
    standard: Standard | None = None
    """The task's own, else its step's."""
    waiting: datetime | None = None
    """Until when the office lets it lie; None once somebody has begun, and where that is no rule of the office."""
    late: bool = False


def waiting_limit(
    calendar: Calendar, limit: int, since: datetime, *, tugas: str, owner: str, kumpulan: str | None
) -> datetime | None:
    """Until when an office may let a task lie untouched, by its own rule.

    None for what others do, for a letter that waits for the applicant to fetch it, and for what waits for its batch.
    """
    if owner != OFFICE or clock_of(tugas) == "pickup" or kumpulan is not None:
        return None
    return calendar.add_working(since, limit)


def limits_of(case_view: CaseReadModel, due: DueTask) -> TaskLimits:
    """What one due task of a case is held to, now."""
    if clock_of(due.tugas) == "applicant":
        return TaskLimits()
    office, stay = case_view.opened.office, _stay(case_view, due)
    task = _open_task(stay, due) if stay else None
    waiting = None
    if task is None or task.started_at is None:
        waiting = waiting_limit(
            office.calendar,
            case_view.context.office.batas_tunggu,
            due.since,
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


def _stay(case_view: CaseReadModel, due: DueTask) -> StepTime | None:
    stays = reversed(case_view.times.steps)
    return next((one for one in stays if (one.slot, one.langkah) == (due.slot, due.langkah)), None)


def _open_task(stay: StepTime, due: DueTask) -> TaskTime | None:
    wanted = (due.tugas, due.who)
    return next((one for one in stay.tasks if one.state == "terbuka" and (one.tugas, one.who) == wanted), None)


def _past_standard(due: DueTask, stay: StepTime | None, task: TaskTime | None) -> bool:
    """Whether this party broke the standard of this task: what another spent in the same step is not held against it.

    A letter that lies ready is nobody's delay before the applicant has come for it.
    """
    if stay is None or task is None or (clock_of(due.tugas) == "pickup" and task.started_at is None):
        return False
    if due.task.waktu is not None:
        return task.within is False
    if stay.within is not False or stay.standard is None:
        return False
    return due.owner == (OFFICE if stay.standard.clock == "touch" else stay.owner)
