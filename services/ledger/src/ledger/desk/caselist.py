"""The cases of an office, newest first; an official of a kelurahan sees only those entered there.

Each shows its status, who holds it, and what last sent it back or ended it, so that it need not be opened to know why.
"""

import uuid
from typing import Annotated, Final, TypedDict

from fastapi import APIRouter, Query, Request, Response

from jejak.cases.unreadable import UnreadRow
from jejak.procedure.task_words import task_words
from jejak.web.authorisation import ByRequester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import HTMX, Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel
from jejak.web.reading.schemas import When
from jejak.web.reading.sent_back import SentBack, sent_back
from jejak.web.reading.timeline import STATUS, status_of, when
from jejak.web.runtime import Runtime

_MOST: Final = 200
_LISTED: Final = 50
_SHOWN: Final = 25
"""Cases on a page: as many as are looked through on a phone."""
# The kelurahan is looked up case by case, newest first, until the page is full.
CASES: Final = """
SELECT s.key FROM es.stream s
WHERE s.office = $1 AND s.kind = 'case' AND ($3::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($3::text[]) AS a (area) WHERE es.entered_in(s.stream_no, a.area)))
  AND ($4::uuid IS NULL OR s.stream_no < (SELECT stream_no FROM es.stream WHERE key = $4))
ORDER BY s.stream_no DESC LIMIT $2
"""


class ListedTask(TypedDict):
    """A task that a listed case waits for."""

    tugas: str
    nama_tugas: str
    nama_pelaksana: str
    sejak: When | None


class ListedCase(TypedDict):
    """A case in a few words."""

    berkas: str
    kode: str
    diajukan_di: str | None
    diterima: When | None
    status: str
    kembali: SentBack | None
    menunggu: list[ListedTask]
    lihat: str


class CaseList(TypedDict):
    """Cases of an office or a kelurahan, the newest first."""

    wilayah: str
    berkas: list[ListedCase]
    tidak_terbaca: list[UnreadRow]


def routes(runtime: Runtime, case_reader: CaseReader, pages: Pages) -> APIRouter:
    """`GET /cases`, of the requester's office or kelurahan."""
    router = APIRouter(tags=["berkas"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/cases",
        summary="Berkas kantor ini, atau kelurahan ini: di mana, dan mengapa kembali",
        response_model=CaseList,
    )
    async def cases(
        requester: ByRequester,
        request: Request,
        limit: Annotated[int | None, Query(ge=1, le=_MOST, description=f"Tanpa ini {_LISTED}")] = None,
        sesudah: Annotated[uuid.UUID | None, Query(description="Nomor berkas terakhir dari halaman sebelumnya")] = None,
    ) -> CaseList | Response:
        actor, official, *_ = requester
        limit = limit or (_SHOWN if wants_page(request) else _LISTED)
        rows = await runtime.store.pool.fetch(CASES, actor.office, limit, requester.areas, sesudah)
        opened = await case_reader.open_all([row["key"] for row in rows])
        answer: CaseList = {
            "wilayah": official.wilayah or actor.office,
            "berkas": [listed_case(case_view) for case_view in opened.values()],
            "tidak_terbaca": opened.unread_rows,
        }
        if not wants_page(request):
            return answer
        return await pages.page(
            request,
            "daftar_berkas.html",
            script=HTMX,
            **answer,
            kata_status=STATUS,
            lanjut=f"/cases?limit={limit}&sesudah={rows[-1]['key']}" if len(rows) == limit else None,
            lanjutan="sesudah" in request.query_params,
        )

    return router


def listed_case(case_view: CaseReadModel) -> ListedCase:
    """A case in a few words."""
    opened, case = case_view.opened, case_view.case
    return {
        "berkas": str(case.id),
        "kode": case_view.code,
        "diajukan_di": case.application.entry_office if case.application else None,
        "diterima": when(case_view, case.application.received_at if case.application else None),
        "status": status_of(case_view),
        "kembali": sent_back(case_view),
        "menunggu": [
            {
                "tugas": due.tugas,
                "nama_tugas": task_words(opened.sop, due.task, due.tugas),
                "nama_pelaksana": opened.sop.pelaksana[due.who].nama,
                "sejak": when(case_view, due.since),
            }
            for due in opened.due
        ],
        "lihat": f"/cases/{case.id}",
    }
