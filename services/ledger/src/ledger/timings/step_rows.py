"""A case's clocks as rows of `view.step_time`: a row for each execution of a task, stay in a step, and end of the case.

Open executions stand as of the case's last event, so that a rebuild gives the same rows.
"""

from datetime import date, datetime
from typing import Any, Final

from jejak.contracts.envelope import Event
from jejak.contracts.tasks import TASKS
from jejak.timekeeping.buckets import bucket_of
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import OFFICE, CaseTimes, StepTime, TaskTime, case_times
from jejak.web.reading.timing_context import CaseEvents, TimingContext

COLUMNS: Final = (
    "stream", "kind", "office", "sop", "jalur", "slot", "langkah", "tugas", "who", "owner", "repetition", "state",
    "hasil", "actor", "due_at", "started_at", "ended_at", "ended_on", "wait", "touch", "elapsed", "wall",
    "wait_bucket", "touch_bucket", "elapsed_bucket", "wall_bucket", "unmeasured", "standard", "clock", "within",
    "wait_within", "overdue", "deadline",
)  # fmt: skip

_BY_ROUTE: Final = frozenset(verb for verb, kind in TASKS.items() if kind.by_route)

type Row = tuple[Any, ...]
_INFINITE: Final = {(1, 1, 1): 2, (9999, 12, 31): 30}
"""The days that are written as infinity, or hold an instant that is, and the day of the month to write instead."""

UNREAD: Final = ("position", "stream", "version", "kind", "office", "id", "hash")
"""Columns of an event that no clock reads, fetched as NULL: identities cost as much as the rest of a row."""
_COLUMNS: Final = ", ".join("NULL" if name in UNREAD else name for name in Event._fields)
EVENTS_OF_STREAMS: Final = f"""
SELECT {_COLUMNS}, stream_no FROM es.event
WHERE stream_no = ANY ($1::bigint[]) AND position <= $2 ORDER BY stream_no, version
"""  # noqa: S608 - column names only
EVENTS_OF_RANGE: Final = f"""
SELECT {_COLUMNS}, stream_no FROM es.event
WHERE stream_no > $1 AND stream_no <= $2 AND position <= $3 ORDER BY stream_no, version
"""  # noqa: S608 - column names only


def rows_of(case: CaseEvents, context: TimingContext) -> list[Row]:
    """Every row of a case. KeyError or ValueError for a history its sheet cannot have."""
    times = case_times(case.events, context.book, case.events[-1].recorded_at)
    jalur = next((event.hasil for event in reversed(case.events) if event.tugas in _BY_ROUTE and event.hasil), None)
    head = (case.stream, case.office, case.sop, jalur)
    calendar = context.book.calendar
    rows = [
        _row(head, "tugas", task, calendar, (task.tugas, task.who), (task.hasil, task.actor), task.unmeasured, None)
        for task in times.tasks
        if task.state != "batal"
    ]
    for step in times.steps:
        if step.state != "batal":
            outcome = (step.tasks[-1].hasil, step.tasks[-1].actor)
            rows.append(_row(head, "langkah", step, calendar, ("", ""), outcome, _unmeasured(step), step.deadline))
    return rows + _ends(head, times, calendar)


def _row(
    head: tuple[Any, ...],
    kind: str,
    time: TaskTime | StepTime,
    calendar: Calendar,
    task: tuple[str, str],
    outcome: tuple[str | None, str | None],
    unmeasured: str | None,
    deadline: datetime | None,
) -> Row:
    standard, ended = time.standard, time.ended_at
    return (
        head[0], kind, *head[1:], time.slot, time.langkah, *task, time.owner, time.repetition, time.state, *outcome,
        time.due_at, time.started_at, ended, None if ended is None else _finite(calendar.local_date(ended)),
        *_durations(time.wait + time.idle, time.touch, time.elapsed, time.wall, ended=ended is not None),
        unmeasured, standard.text if standard else None, standard.clock if standard else None,
        time.within, time.wait_within, time.overdue, None if deadline is None else _finite(deadline),
    )  # fmt: skip


def _finite[D: date](day: D) -> D:
    """A day or an instant with which PostgreSQL calculates: the first and the last there is are its infinity."""
    inside = _INFINITE.get((day.year, day.month, day.day))
    return day if inside is None else day.replace(day=inside)


def _unmeasured(step: StepTime) -> str | None:
    """The reason for which a step has no touch time; a reason of people goes before "otomatis"."""
    if step.touch is not None:
        return None
    reasons = [task.unmeasured for task in step.tasks if task.unmeasured is not None]
    return next((reason for reason in reasons if reason != "otomatis"), reasons[0] if reasons else None)


def _ends(head: tuple[Any, ...], times: CaseTimes, calendar: Calendar) -> list[Row]:
    """The case as a whole: to the end of its main line, and to the active card or the end of the membership.

    A case that ended by the death of the participant is counted apart (`/timings`, `peserta_meninggal`).
    """
    totals = times.totals
    nothing: Row = (None, None, None, None, False)
    printed = totals.printed
    promise = printed and (printed.standard.text, "elapsed", printed.within, None, printed.within is False)
    ends = (("selesai", totals.end, totals.main), ("aktif", "aktif", totals.active))
    return [
        (
            head[0], kind, *head[1:], "", "", "", "", OFFICE, 1, "selesai", hasil, None, totals.received_at, None,
            total.until, _finite(calendar.local_date(total.until)),
            *_durations(total.wait, total.hands, total.office, total.wall, ended=True),
            None, *((kind == "selesai" and promise) or nothing), None,
        )
        for kind, hasil, total in (*ends, ("nonaktif", "nonaktif", totals.deactivated))
        if totals.received_at is not None and hasil not in (None, "meninggal") and total is not None
    ]  # fmt: skip


def _durations(wait: float, touch: float | None, elapsed: float, wall: float, *, ended: bool) -> Row:
    """The four durations, and the bucket of each once it is final."""
    wall = max(wall, 0.0)
    if not ended:
        return wait, touch, elapsed, wall, None, None, None, None
    hands = None if touch is None else bucket_of(touch)
    return wait, touch, elapsed, wall, bucket_of(wait), hands, bucket_of(elapsed), bucket_of(wall)
