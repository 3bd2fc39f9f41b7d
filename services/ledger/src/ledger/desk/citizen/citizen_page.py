"""The pages of a case for whoever has its code: where it stands, and why it was refused."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response

from jejak.platform.errors import Problem, Refused
from jejak.web.authorisation import CaseName, optional_actor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, is_own
from jejak.web.runtime import Runtime
from ledger.desk.cases_page import official_page
from ledger.desk.citizen.citizen_status import Refusal, citizen_page, refusal
from ledger.desk.query import CasePage

_UNKNOWN: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


def routes(archive: CaseReader, pages: Pages) -> APIRouter:
    """`GET /cases/{code}/penolakan`."""
    router = APIRouter(tags=["cetakan"])

    @router.get(
        "/cases/{case}/penolakan",
        summary="Alasan penolakan atau pengembalian, untuk dicetak",
        response_model=Refusal,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def why(case: CaseName, request: Request) -> Refusal | Response:
        case_view = await archive.open(case)
        told = refusal(case_view)
        if told is None:
            raise Refused("tidak_ditolak", "Berkas ini tidak ditolak dan tidak dikembalikan.")
        if wants_page(request):
            return await pages.page(request, "penolakan.html", **told)
        return told

    return router


def of_case(runtime: Runtime, archive: CaseReader, pages: Pages) -> CasePage:
    """`GET /cases/{case}` for a browser: an official's own case as he works on it, anybody else where it stands."""

    async def show(case: str, request: Request) -> Response:
        try:
            case_view = await archive.open(case)
        except Problem as problem:
            if problem.status not in _UNKNOWN:
                raise
            return await pages.page(request, "kode_tidak_dikenal.html", HTTPStatus.NOT_FOUND)
        actor = optional_actor(runtime, request)
        if actor is not None and is_own(case_view, actor):
            return await official_page(pages, request, case_view, actor)
        return await pages.page(request, "lacak.html", **citizen_page(case_view))

    return show
