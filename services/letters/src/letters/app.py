"""The composition root of letters."""

import asyncio
from typing import Final

from jejak.service import Service
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime
from jejak.web.tasks import routes as tasks
from letters import api
from letters.handlers import handlers
from letters.numbering.settling import Settling
from letters.pages import page
from letters.signatures.pades import make_development_certificate

NAME: Final = "letters"
DESCRIPTION: Final = "Konsep, nomor, tanda tangan, penyerahan dan arsip surat."


async def build(runtime: Runtime) -> Service:
    """Routes of letters. The development certificate is for development only; elsewhere letters are signed by pen."""
    settings = runtime.settings
    folder = settings.data_dir / "certificate"
    certificate = await asyncio.to_thread(make_development_certificate, folder) if settings.development else None
    own_tasks = tasks.routes(CaseReader.of(runtime), api.commands(certificate))
    routers = [*own_tasks, api.routes(runtime), page.routes(runtime)]
    settling = Settling(runtime.command_handler, settings.sweep_seconds)
    return Service(routers=routers, handlers=handlers(settling), background=[settling.run])
