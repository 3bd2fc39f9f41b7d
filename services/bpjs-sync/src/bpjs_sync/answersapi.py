"""Answers over HTTP: a file of them, the rows that wait for a person, and what BPJS has not yet done."""

import asyncio
import json
import tempfile
import uuid
from datetime import date
from itertools import batched
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from bpjs_sync import api
from bpjs_sync.answers import from_raw, ranges
from bpjs_sync.batchapi import own_office
from bpjs_sync.importing import Importer
from jejak import ids
from jejak.acts import Body
from jejak.cells import BadValueError
from jejak.contracts import events as e
from jejak.decision import Asked, Opened, Receipt
from jejak.refusal import Malformed, Missing, Refused
from jejak.runtime import Runtime
from jejak.sop.kantor import Kantor
from jejak.tables import ReadingError
from jejak.together import Cases, Member, acting_with, each
from jejak.web import form_of, parsed

_UNPLACED: Final = """
SELECT u.id, u.row_no, u.reason, u."case", u.sealed, u.kept_at, f.id AS file_id, f.wrapped_key, f.sha256, f.imported_by
FROM bpjs.unplaced u JOIN bpjs.answer_file f ON f.no = u.file_no
WHERE u.office = $1 AND u.resolved_at IS NULL AND ($2::uuid IS NULL OR u.id = $2) ORDER BY u.kept_at, u.row_no LIMIT 500
"""
_ASKED: Final = ["await_reply", "confirm_status", "reconcile", "receive_card", "complete"]
_OPEN: Final = """
SELECT stream, array_agg(tugas ORDER BY slot) AS tugas FROM es.due WHERE office = $1 AND tugas = ANY ($2::text[])
GROUP BY stream ORDER BY min(since)
"""
_AT_ONCE: Final = 100


class Resolution(BaseModel):
    """Which case the row is about (number or code), or with what reason it is set aside."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    berkas: str | None = Field(default=None, max_length=40)
    kesampingkan: e.Text | None = None


class Reconciliation(Body):
    """The Kabid's word on every case he saw listed."""

    berkas: Cases


def routes(runtime: Runtime) -> APIRouter:
    """`/bpjs/…`: for officials of the office."""
    router = APIRouter(tags=["bpjs"])
    importer = Importer(runtime)

    @router.post("/bpjs/answers", summary="Muat berkas jawaban BPJS (CSV atau XLSX)")
    async def answers(request: Request) -> JSONResponse:
        actor = runtime.door.actor(request)
        data = await _file_of(request)
        with tempfile.TemporaryDirectory(prefix="jejak-jawaban-") as folder:
            path = Path(folder) / "jawaban"
            await asyncio.to_thread(path.write_bytes, data)
            try:
                done = await importer.load(actor, path)
            except ReadingError as error:
                raise Malformed("berkas_tidak_terbaca", str(error)) from None
        counts = {"baris": done.rows, "diterapkan": done.applied, "perlu_dilihat": done.unplaced}
        return JSONResponse({"id": str(done.id), **counts, "ulangan": done.again})

    @router.get("/bpjs/unmatched", summary="Baris jawaban yang belum dapat ditempatkan")
    async def unmatched(request: Request, office: str | None = None) -> JSONResponse:
        mine = office or runtime.door.actor(request).office
        await own_office(runtime, request, mine)
        rows = await runtime.store.pool.fetch(_UNPLACED, mine, None)
        return JSONResponse({"baris": [_shown(importer, row) for row in rows]})

    @router.post("/bpjs/unmatched/{row}", summary="Tempatkan satu baris pada berkasnya, atau kesampingkan")
    async def resolve(row: uuid.UUID, request: Request) -> JSONResponse:
        raw = await request.body()
        body = parsed(Resolution, raw)
        return await _resolve(importer, runtime.door.asked(request, raw), request, row, body)

    @router.get(
        "/bpjs/reconciliation", summary="Yang sudah dikirim dan belum aktif (atau belum berakhir), dengan umurnya"
    )
    async def reconciliation(request: Request, office: str | None = None) -> JSONResponse:
        mine = office or runtime.door.actor(request).office
        kantor = await own_office(runtime, request, mine)
        return JSONResponse(await _reconciliation(runtime, kantor))

    @router.post("/bpjs/reconciliation", summary="Rekonsiliasi untuk semua berkas yang disebut, sekaligus")
    async def reconcile(request: Request) -> JSONResponse:
        body, files, raw = await form_of(request, Reconciliation)
        asked = runtime.door.asked(request, raw)
        await own_office(runtime, request, asked.actor.office)
        command = api.COMMANDS["reconcile"]

        async def finish(one: Asked, member: Member, share: int) -> Receipt:
            act = acting_with(runtime, command, one, body, files, member, share)
            return await runtime.desk.perform(one, member.case, "reconcile", act, occurred_at=body.waktu_kejadian)

        return await each(asked, [Member(case, None) for case in dict.fromkeys(body.berkas)], finish)

    return router


