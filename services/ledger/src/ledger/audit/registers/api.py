"""The registers that an office's sheets name under `pencatatan`: which there are, and each as JSON and as XLSX."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from jejak.platform.errors import Malformed, Missing, NotYours
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, page_or
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.runtime import Runtime
from ledger.audit.registers.kinds import Column, Register, elsewhere, registers_of
from ledger.audit.registers.lines import Line, page_of
from ledger.audit.registers.page import LINES, book_page, list_page
from ledger.audit.registers.rows import Place, RegisterYear
from ledger.audit.registers.schemas import RegisterPage, Registers
from ledger.audit.registers.xlsx import MEDIA_TYPE, Heading, written

_PAGE: Final = 250
"""Rows: some twenty milliseconds of a processor that other requests wait for."""
_NO_STORE: Final = {"Cache-Control": "no-store"}

type OfficeName = Annotated[str, Path(max_length=20)]
type Cursor = Annotated[str | None, Query(max_length=200, description="Isi `lanjut` dari halaman sebelumnya")]


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`GET /registers/{office}` and `GET /registers/{office}/{register}`, for the office's own officials.

    `GET /registers` is the asker's own office's.
    """
    router = APIRouter(tags=["register"])

    @router.get(
        "/registers",
        summary="Register kantor pejabat yang bertanya",
        response_model=Registers,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def own(asker: ByRequester, request: Request) -> dict[str, Any] | Response:
        return await answered(asker, request)

    @router.get(
        "/registers/{office}",
        summary="Register yang dijaga kantor ini menurut SOP-nya",
        response_model=Registers,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def kept(asker: ByRequester, office: OfficeName, request: Request) -> dict[str, Any] | Response:
        return await answered(_at(asker, office), request)

    async def answered(asker: Requester, request: Request) -> dict[str, Any] | Response:
        office = asker.actor.office
        told = _listed(office, tuple((await _sheets(runtime, office)).values()))
        if wants_page(request):
            return await list_page(pages, request, asker.office, told)
        return told

    @router.get(
        "/registers/{office}/{register}",
        summary="Satu register: buku, arsip, kendali atau rekon",
        response_model=RegisterPage,
        responses=page_or(MEDIA_TYPE),
        dependencies=[NO_STORE],
    )
    async def book(
        asker: ByRequester,
        office: OfficeName,
        register: Annotated[str, Path(max_length=20)],
        request: Request,
        tahun: Annotated[int | None, Query(ge=2000, le=2199)] = None,
        sesudah: Cursor = None,
        bentuk: Literal["json", "xlsx"] = "json",
    ) -> dict[str, Any] | Response:
        found = await _book(runtime, _at(asker, office), register, tahun)
        if bentuk == "xlsx":
            return await _file(runtime, found, asker.now)
        page = await page_of(runtime, found, _place(sesudah), LINES if wants_page(request) else _PAGE)
        following = f"{page.following.at.isoformat()} {page.following.mark}" if page.following else None
        answer = {
            "kantor": office,
            "tahun": found.year,
            "register": _named(office, found.register),
            "baris": page.lines,
            "tidak_terbaca": page.unread,
            "lanjut": following,
        }
        if wants_page(request):
            this_year = asker.office.calendar.local(asker.now).year
            return await book_page(pages, request, asker.office, answer, this_year)
        return answer

    return router


def _at(asker: Requester, office: str) -> Requester:
    """The asker; NotYours for another office's register."""
    if asker.actor.office != office:
        raise NotYours("kantor_lain", "Register ini milik kantor lain.")
    return asker


async def _sheets(runtime: Runtime, office: str) -> dict[str, Sop]:
    return {one: await runtime.procedures.sop(one) for one in await runtime.store.list_sops(office)}


async def _book(runtime: Runtime, asker: Requester, name: str, year: int | None) -> RegisterYear:
    """The register as asked for. Missing for one that no sheet of the office names."""
    sops = await _sheets(runtime, asker.office.kode)
    kept = {one.kind.kunci: one for one in registers_of(tuple(sops.values()))}
    if name not in kept:
        known = ", ".join(kept) or "tidak ada"
        raise Missing("register_tidak_ada", f"Kantor ini tidak menjaga register itu. Register menurut SOP: {known}.")
    offices = await runtime.procedures.kantors(asker.office.kode)
    asked = year or asker.office.calendar.local(asker.now).year
    return RegisterYear(kept[name], asker.office, offices, sops, asked, asker.official.wilayah)


async def _file(runtime: Runtime, book: RegisterYear, now: datetime) -> StreamingResponse:
    heading = Heading.of(book.office, book.register, book.year, now)
    file = await written(heading, book.register.kind, _pages(runtime, book))
    name = f"{book.register.kind.kunci}-{book.office.kode}-{book.year}.xlsx"
    headers = _NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(file, media_type=MEDIA_TYPE, headers=headers)


async def _pages(runtime: Runtime, book: RegisterYear) -> AsyncIterator[list[Line]]:
    """The whole year, a page at a time."""
    place: Place | None = None
    while True:
        page = await page_of(runtime, book, place, _PAGE)
        yield list(page.lines)
        if page.following is None:
            return
        place = page.following


def _listed(office: str, sops: tuple[Sop, ...]) -> dict[str, Any]:
    outside = [
        {"nama": name, "sop": [_sheet(one) for one in naming], "kata": "Dicatat di luar sistem ini."}
        for name, naming in elsewhere(sops).items()
    ]
    return {"kantor": office, "register": [_named(office, one) for one in registers_of(sops)], "di_luar": outside}


def _named(office: str, register: Register) -> dict[str, Any]:
    address = f"/registers/{office}/{register.kind.kunci}"
    return {
        "kunci": register.kind.kunci,
        "nama": register.nama,
        "isi": register.kind.isi,
        "kolom": [_column(one) for one in register.kind.kolom],
        "sop": [_sheet(one) for one in register.sops],
        "tersirat": register.tersirat,
        "lihat": address,
        "xlsx": f"{address}?bentuk=xlsx",
    }


def _column(column: Column) -> dict[str, str]:
    return {"kunci": column.kunci, "judul": column.judul}


def _sheet(sop: Sop) -> dict[str, Any]:
    printed = {"nomor": sop.nomor, "nama": sop.nama, "layanan": sop.layanan, "pencatatan": sop.pencatatan}
    return {"sha256": sop.sha256, **printed}


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    at, _, mark = cursor.partition(" ")
    try:
        return Place(dates.cursor_instant(at), mark)
    except ValueError:
        raise Malformed("halaman_salah", "Nilai sesudah harus disalin dari `lanjut` halaman sebelumnya.") from None
