"""The start page, and the sign-in: for now a development token in a cookie, chosen from the office's officials."""

import json
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from jejak.cases.decision import Actor, check_post
from jejak.platform.errors import Malformed, Missing, NotYours
from jejak.web.access import tokens
from jejak.web.pages.layout import Pages, home_of
from jejak.web.problem_page import KEPT, SAFE, resend_page
from jejak.web.requests.browser import COOKIE, place_here, session_of
from jejak.web.requests.forms import CSRF, csrf
from jejak.web.requests.forms import Form as BrowserForm
from jejak.web.runtime import Runtime

_SEE_OTHER: Final = 303
_HOURS: Final = 12

type Text = Annotated[str | None, Form(max_length=100)]
type CarriedForm = Annotated[str | None, Form(alias=KEPT)]
type ShortQuery = Annotated[str | None, Query(max_length=40)]
type Place = Annotated[str | None, Query(max_length=2000)]
type PlaceField = Annotated[str | None, Form(max_length=2000)]


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """`/`, `/lacak` and `/masuk`; in development the sign-in works there, and the sign-out at `/keluar`."""
    router = APIRouter(include_in_schema=False)
    development = runtime.settings.development

    @router.get("/")
    async def start(request: Request) -> Response:
        office, _ = await pages.signed_in(request)
        if office is not None:
            return RedirectResponse(home_of(office), _SEE_OTHER)
        return await pages.page(request, "awal.html", pengembangan=development, kosong=False)

    @router.get("/lacak")
    async def find(request: Request, kode: ShortQuery = None) -> Response:
        """From the code on the receipt to the page of the case."""
        code = (kode or "").strip()
        if not code:
            return await pages.page(request, "awal.html", 422, pengembangan=development, kosong=True)
        return RedirectResponse(f"/cases/{quote(code, safe='')}", _SEE_OTHER)

    @router.get("/masuk")
    async def choose(request: Request, kantor: ShortQuery = None, lanjut: Place = None) -> Response:
        return await _choice(runtime, pages, request, kantor, place_here(lanjut))

    @router.post("/masuk")
    async def enter(
        request: Request,
        kantor: Text = None,
        pejabat: Text = None,
        jabatan: Text = None,
        lanjut: PlaceField = None,
        isian: CarriedForm = None,
    ) -> Response:
        """Signs in, or offers the choice of officials; a form that waits for it is carried from page to page."""
        _same_site(request)
        waiting = _Waiting.read(isian)
        if not (development and kantor and pejabat and jabatan):
            return await _choice(runtime, pages, request, kantor, place_here(lanjut), waiting)
        return await _entered(runtime, Actor(kantor, pejabat, jabatan), place_here(lanjut), waiting)

    if development:
        _add_sign_out(router, runtime)
    return router


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A form to be sent once its sender has signed in; it is carried in the pages, and stored nowhere."""

    text: str
    action: str
    form: BrowserForm

    @classmethod
    def read(cls, text: str | None) -> "_Waiting | None":
        """The form as a page of ours wrote it; Malformed for anything else."""
        if text is None:
            return None
        try:
            carried = json.loads(text)
            fields = FormData([(str(name), str(value)) for name, value in carried["isian"]])
            action = place_here(str(carried["alamat"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            action = None
        if action is None:
            raise Malformed("isian_salah", "Isian yang dibawa tidak dapat dibaca. Isi lagi formulirnya.")
        return cls(text, action, BrowserForm.of(fields))


async def _choice(
    runtime: Runtime,
    pages: Pages,
    request: Request,
    kantor: str | None,
    place: str | None,
    waiting: _Waiting | None = None,
) -> Response:
    """The officials to choose from; in production, where the sign-in is elsewhere, the way on afterwards."""
    development, now = runtime.settings.development, await runtime.store.now()
    codes = await runtime.store.offices() if development else []
    offices = [await runtime.procedures.kantor(code, now) for code in codes]
    chosen = next((office for office in offices if office.kode == kantor), None)
    return await pages.page(
        request,
        "masuk.html",
        pengembangan=development,
        kantor=offices,
        dipilih=chosen,
        pejabat=chosen.officials_at(chosen.calendar.local_date(now)) if chosen else (),
        lanjut=place,
        menunggu=waiting,
        medan=[*waiting.form.hidden.items(), *waiting.form.shown] if waiting else [],
    )


async def _entered(runtime: Runtime, actor: Actor, place: str | None, waiting: _Waiting | None) -> Response:
    now = await runtime.store.now()
    if actor.office not in await runtime.store.offices():
        raise Missing("kantor_tidak_ada", "Kantor itu tidak ada. Pilih dari daftar.")
    office = await runtime.procedures.kantor(actor.office, now)
    check_post(office, actor, now)
    key = runtime.settings.token_key
    token = tokens.issue(key, actor, hours=_HOURS)
    answer: Response = RedirectResponse(place or home_of(office), _SEE_OTHER)
    if waiting:
        hidden = {**waiting.form.hidden, CSRF: csrf(key, token)}
        answer = Response(resend_page(waiting.form.shown, waiting.action, hidden), headers=SAFE)
    secure = runtime.settings.public_url.startswith("https:")
    answer.set_cookie(
        COOKIE, token, max_age=tokens.COOKIE_DAYS * 86_400, httponly=True, samesite="strict", secure=secure
    )
    return answer


def _add_sign_out(router: APIRouter, runtime: Runtime) -> None:
    @router.post("/keluar")
    async def leave(request: Request, tanda: Annotated[str, Form(alias=CSRF, max_length=100)]) -> Response:
        session = session_of(request.headers)
        if session is None or tanda != csrf(runtime.settings.token_key, session):
            raise NotYours("formulir_lain", "Formulir ini bukan dari halaman Anda. Muat ulang halaman.")
        answer = RedirectResponse("/", _SEE_OTHER)
        answer.delete_cookie(COOKIE)
        return answer


def _same_site(request: Request) -> None:
    """Malformed for a form of a foreign page, which must not sign a visitor in under another name."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Malformed("halaman_lain", "Masuklah dari halaman Jejak sendiri.")
