"""The registers that an office's sheets name under `pencatatan`: their list, and each as JSON, page and XLSX."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from jejak.platform.errors import Malformed, Missing, NotYours
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, page_or
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.waiting_tasks import sheets_of
from jejak.web.runtime import Runtime
from ledger.audit.registers.kinds import Register, elsewhere, registers_of
from ledger.audit.registers.lines import Line, page_of
from ledger.audit.registers.rows import Place, RegisterYear
from ledger.audit.registers.schemas import RegisterPage, Registers
from ledger.audit.registers.xlsx import MEDIA_TYPE, Heading, written

_PAGE: Final = 250
"""Rows of an answer: some twenty milliseconds of a processor that other requests wait for."""
LINES: Final = 50
"""Rows on a page: what a phone's line carries."""
_STRUCK_NOT: Final = frozenset({"keadaan", "pada", "sebab"})
"""Columns that stay readable where a number is struck through."""
_DIGESTS: Final = frozenset({"sidik", "bukti"})

type OfficeName = Annotated[str, Path(max_length=20)]
type Cursor = Annotated[str | None, Query(max_length=200, description="Isi `lanjut` dari halaman sebelumnya")]


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`GET /registers/{office}` and `GET /registers/{office}/{register}`, for the office's own officials.

    `GET /registers` lists those of the requester's own office.
    """
    router = APIRouter(tags=["register"], dependencies=[NO_STORE])

    async def answered(requester: Requester, request: Request) -> dict[str, Any] | Response:
        answer = _listed(requester.actor.office, tuple((await sheets_of(runtime, requester)).values()))
        if wants_page(request):
            return await pages.page(request, "register_daftar.html", nama_kantor=requester.office.nama, **answer)
        return answer

    @router.get("/registers", summary="Register kantor pejabat yang bertanya", response_model=Registers, responses=PAGE)
    async def own(requester: ByRequester, request: Request) -> dict[str, Any] | Response:
        return await answered(requester, request)

    @router.get(
        "/registers/{office}",
        summary="Register yang dijaga kantor ini menurut SOP-nya",
        response_model=Registers,
        responses=PAGE,
    )
    async def of_office(requester: ByRequester, office: OfficeName, request: Request) -> dict[str, Any] | Response:
        return await answered(_at(requester, office), request)

    @router.get(
        "/registers/{office}/{register}",
        summary="Satu register: buku, arsip, kendali atau rekon",
        response_model=RegisterPage,
        responses=page_or(MEDIA_TYPE),
    )
    async def book(
        requester: ByRequester,
        office: OfficeName,
        register: Annotated[str, Path(max_length=20)],
        request: Request,
        tahun: Annotated[int | None, Query(ge=dates.YEARS.start, le=dates.YEARS.stop - 1)] = None,
        sesudah: Cursor = None,
        bentuk: Literal["json", "xlsx"] = "json",
    ) -> dict[str, Any] | Response:
        this_year = requester.office.calendar.local(requester.now).year
        book = await _book(runtime, _at(requester, office), register, tahun or this_year)
        if bentuk == "xlsx":
            return await _file(runtime, book, requester.now)
        page = await page_of(runtime, book, _place(sesudah), LINES if wants_page(request) else _PAGE)
        answer: dict[str, Any] = {
            "kantor": office,
            "tahun": book.year,
            "register": _named(office, book.register),
            "baris": page.lines,
            "tidak_terbaca": page.unread,
            "lanjut": f"{page.following.at.isoformat()} {page.following.mark}" if page.following else None,
        }
        if not wants_page(request):
            return answer
        return await pages.page(
            request,
            "register.html",
            **answer,
            **_links(answer, this_year, later=sesudah is not None),
            nama_kantor=requester.office.nama,
            tidak_dicoret=_STRUCK_NOT,
            sidik=_DIGESTS,
        )

    return router


def _at(requester: Requester, office: str) -> Requester:
    """The requester; NotYours for another office's register."""
    if requester.actor.office != office:
        raise NotYours("kantor_lain", "Register ini milik kantor lain.")
    return requester


async def _book(runtime: Runtime, requester: Requester, name: str, year: int) -> RegisterYear:
    """The register of a year. Missing where no sheet of the office names it."""
    sops = await sheets_of(runtime, requester)
    registers = {register.kind.kunci: register for register in registers_of(tuple(sops.values()))}
    if name not in registers:
        known = ", ".join(registers) or "tidak ada"
        raise Missing("register_tidak_ada", f"Kantor ini tidak menjaga register itu. Register menurut SOP: {known}.")
    offices = await runtime.procedures.kantors(requester.office.kode)
    return RegisterYear(registers[name], requester.office, offices, sops, year, requester.areas)


async def _file(runtime: Runtime, book: RegisterYear, now: datetime) -> StreamingResponse:
    heading = Heading.of(book.office, book.register, book.year, now)
    file = await written(heading, book.register.kind, _pages(runtime, book))
    name = f"{book.register.kind.kunci}-{book.office.kode}-{book.year}.xlsx"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(file, media_type=MEDIA_TYPE, headers=headers)


async def _pages(runtime: Runtime, book: RegisterYear) -> AsyncIterator[Sequence[Line]]:
    """The whole year, a page at a time."""
    page = await page_of(runtime, book, None, _PAGE)
    yield page.lines
    while page.following:
        page = await page_of(runtime, book, page.following, _PAGE)
        yield page.lines


def _listed(office: str, sops: tuple[Sop, ...]) -> dict[str, Any]:
    outside = [
        {"nama": name, "sop": [_sheet(sop) for sop in naming], "kata": "Dicatat di luar sistem ini."}
        for name, naming in elsewhere(sops).items()
    ]
    registers = [_named(office, register) for register in registers_of(sops)]
    return {"kantor": office, "register": registers, "di_luar": outside}


def _named(office: str, register: Register) -> dict[str, Any]:
    address = f"/registers/{office}/{register.kind.kunci}"
    return {
        "kunci": register.kind.kunci,
        "nama": register.nama,
        "isi": register.kind.isi,
        "kolom": [{"kunci": column.kunci, "judul": column.judul} for column in register.kind.kolom],
        "sop": [_sheet(sop) for sop in register.sops],
        "tersirat": register.tersirat,
        "lihat": address,
        "xlsx": f"{address}?bentuk=xlsx",
    }


def _sheet(sop: Sop) -> dict[str, Any]:
    return {name: getattr(sop, name) for name in ("sha256", "nomor", "nama", "layanan", "pencatatan")}


def _links(answer: Mapping[str, Any], this_year: int, *, later: bool) -> dict[str, Any]:
    """Where a page of a register leads: its file, the next page, the first one (from a `later` one), other years."""
    register, year = answer["register"], answer["tahun"]
    address = register["lihat"]
    onward = urlencode({"tahun": year, "sesudah": answer["lanjut"]})
    years = [other for other in (year - 1, year + 1) if dates.YEARS.start <= other <= this_year]
    return {
        "xlsx": f"{register['xlsx']}&tahun={year}",
        "berikut": f"{address}?{onward}" if answer["lanjut"] else None,
        "awal": f"{address}?tahun={year}" if later else None,
        "tahun_lain": [(other, f"{address}?tahun={other}") for other in years],
    }


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    at, _, mark = cursor.partition(" ")
    try:
        return Place(dates.cursor_instant(at), mark)
    except ValueError:
        raise Malformed("halaman_salah", "Nilai sesudah harus disalin dari `lanjut` halaman sebelumnya.") from None
