"""The answers of a sign-in: the cookies it sets, and the pages that lead on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from jejak.cases.decision import Actor, check_post
from jejak.platform.errors import Missing, Problem
from jejak.platform.ids import real_seconds
from jejak.web.access import tokens
from jejak.web.access.issuer import Addresses
from jejak.web.access.persons import HeldPost
from jejak.web.access.sessions import Session
from jejak.web.access.step_up import SignIn
from jejak.web.pages.layout import Pages, home_of
from jejak.web.problem_page import SAFE, resend_page
from jejak.web.requests.browser import COOKIE, session_of
from jejak.web.requests.forms import CSRF, csrf
from jejak.web.runtime import Runtime
from ledger.desk.signin.attempt import MOST, SECONDS, Attempt, Proven, cookie_of
from ledger.desk.signin.carried import Waiting

SEE_OTHER: Final = 303
UNDER_WAY: Final = "jejak_masuk"
"""Cookie of a sign-in under way. The return comes from the issuer's page: SameSite=Strict would keep it back."""
HINT: Final = "jejak_keluar"
"""Cookie with the id_token, by which the issuer knows at the sign-out whose session to end."""
RETURN: Final = "/masuk/kembali"
_UNDER: Final = "/masuk"
_OUT: Final = "/keluar"


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one installation."""

    runtime: Runtime
    pages: Pages

    async def entered(
        self,
        request: Request,
        actor: Actor,
        sign_in: SignIn,
        *,
        place: str | None = None,
        waiting: Waiting | None = None,
        issuer_session: str | None = None,
    ) -> Response:
        """A new session, and the page to which its official goes on: the form that waited, else the place, else home.

        NotYours for a post that the kantor file does not give today, Missing for an office that is not loaded.
        """
        runtime = self.runtime
        if actor.office not in await runtime.store.offices():
            raise Missing("kantor_tidak_ada", "Kantor itu tidak ada. Pilih dari daftar.")
        now = await runtime.store.now()
        office = await runtime.procedures.kantor(actor.office, now)
        check_post(office, actor, now)
        token = await runtime.sessions.begin(actor, sign_in, issuer_session)
        if before := self.session(request):
            await runtime.sessions.end(before.id)
        if waiting:
            hidden = {**waiting.form.hidden, CSRF: csrf(runtime.settings.token_key, token)}
            answer: Response = Response(resend_page(waiting.form.shown, waiting.action, hidden), headers=SAFE)
        elif runtime.issuer is None:
            answer = RedirectResponse(place or home_of(office), SEE_OTHER)
        else:
            answer = await self.onward(request, place or home_of(office), "Anda sudah masuk.")
        self.set_cookie(answer, COOKIE, token, seconds=tokens.COOKIE_DAYS * 86_400)
        return answer

    async def onward(self, request: Request, place: str, sentence: str, *, at_once: bool = True) -> Response:
        """A page that leads on, by itself if `at_once`.

        No redirect: after one that began at the issuer, browsers keep cookies with SameSite=Strict back, and a form may
        not end at another site (`form-action` of the Content-Security-Policy).
        """
        return await self.pages.page(request, "masuk_lanjut.html", tujuan=place, kalimat=sentence, seketika=at_once)

    async def under_way(self, request: Request, what: Attempt, addresses: Addresses, max_age: int) -> Response | None:
        """The way to the issuer; None where the form that waits is too long for a cookie."""
        settings = self.runtime.settings
        assert settings.identity is not None
        cookie = cookie_of(settings.token_key, what, real_seconds())
        if cookie is None:
            return None
        address = what.address(addresses, settings.identity, self.redirect, max_age)
        reads = request.method == "GET"
        answer = (
            RedirectResponse(address, SEE_OTHER, {"cache-control": "no-store"})
            if reads
            else await self.onward(request, address, "Anda diteruskan ke halaman masuk.")
        )
        self.set_cookie(answer, UNDER_WAY, cookie, path=_UNDER, seconds=SECONDS, lax=True)
        return answer

    async def choice(
        self, request: Request, proven: Proven, held: Sequence[HeldPost], waiting: Waiting | None
    ) -> Response:
        """The posts of a person who holds several."""
        answer: Response = await self.pages.page(request, "masuk_jabatan.html", jabatan=held, menunggu=waiting)
        cookie = cookie_of(self.runtime.settings.token_key, proven, real_seconds())
        assert cookie is not None
        self.set_cookie(answer, UNDER_WAY, cookie, path=_UNDER, seconds=SECONDS, lax=True)
        return answer

    async def failed(
        self,
        request: Request,
        problem: Problem,
        *,
        place: str | None = None,
        waiting: Waiting | None = None,
        fresh: bool = False,
        leave: str | None = None,
    ) -> Response:
        """Why nobody is signed in, and how to try again with the form that waits. `leave`: the issuer's sign-out."""
        answer: Response = await self.pages.page(
            request,
            "masuk_gagal.html",
            problem.status,
            kalimat=problem.detail,
            lanjut=place,
            menunggu=waiting,
            segar=fresh,
            keluar=leave,
        )
        return answer

    def leaving(self, addresses: Addresses, hint: str | None) -> str | None:
        """The address that ends the session at the issuer (OpenID Connect RP-Initiated Logout 1.0)."""
        settings = self.runtime.settings
        if settings.identity is None or addresses.end_session is None:
            return None
        query = {"client_id": settings.identity.client_id, "post_logout_redirect_uri": f"{settings.public_url}/"}
        joint = "&" if "?" in addresses.end_session else "?"
        return f"{addresses.end_session}{joint}{urlencode(query | ({'id_token_hint': hint} if hint else {}))}"

    def session(self, request: Request) -> Session | None:
        """The session that the browser shows, by its cookie alone."""
        cookie = session_of(request.headers)
        return self.runtime.sessions.issued(cookie) if cookie else None

    @property
    def redirect(self) -> str:
        """The address of the return, by the public address alone: no header of a request has a say."""
        return f"{self.runtime.settings.public_url}{RETURN}"

    def keep_hint(self, answer: Response, id_token: str) -> None:
        """Keep the id_token for the sign-out. One too long for a cookie is left out: the issuer then asks."""
        if len(id_token) <= MOST:
            self.set_cookie(answer, HINT, id_token, path=_OUT, seconds=self.runtime.settings.session.length)

    def done(self, answer: Response) -> Response:
        """The answer without the cookie of the sign-in under way."""
        answer.delete_cookie(UNDER_WAY, path=_UNDER)
        return answer

    def left(self, answer: Response) -> Response:
        """The answer without any cookie of the session, nor of a sign-in that waits for the choice of a post."""
        answer.delete_cookie(COOKIE)
        answer.delete_cookie(HINT, path=_OUT)
        return self.done(answer)

    def set_cookie(
        self,
        answer: Response,
        name: str,
        value: str,
        *,
        path: str = "/",
        seconds: int,
        lax: bool = False,
    ) -> None:
        """A cookie kept from scripts, and from connections without TLS where the public address has it."""
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            path=path,
            httponly=True,
            samesite="lax" if lax else "strict",
            secure=self.runtime.settings.public_url.startswith("https:"),
        )
