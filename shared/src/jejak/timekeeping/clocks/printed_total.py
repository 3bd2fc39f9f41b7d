"""The printed total of a sheet, held against a case: from its receipt to its end, or between what the sheet names.

It is kept only where the case came to its end before the printed time was over, all waiting included. It is broken
where the office is late even without the time in which the case was with others: the applicant, BPJS, a batch still
open, a letter that waits for its pickup. What lies between is neither: exceeded, and not by the office.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from jejak.contracts.envelope import Event
from jejak.contracts.tasks import TASKS, clock_of
from jejak.timekeeping.clocks.executions import TaskTime
from jejak.timekeeping.clocks.receipt import MAIN
from jejak.timekeeping.judge import State
from jejak.timekeeping.standard import Span, Standard, deadline
from jejak.timekeeping.timing_rules import OFFICE, TimingRules, TotalRule

_COMPLETE = frozenset((verb, kind.good) for verb, kind in TASKS.items() if kind.finds == "documents")
_BY_ROUTE = frozenset(verb for verb, kind in TASKS.items() if kind.by_route)


class JudgedTotal(NamedTuple):
    """The printed total of one case."""

    standard: Standard
    state: State
    """``batal``: the applicant withdrew, or the case ended before the total began; never judged."""
    start: datetime | None
    """None: what it counts from has not happened yet."""
    end: datetime | None
    printed_deadline: datetime | None
    """By the sheet alone: time with others does not move it."""
    deadline: datetime | None
    """Later by the time in which the case was with others, in the measure of the standard (``deadline``)."""
    paused: float
    """Seconds of that time by the wall clock."""
    within: bool | None
    """None while it is open in time, and where it is exceeded for others' time."""


def printed_total(
    tasks: Sequence[TaskTime], rules: TimingRules, received: datetime, ended: Event | None, now: datetime
) -> JudgedTotal | None:
    """The total of a case received then, by the executions of its tasks; None where the sheet prints none."""
    rule = rules.total
    standard = _standard(rule, tasks) if rule is not None else None
    if rule is None or standard is None:
        return None
    start = _start(rule, tasks, received)
    end = _end(rule, tasks, ended)
    state = _state(start, end, ended)
    if start is None:
        return JudgedTotal(standard, state, None, end, None, None, 0.0, None)
    until = max(start, end or now)
    spans = list(_elsewhere(rule, tasks, start, until))
    paused = sum(((last - first) for first, last in spans), timedelta())
    calendar = rules.calendar_of(OFFICE)
    printed, shifted = deadline(standard, start, calendar), deadline(standard, start, calendar, spans)
    within = None if state == "batal" else _verdict(until, printed, shifted, over=state == "selesai")
    return JudgedTotal(standard, state, start, end, printed, shifted, paused.total_seconds(), within)


def _verdict(until: datetime, printed: datetime, shifted: datetime, *, over: bool) -> bool | None:
    """A time that is exceeded is never kept; it is broken where others' time does not explain it."""
    if until > shifted:
        return False
    return True if over and until <= printed else None


def _standard(rule: TotalRule, tasks: Iterable[TaskTime]) -> Standard | None:
    """The total of the route that was chosen, else the sheet's own."""
    chosen = [task.hasil for task in tasks if task.tugas in _BY_ROUTE and task.state == "selesai"]
    return rule.routes.get(chosen[-1] or "", rule.standard) if chosen else rule.standard


def _main(tasks: Iterable[TaskTime]) -> list[TaskTime]:
    return [task for task in tasks if task.slot == MAIN]


def _start(rule: TotalRule, tasks: Sequence[TaskTime], received: datetime) -> datetime | None:
    match rule.dari:
        case "diterima":
            return received
        case "lengkap":
            return _completed(tasks)
        case langkah:
            place = rule.order[langkah]
            due = (task.due_at for task in _main(tasks) if rule.order.get(task.langkah, -1) >= place)
            return next(due, None)


def _completed(tasks: Iterable[TaskTime]) -> datetime | None:
    """When the documents were first found complete."""
    found = (task for task in tasks if (task.tugas, task.hasil) in _COMPLETE and task.state == "selesai")
    return next((task.ended_at or task.done_at for task in found), None)


def _end(rule: TotalRule, tasks: Sequence[TaskTime], ended: Event | None) -> datetime | None:
    """When the case came to what the total counts to, or to its end before."""
    over = ended.recorded_at if ended is not None else None
    match rule.sampai:
        case "selesai":
            return over
        case "lengkap":
            return _completed(tasks) or over
        case langkah if langkah in rule.order:
            return _left(rule, langkah, _main(tasks)) or over
        case slot:
            follow_up = [task for task in tasks if task.slot == slot]
            if not follow_up:
                return None if ended is None or ended.type == "CaseClosed" else over
            last = follow_up[-1]
            return (last.ended_at or last.done_at) if last.state == "selesai" else None


def _left(rule: TotalRule, langkah: str, main: Sequence[TaskTime]) -> datetime | None:
    """When the main line went on past a step for good: it may come back to it from later ones."""
    place = rule.order[langkah]
    before = [number for number, task in enumerate(main) if rule.order.get(task.langkah, -1) <= place]
    after = main[before[-1] + 1 :] if before else main
    return after[0].due_at if after else None


def _state(start: datetime | None, end: datetime | None, ended: Event | None) -> State:
    if ended is not None and (ended.type == "ApplicationWithdrawn" and end in (None, ended.recorded_at)):
        return "batal"
    if (start is None and ended is not None) or (start is not None and end is not None and end < start):
        return "batal"
    return "selesai" if end is not None and start is not None else "terbuka"


def _elsewhere(rule: TotalRule, tasks: Sequence[TaskTime], start: datetime, until: datetime) -> Iterator[Span]:
    """The spans in which the case was with others, in order and without overlap."""
    slots = {MAIN} if rule.sampai in ("selesai", "lengkap", *rule.order) else {MAIN, rule.sampai}
    spans = sorted(span for task in tasks if task.slot in slots for span in _span(task))
    reached = start
    for first, last in spans:
        begun, over = max(first, reached), min(last, until)
        if over > begun:
            yield begun, over
            reached = over


def _span(task: TaskTime) -> Iterator[Span]:
    if task.owner != OFFICE or clock_of(task.tugas) == "pickup":
        yield task.due_at, task.ended_at or task.done_at
    elif task.counted_from > task.due_at:
        yield task.due_at, task.counted_from
