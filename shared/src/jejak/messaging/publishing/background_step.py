"""Work beside a loop: one piece at a time, and what it raises comes up in the loop."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self

import structlog

_log: Final = structlog.get_logger()


class BackgroundStep:
    """Leaving the block waits for what is under way; a loop that is cancelled cancels it."""

    def __init__(self) -> None:
        self._under_way: asyncio.Task[None] | None = None

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for what was begun before, then begins this and returns."""
        try:
            await self.done()
        except BaseException:
            work.close()
            raise
        self._under_way = asyncio.create_task(work)

    async def done(self) -> None:
        """Waits for what was begun last."""
        if self._under_way is not None:
            await self._under_way

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What the loop itself raised stands; only of one that ended by itself, what the last piece raised comes up."""
        task = self._under_way
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
            _log.warning("aside_failed", error=type(failed).__name__)
