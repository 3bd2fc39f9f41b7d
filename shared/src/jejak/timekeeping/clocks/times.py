"""The three clocks of a case: wait, touch, elapsed; per task, per step, and to its two ends.

Other packages import this module only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from jejak.contracts.envelope import Event
from jejak.timekeeping.clocks.executions import TaskTime, executions
from jejak.timekeeping.clocks.printed_total import JudgedTotal
from jejak.timekeeping.clocks.receipt import MAIN, WORK_STARTED
from jejak.timekeeping.clocks.steps import StepTime, steps
from jejak.timekeeping.clocks.task_execution import AFTERWARDS, Unmeasured
from jejak.timekeeping.clocks.totals import EndKind, Total, Totals, totals
from jejak.timekeeping.judge import Proof, State
from jejak.timekeeping.timing_rules import APPLICANT, OFFICE, TimingRules, timing_rules_of

__all__ = [
    "AFTERWARDS",
    "APPLICANT",
    "MAIN",
    "OFFICE",
    "WORK_STARTED",
    "CaseTimes",
    "EndKind",
    "JudgedTotal",
    "Proof",
    "State",
    "StepTime",
    "TaskTime",
    "TimingRules",
    "Total",
    "Totals",
    "Unmeasured",
    "case_times",
    "executions",
    "steps",
    "timing_rules_of",
    "totals",
]


class CaseTimes(NamedTuple):
    """All figures of one case as they stand at one instant."""

    tasks: list[TaskTime]
    steps: list[StepTime]
    totals: Totals


def case_times(events: Sequence[Event], rules: TimingRules, now: datetime) -> CaseTimes:
    """Every clock of one case. ``events`` are its stream's events in order; pure, so a rebuild gives the same."""
    tasks = executions(events, rules, now)
    return CaseTimes(tasks, steps(tasks, rules), totals(events, tasks, rules, now))
