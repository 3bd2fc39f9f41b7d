"""An outside look-up under test: its connections held, and a task that waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jejak.cases.decision import Opened
from jejak.contracts.codec import CaseKeys
from jejak.messaging.task_runner import Work
from jejak.platform.cancellation import ended
from jejak.procedure.model import Sop
from tests.procedure import office, sheet, submitted
from verification.outside.outside_system import Outsider

_STEPS = '[[langkah]]\nno = 1\nkegiatan = "Dicek"\ntugas = ["{verb}"]\npelaksana = ["staf"]\n'


@asynccontextmanager
async def connected[O: Outsider[Any]](outsider: O) -> AsyncIterator[O]:
    """It holds its connections within."""
    running = asyncio.create_task(outsider.run())
    await asyncio.sleep(0)
    try:
        yield outsider
    finally:
        await ended(running)


def waiting(verb: str, sop: Sop | None = None) -> Work:
    """The first task of a case, in an office that asks outside; without a sheet, one whose only task is this one."""
    told = submitted(sop or sheet(_STEPS.format(verb=verb)), office(way="http"))
    opened = Opened(told.case, told.sop, told.office, CaseKeys(None, None), told.now, told.history, told.due)
    return Work(opened, told.due[0])
