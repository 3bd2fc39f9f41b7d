"""The whole load: a database of its own, synthetic offices, a process for each core, and rebuilt views."""

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

from jejak.platform import ids
from jejak.platform.progress import show
from jejak.platform.settings import Source
from jejak_local.guard import LocalError
from jejak_local.installation import Installation
from jejak_local.postgres import connected
from jejak_local.preparation import Say, offices_folder
from jejak_tools.load import offices
from jejak_tools.load.worker import Plan
from ledger.cli import rebuilt

_YEAR: Final = timedelta(days=365)
_EVENING: Final = 10
"""Hour of the day in UTC at which days begin and end: every office of Indonesia is closed then."""
_SPREAD: Final = 0.6
"""How widely the offices' numbers of cases vary."""
_PATIENCE: Final = 900.0
_WORKER: Final = (sys.executable, "-m", "jejak_tools.load.worker")


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What to load."""

    cases: int
    offices: int = 20
    years: int = 2
    seed: int = 1
    processes: int = os.cpu_count() or 1
    until: date | None = None
    """The day on whose evening it ends; None: now."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The loaded cases and events, and the seconds without the views."""

    cases: int
    events: int
    seconds: float


def load(request: LoadRequest, data: Path | None, environ: Mapping[str, str], say: Say) -> Loaded:
    """Load on the database of an installation that does not run. LocalError with one line when that is impossible."""
    if environ.get("JEJAK_ENV", "development") != "development":
        raise LocalError("`jejak load` is for development: it makes up people and the past")
    installation = Installation(data, environ=environ)
    today = datetime.now(UTC).date()  # noqa: TID251 - for the choice of offices; the load itself asks the database
    first = (request.until or today) - request.years * _YEAR
    shipped = offices_folder(installation.environment)
    folders = offices.write(installation.data / "muatan", shipped, request.offices, first)
    steps = [(f"{len(folders)} synthetic offices loaded", ("office", "load", *map(str, folders)))]
    with installation.start_database(steps, say):
        return _load(installation.environment, [folder.name for folder in folders], request, say)


def _load(environment: Mapping[str, str], codes: Sequence[str], request: LoadRequest, say: Say) -> Loaded:
    """Load the cases of these offices, on a prepared database without other users."""
    url = environment["JEJAK_DATABASE_URL"]
    began = time.perf_counter()
    plans = asyncio.run(_plans(url, codes, request))
    cases, events = _run(environment, plans, request.cases)
    loaded = Loaded(cases, events, time.perf_counter() - began)
    say(f"{cases:,} cases with {events:,} events in {loaded.seconds:.0f} s ({cases / loaded.seconds:.0f} cases/s)")
    asyncio.run(_analyzed(url))
    say(asyncio.run(rebuilt(Source(environment))))
    return loaded


async def _plans(url: str, codes: Sequence[str], request: LoadRequest) -> list[Plan]:
    """A plan for each process: offices of different sizes, dealt out for about equal work."""
    async with connected(url) as connection:
        now: datetime = await connection.fetchval("SELECT es.now()")
    last = now.replace(minute=0, second=0, microsecond=0)
    if request.until is not None:
        last = min(last, datetime.combine(request.until, clock_time(_EVENING), UTC))
    first = last.replace(hour=_EVENING) - request.years * _YEAR
    shares = [math.exp(ids.draws(request.seed, code).gauss(0, _SPREAD)) for code in codes]
    ends = [round(request.cases * sum(shares[: n + 1]) / sum(shares)) for n in range(len(codes))]
    counts = {code: end - (ends[n - 1] if n else 0) for n, (code, end) in enumerate(zip(codes, ends, strict=True))}
    dealt: list[dict[str, int]] = [{} for _ in range(min(request.processes, len(codes)))]
    for code in sorted(counts, key=lambda code: -counts[code]):
        min(dealt, key=lambda share: sum(share.values()))[code] = counts[code]
    return [Plan(request.seed, first, last, share) for share in dealt]


def _run(environment: Mapping[str, str], plans: Sequence[Plan], count: int) -> tuple[int, int]:
    """Runs all processes; a failure or a signal stops them all."""
    done = [(0, 0)] * len(plans)

    def follow(number: int, process: Popen[str], errors: IO[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            cases, events = line.split()
            done[number] = int(cases), int(events)
            show("berkas", sum(cases for cases, _ in done), count)
        if process.wait() != 0:
            errors.seek(0)
            raise LocalError(f"loading stopped: {errors.read().strip().rpartition('\n')[2]}")

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(plans)))
        following = []
        for number, plan in enumerate(plans):
            errors = stack.enter_context(TemporaryFile("w+"))
            process = Popen(_WORKER, env=dict(environment), stdin=PIPE, stdout=PIPE, stderr=errors, text=True)  # noqa: S603 - our own
            stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdin is not None
            process.stdin.write(f"{plan.text()}\n")
            process.stdin.close()
            following.append(pool.submit(follow, number, process, errors))
        for future in as_completed(following):
            future.result()
    return sum(cases for cases, _ in done), sum(events for _, events in done)


async def _analyzed(url: str) -> None:
    """Updates PostgreSQL's statistics."""
    async with connected(url) as connection:
        await connection.execute("VACUUM (ANALYZE)", timeout=_PATIENCE)
