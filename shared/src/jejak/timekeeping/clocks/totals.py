"""From the day a file was received to its two ends: *SOP selesai*, and *kartu aktif* or *kepesertaan berakhir*."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Literal, NamedTuple

from jejak.contracts.envelope import Event
from jejak.contracts.tasks import REACHED
from jejak.timekeeping.clocks.executions import TaskTime
from jejak.timekeeping.clocks.printed_total import JudgedTotal, printed_total
from jejak.timekeeping.clocks.receipt import MAIN, received_at
from jejak.timekeeping.timing_rules import OFFICE, TimingRules

type EndKind = Literal["selesai", "tolak", "kembalikan", "ditarik", "meninggal"]

_ENDS: dict[str, EndKind] = {
    "CaseClosed": "selesai",
    "CaseRefused": "tolak",
    "CaseReturned": "kembalikan",
    "ApplicationWithdrawn": "ditarik",
    "ParticipantDied": "meninggal",
}


class Total(NamedTuple):
    """Time from received to ``until``, in seconds; every repetition is in it."""

    until: datetime
    office: float
    """The office's working time while the file was with it, pauses left out."""
    wall: float
    wait: float
    """The office's waiting, summed over its tasks."""
    hands: float
    """Measured hands of the office, summed."""


class Totals(NamedTuple):
    """The figures of one case."""

    received_at: datetime | None
    """The claimed time of receipt, else the instant of ApplicationSubmitted."""
    end: EndKind | None
    """How the main line ended, None while it runs."""
    main: Total | None
    """To the end of the main line, or to ``now``: *SOP selesai* where ``end`` is ``selesai``."""
    active: Total | None
    """To *kartu aktif*: MembershipActivated, else CardReceived; None until then."""
    deactivated: Total | None
    """To *kepesertaan berakhir*, where that was asked for: MembershipDeactivated; None until then."""
    printed: JudgedTotal | None = None
    """The total that the sheet prints, and whether it was kept; None where it prints none."""


def totals(events: Iterable[Event], tasks: Sequence[TaskTime], rules: TimingRules, now: datetime) -> Totals:
    """The totals of one case, from its events and the executions of its tasks."""
    received: datetime | None = None
    end: Event | None = None
    reached: dict[str, Event] = {}
    for event in events:
        match event.type:
            case "ApplicationSubmitted" if received is None:
                received = received_at(event)
            case _ if event.type in _ENDS and end is None:
                end = event if event.slot == MAIN else None
            case _ if event.hasil is not None and (second := REACHED.get((event.type, event.hasil))) is not None:
                reached.setdefault(second, event)
            case _:
                pass
    if received is None:
        return Totals(None, None, None, None, None)
    office = [task for task in tasks if task.owner == OFFICE]
    until = max(now, received) if end is None else end.recorded_at
    main = _total(received, until, [task for task in office if task.slot == MAIN], rules)
    active = _second(received, reached.get("aktif") or reached.get("kartu"), office, rules)
    ended = _second(received, reached.get("berakhir"), office, rules)
    printed = printed_total(tasks, rules, received, end, now)
    return Totals(received, _ENDS[end.type] if end else None, main, active, ended, printed)


def _second(received: datetime, reached: Event | None, office: Sequence[TaskTime], rules: TimingRules) -> Total | None:
    """To the result that BPJS was to bring about; other follow-ups of the office are no part of the way there."""
    if reached is None:
        return None
    slots = {MAIN, *_chain(reached.slot, rules)}
    at = min(max(reached.occurred_at or reached.recorded_at, received), reached.recorded_at)
    return _total(received, at, [task for task in office if task.slot in slots], rules)


def _chain(slot: str, rules: TimingRules) -> Iterator[str]:
    """The follow-up in which the second end was reached, and those that led to it."""
    seen: set[str] = set()
    following: str | None = slot
    while following is not None and following not in seen:
        seen.add(following)
        yield following
        following = rules.after.get(following)


def _total(received: datetime, until: datetime, office: list[TaskTime], rules: TimingRules) -> Total:
    """Office time is the union of the times its tasks were due, so that follow-ups side by side count once."""
    calendar = rules.calendar_of(OFFICE)
    reached = received
    working = wait = hands = 0.0
    for task in sorted(office, key=attrgetter("counted_from")):
        if task.due_at >= until:
            continue
        wait += task.wait
        hands += task.hands
        end = task.ended_at or task.done_at
        if task.counted_from >= reached and end <= until:
            working += task.elapsed
        else:
            working += calendar.working_seconds(max(task.counted_from, reached), min(end, until))
        reached = max(reached, end)
    return Total(until, working, (until - received).total_seconds(), wait, hands)
