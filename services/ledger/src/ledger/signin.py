"""The start page, and signing in: for now a development token in a cookie, chosen from the office's officials."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from jejak import tokens
from jejak.browser import COOKIE, CSRF, csrf, session_of
from jejak.decision import Actor, check_post
from jejak.refusal import Malformed, Missing, NotYours
from jejak.runtime import Runtime
from ledger.page import Pages, home_of

_SEE_OTHER: Final = 303
_HOURS: Final = 12

type Text = Annotated[str, Form(max_length=100)]
type Asked = Annotated[str | None, Query(max_length=40)]


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`/`, `/lacak`, and in development `/masuk` and `/keluar`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start(request: Request) -> Response:
        office, _ = await pages.signed_in(request)
        if office is not None:
            return RedirectResponse(home_of(office), _SEE_OTHER)
        return await pages.page(request, "awal.html", pengembangan=runtime.settings.development)

    @router.get("/lacak")
    async def find(kode: Asked = None) -> Response:
        """From the code on the receipt to the page of the case."""
        return RedirectResponse(f"/cases/{quote((kode or '').strip(), safe='')}" if kode else "/", _SEE_OTHER)

    if runtime.settings.development:
        _add_signin(router, runtime, pages)
    return router


def _add_signin(router: APIRouter, runtime: Runtime, pages: Pages) -> None:
    @router.get("/masuk")
    async def choose(request: Request, kantor: Asked = None) -> Response:
        now = await runtime.store.now()
        offices = [await runtime.books.kantor(one, now) for one in await runtime.store.offices()]
        chosen = next((one for one in offices if one.kode == kantor), None)
        serving = chosen.officials_at(chosen.calendar.local_date(now)) if chosen else ()
        return await pages.page(request, "masuk.html", kantor=offices, dipilih=chosen, pejabat=serving)

    @router.post("/masuk")
    async def enter(request: Request, kantor: Text, pejabat: Text, jabatan: Text) -> Response:
        _same_site(request)
        now = await runtime.store.now()
        if kantor not in await runtime.store.offices():
            raise Missing("kantor_tidak_ada", "Kantor itu tidak ada. Pilih dari daftar.")
        actor = Actor(kantor, pejabat, jabatan)
        office = await runtime.books.kantor(kantor, now)
        check_post(office, actor, now)
        answer = RedirectResponse(home_of(office), _SEE_OTHER)
        token = tokens.issue(runtime.settings.token_key, actor, hours=_HOURS)
        secure = runtime.settings.public_url.startswith("https:")
        answer.set_cookie(COOKIE, token, max_age=_HOURS * 3600, httponly=True, samesite="strict", secure=secure)
        return answer

    @router.post("/keluar")
    async def leave(request: Request, tanda: Annotated[str, Form(alias=CSRF, max_length=100)]) -> Response:
        session = session_of(request.headers)
        if session is None or tanda != csrf(runtime.settings.token_key, session):
            raise NotYours("formulir_lain", "Formulir ini bukan dari halaman Anda. Muat ulang halaman.")
        answer = RedirectResponse("/", _SEE_OTHER)
        answer.delete_cookie(COOKIE)
        return answer


def _same_site(request: Request) -> None:
    """A foreign page must not sign somebody in under another name."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Malformed("halaman_lain", "Masuklah dari halaman Jejak sendiri.")
