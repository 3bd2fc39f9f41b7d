"""Approval put together."""

from typing import Final

from approval import api
from jejak import acts, together
from jejak.runtime import Runtime, Service

NAME: Final = "approval"
DESCRIPTION: Final = "Disposisi, pemeriksaan konsep, persetujuan dan paraf."


async def build(runtime: Runtime) -> Service:
    """Routes of approval; it has no automatic task."""
    return Service(routers=[acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)])
