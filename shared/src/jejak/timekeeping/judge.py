"""Whether a time kept its standard: within, not within, or None where it was not measured or is not over."""

from datetime import datetime
from typing import Literal, NamedTuple

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.standard import Hands, Span, Standard, Wall, within

type State = Literal["selesai", "terbuka", "batal"]

type Proof = Literal["tercatat", "klaim", "tidak_ada"]
"""How well it is known when something was done: recorded as it happened, or claimed with evidence; only claimed
afterwards; typed in for an outsider without even a claim, so that late typing would look like late work."""


class Facts(NamedTuple):
    """What is known of a task or a step, durations in seconds."""

    state: State
    hands: float
    """Measured hands; of a step, those of its people that were measured."""
    all_hands: bool
    """Whether people worked on it and all of them were measured."""
    running: float
    """Hands since it was last opened, while it is open."""
    elapsed: float
    start: datetime
    end: datetime
    proof: Proof
    calendar: Calendar
    elsewhere: tuple[Span, ...] = ()
    """In which the file was with others meanwhile; ``elapsed`` is without them."""


def verdict(standard: Standard, facts: Facts) -> bool | None:
    """Hold a standard against the clock that judges it. What is open can be late already, but not yet within."""
    if facts.state == "batal":
        return None
    if isinstance(standard, Hands | Wall) and standard.clock == "touch":
        if facts.hands + facts.running > standard.seconds:
            return False
        return True if facts.state == "selesai" and facts.all_hands else None
    if facts.proof == "tidak_ada" or (facts.proof == "klaim" and isinstance(standard, Hands)):
        return None
    in_time = within(
        standard,
        touch=None,
        elapsed=facts.elapsed,
        start=facts.start,
        end=facts.end,
        calendar=facts.calendar,
        elsewhere=facts.elsewhere,
    )
    return in_time if not in_time or (facts.state == "selesai" and facts.proof == "tercatat") else None


def limit_kept(limit: int | None, waited: float, *, over: bool, proven: bool) -> bool | None:
    """Hold the office's waiting limit (seconds) against a wait; ``over``: the wait has ended."""
    if limit is None:
        return None
    if waited > limit:
        return False
    return True if over and proven else None
