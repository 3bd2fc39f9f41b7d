"""The task runner of a service: automatic tasks, woken by messages, kept honest by a sweep.

The due rows are the work; a message only says where to look. A batch of cases is read in one query, each automatic task
that is due is run for all of them together, and what was decided is appended with the version it expects. Redelivery
finds nothing due and appends nothing.
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
from jejak.eventstore.postgres.outage import DATABASE_DOWN, WAITED_OUT
from jejak.platform.errors import Problem
from jejak.platform.keyed_concurrency import KeyedConcurrency
from jejak.procedure.meanings import UNKNOWN_WORD, put_off

_log = structlog.get_logger()
_TASKS: Final = Counter("jejak_tasks_total", "Automatic tasks by what became of them", ["service", "fate"])

_BACK_OFF: Final = (5, 15, 60, 300, 900, 3600)
"""Seconds until an outside that failed is asked again, by attempt; the last repeats."""
_CLAIM_SECONDS: Final = 120
_SWEEP_LIMIT: Final = 500


class Unavailable(Exception):
    """The outside did not answer. The task is tried again later; other cases go on. The reason is a code, no value."""


class Undecided(Unavailable):
    """A list says a word that decides nothing: a person does, who sees the word. Only its code goes into the log."""

    def __init__(self, column: str, word: str | None) -> None:
        super().__init__(UNKNOWN_WORD)
        self.kept = put_off(column, word)


class OutsideUnavailable(Unavailable):
    """The outside answers nobody: all who are asked for together, or stand in line for it, are put off at once."""


@dataclass(frozen=True, slots=True)
class DueWork:
    """One automatic task of one case, as it is now."""

    opened: LoadedCase
    due: DueTask


type Answer = Decision | Unavailable | None
"""What came of one case: a decision, what could not be asked, or None when nothing has changed."""
type Run = Callable[[Sequence[DueWork]], Awaitable[Sequence[Answer]]]
"""Runs one task for many cases: one answer each, in order. What it raises is about all of them."""


@dataclass(frozen=True, slots=True)
class OutsideLimit:
    """Which work waits on somebody outside, and how much of it may be under way at once for one office, by its kode.

    It is claimed, runs one case at a time beside everything else, and holds up nobody but its own office's like.
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
    """Cases that wait on somebody outside, by office and task."""

    def _note(self, fate: str) -> None:
        self.done[fate] += 1
        _TASKS.labels(self.service, fate).inc()

    async def run(self) -> None:
        """Sweep for ever; what stands in a lane is given up when this is cancelled, and its claim runs out."""
        try:
            await self._sweep_for_ever()
        finally:
            await self.lanes.close()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.sweep_seconds)
            try:
                await self.sweep()
            except DATABASE_DOWN:
                continue
            except Exception as error:  # noqa: BLE001 - what stops one sweep must not stop the next
                _log.error("sweep_failed", service=self.service, error=type(error).__name__)

    async def sweep(self) -> int:
        """Do what is due and older than the sweep's age; returns how many cases were looked at."""
        found = await self.command_handler.store.sweep(
            self.service, list(self.tasks), self.sweep_seconds, _SWEEP_LIMIT, but=self.lanes.keys()
        )
        if found:
            await self._work_apart(found)
        return len(found)

    async def _work_apart(self, cases: Sequence[uuid.UUID]) -> None:
        """All together; when that raises, each alone, so that one stops no other."""
        try:
            await self.work(cases)
        except DATABASE_DOWN:
            raise
        except Exception:  # noqa: BLE001 - found below
            for case in cases:
                try:
                    await self.work([case])
                except DATABASE_DOWN:
                    raise
                except Exception as error:  # noqa: BLE001 - named in the log; its due row stays
                    _log.error("case_not_worked_on", case=str(case), error=type(error).__name__)

    async def carry_out(self, cases: Sequence[uuid.UUID]) -> None:
        """Work on those of these cases that have automatic work. Raises while PostgreSQL is away."""
        await self.work(await self._with_work(cases))

    async def _with_work(self, cases: Sequence[uuid.UUID]) -> list[uuid.UUID]:
        """Most messages are about tasks that people do: only cases with automatic work are read and opened."""
        found = await self.command_handler.store.automatic(cases, self.service)
        return [case for case in cases if case in found]

    async def work(self, cases: Sequence[uuid.UUID]) -> None:
        """Run every automatic task that is due on these cases, and those that become due by it."""
        opened = await self._open(list(dict.fromkeys(cases)))
        while opened:
            groups: dict[str, list[DueWork]] = defaultdict(list)
            for one in opened:
                for work in (DueWork(one, due) for due in self._mine(one)):
                    if not self._sent_outside(work):
                        groups[work.due.tugas].append(work)
                        break
            after = [await self._run(verb, works) for verb, works in groups.items()]
            opened = [one for group in after for one in group]

    async def _open(self, cases: Sequence[uuid.UUID]) -> list[LoadedCase]:
        """All in one read; what is due of a case that does not open is set aside."""
        found = await self.command_handler.load_all(cases)
        for one in found.unread.values():
            for row in one.rows:
                if row.automatic and row.service == self.service and row.tugas in self.tasks and not row.parked:
                    await self._park(one.case, row.slot, row.tugas, one.reason)
        return list(found.values())

    def _mine(self, opened: LoadedCase) -> Iterable[DueTask]:
        """The automatic tasks of this service that may run now: not parked, not claimed, not too early."""
        rows = {(row.slot, row.tugas): row for row in opened.rows}
        for due in opened.due:
            if not due.automatic or due.service != self.service or due.tugas not in self.tasks:
                continue
            if due.not_before and due.not_before > opened.now:
                continue
            row = rows.get((due.slot, due.tugas))
            if row is None or not (row.parked or row.waiting):
                yield due

    async def _run(self, verb: str, works: Sequence[DueWork]) -> list[LoadedCase]:
        """One task for many cases; when it raises, each alone, so that one bad case stops nobody else."""
        task = self.tasks[verb]
        try:
            answered = list(zip(works, await task.run(works), strict=True))
        except OutsideUnavailable as error:
            await self._defer_all(works, error)
            return []
        except Exception:  # noqa: BLE001 - whatever a rule raises must stop this case only
            return await self._run_apart(task, works)
        stored = await asyncio.gather(*(self._store(*one) for one in answered), return_exceptions=True)
        if away := next((one for one in stored if isinstance(one, BaseException)), None):
            raise away
        return [one for one in stored if isinstance(one, LoadedCase)]

    def _sent_outside(self, work: DueWork) -> bool:
        """Whether this work waits on somebody outside; then it stands in line in its office's lane."""
        verb = work.due.tugas
        outside = self.tasks[verb].outside
        if outside is None or not outside.concerns(work):
            return False
        case, office = work.opened.case.id, work.opened.office.kode
        lane = f"{office} {verb}"
        self.lanes.add(lane, outside.at_once(office), case, lambda: self._outside(lane, verb, case))
        return True

    async def _outside(self, lane: str, verb: str, case: uuid.UUID) -> None:
        """Its turn has come: the case as it is by now. While PostgreSQL is away it is left to the sweep."""
        try:
            for work in await self._now([case], verb):
                if await self._claimed(work) and await self._done_outside(lane, verb, work):
                    await self.work([case])
        except DATABASE_DOWN as error:
            _log.warning("database_away", service=self.service, error=type(error).__name__)

    async def _done_outside(self, lane: str, verb: str, work: DueWork) -> bool:
        try:
            (answer,) = await self.tasks[verb].run([work])
        except OutsideUnavailable as error:
            await self._defer_all([work, *await self._now(self.lanes.clear(lane), verb)], error)
            return False
        except Exception as error:  # noqa: BLE001 - put off or parked, as in _run_apart
            await self._set_aside(work, error)
            return False
        return await self._store(work, answer) is not None

    async def _now(self, cases: Sequence[uuid.UUID], verb: str) -> list[DueWork]:
        """This task of these cases, where it is still due and may run."""
        opened = await self._open(cases) if cases else []
        return [DueWork(one, due) for one in opened for due in self._mine(one) if due.tugas == verb]

    async def _claimed(self, work: DueWork) -> bool:
        return await self.command_handler.store.claim(
            work.opened.case.id, work.due.slot, work.due.tugas, _CLAIM_SECONDS
        )

    async def _run_apart(self, task: AutomaticTask, works: Sequence[DueWork]) -> list[LoadedCase]:
        """Each alone, for as long as anybody is answered."""
        after: list[LoadedCase] = []
        for number, work in enumerate(works):
            try:
                (answer,) = await task.run([work])
            except OutsideUnavailable as error:
                await self._defer_all(works[number:], error)
                break
            except Exception as error:  # noqa: BLE001 - put off or parked
                await self._set_aside(work, error)
                continue
            if stored := await self._store(work, answer):
                after.append(stored)
        return after

    async def _set_aside(self, work: DueWork, error: Exception) -> None:
        """What did not answer, and what the installation lacks, is tried again later; all else waits for a person.

        Raises while PostgreSQL is away: then nothing can be said of this case.
        """
        match error:
            case Undecided():
                await self._defer(work, str(error), kept=error.kept)
            case Unavailable():
                await self._defer(work, str(error))
            case _ if isinstance(error, WAITED_OUT):
                await self.command_handler.store.ping()
                await self._defer(work, type(error).__name__)
            case _:
                reason = error.code if isinstance(error, Problem) else type(error).__name__
                await self._park(work.opened.case.id, work.due.slot, work.due.tugas, reason)

    async def _park(self, case: uuid.UUID, slot: str, tugas: str, reason: str) -> None:
        _log.error("task_parked", service=self.service, case=str(case), tugas=tugas, reason=reason)
        await self.command_handler.store.park(case, slot, reason, tugas=tugas)
        self._note("parked")

    async def _defer_all(self, works: Iterable[DueWork], error: OutsideUnavailable) -> None:
        for one in works:
            await self._defer(one, str(error))

    async def _defer(self, work: DueWork, reason: str, *, kept: str | None = None) -> None:
        """`kept` is what the office is shown, where that is more than the code."""
        due = work.due
        row = next((row for row in work.opened.rows if row.slot == due.slot), None)
        attempts = row.attempts if row else 0
        pause = timedelta(seconds=_BACK_OFF[min(attempts, len(_BACK_OFF) - 1)])
        case = str(work.opened.case.id)
        _log.warning("task_deferred", service=self.service, case=case, tugas=due.tugas, reason=reason)
        await self.command_handler.store.defer(work.opened.case.id, due.slot, pause, kept or reason, tugas=due.tugas)
        self._note("deferred")

    async def _store(self, work: DueWork, answer: Answer) -> LoadedCase | None:
        """Append an answer; gives the case as it is then, so that what became due by it can run at once."""
        if answer is None:
            self._note("unchanged")
            return None
        if isinstance(answer, Unavailable):
            await self._set_aside(work, answer)
            return None
        try:
            after, _ = await self.command_handler.append(work.opened, answer, work.due, Attribution())
        except Conflict:
            self._note("conflict")
            return None
        except Exception as error:  # noqa: BLE001 - an answer that cannot be sealed or stored stops its own case only
            await self._set_aside(work, error)
            return None
        self._note("ended")
        return after
