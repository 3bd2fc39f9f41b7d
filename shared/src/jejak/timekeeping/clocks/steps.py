"""The clocks of every execution of every step, held against its Mutu Baku."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from jejak.contracts.tasks import clock_of
from jejak.timekeeping.clocks.executions import TaskTime
from jejak.timekeeping.judge import Facts, State, verdict
from jejak.timekeeping.standard import Span, Standard, deadline
from jejak.timekeeping.timing_rules import OFFICE, TimingRules


class StepTime(NamedTuple):
    """One stay of a case in one step. Durations in seconds, sums over the tasks.

    Its owner is the pihak of its latest task; while another party has a task of it, its clock stands still. Tasks
    with a standard of their own are judged by that, and are no part of the step's time.
    """

    slot: str
    langkah: str
    owner: str
    repetition: int
    """1 for the first stay; repetitions are judged singly."""
    state: State
    due_at: datetime
    counted_from: datetime
    """``due_at`` of its owner's first task, or when the batch it waited for closed."""
    elsewhere: tuple[Span, ...]
    """In which the file was with others between its owner's tasks: its deadline moves on with them."""
    started_at: datetime | None
    ended_at: datetime | None
    wait: float
    idle: float
    touch: float | None
    """The sum of its people's hands; None where a person was not measured, or none worked on it."""
    hands: float
    elapsed: float
    wall: float
    standard: Standard | None
    within: bool | None
    wait_within: bool | None
    """None too where nothing was held against a limit: tasks of outsiders."""
    overdue: bool
    deadline: datetime | None
    """While it is open: when it becomes overdue, by its standard or by the waiting limit, the earlier of both."""
    tasks: tuple[TaskTime, ...]


def steps(tasks: Iterable[TaskTime], rules: TimingRules) -> list[StepTime]:
    """Every stay in every step, in the order they began.

    A stay ends when the line goes on to another step, or when a task of it falls due again to the same performer (back
    from the applicant, back to the draft). The applicant's ``complete`` belongs to no step.
    """
    stays: list[list[TaskTime]] = []
    current: dict[str, list[TaskTime]] = {}
    for task in tasks:
        if clock_of(task.tugas) == "applicant":
            current.pop(task.slot, None)
            continue
        stay = current.get(task.slot)
        turns = {(past.tugas, past.who) for past in stay or ()}
        if stay is None or stay[0].langkah != task.langkah or (task.tugas, task.who) in turns:
            stay = current[task.slot] = []
            stays.append(stay)
        stay.append(task)
    counts: dict[tuple[str, str], int] = {}
    times: list[StepTime] = []
    for stay in stays:
        place = (stay[0].slot, stay[0].langkah)
        counts[place] = counts.get(place, 0) + 1
        times.append(_step(stay, counts[place], rules))
    return times


class _Own(NamedTuple):
    """What of a stay is the step's own time: sums over its tasks without a standard of their own."""

    last: TaskTime
    counted_from: datetime
    elsewhere: tuple[Span, ...]
    wait: float
    idle: float
    elapsed: float
    hands: float
    all_hands: bool
    running: float


def _step(stay: Sequence[TaskTime], repetition: int, rules: TimingRules) -> StepTime:
    latest = stay[-1]
    parts = [task for task in stay if task.standard is None]
    standard = rules.steps.get((latest.slot, latest.langkah)) if parts else None
    own = _own(parts or stay)
    within = None if standard is None else _judge(standard, own, latest.state, rules)
    ended_at = latest.ended_at
    return StepTime(
        latest.slot,
        latest.langkah,
        own.last.owner,
        repetition,
        latest.state,
        stay[0].due_at,
        own.counted_from,
        own.elsewhere,
        next((task.started_at for task in stay if task.started_at is not None), None),
        ended_at,
        own.wait,
        own.idle,
        own.hands if own.all_hands else None,
        own.hands,
        own.elapsed,
        stay[0].wall if len(stay) == 1 else ((ended_at or latest.done_at) - stay[0].due_at).total_seconds(),
        standard,
        within,
        _limit_kept(stay),
        within is False or any(task.overdue for task in stay),
        _deadline(standard, own, latest, rules) if ended_at is None else None,
        tuple(stay),
    )


def _own(parts: Sequence[TaskTime]) -> _Own:
    last = parts[-1]
    if len(parts) == 1:
        measured = last.touch is not None
        return _Own(last, last.counted_from, (), last.wait, last.idle, last.elapsed, last.hands, measured, last.running)
    own = [task for task in parts if task.owner == last.owner]
    people = [task for task in parts if task.unmeasured != "otomatis"]
    return _Own(
        last,
        own[0].counted_from,
        tuple(_between(own)),
        sum(task.wait for task in own),
        sum(task.idle for task in own),
        sum(task.elapsed for task in own),
        sum(task.hands for task in parts),
        bool(people) and all(task.touch is not None for task in people),
        sum(task.running for task in parts),
    )


def _judge(standard: Standard, own: _Own, state: State, rules: TimingRules) -> bool | None:
    """`state`: the stay's. It goes on, or was broken off, with a task that has a standard of its own too."""
    last = own.last
    return verdict(
        standard,
        Facts(
            state=state,
            hands=own.hands,
            all_hands=own.all_hands,
            running=own.running,
            elapsed=own.elapsed,
            start=own.counted_from,
            end=last.done_at,
            proof=last.proof,
            calendar=rules.calendar_of(last.owner),
            elsewhere=own.elsewhere,
        ),
    )


def _between(own: Sequence[TaskTime]) -> Iterator[Span]:
    """The spans between the tasks of one owner."""
    reached = own[0].counted_from
    for task in own:
        if task.counted_from > reached:
            yield reached, task.counted_from
        reached = max(reached, task.ended_at or task.done_at)


def _limit_kept(stay: Sequence[TaskTime]) -> bool | None:
    """A broken limit breaks the step's; a task of the office whose wait is open, or only claimed, leaves it open."""
    held = [task.wait_within for task in stay if _is_limited(task)]
    if False in held:
        return False
    return True if held and None not in held else None


def _is_limited(task: TaskTime) -> bool:
    """Whether the office's waiting limit holds for a task."""
    return task.owner == OFFICE and clock_of(task.tugas) != "pickup"


def _deadline(standard: Standard | None, own: _Own, task: TaskTime, rules: TimingRules) -> datetime | None:
    if task.counted_from != task.due_at and task.counted_from >= task.done_at:
        return None  # its batch is still open, or the days in which it is done are still to come
    calendar = rules.calendar_of(task.owner)
    ends: list[datetime] = []
    if task.standard is not None and task.standard.clock == "elapsed":
        ends.append(deadline(task.standard, task.counted_from, calendar))
    if task.standard is None and standard is not None and standard.clock == "elapsed":
        ends.append(deadline(standard, own.counted_from, calendar, own.elsewhere))
    if rules.batas_tunggu is not None and _is_limited(task) and task.started_at is None:
        begun = max(task.due_at, task.counted_from)  # the office cannot wait before the task falls due
        ends.append(calendar.add_working(begun, rules.batas_tunggu))
    return min(ends, default=None)
