"""Reading one case over HTTP: where it stands, its trace, its documents."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from jejak.cases.decision import check_office
from jejak.web.askers import CaseName, optional_actor
from jejak.web.pages.layout import wants_page
from jejak.web.reading.beside import beside
from jejak.web.reading.dossier import Archive, is_own
from jejak.web.reading.state import state
from jejak.web.reading.timeline import timeline
from jejak.web.runtime import Runtime

type CasePage = Callable[[str, Request], Awaitable[Response]]
"""What a browser is shown of the case of this name."""
type Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]

_SANDBOX = "default-src 'none'; sandbox"


def routes(runtime: Runtime, archive: Archive, page: CasePage, trail: CasePage) -> APIRouter:
    """State, trace and documents of a case; `page` and `trail` are what a browser is shown of the first two."""
    router = APIRouter(tags=["berkas"])

    @router.get("/cases/{case}", summary="Di mana berkas ini, di tangan siapa, sampai kapan")
    async def show(case: CaseName, request: Request) -> Response:
        if wants_page(request):
            return await page(case, request)
        dossier = await archive.open(case)
        actor = optional_actor(runtime, request)
        own = is_own(dossier, actor)
        told = state(dossier, own=own)
        if own and actor is not None:
            told["berkas_lain"] = await beside(runtime, dossier, actor)
        headers = {"ETag": f'"{dossier.case.acted}"', "Cache-Control": "no-store", "Vary": "Accept, Authorization"}
        return JSONResponse(told, headers=headers)

    @router.get("/cases/{case}/timeline", summary="Jejak berkas: tiap peristiwa, tiap langkah, tiap jam")
    async def trace(case: CaseName, request: Request) -> Response:
        if wants_page(request):
            return await trail(case, request)
        dossier = await archive.open(case)
        headers = {"ETag": f'"{dossier.case.acted}"', "Cache-Control": "no-store", "Vary": "Accept"}
        return JSONResponse(timeline(dossier), headers=headers)

    @router.get("/cases/{case}/documents/{sha256}", summary="Satu dokumen berkas, untuk pejabat kantornya")
    async def document(case: CaseName, sha256: Digest, request: Request) -> Response:
        actor = runtime.door.actor(request)
        dossier = await archive.open(case)
        check_office(dossier.opened, actor)
        media_type, data = await runtime.fetch(dossier.opened, sha256)
        headers = {"Content-Security-Policy": _SANDBOX, "Cache-Control": "private, no-store"}
        return Response(data, media_type=media_type, headers=headers)

    return router
