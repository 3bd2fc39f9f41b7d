"""A task while it is due, and the sums over its events. The clocks' only mutable state, alive for one fold."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from jejak.contracts.envelope import DueToken, Event
from jejak.contracts.timing import is_proven, timing_fields
from jejak.timekeeping.calendar import Calendar, micros
from jejak.timekeeping.judge import Proof, State
from jejak.timekeeping.timing_rules import OFFICE

AFTERWARDS = timedelta(minutes=1)
"""A claimed time further back than this was entered afterwards: no hands were measured."""

type Unmeasured = Literal["otomatis", "dicatat_kemudian", "dicatat_orang_lain", "tidak_dibuka", "belum_selesai"]
"""Why there is no touch: automatic; entered afterwards; typed in by another; never opened; not yet done."""


class ExecutionTimes(NamedTuple):
    """Between which instants a task's clocks run; the last three as stamps."""

    end_at: datetime
    """As recorded; for an outsider as claimed, with evidence."""
    done_at: datetime
    """As claimed, else as recorded."""
    origin: int
    begun: int
    end: int


class TaskExecution:
    """One execution. Sums are whole microseconds, so that parts add up exactly."""

    __slots__ = (
        "acted", "batched", "begun", "begun_seen", "calendar", "claimed", "due", "due_at", "first", "hands", "idle",
        "last", "measured", "missing", "opened", "opens", "owner", "promised", "proof", "repetition", "starts", "state",
        "token",
    )  # fmt: skip

    def __init__(self, token: DueToken, at: datetime, owner: str, calendar: Calendar, repetition: int) -> None:
        """Begin a task that fell due at an instant, on its owner's calendar."""
        self.token = token
        self.due_at = at
        self.due = micros(at)
        self.owner = owner
        self.calendar = calendar
        self.repetition = repetition
        self.batched = False
        self.opens: datetime | None = None
        """When the days of the month begin in which it is done."""
        self.promised: datetime | None = None
        """Since when its standard counts, where that is not its clocks' origin: the active card."""
        self.state: State = "terbuka"
        self.first: datetime | None = None
        """The first WorkStarted."""
        self.begun: int | None = None
        """When its wait was over: its first WorkStarted, else its first event."""
        self.begun_seen = True
        """Whether that is recorded, not only claimed."""
        self.opened: tuple[int, int] | None = None
        """First and last opening since its last event."""
        self.starts: dict[str, int] = {}
        """Person -> last opening since its last event."""
        self.hands = 0
        self.measured = False
        self.missing: Unmeasured | None = None
        self.idle = 0
        self.proof: Proof = "tercatat"
        self.claimed: datetime | None = None
        self.last: Event | None = None
        self.acted = False
        """Whether the append being read holds an event of this task."""

    def stay(self) -> None:
        """It answered "not yet", or another task had the event: how it will end is open again."""
        self.acted, self.proof = False, "tercatat"

    def start(self, event: Event) -> None:
        """Add an opening of the task."""
        at = micros(event.recorded_at)
        if self.begun is None:
            self.begun, self.begun_seen = at, True
        if self.first is None:
            self.first = event.recorded_at
        self.opened = (self.opened[0] if self.opened else at, at)
        if event.actor is not None:
            self.starts[event.actor] = at

    def act(self, event: Event) -> None:
        """Add one event of the task; a task that answers "not yet" has several before it ends."""
        self.last, self.acted = event, True
        at, claimed = event.recorded_at, event.occurred_at
        self.claimed = None if claimed is None else min(max(claimed, self.due_at), at)
        self.proof = self._proof(event)
        if self.begun is None:
            self.begun, self.begun_seen = micros(self.claimed or at), self.proof == "tercatat"
        start = self.starts.get(event.actor) if event.actor is not None else None
        if start is None or event.recorder is not None or _entered_afterwards(event):
            if self.missing is None or self.missing == "otomatis":
                self.missing = _why_unmeasured(event)
        else:
            self.measured = True
            self.hands += hands_on(self.calendar, start, micros(at)) // timing_fields(event.payload).get("share", 1)
            if self.opened is not None:
                self.idle += self.calendar.working_micros(self.opened[0], start)
        self.opened = None
        self.starts.clear()

    def unmeasured(self) -> Unmeasured | None:
        """Why there is no touch, or None when all its people were measured: automatic answers take nothing away."""
        if self.state != "selesai":
            return "belum_selesai"
        return None if self.measured and self.missing in {None, "otomatis"} else self.missing

    def moments(self, now: datetime) -> ExecutionTimes:
        """The instants its clocks run between; ``now`` is the end of what is still open."""
        if self.state == "terbuka" or self.last is None:
            recorded = done = max(now, self.due_at)
        else:
            recorded = self.last.recorded_at
            done = self.claimed if self.claimed is not None and self.state == "selesai" else recorded
        end_at = done if self.owner != OFFICE and self.proof == "tercatat" else recorded
        end = micros(end_at)
        origin = self._counted_from(end)
        begun = micros(done) if self.begun is None else min(self.begun, end)
        return ExecutionTimes(end_at, done, origin, max(origin, begun), end)

    def _counted_from(self, end: int) -> int:
        """The stamp its clocks count from: due, the days it is done in, or its batch's closing (unknown: nothing)."""
        if not self.batched:
            return self.due if self.opens is None else min(max(micros(self.opens), self.due), max(end, self.due))
        ended = self.last if self.state == "selesai" else None
        closed = None if ended is None else timing_fields(ended.payload).get("batch_closed_at")
        return end if closed is None else min(max(micros(closed), self.due), end)

    def _proof(self, event: Event) -> Proof:
        if self.owner == OFFICE or event.recorder is None:
            return "klaim" if _entered_afterwards(event) else "tercatat"
        if event.occurred_at is None:
            return "tidak_ada"
        return "tercatat" if is_proven(event.payload) else "klaim"


def hands_on(calendar: Calendar, start: int, end: int) -> int:
    """Microseconds of hands between two stamps: wall time, or the open hours where the office was closed for a part.

    Work that lies wholly outside the hours is overtime, and wall time.
    """
    opened = calendar.working_micros(start, end)
    return opened or end - start


def _entered_afterwards(event: Event) -> bool:
    return event.occurred_at is not None and event.recorded_at - event.occurred_at > AFTERWARDS


def _why_unmeasured(event: Event) -> Unmeasured:
    if _entered_afterwards(event):
        return "dicatat_kemudian"
    if event.recorder is not None:
        return "dicatat_orang_lain"
    return "otomatis" if event.actor is None else "tidak_dibuka"
