"""Printed and scanned pages: the Daftar Kontrol of a case, and the page behind a letter's QR code."""

from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from jejak.cases.people.letter_names import letter_name
from jejak.contracts import events as e
from jejak.platform.errors import Problem
from jejak.procedure.documents import Document, facts_in_words
from jejak.timekeeping.printed.words import date_words, instant_words
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
_CHECKS: Final = (e.DocumentsComplete, e.DocumentsMissing)
_METHODS: Final = {"elektronik": "secara elektronik", "basah": "dengan pena"}

type LetterName = Annotated[str, Path(max_length=100)]


class LetterCheck(TypedDict):
    """Whether a letter is genuine, and the text of a known letter."""

    keadaan: Literal["sah", "dicabut", "tidak_dikenal"]
    kalimat: str
    surat: NotRequired[str]
    nomor: NotRequired[str | None]
    tanggal: NotRequired[str]
    kantor: NotRequired[str]
    cara: NotRequired[str]
    sha256: NotRequired[str]


def routes(runtime: Runtime, case_reader: CaseReader, pages: Pages) -> APIRouter:
    """`GET /cases/{id}/daftar-kontrol` and `GET /periksa/{code}/{letter}`."""
    router = APIRouter(tags=["cetakan"], dependencies=[NO_STORE])

    @router.get("/cases/{case}/daftar-kontrol", summary="Daftar Kontrol, untuk dicetak", response_class=HTMLResponse)
    async def checklist(case: CaseName, request: Request) -> Response:
        case_view = await case_reader.open(case)
        values = daftar_kontrol(case_view, own=is_own(case_view, await optional_actor(runtime, request)))
        return await pages.page(request, "daftar_kontrol.html", **values)

    @router.get(
        "/periksa/{case}/{letter}",
        summary="Asli atau tidaknya surat, tanpa data pribadi",
        response_model=LetterCheck,
        responses=PAGE | unknown(LetterCheck),
    )
    async def check(case: CaseName, letter: LetterName, request: Request, response: Response) -> LetterCheck | Response:
        answer = await _checked(case_reader, case, letter)
        status = 404 if answer["keadaan"] == "tidak_dikenal" else 200
        if not wants_page(request):
            response.status_code = status
            return answer
        return await pages.page(request, "periksa.html", status, **answer)

    return router


async def _checked(case_reader: CaseReader, case: str, letter: str) -> LetterCheck:
    """The answer of the check page; an unknown letter's answer gives no reason."""
    unknown_letter: LetterCheck = {"keadaan": "tidak_dikenal", "kalimat": _VERDICTS["tidak_dikenal"]}
    try:
        case_view = await case_reader.open(case)
    except Problem as problem:
        if problem.status in {404, 422}:
            return unknown_letter
        raise
    known = case_view.case.letters.get(letter)
    signings = (event.data for event in reversed(case_view.history) if isinstance(event.data, e.LetterSigned))
    signing = next((data for data in signings if any(signed.letter == letter for signed in data.letters)), None)
    if known is None or known.signed is None or signing is None:
        return unknown_letter
    state: Literal["sah", "dicabut"] = "dicabut" if known.revoked else "sah"
    return {
        "keadaan": state,
        "kalimat": _VERDICTS[state],
        "surat": letter_name(case_view.opened.sop, case_view.case, letter),
        "nomor": known.number,
        "tanggal": date_words(signing.signed_on),
        "kantor": case_view.opened.office.nama,
        "cara": _METHODS[signing.method],
        "sha256": known.signed,
    }


def daftar_kontrol(case_view: CaseReadModel, *, own: bool) -> dict[str, Any]:
    """Each required document as right, missing or wrong, by the latest check; remarks only for the case's officials."""
    opened, case = case_view.opened, case_view.case
    checked = next((event for event in reversed(case_view.history) if isinstance(event.data, _CHECKS)), None)
    data = checked.data if checked else None
    brought_since = checked is not None and any(
        isinstance(event.data, e.DocumentsAdded) and event.version > checked.version for event in case_view.history
    )
    step = opened.sop.steps.get((checked.slot, checked.langkah)) if checked and checked.langkah else None
    office = opened.office
    return {
        "kode": case_view.code,
        "kop": office.kop,
        "sop": opened.sop.nama,
        "diterima": instant_words(case.application.received_at, office.zona) if case.application else "",
        "diperiksa": instant_words(checked.at, office.zona) if checked else None,
        "lengkap": isinstance(data, e.DocumentsComplete),
        "putusan": _conclusion(data, brought_since=brought_since),
        "dokumen": [_line(document, data, own=own) for document in opened.sop.documents_for(opened.names)],
        "pesan": step.pesan.get(checked.hasil or "") if checked and step else None,
        "alamat": office.alamat,
        "telepon": office.telepon,
        "pengaduan": office.pengaduan,
    }


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


def _recorded(document: Document, data: e.AnyEvent) -> str | None:
    """What this check recorded of the document."""
    facts = data.facts if isinstance(data, e.DocumentsComplete) else None
    return facts_in_words(facts[document.kode]) if isinstance(facts, dict) and document.kode in facts else None


def _line(document: Document, data: e.AnyEvent | None, *, own: bool) -> dict[str, Any]:
    """A document: right, or what is wrong with it and what would be right."""
    line: dict[str, Any] = {"nama": document.nama, "sebab": None, "keterangan": None}
    requirement = "; ".join(document.periksa) or None
    if not isinstance(data, _CHECKS):
        return line | {"benar": None, "putusan": "belum diperiksa", "sebab": requirement}
    names = {document.kode: "", **{other.kode: f"{other.nama}: " for other in document.salah_satu}}
    missing = data if isinstance(data, e.DocumentsMissing) else None
    problems = [problem for problem in missing.problems if problem.document in names] if missing else []
    if missing is None or not problems:
        return line | {"benar": True, "putusan": "benar", "keterangan": _recorded(document, data) if own else None}
    remarks = missing.remarks if own and isinstance(missing.remarks, dict) else {}
    absent = all(problem.problem == "tidak_ada" for problem in problems)
    expected = "; ".join(f"{names[problem.document]}{problem.expected}" for problem in problems if problem.expected)
    return line | {
        "benar": False,
        "putusan": "tidak ada" if absent else "belum benar",
        "sebab": expected or requirement,
        "keterangan": "; ".join(remarks[name] for name in sorted(names.keys() & remarks.keys())) or None,
    }
