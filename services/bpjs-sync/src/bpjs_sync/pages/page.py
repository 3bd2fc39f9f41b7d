"""The BPJS desk in a browser: what is out, what came in, what nobody could place; and the day's reconciliation."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from bpjs_sync.pages.desk import SHOWN, desk, reconciliation, see_all, unmatched, works
from jejak.web.askers import asker_of
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.dossier import Archive
from jejak.web.runtime import Runtime

_MOST = 500


@dataclass(frozen=True, slots=True)
class DeskPages:
    """Each page for the official who asks."""

    archive: Archive
    pages: Pages

    @classmethod
    def of(cls, runtime: Runtime) -> "DeskPages":
        return cls(Archive.of(runtime), Pages(runtime, __package__))

    async def desk(self, request: Request, limit: int) -> Response:
        """`GET /bpjs`; programs get the same as JSON."""
        asker = await asker_of(self.archive.runtime, request)
        see_all(asker)
        told = await desk(self.archive, asker, limit)
        if not wants_page(request):
            return JSONResponse(_plain(told), headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"})
        return await self.pages.page(request, "bpjs.html", bekerja=await works(self.archive, asker), **told)

    async def unmatched(self, request: Request) -> Response:
        """`GET /bpjs/unmatched` in a browser."""
        asker = await asker_of(self.archive.runtime, request)
        see_all(asker)
        values: dict[str, Any] = {
            "tidak_cocok": await unmatched(self.archive, asker),
            "bekerja": await works(self.archive, asker),
        }
        return await self.pages.page(request, "bpjs_tidak_cocok.html", **values)

    async def reconciliation(self, request: Request) -> Response:
        """`GET /bpjs/reconciliation` in a browser."""
        asker = await asker_of(self.archive.runtime, request)
        return await self.pages.page(request, "rekonsiliasi.html", **await reconciliation(self.archive, asker))


def routes(pages: DeskPages) -> APIRouter:
    """`GET /bpjs`."""
    router = APIRouter(tags=["bpjs"])

    @router.get("/bpjs", summary="Meja BPJS: yang di luar, yang masuk, yang perlu dilihat orang")
    async def show(request: Request, limit: Annotated[int, Query(ge=1, le=_MOST)] = SHOWN) -> Response:
        return await pages.desk(request, limit)

    return router


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """Of what nobody could place only the count: programs ask `GET /bpjs/unmatched`."""
    return {**told, "tidak_cocok": len(told["tidak_cocok"])}
