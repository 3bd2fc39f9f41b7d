"""Verification put together."""

from typing import Final

from jejak import acts, together
from jejak.runtime import Runtime, Service
from verification import api, tasks

NAME: Final = "verification"
DESCRIPTION: Final = "Pengecekan daftar, kependudukan, kepesertaan dan aturan."


async def build(runtime: Runtime) -> Service:
    """Routes for what is looked up by hand, and the automatic look-ups."""
    return Service(
        routers=[acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)],
        tasks=tasks.automatic(runtime),
    )
