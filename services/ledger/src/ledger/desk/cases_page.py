"""A case as the officials of its office see it in a browser, and the list of their cases."""

import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from jejak.cases.decision import Actor, may_withdraw
from jejak.contracts import events as e
from jejak.web.pages.layout import HTMX, Pages
from jejak.web.reading.beside import beside
from jejak.web.reading.dossier import Dossier, may_do
from jejak.web.reading.state import state
from jejak.web.reading.timeline import STATUS, timeline
from ledger.audit.findings import findings


async def official_page(pages: Pages, request: Request, dossier: Dossier, actor: Actor) -> HTMLResponse:
    """The page of `GET /cases/{case}` for an official whose own the case is (`is_own`)."""
    return await pages.page(
        request,
        "berkas_petugas.html",
        berkas=state(dossier, own=True),
        berkas_lain=await beside(pages.runtime, dossier, actor),
        jejak=timeline(dossier),
        kata_status=STATUS,
        boleh_tarik=may_withdraw(dossier.case),
        tugas_saya={one.slot for one in dossier.opened.due if may_do(dossier, actor, one)},
        **common(dossier),
    )


def common(dossier: Dossier) -> dict[str, Any]:
    """What the case's page and a task's page both show."""
    application = dossier.case.application
    known = application is not None and isinstance(application.people, e.People)
    return {
        "orang": application.people if known and application else None,
        "keperluan": application.purpose if application and isinstance(application.purpose, str) else None,
        "temuan": findings(dossier),
        "catatan": {
            one.version: note for one in dossier.history if isinstance(note := getattr(one.data, "note", None), str)
        },
        "zona": dossier.opened.office.zona,
    }


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
