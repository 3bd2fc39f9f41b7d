"""The registers of an office in a browser: which there are, and each as a table that reads on a phone."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from jejak.procedure.kantor import Kantor
from jejak.web.pages.layout import Pages

LINES: Final = 50
"""Rows on one page: what a phone's line carries."""
_FIRST_YEAR: Final = 2000
_STRUCK_NOT: Final = frozenset({"keadaan", "pada", "sebab"})
"""What is said of a number that was struck through stays readable."""
_DIGESTS: Final = frozenset({"sidik", "bukti"})


async def list_page(pages: Pages, request: Request, office: Kantor, told: Mapping[str, Any]) -> HTMLResponse:
    """The page of `GET /registers/{office}`; `told` is its answer."""
    return await pages.page(request, "register_daftar.html", nama_kantor=office.nama, **told)


async def book_page(
    pages: Pages, request: Request, office: Kantor, told: Mapping[str, Any], this_year: int
) -> HTMLResponse:
    """The page of `GET /registers/{office}/{register}`; `told` is its answer."""
    register, year = told["register"], told["tahun"]
    address = register["lihat"]
    onward = {"tahun": year, "sesudah": told["lanjut"]}
    return await pages.page(
        request,
        "register.html",
        **told,
        nama_kantor=office.nama,
        tidak_dicoret=_STRUCK_NOT,
        sidik=_DIGESTS,
        xlsx=f"{register['xlsx']}&tahun={year}",
        berikut=f"{address}?{urlencode(onward)}" if told["lanjut"] else None,
        awal=f"{address}?tahun={year}" if "sesudah" in request.query_params else None,
        tahun_lain=[(one, f"{address}?tahun={one}") for one in (year - 1, year + 1) if _FIRST_YEAR <= one <= this_year],
    )
