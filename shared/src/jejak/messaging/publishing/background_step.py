"""Work in the background of a loop: one step at a time, and the loop raises its error."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Self

import structlog

_log: Final = structlog.get_logger()


class BackgroundStep:
    """Leaving the block waits for the current step; a loop that is cancelled cancels it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for the previous step, then begins this one and returns."""
        try:
            await self.done()
        except BaseException:
            work.close()
            raise
        self._task = asyncio.create_task(work)

    async def done(self) -> None:
        """Waits for the last step."""
        if self._task is not None:
            await self._task

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """An error of the loop prevails; only a loop without one raises the error of its last step."""
        task = self._task
        if task is None:
            return
        if isinstance(error, asyncio.CancelledError):
            task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            raise
        if error is None:
            task.result()
        elif not task.cancelled() and (failed := task.exception()):
            _log.warning("background_step_failed", error=type(failed).__name__)
