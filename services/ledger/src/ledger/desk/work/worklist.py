"""What an official has to do: the due tasks of his post, urgent first, each with the limit it may wait for."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

import asyncpg
from fastapi import APIRouter, Path, Query, Request, Response

from jejak.cases.sentences import task_words
from jejak.contracts.tasks import TASKS
from jejak.platform import ids
from jejak.platform.errors import Missing
from jejak.procedure.kantor import Kantor
from jejak.procedure.meanings import put_off_words
from jejak.procedure.model import Sop
from jejak.web.askers import Asker, ByAsker
from jejak.web.described import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.timeline import instant
from jejak.web.receipts import NO_STORE
from jejak.web.runtime import Runtime
from ledger.desk.work.desk_page import SEVERAL, Waiting, desk_page, differing_of, limit_of, several_page
from ledger.desk.work.shapes import Parked, ParkedTask, SeveralTasks, WaitingTask, Worklist

_MOST: Final = 200
# As the store's own worklist, of the official's kelurahan; the case's edition stands beside, because posts are named by
# the sheet.
WORKLIST: Final = """
SELECT d.stream, d.slot, d.service, d.tugas, d.langkah, d.who, d.since, d.not_before, d.owner, d.kumpulan, d.urgent,
       s.sop
FROM es.due d JOIN es.stream s ON s.stream_no = d.stream_no
WHERE NOT d.automatic AND d.office = $1 AND d.who = ANY ($2::text[]) AND d.parked IS NULL
  AND ($4::text IS NULL OR es.entered_in(d.stream_no, $4))
ORDER BY d.urgent DESC, d.since LIMIT $3
"""
# A signature by pen is recorded by whom the office named for it.
_SIGNING: Final = ", ".join(f"'{verb}'" for verb, kind in TASKS.items() if kind.letters == "signs")
BY_PEN: Final = WORKLIST.replace("AND d.parked IS NULL", f"AND d.parked IS NULL AND d.tugas IN ({_SIGNING})")
# What the system could not do yet, because it waits on somebody outside: an official need not wait with it.
PUT_OFF: Final = """
SELECT d.stream, d.slot, d.service, d.tugas, d.langkah, d.who, d.since, d.not_before, d.owner, d.kumpulan, d.urgent,
       s.sop, d.deferred, d.retry_at
FROM es.due d JOIN es.stream s ON s.stream_no = d.stream_no
WHERE d.automatic AND d.deferred IS NOT NULL AND d.office = $1 AND d.who = ANY ($2::text[]) AND d.parked IS NULL
  AND ($4::text IS NULL OR es.entered_in(d.stream_no, $4))
