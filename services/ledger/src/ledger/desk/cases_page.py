"""A case as the officials of its office see it in a browser, and the list of their cases."""

import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from jejak.cases.decision import Actor, may_withdraw
from jejak.web.pages.case_parts import case_parts
from jejak.web.pages.layout import HTMX, Pages
from jejak.web.reading.case_read_model import CaseReadModel, may_do
from jejak.web.reading.case_status import case_status
from jejak.web.reading.related_cases import related_cases
from jejak.web.reading.timeline import STATUS, timeline


async def official_page(pages: Pages, request: Request, case_view: CaseReadModel, actor: Actor) -> HTMLResponse:
    """The page of `GET /cases/{case}` for an official whose own the case is (`is_own`)."""
    return await pages.page(
        request,
        "berkas_petugas.html",
        berkas=case_status(case_view, own=True),
        berkas_lain=await related_cases(pages.runtime, case_view, actor),
        jejak=timeline(case_view),
        kata_status=STATUS,
        boleh_tarik=may_withdraw(case_view.case),
        tugas_saya={one.slot for one in case_view.opened.due if may_do(case_view, actor, one)},
        **case_parts(case_view),
    )


async def list_page(
    pages: Pages, request: Request, told: Mapping[str, Any], limit: int, last: uuid.UUID | None
) -> HTMLResponse:
    """The page of `GET /cases`; `told` is its answer, `last` its last case where there may be more."""
    onward = f"/cases?limit={limit}&sesudah={last}" if last else None
    return await pages.page(
        request,
        "daftar_berkas.html",
        script=HTMX,
        **told,
        kata_status=STATUS,
        lanjut=onward,
        lanjutan="sesudah" in request.query_params,
    )
