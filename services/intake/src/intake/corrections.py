"""Corrections of the people of a case: with documents that the applicant brings, at data entry, or by themselves."""

import uuid
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from intake import domain
from intake.submission import indexes
from jejak.cases.decision import Decision, LoadedCase
from jejak.cases.people.participants import check_may_correct, corrected
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Completion, Corrections, DataEntry
from jejak.platform.errors import Refused
from jejak.web.authorisation import SentCommand, sent_command
from jejak.web.commands.receipts import CommandReceipt, receipt_response
from jejak.web.commands.task_routes import TaskRequest, plain_completion
from jejak.web.runtime import Runtime, attachments


async def complete(runtime: Runtime, request: TaskRequest[Completion]) -> Decision:
    """The applicant brings the missing documents; every file carries the name of its document.

    The files are also the evidence of when the applicant came, so his clock ends at the claimed time.
    """
    files = request.files
    domain.check_names(request.opened.sop, (file.document for file in files))
    added = e.DocumentsAdded(documents=files, note=request.body.catatan, evidence=files)
    return Decision(added, "selesai", correction=await correction_of(runtime, request.opened, request.body, files))


async def enter_data(runtime: Runtime, request: TaskRequest[DataEntry]) -> Decision:
    """The data are entered; what proves to be wrong is corrected."""
    correction = await correction_of(runtime, request.opened, request.body, request.files)
    return replace(plain_completion(request), correction=correction)


async def correction_of(
    runtime: Runtime, loaded: LoadedCase, body: Corrections, files: tuple[e.Attachment, ...]
) -> e.PeopleCorrected | None:
    """What a body corrects of the people. A corrected NIK is in the index of persons before any event names it."""
    act = e.Act(note=body.catatan, evidence=files)
    correction = corrected(loaded, body.pemohon, body.peserta, act)
    if correction is not None and isinstance(correction.people, e.People):
        people = correction.people
        await runtime.store.put_people(loaded.case.id, indexes(runtime, people.applicant, people.subject))
    return correction


def routes(runtime: Runtime) -> APIRouter:
    """A correction outside any task."""
    router = APIRouter(tags=["permohonan"])

    @router.post("/cases/{case}/corrections", summary="Koreksi data pemohon atau peserta, dengan bukti atau alasannya")
    async def correct(
        sent: Annotated[SentCommand[Corrections], Depends(sent_command(Corrections, files=True))],
        case: uuid.UUID,
        response: Response,
    ) -> CommandReceipt:
        command, body, files = sent

        async def act(loaded: LoadedCase) -> Decision:
            check_may_correct(loaded.sop, command.actor)
            correction = await correction_of(runtime, loaded, body, attachments(files))
            if correction is None:
                raise Refused("tidak_berubah", "Tidak ada data yang berubah: isi yang benar, lalu simpan lagi.")
            await runtime.keep(loaded, files)
            return Decision(correction)

        return receipt_response(response, await runtime.command_handler.handle_ad_hoc(command, case, act))

    return router
