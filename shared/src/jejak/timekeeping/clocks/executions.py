"""The clocks of every execution of every task: a plain fold over the events of a case."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from jejak.contracts.envelope import DueToken, Event, parse_due
from jejak.contracts.tasks import REACHED, clock_of
from jejak.contracts.timing import timing_fields
from jejak.timekeeping.calendar import SECOND, instant_of
from jejak.timekeeping.clocks.receipt import SUBMITTED, WORK_STARTED, received_at
from jejak.timekeeping.clocks.task_execution import TaskExecution, Unmeasured, hands_on
from jejak.timekeeping.follow_up import active_from
from jejak.timekeeping.judge import Facts, Proof, State, limit_kept, verdict
from jejak.timekeeping.standard import Standard
from jejak.timekeeping.timing_rules import OFFICE, TimingRules
from jejak.timekeeping.windows import window_opens


class TaskTime(NamedTuple):
    """One execution of one task: from the moment it fell due until its event. Durations in seconds.

    ``wait``, ``idle`` and ``elapsed`` are the owner's working time less pauses; ``wall`` stands beside.
    """

    slot: str
    langkah: str
    tugas: str
    who: str
    """The performer of the sheet whose turn it was."""
    owner: str
    """The pihak whose clock ran."""
    repetition: int
    """1 for the first time this task fell due to this performer."""
    state: State
    """``batal``: it stopped being due without an event of its own (withdrawn, back to the draft); never judged."""
    hasil: str | None
    actor: str | None
    recorder: str | None
    due_at: datetime
    counted_from: datetime
    """``due_at``, or when the batch it waited for closed, or the card became active: from here its standard counts."""
    started_at: datetime | None
    """The first WorkStarted."""
    ended_at: datetime | None
    """When it was done: as recorded; for an outsider as claimed, with evidence. None while it is open."""
    done_at: datetime
    """What a deadline is held against: the claimed instant, else the recorded one; ``now`` while it is open."""
    wait: float
    idle: float
    """Opened, put away, opened again: from the first opening to the last. Held against the waiting limit with wait."""
    touch: float | None
    """None is *tidak terukur*, and ``unmeasured`` says why."""
    hands: float
    """What was measured, also where the whole was not."""
    running: float
    """Hands since an open task was last opened."""
    elapsed: float
    wall: float
    unmeasured: Unmeasured | None
    proof: Proof
    """Anything but ``tercatat``: entered afterwards, or for an outsider without evidence; nothing counts as within."""
    standard: Standard | None
    """The task's own; without one it is judged in its step."""
    within: bool | None
    wait_within: bool | None
    overdue: bool
    """Past the standard or past the waiting limit, done or still open."""


def executions(events: Iterable[Event], rules: TimingRules, now: datetime) -> list[TaskTime]:
    """Every execution of every task of one case, in the order they fell due; open ones as they stand at ``now``.

    ``events`` are those of one stream in order. ValueError where one cannot be read.
    """
    runs: list[TaskExecution] = []
    due: list[TaskExecution] = []
    counts: dict[tuple[str, str, str, str], int] = {}
    previous: str | None = None
    received: datetime | None = None
    ended = False
    answers: frozenset[str] = frozenset()
    outcomes: dict[tuple[str, str | None, str, str | None], str] = {}
    active: datetime | None = None
    for event in events:
        if event.type == WORK_STARTED:
            if (run := _find(due, event)) is not None:
                run.start(event)
        elif event.hasil is not None and event.tugas is not None:
            outcomes[event.slot, event.langkah, event.tugas, event.oleh] = event.hasil
            active = _active(event, rules) or active
            if (run := _find(due, event)) is not None:
                run.act(event)
                ended = True
            elif event.type == SUBMITTED and previous is None:
                runs.append(_submission(event, rules))
                received = received_at(event)
                answers = frozenset(timing_fields(event.payload).get("answers", ()))
        if event.due is not None and (ended or event.due != previous):
            tokens = parse_due(event.due)
            due = _settle(due, tokens, event)
            begun = _begin(due, tokens, received or event.recorded_at, counts, rules)
            if rules.batched or rules.windows or active is not None:
                names = answers.union(outcomes.values())
                for run in begun:
                    _condition(run, rules, names, active)
            due += begun
            runs += begun
            previous = event.due
            ended, received = False, None
    return [_time(run, rules, now) for run in runs]


def _active(event: Event, rules: TimingRules) -> datetime | None:
    """From when a standard counts that counts from the active card, where this event says that it is."""
    if not rules.since_active or REACHED.get((event.type, event.hasil or "")) != "aktif":
        return None
    stated = timing_fields(event.payload).get("active_since")
    return active_from(stated, event.occurred_at or event.recorded_at, rules.calendar)