async def _file_of(request: Request) -> bytes:
    """The file as the body itself, or as the one file of a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    parts = [part for _, part in (await request.form(max_files=1)).multi_items() if isinstance(part, UploadFile)]
    if len(parts) != 1:
        raise Malformed("satu_berkas", "Sertakan tepat satu berkas jawaban.")
    return await parts[0].read()


def _shown(importer: Importer, row: Any) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "baris": row["row_no"],
        "sebab": row["reason"],
        "berkas": str(row["case"]) if row["case"] else None,
        "isi": json.loads(importer.opened_row(row)),
        "dimuat": row["kept_at"].isoformat(),
        "oleh": row["imported_by"],
    }


async def _resolve(
    importer: Importer, asked: Asked, request: Request, row_id: uuid.UUID, body: Resolution
) -> JSONResponse:
    """An official says whose row it is, or that it is nobody's. Refused when the case cannot be answered so."""
    runtime, actor = importer.runtime, asked.actor
    await own_office(runtime, request, actor.office)
    if (body.berkas is None) == (body.kesampingkan is None):
        raise Malformed("pilih_satu", "Sebutkan berkas yang dimaksud, atau alasan mengesampingkan baris ini.")
    row = await runtime.store.pool.fetchrow(_UNPLACED, actor.office, row_id)
    if row is None:
        raise Missing("baris_tidak_ada", "Baris itu tidak ada, atau sudah diselesaikan.")
    case = None
    if body.berkas is not None:
        case = await _named(runtime, body.berkas)
        try:
            answer = from_raw(row["row_no"], json.loads(importer.opened_row(row)))
        except BadValueError as bad:
            raise Refused(
                "baris_tidak_terbaca", f"Baris ini tidak dapat diterapkan: {bad}. Catat dengan tangan."
            ) from None
        why = await importer.apply(actor, row["sha256"].hex(), answer, case)
        if why is not None:
            raise Refused("tidak_dapat_diterapkan", f"Jawaban ini tidak dapat diterapkan: {why}.")
    word = body.kesampingkan or "ditempatkan"
    await runtime.store.pool.execute("SELECT bpjs.resolve_unplaced($1, $2, $3, $4)", row_id, actor.code, word, case)
    return JSONResponse({"id": str(row_id), "berkas": str(case) if case else None})


async def _named(runtime: Runtime, name: str) -> uuid.UUID:
    span = ranges(name)
    found = await runtime.store.find(*span) if span else []
    if len(found) != 1:
        raise Missing("berkas_tidak_ada", "Berkas dengan nomor itu tidak ada. Periksa nomornya pada tanda terima.")
    return found[0]


async def _reconciliation(runtime: Runtime, kantor: Kantor) -> dict[str, Any]:
    """What was sent and is neither as asked (active, or ended) nor refused, the longest first."""
    now = await runtime.store.now()
    today = kantor.calendar.local_date(now)
    waits = {row["stream"]: row["tugas"] for row in await runtime.store.pool.fetch(_OPEN, kantor.kode, _ASKED)}
    found: list[dict[str, Any]] = []
    for chunk in batched(waits, _AT_ONCE, strict=False):
        for case, opened in (await runtime.desk.open_all(chunk)).items():
            if (line := _open_line(kantor, opened, today)) is not None:
                found.append({**line, "menunggu": waits[case]})
    found.sort(key=lambda one: str(one["dikirim"]))
    return {"kantor": kantor.kode, "per": today.isoformat(), "jumlah": len(found), "berkas": found}


def _open_line(kantor: Kantor, opened: Opened, today: date) -> dict[str, Any] | None:
    """A case that BPJS has had and not settled; None for any other."""
    case = opened.case
    sent = [one for one in opened.history if isinstance(one.data, e.SubmissionSent)]
    over = case.ending is not None and case.ending.kind != "selesai"
    if not sent or over or case.activated is not None or case.deactivated is not None:
        return None
    at = sent[-1].occurred_at or sent[-1].at
    day = kantor.calendar.local_date(at)
    last = sent[-1].data
    return {
        "berkas": str(case.id),
        "nomor_usulan": ids.case_code(case.id),
        "dikirim": day.isoformat(),
        "umur_hari": (today - day).days,
        "umur_hari_kerja": kantor.calendar.working_days_after(day, today),
        "kumpulan": last.batch if isinstance(last, e.SubmissionSent) else None,
        "pendanaan": case.application.funding if case.application else None,
        "jawaban": next((done.hasil for done in reversed(case.trail) if done.tugas == "await_reply"), None),
    }
