"""The load as a whole: a database to itself, synthetic offices, a process a core, the views made anew."""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile
from typing import IO, Final

import asyncpg

from jejak.platform import ids
from jejak.platform.progress import show
from jejak.platform.settings import Source
from jejak_local.guard import LocalError
from jejak_local.installation import Installation
from jejak_local.preparation import Say, offices_folder
from jejak_tools.load import offices
from jejak_tools.load.worker import Plan
from ledger.cli import rebuilt

_YEAR: Final = timedelta(days=365)
_EVENING: Final = 10
"""Hour of the day in UTC at which days begin and end here: every office of Indonesia is closed."""
_SPREAD: Final = 0.6
"""Some offices have many cases, some few."""
_PATIENCE: Final = 900.0
_WORKER: Final = (sys.executable, "-m", "jejak_tools.load.worker")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be loaded."""

    cases: int
    offices: int = 20
    years: int = 2
    seed: int = 1
    processes: int = os.cpu_count() or 1
    until: date | None = None
    """The day on whose evening it ends; None: now."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, and how long it took without the views."""

    cases: int
    events: int
    seconds: float


def load(wanted: Wanted, data: Path | None, environ: Mapping[str, str], say: Say) -> Loaded:
    """Everything, on a database of an installation that does not run. LocalError with one line when it cannot be."""
    if environ.get("JEJAK_ENV", "development") != "development":
        raise LocalError("`jejak load` is for development: it makes up people and the past")
    installation = Installation(data, environ=environ)
    folders = offices.write(installation.data / "muatan", offices_folder(installation.environment), wanted.offices)
    steps = [(f"{len(folders)} synthetic offices loaded", ("office", "load", *map(str, folders)))]
    with installation.start_database(steps, say):
        return _load(installation.environment, [one.name for one in folders], wanted, say)


def _load(environment: Mapping[str, str], codes: Sequence[str], wanted: Wanted, say: Say) -> Loaded:
    """The cases of these offices, on a database that is ready for them and that nobody else works on."""
    url = environment["JEJAK_DATABASE_URL"]
    began = time.perf_counter()
    plans = asyncio.run(_plans(url, codes, wanted))
    cases, events = _run(environment, plans, wanted.cases)
    loaded = Loaded(cases, events, time.perf_counter() - began)
    say(f"{cases:,} cases with {events:,} events in {loaded.seconds:.0f} s ({cases / loaded.seconds:.0f} cases/s)")
    asyncio.run(_analyzed(url))
    say(asyncio.run(rebuilt(Source(environment))))
    return loaded


async def _plans(url: str, codes: Sequence[str], wanted: Wanted) -> list[Plan]:
    """A plan for each process: offices of different sizes, dealt out so that all have about as much to do."""
    connection = await asyncpg.connect(url)
    try:
        now: datetime = await connection.fetchval("SELECT es.now()")
    finally:
        await connection.close()
    last = now.replace(minute=0, second=0, microsecond=0)
    if wanted.until is not None:
        last = min(last, datetime.combine(wanted.until, clock_time(_EVENING), UTC))
    first = last.replace(hour=_EVENING) - wanted.years * _YEAR
    shares = [math.exp(ids.draws(wanted.seed, code).gauss(0, _SPREAD)) for code in codes]
    ends = [round(wanted.cases * sum(shares[: n + 1]) / sum(shares)) for n in range(len(codes))]
    counts = {code: end - (ends[n - 1] if n else 0) for n, (code, end) in enumerate(zip(codes, ends, strict=True))}
    dealt: list[dict[str, int]] = [{} for _ in range(min(wanted.processes, len(codes)))]
    for code in sorted(counts, key=lambda one: -counts[one]):
        min(dealt, key=lambda one: sum(one.values()))[code] = counts[code]
    return [Plan(wanted.seed, first, last, one) for one in dealt]


def _run(environment: Mapping[str, str], plans: Sequence[Plan], count: int) -> tuple[int, int]:
    """All processes at once; when one fails, or we are asked to stop, the others are stopped."""
    done = [(0, 0)] * len(plans)

    def follow(number: int, process: Popen[str], said: IO[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            cases, events = line.split()
            done[number] = int(cases), int(events)
            show("berkas", sum(one[0] for one in done), count)
        if process.wait() != 0:
            said.seek(0)
            raise LocalError(f"loading stopped: {said.read().strip().rpartition('\n')[2]}")

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(plans)))
        following = []
        for number, plan in enumerate(plans):
            said = stack.enter_context(TemporaryFile("w+"))
            process = Popen(_WORKER, env=dict(environment), stdin=PIPE, stdout=PIPE, stderr=said, text=True)  # noqa: S603 - our own
            stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdin is not None
            process.stdin.write(f"{plan.text()}\n")
            process.stdin.close()
            following.append(pool.submit(follow, number, process, said))
        for one in as_completed(following):
            one.result()
    return sum(one[0] for one in done), sum(one[1] for one in done)


async def _analyzed(url: str) -> None:
    """The planner knows what there is now."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM (ANALYZE)", timeout=_PATIENCE)
    finally:
        await connection.close()
