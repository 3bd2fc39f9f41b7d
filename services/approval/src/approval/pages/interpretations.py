"""What was read into an office's sheets and is not printed there, and which official said that it is right, or not."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from fastapi import APIRouter, Path, Request, Response

from jejak.cases import readings
from jejak.cases.readings import Answer
from jejak.platform.errors import NotYours
from jejak.procedure.inferred import Inferred
from jejak.procedure.kantor import Kantor
from jejak.procedure.model import Sop
from jejak.timekeeping.words import date_words, instant_words
from jejak.web.askers import Asker, ByAsker
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.described import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.officials import official
from jejak.web.reading.shapes import Person
from jejak.web.runtime import Runtime

type Sheet = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class PrintedSheet(TypedDict):
    """A sheet as it is printed."""

    sha256: str
    nomor: str | None
    nama: str
    tanggal_efektif: str | None
    berlaku: str | None


class CountedSheet(PrintedSheet):
    """How many of its readings were answered."""

    simpulan: int
    benar: int
    salah: int
    lihat: str


class CountedSheets(TypedDict):
    """The sheets of an office."""

    kantor: str
    lembar: list[CountedSheet]


class GivenAnswer(TypedDict):
    """Who said of a reading that it is right, or not, and when."""

    jawaban: Literal["benar", "salah"]
    oleh: Person
    waktu: str
    setempat: str
    sidik: str


class ReadingState(TypedDict):
    """What was read into a sheet, the newest answer to it, and all before."""

    kode: str
    tempat: str
    kunci: str
    bacaan: str
    kalimat: str
    jawaban: Literal["benar", "salah"] | None
    riwayat: list[GivenAnswer]


class SheetReadings(PrintedSheet):
    """All that was read into a sheet."""

    simpulan: list[ReadingState]
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
    async def sheets(asker: ByAsker, request: Request) -> CountedSheets | Response:
        found = [await runtime.books.sop(one) for one in await runtime.store.list_sops(asker.actor.office)]
        counted = [await _counted(runtime, asker, one) for one in found]
        told: CountedSheets = {"kantor": asker.actor.office, "lembar": counted}
        if wants_page(request):
            return await pages.page(request, "simpulan_daftar.html", **told, nama_kantor=asker.office.nama)
        return told

    @router.get(
        "/inferred/{sheet}",
        summary="Yang disimpulkan dari satu lembar, dan siapa yang membenarkannya",
        response_model=SheetReadings,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def sheet(asker: ByAsker, sheet: Sheet, request: Request) -> SheetReadings | Response:
        sop = await runtime.books.sop(sheet)
        if sop.dinas != asker.actor.office:
            raise NotYours("kantor_lain", "Lembar ini milik kantor lain.")
        told = await _told(runtime, asker, sop)
        if wants_page(request):
            return await pages.page(request, "simpulan.html", **told, boleh=_may_answer(asker, sop))
        return told

    return router


def _may_answer(asker: Asker, sop: Sop) -> bool:
    try:
        readings.check_answerer(asker.office, sop, asker.actor, asker.now)
    except NotYours:
        return False
    return True


async def _counted(runtime: Runtime, asker: Asker, sop: Sop) -> CountedSheet:
    rows = (await _told(runtime, asker, sop))["simpulan"]
    return {
        **_sheet(sop),
        "simpulan": len(rows),
        "benar": sum(one["jawaban"] == "benar" for one in rows),
        "salah": sum(one["jawaban"] == "salah" for one in rows),
        "lihat": f"/inferred/{sop.sha256}",
    }


async def _told(runtime: Runtime, asker: Asker, sop: Sop) -> SheetReadings:
    """Every reading in the sheet's order, with the newest answer to it and all before."""
    stream = readings.stream_of(asker.actor.office, sop.sha256)
    answers = readings.answers_of((await runtime.store.read([stream])).streams.get(stream))
    offices = await runtime.books.kantors(asker.actor.office)
    found = readings.readings_of(sop, asker.office)
    rows = [_reading(offices, code, one, [a for a in answers if a.data.reading == code]) for code, one in found.items()]
    return {**_sheet(sop), "simpulan": rows, "kirim": f"/inferred/{sop.sha256}"}


def _sheet(sop: Sop) -> PrintedSheet:
    since = sop.tanggal_efektif
    return {
        "sha256": sop.sha256,
        "nomor": sop.nomor,
        "nama": sop.nama,
        "tanggal_efektif": since.isoformat() if since else None,
        "berlaku": date_words(since) if since else None,
    }


def _reading(offices: Sequence[Kantor], code: str, one: Inferred, answers: Sequence[Answer]) -> ReadingState:
    given = [_answer(offices, answer) for answer in answers]
    return {
        "kode": code,
        "tempat": one.tempat,
        "kunci": one.kunci,
        "bacaan": one.bacaan,
        "kalimat": one.kalimat,
        "jawaban": given[-1]["jawaban"] if given else None,
        "riwayat": given,
    }


def _answer(offices: Sequence[Kantor], answer: Answer) -> GivenAnswer:
    return {
        "jawaban": "benar" if answer.data.right else "salah",
        "oleh": official(offices, answer.actor, answer.at),
        "waktu": answer.at.isoformat(),
        "setempat": instant_words(answer.at, offices[-1].zona),
        "sidik": answer.hash.hex(),
    }
