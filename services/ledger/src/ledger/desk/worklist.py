"""What an official has to do: the due tasks of the post, urgent ones first, each with the limit it may wait for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypedDict

from fastapi import APIRouter, Query, Request, Response

from jejak.contracts.tasks import SEVERAL
from jejak.platform import ids
from jejak.procedure.office.vacancies import told_to_head
from jejak.procedure.task_words import task_name
from jejak.timekeeping.printed.words import instant_words
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import HTMX, Pages, wants_page
from jejak.web.reading.waiting_tasks import (
    COLUMNS,
    WORKLIST,
    WaitingRow,
    WaitingTask,
    most_urgent_first,
    names_and_starts,
    waiting_tasks,
)
from jejak.web.runtime import Runtime

_MOST: Final = 200
_SHOWN: Final = 50
"""Tasks on a page."""
# What the system could not do yet because it waits on another party; an official may do it by hand.
PUT_OFF: Final = f"""
SELECT {COLUMNS}, d.deferred, d.retry_at
FROM es.due d JOIN es.stream s ON s.stream_no = d.stream_no
WHERE d.automatic AND d.deferred IS NOT NULL AND d.office = $1 AND d.who = ANY ($2::text[]) AND d.parked IS NULL
  AND ($4::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($4::text[]) AS a (area) WHERE es.entered_in(d.stream_no, a.area)))
ORDER BY d.urgent DESC, d.since LIMIT $3
"""  # noqa: S608 - column names only
PARKED: Final = """
SELECT d.stream, d.slot, d.service, d.tugas, d.langkah, d.since, d.parked FROM es.due d
WHERE d.parked IS NOT NULL AND d.office = $1 AND ($2::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($2::text[]) AS a (area) WHERE es.entered_in(d.stream_no, a.area))) ORDER BY d.since
"""


class Worklist(TypedDict):
    """What waits for an official, and what the system could not do yet."""

    pejabat: str
    tugas: list[WaitingTask]
    ditunda: list[WaitingTask]
    jabatan_kosong: list[str]
    """Posts that nobody holds, or will soon; for the head of the office."""


class ParkedTask(TypedDict):
    """An automatic task that failed again and again."""

    berkas: str
    kode: str
    slot: str
    langkah: str
    tugas: str
    layanan: str
    sejak: str
    sebab: str


class Parked(TypedDict):
    """All parked tasks of an office, the oldest first."""

    disisihkan: list[ParkedTask]


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`GET /worklist` and `/parked`, of the requester's office."""
    router = APIRouter(tags=["pekerjaan"], dependencies=[NO_STORE])

    @router.get("/worklist", summary="Tugas yang menunggu pejabat ini", response_model=Worklist, responses=PAGE)
    async def worklist(
        requester: ByRequester, request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = _MOST
    ) -> Worklist | Response:
        waiting = await waiting_tasks(runtime, requester, WORKLIST, limit, by_pen=True)
        put_off = [row.task for row in await waiting_tasks(runtime, requester, PUT_OFF, limit)]
        if wants_page(request):
            return await _page(pages, request, requester, waiting, put_off)
        tasks = [row.task for row in waiting]
        return {
            "pejabat": requester.actor.code,
            "tugas": tasks,
            "ditunda": put_off,
            "jabatan_kosong": _vacant(requester),
        }

    @router.get("/parked", summary="Tugas otomatis yang disisihkan karena gagal")
    async def parked(requester: ByRequester) -> Parked:
        return {"disisihkan": await _parked(runtime, requester)}

    return router


def _vacant(requester: Requester) -> list[str]:
    """The sentences about vacant posts for the office's head; none for a province, which works by no sheets."""
    office = requester.office
    return (
        [] if office.provinsi else told_to_head(office, requester.official, office.calendar.local_date(requester.now))
    )


async def _parked(runtime: Runtime, requester: Requester) -> list[ParkedTask]:
    """The parked tasks of the requester's office or kelurahan, the oldest first."""
    rows = await runtime.store.pool.fetch(PARKED, requester.actor.office, requester.areas)
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


async def _page(
    pages: Pages, request: Request, requester: Requester, waiting: Sequence[WaitingRow], put_off: Sequence[WaitingTask]
) -> Response:
    """The desk in a browser: tasks by urgency with their starts, those that can be done in bulk, put off and parked."""
    zone, query = requester.office.zona, request.query_params
    ordered = most_urgent_first(requester.office, waiting)
    shown = ordered[: max(_SHOWN, int(query.get("limit", "0")))]
    starts = await names_and_starts(pages.runtime, requester, [row for row, _ in shown])
    tasks: list[dict[str, Any]] = [
        {
            **row.task,
            **starts.get((row.row["stream"], row.row["slot"]), {}),
            "batas": instant_words(until, zone) if until else None,
            "lewat": until is not None and until < requester.now,
        }
        for row, until in shown
    ]
    parked = await _parked(pages.runtime, requester)
    return await pages.page(
        request,
        "meja.html",
        script=HTMX,
        alamat="/worklist" + (f"?limit={len(shown)}" if len(shown) > _SHOWN else ""),
        tugas=tasks,
        lagi=len(ordered) - len(shown),
        ditunda=put_off,
        jabatan_kosong=_vacant(requester),
        disisihkan=[task | {"sejak": instant_words(datetime.fromisoformat(task["sejak"]), zone)} for task in parked],
        nama_tugas=task_name,
        sekaligus={verb: n for verb in SEVERAL if (n := sum(task["tugas"] == verb for task in tasks)) > 1},
        tersimpan=_code(query.get("tersimpan", "")),
    )


def _code(text: str) -> str | None:
    """A case's code in an address; None for any other text."""
    return text if len(text) <= 14 and text.replace("-", "").isalnum() and text.isascii() else None  # noqa: PLR2004
