"""How long people take, in office hours: mostly hours, sometimes days, and a few files lie in a drawer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jejak.platform.ids import Draws
from jejak.timekeeping.calendar import Calendar

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Wait:
    """A log-normal time: its median in seconds, its spread, and the probability that it never ends."""

    median: float
    spread: float
    never: float = 0.0

    def draw(self, draws: Draws) -> float:
        """Seconds."""
        return self.median * math.exp(draws.gauss(0, self.spread))


INSIDE: Final = Wait(1.2 * _HOUR, 1.3)
"""Until an official of the office takes a file up, in office hours."""
TOUCH: Final = Wait(6 * 60, 0.7)
"""Until he ends the task, in office hours."""
OUTSIDE: Final = {
    "complete": Wait(3 * _DAY, 1.0, never=0.08),
    "await_reply": Wait(4 * _DAY, 0.8, never=0.01),
    "confirm_status": Wait(6 * _DAY, 0.7, never=0.02),
    "receive_card": Wait(8 * _DAY, 0.7, never=0.05),
}
"""Until a party outside acts, day and night."""
ELSEWHERE: Final = Wait(2 * _DAY, 0.8)
_DRAWER: Final = 0.03
"""The share of files that wait far longer than others."""
_DRAWER_TIMES: Final = 20.0
_URGENT: Final = 0.2
_COUNTER: Final = 20 * 60.0
"""An act outside is recorded within so many seconds of office hours."""


def arrivals(calendar: Calendar, first: datetime, last: datetime, count: int, draws: Draws) -> Sequence[datetime]:
    """`count` instants of office hours between two, in order."""
    seconds = calendar.working_seconds(first, last)
    return sorted(calendar.add_working(first, draws.random() * seconds) for _ in range(count))


def taken_up(
    calendar: Calendar, verb: str, due: datetime, draws: Draws, *, inside: bool, urgent: bool
) -> datetime | None:
    """When the task is begun; None for never."""
    wait = INSIDE if inside else OUTSIDE.get(verb, ELSEWHERE)
    if draws.random() < wait.never:
        return None
    seconds = wait.draw(draws) * (_URGENT if urgent else 1.0)
    if not inside:
        return calendar.add_working(due + timedelta(seconds=seconds), 1 + draws.random() * _COUNTER)
    return calendar.add_working(due, 1 + seconds * (_DRAWER_TIMES if draws.random() < _DRAWER else 1.0))


def put_down(calendar: Calendar, begun: datetime, draws: Draws) -> datetime:
    """When the task is ended."""
    return calendar.add_working(begun, 20 + TOUCH.draw(draws))
