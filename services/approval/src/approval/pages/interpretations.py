"""The pages of interpretations: what was read into an office's sheets, and which official confirms or denies it."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from fastapi import APIRouter, Path, Request, Response

from approval import interpretations
from approval.interpretations import Answer
from jejak.platform.errors import NotYours
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.revision.inferred import Inferred
from jejak.timekeeping.printed.words import date_words, instant_words
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.officials import official
from jejak.web.reading.schemas import Person
from jejak.web.runtime import Runtime

type Sheet = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
type Verdict = Literal["benar", "salah"]


class PrintedSheet(TypedDict):
    """A sheet, by the printed words of its head."""

    sha256: str
    nomor: str | None
    nama: str
    tanggal_efektif: str | None
    berlaku: str | None


class CountedSheet(PrintedSheet):
    """How many of its interpretations are answered."""

    simpulan: int
    benar: int
    salah: int
    lihat: str


class CountedSheets(TypedDict):
    """The sheets of an office."""

    kantor: str
    lembar: list[CountedSheet]


class GivenAnswer(TypedDict):
    """An official's answer to an interpretation, and its time."""

    jawaban: Verdict
    oleh: Person
    waktu: str
    setempat: str
    sidik: str


class Interpretation(TypedDict):
    """What was read into a sheet, the newest answer to it, and all before."""

    kode: str
    tempat: str
    kunci: str
    bacaan: str
    kalimat: str
    jawaban: Verdict | None
    riwayat: list[GivenAnswer]


class InterpretedSheet(PrintedSheet):
    """A sheet with its interpretations."""

    simpulan: list[Interpretation]
    kirim: str


def routes(pages: Pages) -> APIRouter:
    """`GET /inferred` and `GET /inferred/{sheet}`, for the office's own officials."""
    router, runtime = APIRouter(tags=["lembar"]), pages.runtime

    @router.get(
        "/inferred",
        summary="Lembar SOP kantor ini, dan berapa simpulannya yang sudah dijawab",
        response_model=CountedSheets,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def sheets(requester: ByRequester, request: Request) -> CountedSheets | Response:
        own = [await runtime.procedures.sop(sha256) for sha256 in await runtime.store.list_sops(requester.actor.office)]
        answer: CountedSheets = {
            "kantor": requester.actor.office,
            "lembar": [_counted(sop, await _interpreted(runtime, requester, sop)) for sop in own],
        }
        if wants_page(request):
            return await pages.page(request, "simpulan_daftar.html", **answer, nama_kantor=requester.office.nama)
        return answer

    @router.get(
        "/inferred/{sheet}",
        summary="Yang disimpulkan dari satu lembar, dan siapa yang membenarkannya",
        response_model=InterpretedSheet,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def sheet(requester: ByRequester, sheet: Sheet, request: Request) -> InterpretedSheet | Response:
        sop = await runtime.procedures.sop(sheet)
        if sop.dinas != requester.actor.office:
            raise NotYours("kantor_lain", "Lembar ini milik kantor lain.")
        answer = await _interpreted(runtime, requester, sop)
        if wants_page(request):
            return await pages.page(request, "simpulan.html", **answer, boleh=_may_answer(requester, sop))
        return answer

    return router


def _may_answer(requester: Requester, sop: Sop) -> bool:
    try:
        interpretations.check_answerer(requester.office, sop, requester.actor, requester.now)
    except NotYours:
        return False
    return True


def _printed(sop: Sop) -> PrintedSheet:
    since = sop.tanggal_efektif
    return {
        "sha256": sop.sha256,
        "nomor": sop.nomor,
        "nama": sop.nama,
        "tanggal_efektif": since.isoformat() if since else None,
        "berlaku": date_words(since) if since else None,
    }


def _counted(sop: Sop, sheet: InterpretedSheet) -> CountedSheet:
    verdicts = [read["jawaban"] for read in sheet["simpulan"]]
    return {
        **_printed(sop),
        "simpulan": len(verdicts),
        "benar": verdicts.count("benar"),
        "salah": verdicts.count("salah"),
        "lihat": sheet["kirim"],
    }


async def _interpreted(runtime: Runtime, requester: Requester, sop: Sop) -> InterpretedSheet:
    """A sheet's interpretations in its order, each with the newest answer to it and all before."""
    stream = interpretations.stream_of(requester.actor.office, sop.sha256)
    answers = interpretations.answers_of((await runtime.store.read([stream])).streams.get(stream))
    offices = await runtime.procedures.kantors(requester.actor.office)
    rows = [
        _interpretation(offices, read, [answer for answer in answers if answer.data.reading == code])
        for code, read in interpretations.interpretations_of(sop, requester.office).items()
    ]
    return {**_printed(sop), "simpulan": rows, "kirim": f"/inferred/{sop.sha256}"}


def _interpretation(offices: Sequence[Kantor], read: Inferred, answers: Sequence[Answer]) -> Interpretation:
    given = [_given(offices, answer) for answer in answers]
    return {
        "kode": read.kode,
        "tempat": read.tempat,
        "kunci": read.kunci,
        "bacaan": read.bacaan,
        "kalimat": read.kalimat,
        "jawaban": given[-1]["jawaban"] if given else None,
        "riwayat": given,
    }


def _given(offices: Sequence[Kantor], answer: Answer) -> GivenAnswer:
    return {
        "jawaban": "benar" if answer.data.right else "salah",
        "oleh": official(offices, answer.actor, answer.at),
        "waktu": answer.at.isoformat(),
        "setempat": instant_words(answer.at, offices[-1].zona),
        "sidik": answer.hash.hex(),
    }
