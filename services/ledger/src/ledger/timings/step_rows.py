"""A case's clocks as rows of `view.step_time`: one an execution of a task, a stay in a step, and an end of the case.

What is open stands as of the case's last event, so that a rebuild gives the same.
"""

from datetime import date, datetime
from typing import Any, Final

from jejak.contracts.envelope import Event
from jejak.contracts.tasks import TASKS
from jejak.timekeeping.buckets import bucket_of
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import OFFICE, CaseTimes, StepTime, TaskTime, Total, case_times
from jejak.web.reading.timing_context import CaseEvents, TimingContext

COLUMNS: Final = (
    "stream", "kind", "office", "sop", "jalur", "slot", "langkah", "tugas", "who", "owner", "repetition", "state",
    "hasil", "actor", "due_at", "started_at", "ended_at", "ended_on", "wait", "touch", "elapsed", "wall",
    "wait_bucket", "touch_bucket", "elapsed_bucket", "wall_bucket", "unmeasured", "standard", "clock", "within",
    "wait_within", "overdue", "deadline",
)  # fmt: skip

_BY_ROUTE: Final = frozenset(verb for verb, kind in TASKS.items() if kind.by_route)

type Row = tuple[Any, ...]

UNREAD: Final = ("position", "stream", "version", "kind", "office", "id", "hash")
"""Columns of an event that no clock reads. They are fetched as NULL: identities cost as much as the rest of a row."""
_COLUMNS: Final = ", ".join("NULL" if one in UNREAD else one for one in Event._fields)
EVENTS_OF_STREAMS: Final = f"""
SELECT {_COLUMNS}, stream_no FROM es.event
WHERE stream_no = ANY ($1::bigint[]) AND position <= $2 ORDER BY stream_no, version
"""  # noqa: S608 - column names only
EVENTS_OF_RANGE: Final = f"""
SELECT {_COLUMNS}, stream_no FROM es.event
WHERE stream_no > $1 AND stream_no <= $2 AND position <= $3 ORDER BY stream_no, version
"""  # noqa: S608 - column names only


def rows_of(case: CaseEvents, context: TimingContext) -> list[Row]:
    """Every row of one case. KeyError or ValueError for a history its sheet cannot have."""
    times = case_times(case.events, context.book, case.events[-1].recorded_at)
    jalur = next((one.hasil for one in reversed(case.events) if one.tugas in _BY_ROUTE and one.hasil), None)
    head = (case.stream, case.office, case.sop, jalur)
    calendar = context.book.calendar
    rows = [_task(head, one, calendar) for one in times.tasks if one.state != "batal"]
    rows += [_step(head, one, calendar) for one in times.steps if one.state != "batal"]
    return rows + _ends(head, times, calendar)


def _task(head: tuple[Any, ...], one: TaskTime, calendar: Calendar) -> Row:
    standard = one.standard
    return (
        head[0], "tugas", *head[1:], one.slot, one.langkah, one.tugas, one.who, one.owner, one.repetition, one.state,
        one.hasil, one.actor, one.due_at, one.started_at, one.ended_at, _day(calendar, one.ended_at),
        *_durations(one.wait + one.idle, one.touch, one.elapsed, one.wall, ended=one.ended_at is not None),
        one.unmeasured, standard.text if standard else None, standard.clock if standard else None,
        one.within, one.wait_within, one.overdue, None,
    )  # fmt: skip


def _step(head: tuple[Any, ...], one: StepTime, calendar: Calendar) -> Row:
    standard, last = one.standard, one.tasks[-1]
    return (
        head[0], "langkah", *head[1:], one.slot, one.langkah, "", "", one.owner, one.repetition, one.state,
        last.hasil, last.actor, one.due_at, one.started_at, one.ended_at, _day(calendar, one.ended_at),
        *_durations(one.wait + one.idle, one.touch, one.elapsed, one.wall, ended=one.ended_at is not None),
        _unmeasured(one), standard.text if standard else None, standard.clock if standard else None,
        one.within, one.wait_within, one.overdue, one.deadline,
    )  # fmt: skip


def _unmeasured(stay: StepTime) -> str | None:
    """Why a step has no touch: of its people before its machines."""
    if stay.touch is not None:
        return None
    reasons = [one.unmeasured for one in stay.tasks if one.unmeasured is not None]
    return next((one for one in reasons if one != "otomatis"), reasons[0] if reasons else None)


def _ends(head: tuple[Any, ...], times: CaseTimes, calendar: Calendar) -> list[Row]:
    """The case as a whole: to the end of its main line, and to the active card or the end of the membership."""
    totals = times.totals
    found: list[Row] = []
    if totals.received_at is not None and totals.main is not None and totals.end is not None:
        found.append(_end(head, "selesai", totals.end, totals.received_at, totals.main, calendar))
    for kind, total in (("aktif", totals.active), ("nonaktif", totals.deactivated)):
        if totals.received_at is not None and total is not None:
            found.append(_end(head, kind, kind, totals.received_at, total, calendar))
    return found


def _end(head: tuple[Any, ...], kind: str, hasil: str, received: datetime, total: Total, calendar: Calendar) -> Row:
    return (
        head[0], kind, *head[1:], "", "", "", "", OFFICE, 1, "selesai", hasil, None, received, None, total.until,
        _day(calendar, total.until), *_durations(total.wait, total.hands, total.office, total.wall, ended=True),
        None, None, None, None, None, False, None,
    )  # fmt: skip


def _day(calendar: Calendar, at: datetime | None) -> date | None:
    return None if at is None else calendar.local_date(at)


def _durations(wait: float, touch: float | None, elapsed: float, wall: float, *, ended: bool) -> Row:
    """The four durations, and the bucket of each once they are final."""
    wall = max(wall, 0.0)
    if not ended:
        return wait, touch, elapsed, wall, None, None, None, None
    hands = None if touch is None else bucket_of(touch)
    return wait, touch, elapsed, wall, bucket_of(wait), hands, bucket_of(elapsed), bucket_of(wall)
