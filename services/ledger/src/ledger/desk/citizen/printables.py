"""What is printed or scanned: the Daftar Kontrol of a case, and the page behind a letter's QR code."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from jejak.cases import engine
from jejak.cases.case import OpenedEvent
from jejak.contracts import events as e
from jejak.platform.errors import Problem
from jejak.procedure.model import Document
from jejak.timekeeping.words import date_words, instant_words
from jejak.web.authorisation import CaseName, optional_actor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, unknown
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, is_own
from jejak.web.runtime import Runtime

_VERDICTS: Final = {
    "sah": "Surat ini asli: dibuat dan ditandatangani oleh kantor di bawah.",
    "dicabut": "Surat ini sudah DICABUT dan tidak berlaku lagi.",
    "tidak_dikenal": "Surat ini tidak dikenal.",
}
_METHODS: Final = {"elektronik": "secara elektronik", "basah": "dengan pena"}

type LetterName = Annotated[str, Path(max_length=100)]


class LetterCheck(TypedDict):
    """Whether a letter is genuine; of one that is known, what stands on it."""

    keadaan: Literal["sah", "dicabut", "tidak_dikenal"]
    kalimat: str
    nomor: NotRequired[str | None]
    tanggal: NotRequired[str]
    kantor: NotRequired[str]
    cara: NotRequired[str]
    sha256: NotRequired[str]


def routes(runtime: Runtime, archive: CaseReader, pages: Pages) -> APIRouter:
    """`GET /cases/{id}/daftar-kontrol` and `GET /periksa/{code}/{letter}`."""
    router = APIRouter(tags=["cetakan"])

    @router.get("/cases/{case}/daftar-kontrol", summary="Daftar Kontrol, untuk dicetak", response_class=HTMLResponse)
    async def checklist(case: CaseName, request: Request) -> Response:
        case_view = await archive.open(case)
        values = daftar_kontrol(case_view, own=is_own(case_view, optional_actor(runtime, request)))
        return await pages.page(request, "daftar_kontrol.html", **values)

    @router.get(
        "/periksa/{case}/{letter}",
        summary="Asli atau tidaknya surat, tanpa data pribadi",
        response_model=LetterCheck,
        responses=PAGE | unknown(LetterCheck),
        dependencies=[NO_STORE],
    )
    async def check(case: CaseName, letter: LetterName, request: Request, response: Response) -> LetterCheck | Response:
        found = await _checked(archive, case, letter)
        status = 404 if found["keadaan"] == "tidak_dikenal" else 200
        if not wants_page(request):
            response.status_code = status
            return found
        return await pages.page(request, "periksa.html", status, **found)

    return router


async def _checked(archive: CaseReader, case: str, letter: str) -> LetterCheck:
    """The answer of the check page; unknown says nothing about why."""
    nothing: LetterCheck = {"keadaan": "tidak_dikenal", "kalimat": _VERDICTS["tidak_dikenal"]}
    try:
        case_view = await archive.open(case)
    except Problem as problem:
        if problem.status in {404, 422}:
            return nothing
        raise
    known = case_view.case.letters.get(letter)
    signing = next((one for one in _signings(case_view) if any(part.letter == letter for part in one.letters)), None)
    if known is None or known.signed is None or signing is None:
        return nothing
    state: Literal["sah", "dicabut"] = "dicabut" if known.revoked else "sah"
    return {
        "keadaan": state,
        "kalimat": _VERDICTS[state],
        "nomor": known.number,
        "tanggal": date_words(signing.signed_on),
        "kantor": case_view.opened.office.nama,
        "cara": _METHODS[signing.method],
        "sha256": known.signed,
    }


def _signings(case_view: CaseReadModel) -> Iterator[e.LetterSigned]:
    """The newest first."""
    return (one.data for one in reversed(case_view.history) if isinstance(one.data, e.LetterSigned))


def daftar_kontrol(case_view: CaseReadModel, *, own: bool) -> dict[str, Any]:
    """Which document is right, missing or wrong, by the newest check; the official's words only for his own office."""
    opened, case = case_view.opened, case_view.case
    checked = next((one for one in reversed(case_view.history) if _is_check(one)), None)
    data = checked.data if checked else None
    complete = isinstance(data, e.DocumentsComplete)
    held = engine.conditions_met(opened.sop, case)
    asked = [one for one in opened.sop.persyaratan.values() if not one.untuk or not held.isdisjoint(one.untuk)]
    step = opened.sop.steps.get((checked.slot, checked.langkah)) if checked and checked.langkah else None
    office = opened.office
    return {
        "kode": case_view.code,
        "kop": office.kop,
        "sop": opened.sop.nama,
        "diterima": instant_words(case.application.received_at, office.zona) if case.application else "",
        "diperiksa": instant_words(checked.at, office.zona) if checked else None,
        "lengkap": complete,
        "putusan": _conclusion(data, brought_since=_brought_since(case_view, checked)),
        "dokumen": [_line(one, data, own=own) for one in asked],
        "pesan": step.pesan.get(checked.hasil or "") if checked and step else None,
        "alamat": office.alamat,
        "telepon": office.telepon,
        "pengaduan": office.pengaduan,
    }


def _is_check(one: OpenedEvent) -> bool:
    return isinstance(one.data, e.DocumentsComplete | e.DocumentsMissing)


def _brought_since(case_view: CaseReadModel, checked: OpenedEvent | None) -> bool:
    return checked is not None and any(
        isinstance(one.data, e.DocumentsAdded) and one.version > checked.version for one in case_view.history
    )


def _conclusion(data: e.AnyEvent | None, *, brought_since: bool) -> str:
    if brought_since:
        return "Pemohon sudah melengkapi; berkas menunggu diperiksa kembali. Hasil di bawah dari pemeriksaan terakhir."
    match data:
        case e.DocumentsComplete():
            return "Berkas lengkap dan benar."
        case e.DocumentsMissing(problems=problems):
            return f"Berkas belum lengkap: {len(problems)} dokumen perlu dibawa atau diperbaiki."
        case _:
            return "Berkas belum diperiksa."


def _line(document: Document, data: e.AnyEvent | None, *, own: bool) -> dict[str, Any]:
    """One document: right, or what is wrong with it and what would be right."""
    wanted = "; ".join(document.periksa) or None
    match data:
        case e.DocumentsMissing(problems=problems, remarks=remarks):
            names = {document.kode: "", **{one.kode: f"{one.nama}: " for one in document.salah_satu}}
            found = [one for one in problems if one.document in names]
            words = remarks if own and isinstance(remarks, dict) else {}
            if found:
                said = "tidak ada" if all(one.problem == "tidak_ada" for one in found) else "belum benar"
                expected = "; ".join(f"{names[one.document]}{one.expected}" for one in found if one.expected) or wanted
                noted = "; ".join(words[name] for name in sorted(names.keys() & words.keys())) or None
                return _verdict(document, right=False, said=said, expected=expected, noted=noted)
            return _verdict(document, right=True, said="benar")
        case e.DocumentsComplete():
            return _verdict(document, right=True, said="benar")
        case _:
            return _verdict(document, right=None, said="belum diperiksa", expected=wanted)


def _verdict(
    document: Document, *, right: bool | None, said: str, expected: str | None = None, noted: str | None = None
) -> dict[str, Any]:
    return {"nama": document.nama, "benar": right, "putusan": said, "sebab": expected, "keterangan": noted}
