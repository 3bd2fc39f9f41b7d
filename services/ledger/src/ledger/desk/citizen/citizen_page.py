"""The pages of a case for a holder of its code: its status, and why it was refused."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response

from jejak.cases.decision import may_record_death, may_withdraw
from jejak.cases.people.participants import may_correct
from jejak.platform.errors import Problem, Refused
from jejak.procedure.parties import BPJS, Party
from jejak.procedure.task_words import sent_to
from jejak.web.authorisation import CaseName, optional_actor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.case_parts import case_parts
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, is_own, may_do
from jejak.web.reading.case_status import case_status
from jejak.web.reading.related_cases import related_cases
from jejak.web.reading.timeline import STATUS, timeline
from ledger.desk.citizen.citizen_status import citizen_page, refusal
from ledger.desk.citizen.schemas import Refusal

_UNKNOWN: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


def routes(case_reader: CaseReader, pages: Pages) -> APIRouter:
    """`GET /cases/{code}/penolakan`."""
    router = APIRouter(tags=["cetakan"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/cases/{case}/penolakan",
        summary="Alasan penolakan atau pengembalian, untuk dicetak",
        response_model=Refusal,
    )
    async def why(case: CaseName, request: Request) -> Refusal | Response:
        case_view = await case_reader.open(case)
        actor = await optional_actor(case_reader.runtime, request)
        answer = refusal(case_view, own=actor is not None and is_own(case_view, actor))
        if answer is None:
            raise Refused("tidak_ditolak", "Berkas ini tidak ditolak dan tidak dikembalikan.")
        if wants_page(request):
            return await pages.page(request, "penolakan.html", **answer)
        return answer

    return router


def told_of_a_death(sent: Mapping[str, Party]) -> str:
    """Who learns that a proposal is not pursued: BPJS from the system, any other party from the office."""
    others = " dan ".join(party.words for kode, party in sent.items() if kode != BPJS)
    told = ", dan BPJS diberi tahu bila usulannya sudah dikirim" if BPJS in sent else ""
    return told + (f". Beri tahu {others} sendiri bila usulannya sudah dikirim" if others else "")


async def case_page(case_reader: CaseReader, pages: Pages, case: str, request: Request) -> Response:
    """`GET /cases/{case}` for a browser: the working page for the case's own officials, for all others its status."""
    try:
        case_view = await case_reader.open(case)
    except Problem as problem:
        if problem.status not in _UNKNOWN:
            raise
        return await pages.page(request, "kode_tidak_dikenal.html", HTTPStatus.NOT_FOUND)
    actor = await optional_actor(case_reader.runtime, request)
    if actor is None or not is_own(case_view, actor):
        return await pages.page(request, "lacak.html", **citizen_page(case_view))
    return await pages.page(
        request,
        "berkas_petugas.html",
        berkas=case_status(case_view, own=True),
        berkas_lain=await related_cases(case_reader.runtime, case_view, actor),
        jejak=timeline(case_view),
        kata_status=STATUS,
        boleh_tarik=may_withdraw(case_view.case),
        boleh_koreksi=may_correct(case_view.opened, actor),
        boleh_meninggal=may_record_death(case_view.case, case_view.opened.sop, case_view.opened.due),
        akibat_meninggal=told_of_a_death(sent_to(case_view.opened.sop)),
        tugas_saya={due.slot for due in case_view.opened.due if may_do(case_view, actor, due)},
        **case_parts(case_view),
    )
