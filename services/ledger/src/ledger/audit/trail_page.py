"""The page of a case's timeline, and its hash chain recomputed on request. Reads only."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, TypedDict
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from jejak.cases.unreadable import Unreadable
from jejak.eventstore.integrity import verify
from jejak.platform import ids
from jejak.platform.errors import Missing
from jejak.web.authorisation import CaseName, optional_actor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, is_own
from jejak.web.reading.schemas import Timeline
from jejak.web.reading.timeline import STATUS, timeline
from jejak.web.runtime import Runtime

_FAULTS: Final[Mapping[str, str]] = {
    verify.MISSING: "peristiwa ini hilang dari catatan",
    verify.STRANGER: "peristiwa ini tercatat atas berkas, jenis atau kantor yang lain",
    verify.HASH: "isi peristiwa ini, atau sidiknya, bukan lagi yang dicatat dahulu",
    verify.SHORT: "peristiwa sesudah yang sebelumnya ini hilang: catatan berakhir sebelum waktunya",
    verify.HEAD: "sidik penutup berkas bukan sidik peristiwa terakhirnya",
}


class ChainBreak(TypedDict):
    """The place where a chain is broken, and the fault."""

    versi: int
    posisi: int | None
    sebab: str


class Chain(TypedDict):
    """A case's chain, recomputed."""

    berkas: str
    kode: str
    utuh: bool
    peristiwa: int
    kepala: str
    putus: ChainBreak | None


def routes(runtime: Runtime, case_reader: CaseReader, pages: Pages) -> APIRouter:
    """`GET /cases/{case}/chain`."""
    router = APIRouter(tags=["berkas"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/cases/{case}/chain",
        summary="Rantai sidik berkas, dihitung ulang dari catatannya sekarang",
        response_model=Chain,
    )
    async def chain(case: CaseName, request: Request) -> Chain | Response:
        key = await case_reader.find(case)
        check = await verify.verify_stream(runtime.store.pool, key)
        if check is None:
            raise Missing("berkas_tidak_ada", "Berkas dengan nomor itu tidak ada.")
        broken = check.broken
        answer: Chain = {
            "berkas": str(key),
            "kode": ids.case_code(key),
            "utuh": broken is None,
            "peristiwa": check.events,
            "kepala": check.head.hex(),
            "putus": {"versi": broken.version, "posisi": broken.position, "sebab": _FAULTS[broken.fault]}
            if broken
            else None,
        }
        if wants_page(request):
            return await pages.page(request, "rantai.html", **answer)
        return answer

    return router


async def trail_page(case_reader: CaseReader, pages: Pages, case: str, request: Request) -> Response:
    """`GET /cases/{case}/timeline` for a browser; officials' notes only for officials whose own the case is."""
    try:
        case_view = await case_reader.open(case)
        trace = timeline(case_view)
    except Unreadable:  # the chain's page names the event
        return RedirectResponse(f"/cases/{quote(case, safe='')}/chain", HTTPStatus.SEE_OTHER)
    own = is_own(case_view, await optional_actor(case_reader.runtime, request))
    values: dict[str, Any] = {name: value for name, value in trace.items() if name != "status"}
    values |= {"milik": own, "baris": list(_lines(case_view, trace, own=own))}
    return await pages.page(request, "jejak_berkas.html", **values, kata_status=STATUS[trace["status"]])


def _lines(case_view: CaseReadModel, trace: Timeline, *, own: bool) -> Iterator[dict[str, Any]]:
    """A line for each event: its entry in the timeline, its hash, the step it closed or stands in, and its note."""
    standards = {(step["slot"], step["langkah"]): step["mutu_baku"] for step in trace["langkah"]}
    for event, stored, opened in zip(trace["peristiwa"], case_view.stream.events, case_view.history, strict=True):
        closed = event["menutup_langkah"]
        note = getattr(opened.data, "note", None)
        yield {
            **event,
            "posisi": stored.position,
            "sidik": stored.hash.hex(),
            "mutu_baku": standards.get((event["slot"], event["langkah"] or "")),
            "menutup": trace["langkah"][closed] if closed is not None else None,
            "catatan": note if own and isinstance(note, str) else None,
        }
