"""The BPJS desk in a browser: cases with BPJS, answers, unmatched answers; and the day's reconciliation."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from bpjs_sync.answers.importing import works_here
from bpjs_sync.answers.unmatched_store import COUNT
from bpjs_sync.batches.api import own_office
from bpjs_sync.cursors import cursor_of, place_of
from bpjs_sync.pages.desk import SHOWN, desk_of, reconciliation, unmatched_lines
from bpjs_sync.pages.schemas import DeskAnswer
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime

MOST = 500
"""Lines on one page."""
_FIRST_UNMATCHED = 5
"""Unmatched answers on the desk itself; the others have pages of their own."""


@dataclass(frozen=True, slots=True)
class DeskPages:
    """The pages of the BPJS desk."""

    reader: CaseReader
    pages: Pages

    @classmethod
    def of(cls, runtime: Runtime) -> "DeskPages":
        return cls(CaseReader.of(runtime), Pages(runtime, __package__))

    async def desk(self, request: Request, requester: Requester, limit: int) -> DeskAnswer | Response:
        """`GET /bpjs`; programs get the same as JSON."""
        own_office(requester, "Meja BPJS")
        shown = await desk_of(self.reader, requester, limit)
        if not wants_page(request):
            return shown
        values: dict[str, Any] = {**shown, "bekerja": await works_here(self.reader.runtime, requester.actor)}
        values["perlu_dilihat"], _ = await unmatched_lines(self.reader, requester, _FIRST_UNMATCHED)
        return await self.pages.page(request, "bpjs.html", **values)

    async def unmatched(self, request: Request, requester: Requester, limit: int, cursor: str | None) -> Response:
        """`GET /bpjs/unmatched` in a browser."""
        office, runtime = own_office(requester, "Meja BPJS").kode, self.reader.runtime
        lines, after = await unmatched_lines(self.reader, requester, limit, place_of(cursor))
        onward = urlencode({"limit": limit, "cursor": cursor_of(after)}) if after else None
        values: dict[str, Any] = {
            "jumlah": await runtime.store.pool.fetchval(COUNT, office),
            "perlu_dilihat": lines,
            "berikut": f"/bpjs/unmatched?{onward}" if onward else None,
            "awal": "/bpjs/unmatched" if cursor else None,
            "bekerja": await works_here(runtime, requester.actor),
        }
        return await self.pages.page(request, "bpjs_tidak_cocok.html", **values)

    async def reconciliation(self, request: Request, requester: Requester) -> Response:
        """`GET /bpjs/reconciliation` in a browser."""
        return await self.pages.page(request, "rekonsiliasi.html", **await reconciliation(self.reader, requester))


def routes(pages: DeskPages) -> APIRouter:
    """`GET /bpjs`."""
    router = APIRouter(tags=["bpjs"])

    @router.get(
        "/bpjs",
        summary="Meja BPJS: yang di luar, yang masuk, yang perlu dilihat orang",
        response_model=DeskAnswer,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def show(
        request: Request, requester: ByRequester, limit: Annotated[int, Query(ge=1, le=MOST)] = SHOWN
    ) -> DeskAnswer | Response:
        return await pages.desk(request, requester, limit)

    return router
