"""The start page, and the addresses of sign-in and sign-out."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from jejak.cases.decision import Actor
from jejak.platform.errors import Malformed, NotYours
from jejak.platform.settings import SettingsError
from jejak.web.access.step_up import SignIn
from jejak.web.pages.layout import Pages, home_of
from jejak.web.problem_page import FRESH, KEPT
from jejak.web.requests.browser import place_here, session_of
from jejak.web.requests.forms import CSRF, csrf
from jejak.web.runtime import Runtime
from ledger.desk.signin import at_issuer
from ledger.desk.signin.answers import HINT, SEE_OTHER, Answers
from ledger.desk.signin.at_issuer import AtIssuer
from ledger.desk.signin.carried import Waiting

type Text = Annotated[str | None, Form(max_length=100)]
type CarriedForm = Annotated[str | None, Form(alias=KEPT)]
type Fresh = Annotated[str | None, Form(alias=FRESH, max_length=1)]
type FreshQuery = Annotated[str | None, Query(alias=FRESH, max_length=1)]
type ShortQuery = Annotated[str | None, Query(max_length=40)]
type Place = Annotated[str | None, Query(max_length=2000)]
type PlaceField = Annotated[str | None, Form(max_length=2000)]


def routes(runtime: Runtime, pages: Pages) -> list[APIRouter]:
    """`/`, `/lacak`, `/masuk`, `/keluar`; with an issuer also what it needs."""
    answers = Answers(runtime, pages)
    issuer = AtIssuer(answers, runtime.issuer) if runtime.issuer else None
    if issuer is None and not runtime.settings.development:
        raise SettingsError("JEJAK_OIDC_ISSUER is not set.")
    own = [_start(pages), _sign_in(answers, issuer), _sign_out(answers, issuer)]
    return [*own, at_issuer.routes(issuer)] if issuer else own


def _start(pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start(request: Request) -> Response:
        office, _ = await pages.signed_in(request)
        if office is not None:
            return RedirectResponse(home_of(office), SEE_OTHER)
        return await pages.page(request, "awal.html", kosong=False)

    @router.get("/lacak")
    async def find(request: Request, kode: ShortQuery = None) -> Response:
        """From the code on the receipt to the page of the case."""
        code = (kode or "").strip()
        if not code:
            return await pages.page(request, "awal.html", 422, kosong=True)
        return RedirectResponse(f"/cases/{quote(code, safe='')}", SEE_OTHER)

    return router


def _sign_in(answers: Answers, issuer: AtIssuer | None) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/masuk")
    async def begin(
        request: Request, kantor: ShortQuery = None, lanjut: Place = None, segar: FreshQuery = None
    ) -> Response:
        if issuer:
            return await issuer.go(request, place=place_here(lanjut), fresh=segar is not None)
        return await _choice(answers, request, kantor, place_here(lanjut))

    @router.post("/masuk")
    async def enter(
        request: Request,
        kantor: Text = None,
        pejabat: Text = None,
        jabatan: Text = None,
        lanjut: PlaceField = None,
        isian: CarriedForm = None,
        segar: Fresh = None,
    ) -> Response:
        """Signs in, or offers the choice; a form that waits for it is carried from page to page."""
        _same_site(request)
        waiting, place = Waiting.read(isian), place_here(lanjut)
        chosen = Actor(kantor, pejabat, jabatan) if kantor and pejabat and jabatan else None
        if issuer and chosen:
            return await issuer.choose(request, chosen, waiting)
        if issuer:
            return await issuer.go(request, place=place, waiting=waiting, fresh=segar is not None)
        if chosen is None:
            return await _choice(answers, request, kantor, place, waiting)
        return await answers.entered(request, chosen, SignIn(), place=place, waiting=waiting)

    return router


async def _choice(
    answers: Answers, request: Request, kantor: str | None, place: str | None, waiting: Waiting | None = None
) -> Response:
    """The officials to choose from: only in development, where an installation has no issuer."""
    runtime = answers.runtime
    now = await runtime.store.now()
    offices = [await runtime.procedures.kantor(code, now) for code in await runtime.store.offices()]
    chosen = next((office for office in offices if office.kode == kantor), None)
    return await answers.pages.page(
        request,
        "masuk.html",
        kantor=offices,
        dipilih=chosen,
        pejabat=chosen.officials_at(chosen.calendar.local_date(now)) if chosen else (),
        lanjut=place,
        menunggu=waiting,
    )


def _sign_out(answers: Answers, issuer: AtIssuer | None) -> APIRouter:
    router, runtime = APIRouter(include_in_schema=False), answers.runtime

    @router.post("/keluar")
    async def leave(request: Request, tanda: Annotated[str, Form(alias=CSRF, max_length=100)]) -> Response:
        """Ends the session here, then at the issuer."""
        cookie = session_of(request.headers)
        if cookie is None or tanda != csrf(runtime.settings.token_key, cookie):
            raise NotYours("formulir_lain", "Formulir ini bukan dari halaman Anda. Muat ulang halaman.")
        if session := runtime.sessions.issued(cookie):
            await runtime.sessions.end(session.id)
        if issuer is None:
            return answers.left(RedirectResponse("/", SEE_OTHER))
        address = await issuer.leaving(request.cookies.get(HINT))
        here = "Anda sudah keluar dari Jejak."
        if address is None:
            here += " Layanan akun tidak menjawab: tutup peramban agar akun Anda pun keluar."
        return answers.left(await answers.onward(request, address or "/", here, at_once=address is not None))

    return router


def _same_site(request: Request) -> None:
    """Malformed for a form of a foreign page, which must not sign a visitor in under another name."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Malformed("halaman_lain", "Masuklah dari halaman Jejak sendiri.")
