"""A case over HTTP: its status, its timeline, its documents."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from jejak.web.authorisation import CaseName, optional_actor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, file_of
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, is_own, own_case_read_model
from jejak.web.reading.case_status import case_status
from jejak.web.reading.related_cases import related_cases
from jejak.web.reading.schemas import CaseState, Timeline
from jejak.web.reading.timeline import timeline
from jejak.web.runtime import Runtime
from ledger.audit.trail_page import trail_page
from ledger.desk.citizen.citizen_page import case_page

type Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]

_SANDBOX = "default-src 'none'; sandbox"


def routes(runtime: Runtime, case_reader: CaseReader, pages: Pages) -> APIRouter:
    """Status, timeline and documents of a case."""
    router = APIRouter(tags=["berkas"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/cases/{case}",
        summary="Di mana berkas ini, di tangan siapa, sampai kapan",
        response_model=CaseState,
    )
    async def show(case: CaseName, request: Request, response: Response) -> CaseState | Response:
        if wants_page(request):
            return await case_page(case_reader, pages, case, request)
        case_view = await case_reader.open(case)
        actor = await optional_actor(runtime, request)
        own = is_own(case_view, actor)
        answer = case_status(case_view, own=own)
        if own and actor is not None:
            answer["berkas_lain"] = await related_cases(runtime, case_view, actor)
        response.headers["ETag"] = f'"{case_view.case.acted}"'
        return answer

    @router.get(
        "/cases/{case}/timeline",
        summary="Jejak berkas: tiap peristiwa, tiap langkah, tiap jam",
        response_model=Timeline,
    )
    async def trace(case: CaseName, request: Request, response: Response) -> Timeline | Response:
        if wants_page(request):
            return await trail_page(case_reader, pages, case, request)
        case_view = await case_reader.open(case)
        response.headers["ETag"] = f'"{case_view.case.acted}"'
        return timeline(case_view)

    @router.get(
        "/cases/{case}/documents/{sha256}",
        summary="Satu dokumen berkas, untuk pejabat kantornya",
        response_class=Response,
        responses=file_of("application/pdf", "image/jpeg", "image/png"),
    )
    async def document(
        case_view: Annotated[CaseReadModel, Depends(own_case_read_model(case_reader))], sha256: Digest
    ) -> Response:
        media_type, data = await runtime.fetch(case_view.opened, sha256)
        headers = {"Content-Security-Policy": _SANDBOX, "Cache-Control": "private, no-store"}
        return Response(data, media_type=media_type, headers=headers)

    return router
