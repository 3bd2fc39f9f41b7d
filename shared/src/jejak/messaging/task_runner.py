"""The task runner of a service: automatic tasks, woken by messages, completed by a sweep.

The due rows are the work; a message only names a case. A batch of cases is read in one query, each due automatic task
runs for all of them together, and each decision is appended with the version it expects. A redelivered message finds
nothing due and appends nothing.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from prometheus_client import Counter

from jejak.cases.command_handler import CommandHandler, Conflict
from jejak.cases.decision import Attribution, Decision, LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.eventstore.postgres.outage import DATABASE_DOWN, WAITED_OUT, repeat
from jejak.platform.errors import Problem
from jejak.platform.keyed_concurrency import KeyedConcurrency
from jejak.platform.spans import span
from jejak.platform.trace import Trace
from jejak.procedure.meanings import BY_HAND, UNKNOWN_WORD, WITHOUT_NIK, put_off

_log = structlog.get_logger()
_TASKS: Final = Counter("jejak_tasks_total", "Automatic tasks by what became of them", ["service", "fate"])

_BACK_OFF: Final = (5, 15, 60, 300, 900, 3600)
"""Seconds until an outside system that failed is asked again, by attempt; the last repeats."""
_CLAIM_SECONDS: Final = 120
_SWEEP_LIMIT: Final = 500
_BY_HAND_FOR: Final = timedelta(hours=1)


class Unavailable(Exception):
    """The outside system gave no answer. The task is tried again later; other cases go on. Holds a reason code."""

    shown: str | None = None
    """What the office sees, where that is more than the code."""


class Undecided(Unavailable):
    """A list or an answer decides nothing by its word: a person decides, who sees it. The log holds the code only."""

    shown: str

    def __init__(self, column: str, word: str | None, code: str = UNKNOWN_WORD) -> None:
        super().__init__(code)
        self.shown = put_off(column, word, code)


class WithoutNik(Unavailable):
    """The participant is newborn and has no NIK to be looked up by: a person decides, who sees why."""

    def __init__(self) -> None:
        super().__init__(WITHOUT_NIK)


def nik_of(person: e.Person | e.ListedPerson) -> str:
    """The NIK to look a person up by. WithoutNik for a newborn: the mother's would find the mother."""
    if person.nik is None:
        raise WithoutNik
    return person.nik


class OutsideUnavailable(Unavailable):
    """The outside system answers no request: all cases of the call, and those queued for it, are deferred at once."""


@dataclass(frozen=True, slots=True)
class DueWork:
    """One automatic task of one case, in its present state."""

    opened: LoadedCase
    due: DueTask
    trace: Trace | None = None
    """Of the append after which the task is due: what is done about it belongs to the same trace."""


type Answer = Decision | Unavailable | None
"""The result for one case: a decision, a failed request, or None when nothing has changed."""
type Run = Callable[[Sequence[DueWork]], Awaitable[Sequence[Answer]]]
"""Runs one task for many cases: one answer each, in order. An error that it raises concerns all of them."""


@dataclass(frozen=True, slots=True)
class OutsideLimit:
    """Which work waits for an outside system, and how much of it may run at once for one office, by its kode.

    Such work is claimed, runs in the background, a case at a time, and delays only the same task of the same office.
    """

    concerns: Callable[[DueWork], bool]
    at_once: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class AutomaticTask:
    """How a service does one automatic task."""

    run: Run
    outside: OutsideLimit | None = None


