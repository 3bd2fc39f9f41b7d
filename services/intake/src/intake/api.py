"""Intake over HTTP: parse, submit, answer."""

import uuid
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from intake import bulk, domain, submission
from intake.submission import Application, Family
from jejak.cases import engine
from jejak.cases.decision import Asked, Decided, Opened, Receipt
from jejak.cases.running import running_beside
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.web.acts import Asking, Body, Command, Commands, act_of
from jejak.web.bodies import UPLOAD_BYTES, may_send
from jejak.web.described import body_of
from jejak.web.door import answer, receipt_words
from jejak.web.runtime import Runtime


class DocumentCheck(Body):
    """`masalah`: what the official found wrong; `keterangan`: his words per document; `ditunjukkan`: seen on paper."""

    hasil: Literal["lengkap", "kurang"] = "lengkap"
    masalah: tuple[e.Problem, ...] = Field(default=(), max_length=40)
    keterangan: Mapping[e.Name, e.Text] = Field(default_factory=dict)
    ditunjukkan: tuple[e.Name, ...] = Field(default=(), max_length=40)


class Told(BaseModel):
    """What the applicant was told, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kabar: e.NewsKind
    cara: e.ToldBy
    catatan: e.Text | None = None


def check_documents(asking: Asking[DocumentCheck]) -> Decided:
    """The Daftar Kontrol of the sheet: each document asked for, found right, missing or not right."""
    opened, body = asking.opened, asking.body
    application = opened.case.application
    if application is None:
        raise Refused("belum_diajukan", "Berkas ini belum diajukan.")
    received = opened.office.calendar.local(application.received_at).date()
    held = engine.names_held(opened.sop, opened.case)
    shown, problems = domain.documents_judged(opened.case, opened.sop, held, received, body.masalah, body.ditunjukkan)
    act = e.Act(note=body.catatan, evidence=asking.files)
    return domain.checked(body.hasil, shown, problems, act, body.keterangan)


def complete(asking: Asking[Body]) -> Decided:
    """The applicant brings what was missing; every file carries the name of its document.

    The papers are also what shows that he was here at the time that is claimed, so his clock ends then.
    """
    domain.check_names(asking.opened.sop, (one.document for one in asking.files))
    return Decided(e.DocumentsAdded(documents=asking.files, note=asking.body.catatan, evidence=asking.files), "selesai")


COMMANDS: Commands = {
    "check_documents": Command(DocumentCheck, check_documents),
    "complete": Command(Body, complete),
    "enter_data": Command(Body, act_of(e.DataEntered)),
    "forward": Command(Body, act_of(e.ApplicationForwarded)),
    "record": Command(Body, act_of(e.ActRecorded)),
}


def routes(runtime: Runtime) -> APIRouter:
    """Submit and withdraw: the commands of intake that are not a task already due."""
    router = APIRouter(tags=["permohonan"])

    @router.post(
        "/cases", status_code=201, summary="Ajukan permohonan, dengan dokumennya", openapi_extra=body_of(Application)
    )
    async def submit(request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Application, files=True)
        done = await submission.submit(runtime, asked, asked.case_id(), body, files)
        return answer(done, status=201, berjalan=await _beside(runtime, asked, done, body))

    @router.post(
        "/cases/families",
        status_code=201,
        summary="Ajukan sekeluarga: satu berkas tiap peserta, bertautan",
        openapi_extra=body_of(Family),
    )
    async def submit_family(request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Family, files=True)
        done = await submission.submit_family(runtime, asked, body, files)
        members = body.applications()
        told = [
            {"anggota": name, **receipt_words(one), "berjalan": await _beside(runtime, asked, one, members[name])}
            for name, one in done.items()
        ]
        return JSONResponse({"berkas": told[0]["berkas"], "kode": told[0]["kode"], "keluarga": told}, 201)

    @router.post("/cases/daftar", summary="Ajukan sedaftar pemohon (CSV atau XLSX); tiap baris dinilai sendiri")
    async def submit_list(request: Request) -> JSONResponse:
        actor = runtime.door.actor(request)
        may_send(request, UPLOAD_BYTES)
        listed, data = await bulk.taken(request)
        return JSONResponse(await bulk.submit_list(runtime, actor, listed, data))

    @router.post("/cases/{case}/withdraw", summary="Tarik permohonan", openapi_extra=body_of(Body))
    async def withdraw(case: uuid.UUID, request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Body)
        if files:
            raise Malformed("tanpa_berkas", "Penarikan tidak disertai berkas.")

        async def act(opened: Opened) -> Decided:
            return domain.withdrawn(opened.case, body.catatan)

        return answer(await runtime.desk.outside(asked, case, act))

    @router.post("/cases/{case}/told", summary="Catat bahwa pemohon sudah diberi tahu", openapi_extra=body_of(Told))
    async def tell(case: uuid.UUID, request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Told)
        if files:
            raise Malformed("tanpa_berkas", "Catatan ini tidak disertai berkas.")

        async def act(opened: Opened) -> Decided:
            return domain.told(opened, body.kabar, body.cara, body.catatan)

        return answer(await runtime.desk.outside(asked, case, act))

    return router


async def _beside(runtime: Runtime, asked: Asked, done: Receipt, body: Application) -> list[dict[str, Any]]:
    """The participant's other cases that still run: the clerk is told, and decides with the citizen."""
    return await running_beside(
        runtime.desk, runtime.settings.hmac_key, done.case, asked.actor.office, (body.peserta or body.pemohon).nik
    )
