"""Corrections of the people of a case: with documents that the applicant brings, at data entry, or by themselves."""

from dataclasses import replace

from fastapi import APIRouter

from intake import domain
from intake.submission import indexes
from jejak.cases.decision import Decision, LoadedCase
from jejak.cases.people.participants import check_may_correct, corrected
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Completion, Corrections, DataEntry
from jejak.platform.errors import Refused
from jejak.web.authorisation import SentCommand
from jejak.web.commands.ad_hoc import add_ad_hoc
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

    async def correct(loaded: LoadedCase, sent: SentCommand[Corrections]) -> Decision:
        check_may_correct(loaded.sop, sent.request.actor)
        correction = await correction_of(runtime, loaded, sent.body, attachments(sent.files))
        if correction is None:
            raise Refused("tidak_berubah", "Tidak ada data yang berubah: isi yang benar, lalu simpan lagi.")
        await runtime.keep(loaded, sent.files)
        return Decision(correction)

    summary = "Koreksi data pemohon atau peserta, dengan bukti atau alasannya"
    add_ad_hoc(router, runtime, "corrections", Corrections, correct, name="correct", summary=summary, files=True)
    return router
