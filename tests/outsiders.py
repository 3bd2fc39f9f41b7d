"""An outside look-up under test: its open connections, and a task that waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jejak.messaging.task_runner import DueWork
from jejak.platform.cancellation import cancel_and_wait
from jejak.procedure.model import Sop
from tests.procedure import office, sheet, submitted
from verification.outside.outside_system import OutsideSystem

_STEPS = '[[langkah]]\nno = 1\nkegiatan = "Dicek"\ntugas = ["{verb}"]\npelaksana = ["staf"]\n'


@asynccontextmanager
async def connected[O: OutsideSystem[Any]](outsider: O) -> AsyncIterator[O]:
    """Keeps the connections of the look-up open."""
    running = asyncio.create_task(outsider.run())
    await asyncio.sleep(0)
    try:
        yield outsider
    finally:
        await cancel_and_wait(running)


def waiting(verb: str, sop: Sop | None = None) -> DueWork:
    """The first task of a case, in an office that asks outside; without a sheet, the only task of a small one."""
    case = submitted(sop or sheet(_STEPS.format(verb=verb)), office(way="http"))
    opened = case.loaded
    return DueWork(opened, case.due[0])
