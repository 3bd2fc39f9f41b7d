"""`GET /cases/{case}/koreksi`: the people of a case as recorded now, and the form that corrects them."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from intake.pages.schemas import CorrectionForm, Rechecked
from jejak.cases.people.participants import check_may_correct
from jejak.contracts.tasks import TASKS
from jejak.privacy.person_words import PERSON_LABELS
from jejak.procedure.model import Sop
from jejak.procedure.parties import BPJS
from jejak.procedure.task_words import sent_to, verb_words
from jejak.web.authorisation import ByActor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.case_parts import case_parts
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, own_case_read_model
from jejak.web.tasks.form import correction_groups

_SENT: Final = "/cases/{case}"
"""The page after a correction is stored."""


def routes(reader: CaseReader, pages: Pages) -> APIRouter:
    """The page; its form is sent to `/cases/{case}/corrections`."""
    router = APIRouter(tags=["loket"])

    @router.get(
        "/cases/{case}/koreksi",
        summary="Koreksi data pemohon dan peserta: data kini, apa yang dicek lagi, dan isiannya",
        response_model=CorrectionForm,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def show(
        actor: ByActor,
        case_view: Annotated[CaseReadModel, Depends(own_case_read_model(reader))],
        request: Request,
        response: Response,
    ) -> CorrectionForm | Response:
        check_may_correct(case_view.opened.sop, actor)
        answer = _form(case_view)
        if not wants_page(request):
            response.headers["ETag"] = f'"{case_view.case.acted}"'
            return answer
        values: dict[str, Any] = {**case_parts(case_view), **answer}
        values["ke_bpjs"] = BPJS in sent_to(case_view.opened.sop)
        values["kelompok_isian"] = correction_groups(case_view.opened)
        return await pages.page(request, "koreksi.html", **values, lanjut=_SENT.format(case=case_view.case.id))

    return router


def _form(case_view: CaseReadModel) -> CorrectionForm:
    case = case_view.case
    return {
        "berkas": str(case.id),
        "kode": case_view.code,
        "versi": case.acted,
        "kirim": f"/cases/{case.id}/corrections",
        "pemohon_dan_peserta": case.people.model_dump(mode="json") if case.people else None,
        "dicek_lagi": list(_rechecked(case_view.opened.sop)),
    }


def _rechecked(sop: Sop) -> Iterator[Rechecked]:
    """Which tasks of the sheet are done again for which field of the participant, by the table of tasks."""
    names = {verb: verb_words(sop, verb) for verb in dict.fromkeys(task.verb for task in sop.all_tasks())}
    for field, words in PERSON_LABELS.items():
        tasks = [name for verb, name in names.items() if field in TASKS[verb].looks_at]
        if tasks:
            yield {"unsur": field, "kata": words, "pengecekan": tasks}