def _condition(run: TaskExecution, rules: TimingRules, names: frozenset[str], active: datetime | None) -> None:
    """Sets what a task that fell due waits for, and from when its standard counts."""
    place = (run.token.slot, run.token.langkah, run.token.tugas)
    run.batched = rules.is_batched(place, names)
    window = rules.windows.get(place)
    run.opens = window and window_opens(window, run.due_at, rules.calendar)
    run.promised = active if run.token.slot in rules.since_active else None


def _find(due: list[TaskExecution], event: Event) -> TaskExecution | None:
    place = (event.tugas, event.langkah, event.slot)
    return next((run for run in due if (run.token.tugas, run.token.langkah, run.token.slot) == place), None)


def _submission(event: Event, rules: TimingRules) -> TaskExecution:
    """The submission is done before anything is due, so nothing of it is measured."""
    owner = rules.owner(event.oleh, (event.slot, event.langkah or "", event.tugas or ""))
    token = DueToken("intake", event.tugas or "", event.langkah or "", event.oleh or "", event.slot)
    run = TaskExecution(token, event.recorded_at, owner, rules.calendar_of(owner), 1)
    run.act(event)
    run.state = "selesai"
    return run


def _settle(due: list[TaskExecution], tokens: tuple[DueToken, ...], event: Event) -> list[TaskExecution]:
    """The tasks that stay due keep their clock; the others have ended, with their own event or without."""
    still: list[TaskExecution] = []
    for run in due:
        if run.token in tokens:
            run.stay()
            still.append(run)
        elif run.acted:
            run.state = "selesai"
        else:
            run.state, run.last = "batal", event
    return still


def _begin(
    still: list[TaskExecution],
    tokens: tuple[DueToken, ...],
    at: datetime,
    counts: dict[tuple[str, str, str, str], int],
    rules: TimingRules,
) -> list[TaskExecution]:
    """The tasks that fell due with an append; the first ones fell due when the application was received."""
    begun: list[TaskExecution] = []
    for token in tokens:
        if any(run.token == token for run in still):
            continue
        key = (token.slot, token.langkah, token.tugas, token.who)
        counts[key] = repetition = counts.get(key, 0) + 1
        owner = rules.owner(token.who, (token.slot, token.langkah, token.tugas))
        begun.append(TaskExecution(token, at, owner, rules.calendar_of(owner), repetition))
    return begun


def _time(run: TaskExecution, rules: TimingRules, now: datetime) -> TaskTime:
    token, calendar, is_open = run.token, run.calendar, run.state == "terbuka"
    moments = run.moments(now)
    _, done_at, origin, begun, end = moments
    opened = run.opened if is_open else None
    wait = calendar.working_micros(origin, begun) / SECOND
    idle = (run.idle + (calendar.working_micros(*opened) if opened else 0)) / SECOND
    running = hands_on(calendar, opened[1], max(end, opened[1])) / SECOND if opened else 0.0
    elapsed = calendar.working_micros(origin, end) / SECOND
    hands, unmeasured = run.hands / SECOND, run.unmeasured()
    counted_from = run.promised or (run.due_at if origin == run.due else instant_of(origin))
    standard = rules.tasks.get((token.slot, token.langkah, token.tugas))
    within: bool | None = None
    if standard is not None:
        within = verdict(
            standard,
            Facts(
                state=run.state,
                hands=hands,
                all_hands=unmeasured is None,
                running=running,
                elapsed=elapsed,
                start=counted_from,
                end=done_at,
                proof=run.proof,
                calendar=calendar,
            ),
        )
    wait_within = _limit_kept(run, wait + idle, rules)
    last = run.last if run.state == "selesai" else None
    return TaskTime(
        token.slot,
        token.langkah,
        token.tugas,
        token.who,
        run.owner,
        run.repetition,
        run.state,
        None if last is None else last.hasil,
        None if last is None else last.actor,
        None if last is None else last.recorder,
        run.due_at,
        counted_from,
        run.first,
        None if is_open else moments.end_at,
        done_at,
        wait,
        idle,
        hands if unmeasured is None else None,
        hands,
        running,
        elapsed,
        (end - run.due) / SECOND,
        unmeasured,
        run.proof,
        standard,
        within,
        wait_within,
        overdue=within is False or wait_within is False,
    )


def _limit_kept(run: TaskExecution, waited: float, rules: TimingRules) -> bool | None:
    """The waiting limit is the office's own promise: it holds for no other party, nor for the pick-up of a letter."""
    if run.owner != OFFICE or run.state == "batal" or clock_of(run.token.tugas) == "pickup":
        return None
    return limit_kept(rules.batas_tunggu, waited, over=run.begun is not None, proven=run.begun_seen)
