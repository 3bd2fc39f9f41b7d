"""Intake over HTTP: parse, submit, answer."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from intake import bulk, domain, submission
from intake.submission import Application, Family
from jejak.cases import engine
from jejak.cases.decision import CommandRequest, Decision, LoadedCase, Receipt
from jejak.cases.other_cases import OtherCase, other_running_cases
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body, DocumentCheck
from jejak.platform.errors import Malformed, Refused
from jejak.web.authorisation import SentCommand, UploadedTable, sent_command, uploaded_table
from jejak.web.commands.receipts import Answer, CommandReceipt, receipt_body, receipt_response
from jejak.web.commands.task_routes import Command, Commands, TaskRequest, plain_completion
from jejak.web.runtime import Runtime


class ApplicantToldRecord(BaseModel):
    """What the applicant was told, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kabar: e.NewsKind
    cara: e.ToldBy
    catatan: e.Text | None = None


class SubmissionReceipt(CommandReceipt):
    """An application as it became a case; `berjalan`: the participant's other cases that still run."""

    berjalan: list[OtherCase]


class MemberReceipt(SubmissionReceipt):
    """That of one member of a family."""

    anggota: str


class FamilyReceipt(Answer):
    """The first case, and that of each member."""

    berkas: uuid.UUID
    kode: str
    keluarga: list[MemberReceipt]


def check_documents(request: TaskRequest[DocumentCheck]) -> Decision:
    """The Daftar Kontrol of the sheet: each document asked for, found right, missing or not right."""
    loaded, body = request.opened, request.body
    application = loaded.case.application
    if application is None:
        raise Refused("belum_diajukan", "Berkas ini belum diajukan.")
    received = loaded.office.calendar.local(application.received_at).date()
    held = engine.conditions_met(loaded.sop, loaded.case)
    shown, problems = domain.documents_judged(loaded.case, loaded.sop, held, received, body.masalah, body.ditunjukkan)
    act = e.Act(note=body.catatan, evidence=request.files)
    return domain.documents_checked(body.hasil, shown, problems, act, body.keterangan)


def complete(request: TaskRequest[Body]) -> Decision:
    """The applicant brings what was missing; every file carries the name of its document.

    The papers are also what shows that he was here at the time that is claimed, so his clock ends then.
    """
    domain.check_names(request.opened.sop, (file.document for file in request.files))
    return Decision(
        e.DocumentsAdded(documents=request.files, note=request.body.catatan, evidence=request.files), "selesai"
    )


COMMANDS: Commands = {
    "check_documents": Command(check_documents),
    "complete": Command(complete),
    "enter_data": Command(plain_completion),
    "forward": Command(plain_completion),
    "record": Command(plain_completion),
}


def routes(runtime: Runtime) -> APIRouter:
    """Submit and withdraw: the commands of intake that are not a task already due."""
    router = APIRouter(tags=["permohonan"])

    @router.post("/cases", status_code=201, summary="Ajukan permohonan, dengan dokumennya")
    async def submit(
        application: Annotated[SentCommand[Application], Depends(sent_command(Application, files=True))],
        response: Response,
    ) -> SubmissionReceipt:
        command, body, files = application
        done = await submission.submit(runtime, command, command.case_id(), body, files)
        others = await _beside(runtime, command, done, body)
        return SubmissionReceipt(**dict(receipt_response(response, done)), berjalan=others)

    @router.post("/cases/families", status_code=201, summary="Ajukan sekeluarga: satu berkas tiap peserta, bertautan")
    async def submit_family(
        family: Annotated[SentCommand[Family], Depends(sent_command(Family, files=True))],
    ) -> FamilyReceipt:
        command, body, files = family
        done = await submission.submit_family(runtime, command, body, files)
        members = body.applications()
        cases = [
            MemberReceipt(
                anggota=name,
                **dict(receipt_body(receipt)),
                berjalan=await _beside(runtime, command, receipt, members[name]),
            )
            for name, receipt in done.items()
        ]
        return FamilyReceipt(berkas=cases[0].berkas, kode=cases[0].kode, keluarga=cases)

    @router.post("/cases/daftar", summary="Ajukan sedaftar pemohon (CSV atau XLSX); tiap baris dinilai sendiri")
    async def submit_list(
        table: Annotated[UploadedTable[bulk.ListUpload], Depends(uploaded_table(bulk.ListUpload))],
    ) -> bulk.ListReceipt:
        return await bulk.submit_list(runtime, table.actor, table.body, table.data)

    @router.post("/cases/{case}/withdraw", summary="Tarik permohonan")
    async def withdraw(
        withdrawal: Annotated[SentCommand[Body], Depends(sent_command(Body))], case: uuid.UUID, response: Response
    ) -> CommandReceipt:
        command, body, files = withdrawal
        if files:
            raise Malformed("tanpa_berkas", "Penarikan tidak disertai berkas.")

        async def act(loaded: LoadedCase) -> Decision:
            return domain.application_withdrawn(loaded.case, body.catatan)

        return receipt_response(response, await runtime.command_handler.handle_ad_hoc(command, case, act))

    @router.post("/cases/{case}/told", summary="Catat bahwa pemohon sudah diberi tahu")
    async def tell(
        news: Annotated[SentCommand[ApplicantToldRecord], Depends(sent_command(ApplicantToldRecord))],
        case: uuid.UUID,
        response: Response,
    ) -> CommandReceipt:
        command, body, files = news
        if files:
            raise Malformed("tanpa_berkas", "Catatan ini tidak disertai berkas.")

        async def act(loaded: LoadedCase) -> Decision:
            return domain.applicant_told(loaded, body.kabar, body.cara, body.catatan)

        return receipt_response(response, await runtime.command_handler.handle_ad_hoc(command, case, act))

    return router


async def _beside(runtime: Runtime, command: CommandRequest, done: Receipt, body: Application) -> list[OtherCase]:
    """The participant's other cases that still run: the clerk is told, and decides with the citizen."""
    return await other_running_cases(
        runtime.command_handler,
        runtime.settings.hmac_key,
        done.case,
        command.actor.office,
        (body.peserta or body.pemohon).nik,
    )
