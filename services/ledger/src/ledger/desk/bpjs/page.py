"""The BPJS desk in a browser: what is out, what came in, what nobody could place; and the day's reconciliation.

Rendered here; its forms go to bpjs-sync, which owns batches and answers. Programs get `GET /bpjs/unmatched` and `GET
/bpjs/reconciliation` from there as well.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from jejak.web.askers import asker_of
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.dossier import Archive
from jejak.web.runtime import Runtime
from ledger.desk.bpjs.desk import SHOWN, desk, reconciliation, see_all, unmatched, works
from ledger.desk.forward import Forwarder

_OWNER = "bpjs_sync"
_MOST = 500


def routes(runtime: Runtime, archive: Archive, pages: Pages, forwarder: Forwarder) -> APIRouter:
    """`GET /bpjs`, and the pages of `/bpjs/unmatched` and `/bpjs/reconciliation`."""
    router = APIRouter(tags=["bpjs"])

    @router.get("/bpjs", summary="Meja BPJS: yang di luar, yang masuk, yang perlu dilihat orang")
    async def show(request: Request, limit: Annotated[int, Query(ge=1, le=_MOST)] = SHOWN) -> Response:
        asker = await asker_of(runtime, request)
        see_all(asker)
        told = await desk(archive, asker, limit)
        if not wants_page(request):
            return JSONResponse(_plain(told), headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"})
        return await pages.page(request, "bpjs.html", bekerja=await works(archive, asker), **told)

    @router.get("/bpjs/unmatched", include_in_schema=False)
    async def unplaced(request: Request) -> Response:
        if not wants_page(request):
            return await forwarder.to(_OWNER, request)
        asker = await asker_of(runtime, request)
        see_all(asker)
        values: dict[str, Any] = {
            "tidak_cocok": await unmatched(archive, asker),
            "bekerja": await works(archive, asker),
        }
        return await pages.page(request, "bpjs_tidak_cocok.html", **values)

    @router.get("/bpjs/reconciliation", include_in_schema=False)
    async def compare(request: Request) -> Response:
        if not wants_page(request):
            return await forwarder.to(_OWNER, request)
        asker = await asker_of(runtime, request)
        return await pages.page(request, "rekonsiliasi.html", **await reconciliation(archive, asker))

    return router


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """Of what nobody could place only the count: programs ask `GET /bpjs/unmatched`."""
    return {**told, "tidak_cocok": len(told["tidak_cocok"])}
