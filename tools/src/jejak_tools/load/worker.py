"""One process of a load: its offices' cases, each office day after day.

Run by `jejak_tools.load.command` with a plan on its input. Cases are carried on concurrently, so that their appends go
to the event store in few calls; only running ones are kept in memory. Lines on the output report the progress.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import logging
import os
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import Final, Self

import structlog
import uvloop

from bpjs_sync.batches.closing import Batches
from jejak.cases.case_cache import CaseCache
from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import LoadedCase
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.codec import Keyring
from jejak.platform import ids
from jejak.platform.settings import SERVICES, SIGNING_KEYS, Settings
from jejak.web.access.sessions import Sessions
from jejak.web.http_app import RequestGate
from jejak.web.runtime import Runtime
from jejak_local.guard import LocalError
from jejak_tools.load.life import Life, Services
from jejak_tools.load.pace import arrivals
from jejak_tools.load.past import MOMENT, PastStore

_SAY_SECONDS: Final = 0.5
_AT_ONCE: Final = 400
"""How many cases are carried on concurrently."""
_READ: Final = 100
_DAY: Final = timedelta(days=1)
_STRETCH: Final = timedelta(days=14)
"""Within it the cases of an office are appended concurrently, each in its own order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of one process: the number of cases by office, submitted from `first` on; everything ends at `last`."""

    seed: int
    first: datetime
    last: datetime
    offices: Mapping[str, int]

    def text(self) -> str:
        """The plan as a line of JSON."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def of(cls, text: str) -> Self:
        """The plan of a line."""
        given = json.loads(text)
        first, last = (datetime.fromisoformat(given[name]) for name in ("first", "last"))
        return cls(given["seed"], first, last, given["offices"])


@dataclass(slots=True)
class Done:
    """The progress of a process."""

    cases: int = 0
    events: int = 0
    printed_at: float = 0.0

    def report(self) -> None:
        """Prints the progress, at most twice a second."""
        if time.monotonic() - self.printed_at >= _SAY_SECONDS:
            self.printed_at = time.monotonic()
            sys.stdout.write(f"{self.cases} {self.events}\n")
            sys.stdout.flush()


@dataclass(slots=True)
class Timeline:
    """The running cases of one office, by the time of their next step."""

    office: str
    plan: Plan
    life: Life
    done: Done
    _ahead: list[tuple[datetime, int, LoadedCase]] = field(default_factory=list)
    _batched: dict[uuid.UUID, LoadedCase] = field(default_factory=dict)
    """Cases that wait for their batch to close."""

    async def run(self) -> None:
        """Carries all cases, stretch by stretch; day by day where batches are closed."""
        procedures, plan = self.life.services["intake"].procedures, self.plan
        kantor = await procedures.kantor(self.office, plan.last)
        serving = await procedures.services_in_force(self.office, kantor.calendar.local_date(plan.first))
        if not serving:
            raise LocalError(f"office {self.office} offers nothing on {plan.first:%Y-%m-%d}; load fewer years")
        draws = ids.draws(plan.seed, self.office, "arrivals")
        moments = arrivals(kantor.calendar, plan.first, plan.last, plan.offices[self.office], draws)
        coming = iter(enumerate(moments))
        stretch = _DAY if any(sop.kumpulan for sop in serving.values()) else _STRETCH
        until, arriving = plan.first, next(coming, None)
        while until < plan.last:
            until = min(until + stretch, plan.last)
            work = []
            while arriving and arriving[1] < until:
                work.append(self._begin(*arriving, until))
                arriving = next(coming, None)
            while self._ahead and self._ahead[0][0] < until:
                work.append(self._carry_on(heapq.heappop(self._ahead)[2], until))
            for some in batched(work, _AT_ONCE, strict=False):
                await asyncio.gather(*some)
                self.done.report()
            await self._close_batches(until)

    async def _begin(self, number: int, at: datetime, until: datetime) -> None:
        loaded = await self.life.begin(self.office, number, at)
        self.done.cases += 1
        self.done.events += loaded.case.version
        await self._carry_on(loaded, until)

    async def _carry_on(self, loaded: LoadedCase, until: datetime) -> None:
        """Step after step, as long as they begin before `until`."""
        before = loaded.case.version
        while (step := self.life.next(loaded)) and (at := step.begun or step.at) < until:
            loaded = await self.life.do(loaded, step, self.plan.last)
            if step.at > self.plan.last:
                break
        else:
            if step is not None and at < self.plan.last:
                heapq.heappush(self._ahead, (at, loaded.case.id.int, loaded))
            elif any(due.automatic and due.kumpulan for due in loaded.due):
                self._batched[loaded.case.id] = loaded
        self.done.events += loaded.case.version - before

    async def _close_batches(self, now: datetime) -> None:
        """Closes the batches that bpjs-sync would have closed since yesterday, and carries on their cases."""
        if not self._batched:
            return
        MOMENT.set(now)
        runtime = self.life.services["bpjs_sync"]
        if not await Batches(runtime).sweep({self.office}):
            return
        for some in batched(list(self._batched), _READ, strict=False):
            for case, loaded in (await runtime.command_handler.load_all(some)).items():
                if loaded.case.version > self._batched[case].case.version:
                    self.done.events += loaded.case.version - self._batched.pop(case).case.version
                    await self._carry_on(loaded, now)


async def work(plan: Plan) -> None:
    """Opens a store for each service and carries the plan out."""
    async with AsyncExitStack() as stack:
        life, done = Life.of(await _services(stack), plan.seed), Done()
        await asyncio.gather(*(Timeline(office, plan, life, done).run() for office in plan.offices))
    sys.stdout.write(f"{done.cases} {done.events}\n")


async def _services(stack: AsyncExitStack) -> Services:
    """The runtime of every service, with its own login and without Kafka."""
    environ = {"KAFKA_BOOTSTRAP_SERVERS": "none", **os.environ}
    environ.pop(f"{SIGNING_KEYS}_FILE", None)  # nothing is sent to BPJS, and the first `jejak up` makes the file
    services: Services = {}
    procedures: ProcedureRegistry | None = None
    for name in SERVICES:
        settings = Settings.read(name, environ)
        store = await stack.enter_async_context(await PastStore.of(settings.database_url))
        procedures = procedures or ProcedureRegistry(store)
        command_handler = CommandHandler(
            store, procedures, Keyring(settings.master_keys, ids.random_bytes), CaseCache(most=1)
        )
        sessions = Sessions(settings, store, procedures)
        gate = RequestGate.of(settings)
        services[name] = Runtime(settings, store, procedures, command_handler, gate, sessions, issuer=None)
    return services


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    uvloop.run(work(Plan.of(sys.stdin.readline())))
