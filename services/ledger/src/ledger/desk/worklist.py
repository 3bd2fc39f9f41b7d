"""What an official has to do: the due tasks of his post, urgent first, each with the limit it may wait for."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from jejak.platform import ids
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.waiting_tasks import COLUMNS, WORKLIST, waiting_tasks
from jejak.web.runtime import Runtime
from ledger.desk.work.desk_page import desk_page
from ledger.desk.work.schemas import Parked, ParkedTask, Worklist

_MOST: Final = 200
# What the system could not do yet, because it waits on somebody outside: an official need not wait with it.
PUT_OFF: Final = f"""
SELECT {COLUMNS}, d.deferred, d.retry_at
FROM es.due d JOIN es.stream s ON s.stream_no = d.stream_no
WHERE d.automatic AND d.deferred IS NOT NULL AND d.office = $1 AND d.who = ANY ($2::text[]) AND d.parked IS NULL
  AND ($4::text IS NULL OR es.entered_in(d.stream_no, $4))
ORDER BY d.urgent DESC, d.since LIMIT $3
"""  # noqa: S608 - column names only
PARKED: Final = """
SELECT d.stream, d.slot, d.service, d.tugas, d.langkah, d.since, d.parked FROM es.due d
WHERE d.parked IS NOT NULL AND d.office = $1 AND ($2::text IS NULL OR es.entered_in(d.stream_no, $2)) ORDER BY d.since
"""


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`GET /worklist` and `/parked`, of the office of who asks."""
    router = APIRouter(tags=["pekerjaan"])

    @router.get(
        "/worklist",
        summary="Tugas yang menunggu pejabat ini",
        response_model=Worklist,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def worklist(
        asker: ByRequester, request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = _MOST
    ) -> Worklist | Response:
        waiting = await waiting_tasks(runtime, asker, WORKLIST, limit, by_pen=True)
        put_off = [one.task for one in await waiting_tasks(runtime, asker, PUT_OFF, limit)]
        if wants_page(request):
            parked = await _parked(runtime, asker)
            return await desk_page(pages, request, asker, waiting, put_off, parked)
        return {"pejabat": asker.actor.code, "tugas": [one.task for one in waiting], "ditunda": put_off}

    @router.get("/parked", summary="Tugas otomatis yang disisihkan karena gagal", dependencies=[NO_STORE])
    async def parked(asker: ByRequester) -> Parked:
        return {"disisihkan": await _parked(runtime, asker)}

    return router


async def _parked(runtime: Runtime, asker: Requester) -> list[ParkedTask]:
    """What the system set aside in this office, the longest first."""
    rows = await runtime.store.pool.fetch(PARKED, asker.actor.office, asker.official.wilayah)
    return [
        {
            "berkas": str(row["stream"]),
            "kode": ids.case_code(row["stream"]),
            "slot": row["slot"],
            "langkah": row["langkah"],
            "tugas": row["tugas"],
            "layanan": row["service"],
            "sejak": row["since"].isoformat(),
            "sebab": row["parked"],
        }
        for row in rows
    ]
