"""The composition root of letters."""

import asyncio
from typing import Final

from jejak.platform.office_access import accesses
from jejak.platform.settings import BSRE, Settings, SettingsError, Source
from jejak.service import Service
from jejak.web.pages.layout import Pages
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime
from jejak.web.tasks import routes as tasks
from letters import api
from letters.handlers import handlers
from letters.numbering.settling import Settling
from letters.pages import check_page, page
from letters.signatures.bsre import Access
from letters.signatures.bsre_client import BsreClient
from letters.signatures.pades import make_development_certificate
from letters.signatures.remote_signing import RemoteSigning

NAME: Final = "letters"
DESCRIPTION: Final = "Konsep, nomor, tanda tangan, penyerahan dan arsip surat."
PUBLIC: Final = {check_page.PATH: "anyone who received a letter may check its file"}


async def build(runtime: Runtime) -> Service:
    """Routes of letters. The development certificate is for development only; elsewhere letters go to BSrE or a pen."""
    settings = runtime.settings
    folder = settings.data_dir / "certificate"
    certificate = await asyncio.to_thread(make_development_certificate, folder) if settings.development else None
    client, pages = BsreClient(_accesses(settings)), Pages(runtime, page.__package__)
    remote = RemoteSigning(client)
    own_tasks = tasks.routes(CaseReader.of(runtime), api.commands(certificate, remote))
    roots = tuple({access.roots for access in client.accesses.values() if access.roots})
    routers = [*own_tasks, api.routes(runtime), page.routes(pages, remote), check_page.routes(pages, roots)]
    settling = Settling(runtime.command_handler, settings.sweep_seconds)
    return Service(routers=routers, handlers=handlers(settling), background=[settling.run, client.run], public=PUBLIC)


def _accesses(settings: Settings) -> dict[str, Access]:
    try:
        return accesses(Source.of().text(BSRE, "{}"), Access, development=settings.development)
    except ValueError as error:
        raise SettingsError(f"{BSRE}: {error}.") from None
