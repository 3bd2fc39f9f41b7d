"""A case as the officials of its office see it in a browser, and the list of their cases."""

import uuid
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from jejak.cases.decision import Actor, acting
from jejak.cases.engine import Due
from jejak.contracts import events as e
from jejak.platform.errors import NotYours
from jejak.web.pages.layout import HTMX, Pages
from ledger.audit.findings import findings
from ledger.audit.timeline import timeline
from ledger.desk.beside import beside
from ledger.desk.dossier import Dossier
from ledger.desk.state import state

STATUS: Mapping[str, str] = {
    "berjalan": "berjalan",
    "selesai": "SOP selesai",
    "tolak": "ditolak",
    "kembalikan": "dikembalikan",
    "ditarik": "ditarik pemohon",
    "aktif": "kartu aktif",
    "nonaktif": "kepesertaan berakhir",
}
"""How a case stands, in words."""


async def official_page(pages: Pages, request: Request, dossier: Dossier, actor: Actor) -> HTMLResponse:
    """The page of `GET /cases/{case}` for an official whose own the case is (`is_own`)."""
    return await pages.page(
        request,
        "berkas_petugas.html",
        berkas=state(dossier, own=True),
        berkas_lain=await beside(pages.runtime, dossier, actor),
        jejak=timeline(dossier),
        kata_status=STATUS,
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


def may_do(dossier: Dossier, actor: Actor, due: Due) -> bool:
    """Whether the task is this official's to do, or to record."""
    try:
        acting(dossier.opened, actor, due, None)
    except NotYours:
        return False
    return True


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
