"""bpjs-sync put together."""

from typing import Final

from bpjs_sync import api, tasks
from jejak import acts
from jejak.runtime import Runtime, Service

NAME: Final = "bpjs_sync"
DESCRIPTION: Final = "Pengiriman ke BPJS, jawaban, rekonsiliasi dan status kartu."


async def build(runtime: Runtime) -> Service:
    """Routes for what staff records, and the automatic status look-up."""
    return Service(routers=[acts.routes(runtime, api.COMMANDS)], tasks=tasks.automatic(runtime))
