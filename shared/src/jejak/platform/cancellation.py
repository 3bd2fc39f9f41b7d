"""Reliable cancellation of tasks: aiokafka and asyncpg swallow one that arrives while they close something."""

import asyncio
from typing import Any, Final

_RETRY_SECONDS: Final = 1.0


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks every second until all have ended. Their exceptions stay with them."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_RETRY_SECONDS)
