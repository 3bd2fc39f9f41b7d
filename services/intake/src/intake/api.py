"""Intake over HTTP: parse, submit, answer."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from intake import bulk, corrections, domain, submission
from intake.submission import Application, Family
from jejak.cases.decision import CommandRequest, Decision, LoadedCase, Receipt, received_on
from jejak.cases.people.other_cases import OtherCase, other_running_cases
from jejak.contracts import events as e
from jejak.contracts.parts import Part
from jejak.contracts.task_bodies import Body, DocumentCheck
from jejak.platform.errors import Malformed, Refused
from jejak.web.authorisation import SentCommand, UploadedTable, sent_command, uploaded_table
from jejak.web.commands.ad_hoc import add_ad_hoc
from jejak.web.commands.receipts import Answer, CommandReceipt, receipt_body, receipt_response
from jejak.web.commands.task_routes import Command, Commands, Shell, TaskRequest, plain_completion
from jejak.web.runtime import Runtime


class ApplicantToldRecord(Part):
    """The result of which an official informed the applicant, and the way."""

    kabar: e.NewsKind
    cara: e.ToldBy
    catatan: e.Text | None = None


class SubmissionReceipt(CommandReceipt):
    """The case of a new application; `berjalan`: the participant's other cases that still run."""

    berjalan: list[OtherCase]


class MemberReceipt(SubmissionReceipt):
    """The case of one member of a family."""

    anggota: str


class FamilyReceipt(Answer):
    """The first case of a family, and the case of each member."""

    berkas: uuid.UUID
    kode: str
    keluarga: list[MemberReceipt]


def check_documents(request: TaskRequest[DocumentCheck]) -> Decision:
    """The Daftar Kontrol of the sheet: each required document is right, missing or not right."""
    loaded, body = request.opened, request.body
    if loaded.case.application is None:
        raise Refused("belum_diajukan", "Berkas ini belum diajukan.")
    received = received_on(loaded)
    held, sop = loaded.names, loaded.sop
    shown, problems = domain.documents_judged(loaded.case, sop, held, received, body.masalah, body.ditunjukkan)
    act = e.Act(note=body.catatan, evidence=request.files)
    facts: dict[str, e.DocumentFacts] = {}
    if body.hasil == "lengkap" and not problems:
        checked_on = loaded.office.calendar.local_date(body.waktu_kejadian or loaded.now)
        right = [document for document in sop.documents_for(held) if document.kode in shown]
        facts = domain.facts_recorded(right, body.dicatat, checked_on)
    return domain.documents_checked(body.hasil, shown, problems, act, body.keterangan, facts)


COMMANDS: Commands = {
    "check_documents": Command(check_documents),
    "complete": Shell(corrections.complete),
    "enter_data": Shell(corrections.enter_data),
    "forward": Command(plain_completion),
    "record": Command(plain_completion),
}


def routes(runtime: Runtime) -> APIRouter:
    """The commands of intake that end no due task: submit, withdraw, record that the applicant was informed."""
    router = APIRouter(tags=["permohonan"])

    @router.post("/cases", status_code=201, summary="Ajukan permohonan, dengan dokumennya")
    async def submit(
        application: Annotated[SentCommand[Application], Depends(sent_command(Application, files=True))],
        response: Response,
    ) -> SubmissionReceipt:
        command, body, files = application
        receipt = await submission.submit(runtime, command, command.case_id(), body, files)
        others = await _other_cases(runtime, command, receipt, body)
        return SubmissionReceipt(**dict(receipt_response(response, receipt)), berjalan=others)

    @router.post("/cases/families", status_code=201, summary="Ajukan sekeluarga: satu berkas tiap peserta, bertautan")
    async def submit_family(
        family: Annotated[SentCommand[Family], Depends(sent_command(Family, files=True))],
    ) -> FamilyReceipt:
        command, body, files = family
        receipts = await submission.submit_family(runtime, command, body, files)
        cases = [
            MemberReceipt(
                anggota=name,
                **dict(receipt_body(receipts[name])),
                berjalan=await _other_cases(runtime, command, receipts[name], application),
            )
            for name, application in body.applications().items()
        ]
        return FamilyReceipt(berkas=cases[0].berkas, kode=cases[0].kode, keluarga=cases)

    @router.post("/cases/daftar", summary="Ajukan sedaftar pemohon (CSV atau XLSX); tiap baris dinilai sendiri")
    async def submit_list(
        table: Annotated[UploadedTable[bulk.ListUpload], Depends(uploaded_table(bulk.ListUpload))],
    ) -> bulk.ListReceipt:
        return await bulk.submit_list(runtime, table.actor, table.body, table.data)

    async def withdraw(loaded: LoadedCase, sent: SentCommand[Body]) -> Decision:
        _check_no_files(sent)
        return domain.application_withdrawn(loaded.case, sent.body.catatan)

    async def tell(loaded: LoadedCase, sent: SentCommand[ApplicantToldRecord]) -> Decision:
        _check_no_files(sent)
        return domain.applicant_told(loaded, sent.body.kabar, sent.body.cara, sent.body.catatan)

    add_ad_hoc(router, runtime, "withdraw", Body, withdraw, name="withdraw", summary="Tarik permohonan")
    told = "Catat bahwa pemohon sudah diberi tahu"
    add_ad_hoc(router, runtime, "told", ApplicantToldRecord, tell, name="tell", summary=told)
    return router


def _check_no_files(sent: SentCommand[Any]) -> None:
    if sent.files:
        raise Malformed("tanpa_berkas", "Permintaan ini tidak disertai berkas.")


async def _other_cases(
    runtime: Runtime, command: CommandRequest, receipt: Receipt, application: Application
) -> list[OtherCase]:
    """The participant's other cases that still run: the clerk decides about them with the citizen."""
    return await other_running_cases(
        runtime.command_handler,
        runtime.settings.hmac_key,
        receipt.case,
        command.actor.office,
        application.participant,
    )
