"""Ending tasks for sure: aiokafka and asyncpg swallow a cancellation that meets them while they close something."""

import asyncio
from typing import Any, Final

_ENDS_WITHIN: Final = 1.0


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks again and again until all have ended. What they raised stays with them."""
    while pending := [one for one in tasks if not one.done()]:
        for one in pending:
            one.cancel()
        await asyncio.wait(pending, timeout=_ENDS_WITHIN)