ORDER BY d.urgent DESC, d.since LIMIT $3
"""
PARKED: Final = """
SELECT d.stream, d.slot, d.service, d.tugas, d.langkah, d.since, d.parked FROM es.due d
WHERE d.parked IS NOT NULL AND d.office = $1 AND ($2::text IS NULL OR es.entered_in(d.stream_no, $2)) ORDER BY d.since
"""


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`GET /worklist`, `/worklist/{verb}` and `/parked`, of the office of who asks."""
    router = APIRouter(tags=["pekerjaan"])

    @router.get(
        "/worklist",
        summary="Tugas yang menunggu pejabat ini",
        response_model=Worklist,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def worklist(
        asker: ByAsker, request: Request, limit: Annotated[int, Query(ge=1, le=1000)] = _MOST
    ) -> Worklist | Response:
        waiting = await _waiting(runtime, asker, WORKLIST, limit)
        put_off = [one.told for one in await _waiting(runtime, asker, PUT_OFF, limit)]
        if wants_page(request):
            parked = await _parked(runtime, asker)
            return await desk_page(pages, request, asker, waiting, put_off, parked)
        return {"pejabat": asker.actor.code, "tugas": [one.told for one in waiting], "ditunda": put_off}

    @router.get(
        "/worklist/{verb}",
        summary="Tugas sejenis untuk beberapa berkas, dikerjakan sekaligus",
        response_model=SeveralTasks,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def several(
        asker: ByAsker, request: Request, verb: Annotated[str, Path(max_length=40)]
    ) -> SeveralTasks | Response:
        if verb not in SEVERAL:
            raise Missing("tugas_tidak_dikenal", "Tugas itu tidak dikerjakan sekaligus. Buka satu per satu.")
        waiting = [one for one in await _waiting(runtime, asker, WORKLIST, _MOST) if one.row["tugas"] == verb]
        if wants_page(request):
            return await several_page(pages, request, asker, waiting, verb)
        differing = await differing_of(runtime, waiting)
        return {
            "pejabat": asker.actor.code,
            "tugas": [
                {**one.told, "berbeda_dari_permohonan": differing[one.row["stream"]]}
                for one in waiting
                if one.row["stream"] in differing
            ],
            "tidak_terbaca": differing.unread_rows,
            "kerjakan": f"/tasks/{verb}",
        }

    @router.get("/parked", summary="Tugas otomatis yang disisihkan karena gagal", dependencies=[NO_STORE])
    async def parked(asker: ByAsker) -> Parked:
        return {"disisihkan": await _parked(runtime, asker)}

    return router


async def _waiting(runtime: Runtime, asker: Asker, query: str, limit: int) -> list[Waiting]:
    """What is due for the asker's post, by the sheet of each case."""
    sops = {one: await runtime.books.sop(one) for one in await runtime.store.list_sops(asker.actor.office)}

    async def fetched(query: str, turns: Callable[[Sop], frozenset[str]]) -> list[Waiting]:
        who = sorted({code for sop in sops.values() for code in turns(sop)})
        rows = await runtime.store.pool.fetch(query, asker.actor.office, who, limit, asker.official.wilayah)
        mine = ((row, sops[row["sop"]]) for row in rows if row["who"] in turns(sops[row["sop"]]))
        return [Waiting(dict(row), sop, _task(asker.office, sop, row, asker.now)) for row, sop in mine]

    found = await fetched(query, lambda sop: _turns(sop, asker.actor.post))
    if query is WORKLIST and asker.office.records_signature(asker.actor.post):
        own = {(one.row["stream"], one.row["slot"]) for one in found}
        signs = await fetched(BY_PEN, lambda sop: frozenset(sop.pelaksana))
        found += [one for one in signs if (one.row["stream"], one.row["slot"]) not in own]
    return found


async def _parked(runtime: Runtime, asker: Asker) -> list[ParkedTask]:
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


def _turns(sop: Sop, post: str) -> frozenset[str]:
    """The columns of a sheet whose turn a post takes: its own, and those it records for."""
    return frozenset(
        code for code, one in sop.pelaksana.items() if post in one.jabatan or post in sop.posts_recording(code)
    )


def _task(office: Kantor, sop: Sop, row: asyncpg.Record, now: datetime) -> WaitingTask:
    limit = limit_of(office, dict(row))
    told: WaitingTask = {
        "berkas": str(row["stream"]),
        "kode": ids.case_code(row["stream"]),
        "slot": row["slot"],
        "langkah": row["langkah"],
        "kegiatan": sop.step(row["slot"], row["langkah"]).kegiatan,
        "tugas": row["tugas"],
        "nama_tugas": task_words(row["tugas"]),
        "pelaksana": row["who"],
        "pihak": row["owner"],
        "sejak": instant(row["since"], office.zona),
        "batas_tunggu": instant(limit, office.zona) if limit else None,
        "terlambat": limit is not None and limit < now,
        "tidak_sebelum": row["not_before"].isoformat() if row["not_before"] else None,
        "mendesak": row["urgent"],
        "kerjakan": f"/cases/{row['stream']}/tasks/{row['tugas']}?slot={row['slot']}",
        "lihat": f"/cases/{row['stream']}",
    }
    if "deferred" in row:
        told["sebab"] = row["deferred"]
        told["coba_lagi"] = instant(row["retry_at"], office.zona) if row["retry_at"] else None
        told["kata"] = put_off_words(row["deferred"])
    return told