@dataclass(slots=True)
class TaskRunner:
    """Runs the automatic tasks of one service."""

    command_handler: CommandHandler
    service: str
    tasks: Mapping[str, AutomaticTask]
    sweep_seconds: float = 30.0
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Counts of this runner: ended, unchanged, conflict, deferred, parked."""
    lanes: KeyedConcurrency[uuid.UUID] = field(default_factory=KeyedConcurrency)
    """Cases that wait for an outside system, by office and task."""

    def _count(self, fate: str) -> None:
        self.done[fate] += 1
        _TASKS.labels(self.service, fate).inc()

    async def run(self) -> None:
        """Sweeps for ever. When it is cancelled, the work in lanes is given up, and its claims expire."""
        try:
            await repeat(self.sweep, self.sweep_seconds, "sweep_failed", at_once=False)
        finally:
            await self.lanes.close()

    async def sweep(self) -> int:
        """Does the work that has been due for the sweep's interval; returns the number of cases."""
        cases = await self.command_handler.store.sweep(
            self.service, list(self.tasks), self.sweep_seconds, _SWEEP_LIMIT, but=self.lanes.keys()
        )
        if cases:
            await self._work_apart(cases)
        return len(cases)

    async def _work_apart(self, cases: Sequence[uuid.UUID]) -> None:
        """All together; when that raises, each alone, so that one case stops no other."""
        try:
            await self.work(cases)
        except DATABASE_DOWN:
            raise
        except Exception as error:  # noqa: BLE001 - named in the log; the due row stays
            if len(cases) == 1:
                _log.error("case_not_worked_on", case=str(cases[0]), error=type(error).__name__)
                return
            for case in cases:
                await self._work_apart([case])

    async def carry_out(self, cases: Sequence[uuid.UUID]) -> None:
        """Works on those of these cases that have automatic work. Raises while PostgreSQL is away.

        Most messages are about tasks of people: only cases with automatic work are read and opened.
        """
        automatic = await self.command_handler.store.automatic(cases, self.service)
        await self.work([case for case in cases if case in automatic])

    async def work(self, cases: Sequence[uuid.UUID]) -> None:
        """Runs every automatic task that is due on these cases, and those that become due by it."""
        loaded = await self._load(list(dict.fromkeys(cases)))
        traces = await self._traces(loaded)
        while loaded:
            groups: dict[str, list[DueWork]] = defaultdict(list)
            for case in loaded:
                await self._leave_to_people(case)
                for work in self._runnable(case, traces.get(case.case.id)):
                    if not self._sent_outside(work):
                        groups[work.due.tugas].append(work)
                        break
            loaded = [case for verb, works in groups.items() for case in await self._run(verb, works)]

    async def _load(self, cases: Sequence[uuid.UUID]) -> list[LoadedCase]:
        """All in one read; the due tasks of a case that does not open are parked."""
        loaded = await self.command_handler.load_all(cases)
        for unread in loaded.unread.values():
            for row in unread.rows:
                if row.automatic and row.service == self.service and row.tugas in self.tasks and not row.parked:
                    await self._park(unread.case, row.slot, row.tugas, unread.reason)
        return list(loaded.values())

    async def _traces(self, loaded: Sequence[LoadedCase]) -> Mapping[uuid.UUID, Trace]:
        """The traces of cases that have a task for this service now."""
        due = [case.case.id for case in loaded if any(True for _ in self._runnable(case, None))]
        return await self.command_handler.store.traces(due) if due else {}

    def _runnable(self, case: LoadedCase, trace: Trace | None) -> Iterable[DueWork]:
        """The automatic tasks of this service that may run now: not parked, not claimed, not too early."""
        rows = {(row.slot, row.tugas): row for row in case.rows}
        for due in case.due:
            if not due.automatic or due.service != self.service or due.tugas not in self.tasks:
                continue
            if due.not_before and due.not_before > case.now:
                continue
            row = rows.get((due.slot, due.tugas))
            if row is None or not (row.parked or row.waiting):
                yield DueWork(case, due, trace)

    async def _leave_to_people(self, case: LoadedCase) -> None:
        """Shows to officials what the office does by hand since a newer kantor file; its due row says automatic.

        A file that was in force before the task was due says nothing of it.
        """
        due = {(task.slot, task.tugas): task for task in case.due}
        for row in case.rows:
            task = due.get((row.slot, row.tugas))
            mine = row.automatic and row.service == self.service and row.tugas in self.tasks
            if task is None or task.automatic or case.now < task.since:
                continue
            if mine and not (row.parked or row.waiting):
                store = self.command_handler.store
                await store.defer(case.case.id, row.slot, _BY_HAND_FOR, BY_HAND, tugas=row.tugas)

    async def _run(self, verb: str, works: Sequence[DueWork]) -> list[LoadedCase]:
        """Runs one task for many cases; when it raises, for each alone, so that one bad case stops no other."""
        try:
            answers = list(zip(works, await self.tasks[verb].run(works), strict=True))
        except OutsideUnavailable as error:
            await self._defer_all(works, error)
            return []
        except Exception:  # noqa: BLE001 - an error of a rule must stop its own case only
            return await self._run_apart(verb, works)
        stored = await asyncio.gather(*(self._store_apart(*answer) for answer in answers), return_exceptions=True)
        if failure := next((result for result in stored if isinstance(result, BaseException)), None):
            raise failure
        return [result for result in stored if isinstance(result, LoadedCase)]

    async def _store_apart(self, work: DueWork, answer: Answer) -> LoadedCase | None:
        """The answer for one case of several, in the trace of that case."""
        with span(f"task {work.due.tugas}", parent=work.trace):
            return await self._store(work, answer)

    async def _run_apart(self, verb: str, works: Sequence[DueWork]) -> list[LoadedCase]:
        """Each case alone, until the outside system answers no request."""
        after: list[LoadedCase] = []
        for number, work in enumerate(works):
            try:
                stored = await self._run_alone(verb, work)
            except OutsideUnavailable as error:
                await self._defer_all(works[number:], error)
                break
            after += [stored] if stored else []
        return after

    async def _run_alone(self, verb: str, work: DueWork) -> LoadedCase | None:
        """Runs the task for one case. Raises OutsideUnavailable; every other error defers or parks the case."""
        with span(f"task {verb}", parent=work.trace):
            try:
                (answer,) = await self.tasks[verb].run([work])
            except OutsideUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - deferred or parked
                await self._set_aside(work, error)
                return None
            return await self._store(work, answer)

    def _sent_outside(self, work: DueWork) -> bool:
        """Whether this work waits for an outside system; then it is queued in its office's lane."""
        verb = work.due.tugas
        outside = self.tasks[verb].outside
        if outside is None or not outside.concerns(work):
            return False
        case, office = work.opened.case.id, work.opened.office.kode
        lane = f"{office} {verb}"
        self.lanes.add(lane, outside.at_once(office), case, lambda: self._run_outside(lane, verb, case))
        return True

    async def _run_outside(self, lane: str, verb: str, case: uuid.UUID) -> None:
        """Runs the task on the case in its present state. While PostgreSQL is away the case is left to the sweep."""
        try:
            for work in await self._reloaded([case], verb):
                if not await self.command_handler.store.claim(case, work.due.slot, verb, _CLAIM_SECONDS):
                    continue
                try:
                    stored = await self._run_alone(verb, work)
                except OutsideUnavailable as error:
                    await self._defer_all([work, *await self._reloaded(self.lanes.clear(lane), verb)], error)
                else:
                    if stored:
                        await self.work([case])
        except DATABASE_DOWN as error:
            _log.warning("database_away", service=self.service, error=type(error).__name__)

    async def _reloaded(self, cases: Sequence[uuid.UUID], verb: str) -> list[DueWork]:
        """This task of these cases, where it is still due and may run."""
        loaded = await self._load(cases) if cases else []
        traces = await self._traces(loaded)
        works = (work for case in loaded for work in self._runnable(case, traces.get(case.case.id)))
        return [work for work in works if work.due.tugas == verb]

    async def _set_aside(self, work: DueWork, error: Exception) -> None:
        """Defers a missing answer and a defect of the installation; every other error waits for a person.

        Raises while PostgreSQL is away: then nothing is known about this case.
        """
        if isinstance(error, Unavailable):
            await self._defer(work, str(error), error.shown)
        elif isinstance(error, WAITED_OUT):
            await self.command_handler.store.ping()
            await self._defer(work, type(error).__name__)
        else:
            reason = error.code if isinstance(error, Problem) else type(error).__name__
            await self._park(work.opened.case.id, work.due.slot, work.due.tugas, reason)

    async def _park(self, case: uuid.UUID, slot: str, tugas: str, reason: str) -> None:
        _log.error("task_parked", service=self.service, case=str(case), tugas=tugas, reason=reason)
        await self.command_handler.store.park(case, slot, reason, tugas=tugas)
        self._count("parked")

    async def _defer_all(self, works: Iterable[DueWork], error: OutsideUnavailable) -> None:
        for work in works:
            await self._defer(work, str(error))

    async def _defer(self, work: DueWork, reason: str, shown: str | None = None) -> None:
        case, due = work.opened.case.id, work.due
        attempts = next((row.attempts for row in work.opened.rows if row.slot == due.slot), 0)
        pause = timedelta(seconds=_BACK_OFF[min(attempts, len(_BACK_OFF) - 1)])
        _log.warning("task_deferred", service=self.service, case=str(case), tugas=due.tugas, reason=reason)
        await self.command_handler.store.defer(case, due.slot, pause, shown or reason, tugas=due.tugas)
        self._count("deferred")

    async def _store(self, work: DueWork, answer: Answer) -> LoadedCase | None:
        """Appends an answer; returns the case after it, so that a task that became due by it can run at once."""
        if answer is None:
            self._count("unchanged")
            return None
        if isinstance(answer, Unavailable):
            await self._set_aside(work, answer)
            return None
        try:
            after, _ = await self.command_handler.append(work.opened, answer, work.due, Attribution())
        except Conflict:
            self._count("conflict")
            return None
        except Exception as error:  # noqa: BLE001 - an answer that cannot be sealed or stored stops its own case only
            await self._set_aside(work, error)
            return None
        self._count("ended")
        return after
