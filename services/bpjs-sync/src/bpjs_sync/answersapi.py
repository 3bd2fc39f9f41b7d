"""Answers over HTTP: a file of them, and what BPJS has not yet done."""

from itertools import batched
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from bpjs_sync import api
from bpjs_sync.batchapi import asker_of
from bpjs_sync.importing import Imported, Importer
from bpjs_sync.pages.page import DeskPages
from bpjs_sync.unsettled import ASKED, OPEN, is_his, open_line
from jejak.cases.decision import Asked, Receipt
from jejak.platform import ids
from jejak.platform.errors import Malformed
from jejak.procedure.kantor import Kantor, Official
from jejak.tables.reading import ReadingError
from jejak.web.acts import Body
from jejak.web.bodies import UPLOAD_BYTES, form_of, may_send
from jejak.web.described import body_of
from jejak.web.pages.layout import wants_page
from jejak.web.runtime import Runtime
from jejak.web.together import VALUES, Cases, Member, acting_with, each

_AT_ONCE: Final = 100
_REPORTED: Final = 2_000
"""Rows that a report tells of."""

type Detailed = Annotated[Literal["ya"] | None, Query(description="Sertakan laporan per baris")]


class Reconciliation(Body):
    """The Kabid's word on every case he saw listed."""

    berkas: Cases


def routes(runtime: Runtime, pages: DeskPages) -> APIRouter:
    """`/bpjs/…`: for officials of the office."""
    router = APIRouter(tags=["bpjs"])
    importer = Importer(runtime)

    @router.post("/bpjs/answers", summary="Muat berkas jawaban BPJS (CSV atau XLSX)")
    async def answers(request: Request, rinci: Detailed = None) -> JSONResponse:
        actor = runtime.door.actor(request)
        may_send(request, UPLOAD_BYTES)
        try:
            done = await importer.load(actor, await _file_of(request))
        except ReadingError as error:
            raise Malformed("berkas_tidak_terbaca", str(error)) from None
        counts = {"baris": done.rows, "diterapkan": done.applied, "perlu_dilihat": done.unplaced}
        told = {"laporan": _report(done)} if rinci else {}
        return JSONResponse({"id": str(done.id), **counts, "ulangan": done.again, **told})

    @router.get(
        "/bpjs/reconciliation", summary="Yang sudah dikirim dan belum aktif (atau belum berakhir), dengan umurnya"
    )
    async def reconciliation(request: Request, office: str | None = None) -> Response:
        if wants_page(request):
            return await pages.reconciliation(request)
        mine = office or runtime.door.actor(request).office
        return JSONResponse(await _reconciliation(runtime, *await asker_of(runtime, request, mine)))

    @router.post(
        "/bpjs/reconciliation",
        summary="Rekonsiliasi untuk semua berkas yang disebut, sekaligus",
        openapi_extra=body_of(Reconciliation),
    )
    async def reconcile(request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Reconciliation, files=True, values=VALUES)
        await asker_of(runtime, request, asked.actor.office)
        command = api.COMMANDS["reconcile"]

        async def finish(one: Asked, member: Member, share: int) -> Receipt:
            act = acting_with(runtime, command, one, body, files, member, share)
            return await runtime.desk.perform(one, member.case, "reconcile", act, occurred_at=body.waktu_kejadian)

        return await each(asked, [Member(case, None) for case in dict.fromkeys(body.berkas)], finish)

    return router


def _report(done: Imported) -> list[dict[str, Any]]:
    """What became of each row, in the order of the file."""
    put: list[dict[str, Any]] = [
        {"baris": one.row, "hasil": "diterapkan", "berkas": str(case), "kode": ids.case_code(case), "sebab": one.says}
        for one, case in done.put
    ]
    kept: list[dict[str, Any]] = [
        {
            "baris": one.row,
            "hasil": "perlu_dilihat",
            "berkas": str(one.case) if one.case else None,
            "kode": ids.case_code(one.case) if one.case else None,
            "sebab": one.why,
        }
        for one in done.kept
    ]
    return sorted([*put, *kept], key=lambda one: int(one["baris"]))[:_REPORTED]


async def _file_of(request: Request) -> bytes:
    """The file as the body itself, or as the one file of a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    wrong = Malformed("satu_berkas", "Sertakan tepat satu berkas jawaban.")
    form = await form_of(request, wrong, max_files=1, max_fields=2)
    parts = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
    if len(parts) != 1:
        raise wrong
    return await parts[0].read()


async def _reconciliation(runtime: Runtime, kantor: Kantor, official: Official) -> dict[str, Any]:
    """What was sent and is neither as asked (active, or ended) nor refused: of his area, the longest first."""
    now = await runtime.store.now()
    today = kantor.calendar.local_date(now)
    waits = {row["stream"]: row["tugas"] for row in await runtime.store.pool.fetch(OPEN, kantor.kode, ASKED)}
    found: list[dict[str, Any]] = []
    unread: list[dict[str, Any]] = []
    for chunk in batched(waits, _AT_ONCE, strict=False):
        cases = await runtime.desk.open_all(chunk)
        unread += cases.unread_rows if official.wilayah is None else []
        for case, opened in cases.items():
            if is_his(official, opened) and (line := open_line(kantor, opened, today)) is not None:
                found.append({**line, "menunggu": waits[case]})
    found.sort(key=lambda one: str(one["dikirim"]))
    return {
        "kantor": kantor.kode,
        "per": today.isoformat(),
        "jumlah": len(found),
        "berkas": found,
        "tidak_terbaca": unread,
    }
