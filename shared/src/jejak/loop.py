"""The task loop of a service: automatic tasks, woken by Kafka, kept honest by a sweep.

The due rows are the work; a message is only the hint. A batch of cases is read in one query, each automatic task that
is due is run for all of them together, and what was decided is appended with the version it expects. Redelivery finds
nothing due and appends nothing.
"""

import asyncio
import contextlib
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from jejak.desk import By, Conflict, Decided, Desk, Opened
from jejak.engine import Due

_log = structlog.get_logger()

_BACK_OFF: Final = (5, 15, 60, 300, 900, 3600)
"""Seconds until an outside that failed is asked again, by attempt; the last repeats."""
_CLAIM_SECONDS: Final = 120
_SWEEP_LIMIT: Final = 500
_DATABASE_PAUSE: Final = 0.5


class Unavailable(Exception):
    """The outside did not answer. The task is tried again later; other cases go on. The reason is a code, no value."""


@dataclass(frozen=True, slots=True)
class Work:
    """One automatic task of one case, as it is now."""

    opened: Opened
    due: Due


type Run = Callable[[Sequence[Work]], Awaitable[Sequence[Decided | None]]]
"""Runs one task for many cases: one answer each, in order; None when nothing has changed."""


@dataclass(frozen=True, slots=True)
class Automatic:
    """How a service does one automatic task. With `outside` the due row is claimed first: the call has an effect."""

    run: Run
    outside: bool = False


@dataclass(slots=True)
class TaskLoop:
    """Runs the automatic tasks of one service."""

    desk: Desk
    service: str
    tasks: Mapping[str, Automatic]
    sweep_seconds: float = 30.0
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Counts for metrics: ended, unchanged, conflict, deferred, parked."""

    async def run(self, batches: AsyncIterator["Hints"]) -> None:
        """Consume hints for ever, and sweep beside it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._consume(batches))
            group.create_task(self._sweep_for_ever())

    async def _consume(self, batches: AsyncIterator["Hints"]) -> None:
        async for hints in batches:
            if hints.cases:
                await self.work_until_stored(hints.cases)
            await hints.acknowledge()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.sweep_seconds)
            with contextlib.suppress(*DATABASE_DOWN):
                await self.sweep()

    async def sweep(self) -> int:
        """Do what is due and older than the sweep's age; returns how many cases were looked at."""
        found = await self.desk.store.sweep(self.service, list(self.tasks), self.sweep_seconds, _SWEEP_LIMIT)
        if found:
            await self.work(found)
        return len(found)

    async def work_until_stored(self, cases: Sequence[uuid.UUID]) -> None:
        """Work on these cases; while PostgreSQL is away, wait and acknowledge nothing."""
        while True:
            try:
                return await self.work(cases)
            except DATABASE_DOWN as error:
                _log.warning("database_away", service=self.service, error=type(error).__name__)
                await asyncio.sleep(_DATABASE_PAUSE)

    async def work(self, cases: Sequence[uuid.UUID]) -> None:
        """Run every automatic task that is due on these cases, and those that become due by it."""
        opened = list((await self.desk.open_all(list(dict.fromkeys(cases)))).values())
        while opened:
            groups: dict[str, list[Work]] = defaultdict(list)
            for one in opened:
                for due in self._mine(one):
                    groups[due.tugas].append(Work(one, due))
                    break
            after = [await self._run(verb, works) for verb, works in groups.items()]
            opened = [one for group in after for one in group]

    def _mine(self, opened: Opened) -> Iterable[Due]:
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

    async def _run(self, verb: str, works: Sequence[Work]) -> list[Opened]:
        """One task for many cases; when it raises, each alone, so that one bad case stops nobody else."""
        task = self.tasks[verb]
        if task.outside:
            works = [one for one in works if await self._claimed(one)]
        if not works:
            return []
        try:
            answers = await task.run(works)
        except DATABASE_DOWN:
            raise
        except Exception:  # noqa: BLE001 - whatever a rule raises must stop this case only: each is tried alone below
            alone = [await self._run_alone(task, one) for one in works]
            return [one for one in alone if one]
        stored = await asyncio.gather(*(self._store(work, answer) for work, answer in zip(works, answers, strict=True)))
        return [one for one in stored if one]

    async def _claimed(self, work: Work) -> bool:
        return await self.desk.store.claim(work.opened.case.id, work.due.slot, work.due.tugas, _CLAIM_SECONDS)

    async def _run_alone(self, task: Automatic, work: Work) -> Opened | None:
        case, slot = work.opened.case.id, work.due.slot
        try:
            (answer,) = await task.run([work])
        except DATABASE_DOWN:
            raise
        except Unavailable as error:
            await self._defer(work, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - parked with a reason code, shown, and put back by hand
            reason = type(error).__name__
            _log.error("task_parked", service=self.service, case=str(case), tugas=work.due.tugas, reason=reason)
            await self.desk.store.park(case, slot, reason)
            self.done["parked"] += 1
            return None
        return await self._store(work, answer)

    async def _defer(self, work: Work, reason: str) -> None:
        row = next((row for row in work.opened.rows if row.slot == work.due.slot), None)
        attempts = row.attempts if row else 0
        pause = timedelta(seconds=_BACK_OFF[min(attempts, len(_BACK_OFF) - 1)])
        _log.warning("task_deferred", service=self.service, case=str(work.opened.case.id), tugas=work.due.tugas)
        await self.desk.store.defer(work.opened.case.id, work.due.slot, pause, reason)
        self.done["deferred"] += 1

    async def _store(self, work: Work, answer: Decided | None) -> Opened | None:
        """Append an answer; gives the case as it is then, so that what became due by it can run at once."""
        if answer is None:
            self.done["unchanged"] += 1
            return None
        try:
            after, _ = await self.desk.append(work.opened, answer, work.due, By())
        except Conflict:
            self.done["conflict"] += 1
            return None
        self.done["ended"] += 1
        return after


DATABASE_DOWN: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError)
"""What asyncpg raises while the server is away."""


@dataclass(frozen=True, slots=True)
class Hints:
    """A batch from Kafka: the cases it is about, and how to acknowledge it."""

    cases: tuple[uuid.UUID, ...]
    acknowledge: Callable[[], Awaitable[None]]
