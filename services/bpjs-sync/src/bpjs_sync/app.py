"""bpjs-sync put together."""

from typing import Final

from bpjs_sync import answersapi, api, batchapi, tasks
from bpjs_sync.batches import Batches
from jejak import acts, together
from jejak.runtime import Runtime, Service

NAME: Final = "bpjs_sync"
DESCRIPTION: Final = "Pengiriman ke BPJS, jawaban, rekonsiliasi dan status kartu."


async def build(runtime: Runtime) -> Service:
    """Routes for what staff records; the automatic status look-up; batches beside it."""
    tasks_of_people = [acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)]
    routers = [*tasks_of_people, batchapi.routes(runtime), answersapi.routes(runtime)]
    return Service(routers=routers, tasks=tasks.automatic(runtime), beside=[Batches(runtime).run])
