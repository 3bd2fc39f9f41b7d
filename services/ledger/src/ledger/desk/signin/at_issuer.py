"""Signing in at the issuer: the way there, the return, the choice of a post, and the issuer's own sign-out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Form, Query, Request, Response

from jejak.cases.decision import Actor
from jejak.platform import ids
from jejak.platform.errors import Malformed, NotYours, Problem
from jejak.web.access.issuer import Issuer
from jejak.web.access.persons import HeldPost, Person, held_posts
from jejak.web.access.step_up import SignIn
from ledger.desk.signin.answers import RETURN, UNDER_WAY, Answers
from ledger.desk.signin.attempt import Attempt, Proven, actor_of, check_age, opened_attempt, opened_proven
from ledger.desk.signin.carried import Waiting

BACK_CHANNEL: Final = "/keluar/penerbit"

type Word = Annotated[str | None, Query(max_length=4000)]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AtIssuer:
    """The sign-in of an installation that has an issuer."""

    answers: Answers
    issuer: Issuer

    async def go(
        self, request: Request, *, place: str | None, waiting: Waiting | None = None, fresh: bool = False
    ) -> Response:
        """The way to the issuer. A form too long for a cookie stays on the page, and another tab goes there."""
        try:
            addresses = await self.issuer.addresses()
        except Problem as problem:
            return await self.answers.failed(request, problem, place=place, waiting=waiting, fresh=fresh)
        before = self.answers.session(request)
        attempt = Attempt.begin(
            ids.random_bytes,
            place=place,
            form=waiting.text if waiting else None,
            fresh=fresh,
            session=str(before.id) if before else None,
            post=(before.actor.office, before.actor.code, before.actor.post) if before else None,
        )
        answer = await self.answers.under_way(request, attempt, addresses, self._max_age(fresh=fresh))
        if answer is None:
            assert waiting is not None
            return await self.answers.pages.page(request, "masuk_tab.html", menunggu=waiting, segar=fresh)
        return answer

    async def back(self, request: Request, code: str | None, state: str | None, issuer: str | None) -> Response:
        """The return: who it is, and the posts this person holds today."""
        attempt = opened_attempt(self._key, request.cookies.get(UNDER_WAY))
        if attempt is None or not attempt.is_answered_by(state, issuer, self.issuer.identity):
            _log.warning("sign_in_refused", reason="not_under_way")
            return await self.answers.failed(request, _not_under_way())
        try:
            answer = await self._proven(request, attempt, code)
        except Problem as problem:
            _log.warning("sign_in_refused", reason=problem.code)
            leave = await self.leaving() if isinstance(problem, NotYours) else None
            waiting = Waiting.read(attempt.form)
            onward: dict[str, Any] = {"place": attempt.place, "waiting": waiting, "fresh": attempt.fresh}
            answer = self.answers.done(await self.answers.failed(request, problem, leave=leave, **onward))
        return answer

    async def _proven(self, request: Request, attempt: Attempt, code: str | None) -> Response:
        if not code:
            raise Problem("masuk_dibatalkan", "Anda belum masuk: layanan akun membatalkannya.", 401)
        token = await self.issuer.id_token(code, attempt.verifier, self.answers.redirect)
        claims = await self.issuer.id_claims(token, attempt.nonce)
        sign_in = SignIn.of(claims, self.issuer.identity)
        check_age(sign_in, self._max_age(fresh=attempt.fresh), ids.real_seconds())
        runtime, person = self.answers.runtime, Person.of(claims)
        held = await held_posts(person, runtime.store, runtime.procedures)
        sid = claims.get("sid") if isinstance(claims.get("sid"), str) else None
        proven, waiting = Proven(person, sign_in, sid, attempt.place, attempt.session), Waiting.read(attempt.form)
        if actor := _without_choice(held, actor_of(attempt.post) if attempt.fresh else None):
            answer = await self._enter(request, proven, actor, waiting)
        else:
            answer = await self.answers.choice(request, proven, held, waiting)
        self.answers.keep_hint(answer, token)
        return answer

    async def choose(self, request: Request, actor: Actor, waiting: Waiting | None) -> Response:
        """The session in the chosen post. NotYours for a post that this person does not hold."""
        proven = opened_proven(self._key, request.cookies.get(UNDER_WAY))
        if proven is None:
            return await self.answers.failed(request, _not_under_way(), waiting=waiting)
        runtime = self.answers.runtime
        held = await held_posts(proven.person, runtime.store, runtime.procedures)
        if actor not in [each.actor for each in held]:
            raise NotYours("bukan_pejabat", "Jabatan itu tidak Anda pegang hari ini. Pilih dari daftar.")
        return await self._enter(request, proven, actor, waiting)

    async def _enter(self, request: Request, proven: Proven, actor: Actor, waiting: Waiting | None) -> Response:
        answer = await self.answers.entered(
            request,
            actor,
            proven.sign_in,
            place=proven.place,
            waiting=waiting,
            issuer_session=proven.issuer_session,
        )
        if proven.session:
            await self.answers.runtime.sessions.end(uuid.UUID(proven.session))
        _log.info("signed_in", office=actor.office, post=actor.post)
        return self.answers.done(answer)

    async def ended_by_issuer(self, token: str) -> Response:
        """Ends the sessions of a session that the issuer has ended (OpenID Connect Back-Channel Logout 1.0)."""
        try:
            claims = await self.issuer.logout_claims(token)
        except Problem as problem:
            if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            raise Problem(problem.code, problem.detail, 400) from None
        if not isinstance(sid := claims.get("sid"), str):
            raise Malformed("sesi_perlu", "Token ini tidak menyebut sesi (sid).")
        count = await self.answers.runtime.sessions.end_at_issuer(sid)
        _log.info("sessions_ended_by_issuer", count=count)
        return Response(status_code=200, headers={"cache-control": "no-store"})

    async def leaving(self, hint: str | None = None) -> str | None:
        """The issuer's address for the sign-out there; None while it cannot be reached."""
        try:
            return self.answers.leaving(await self.issuer.addresses(), hint)
        except Problem:
            return None

    def _max_age(self, *, fresh: bool) -> int:
        limits = self.answers.runtime.settings.session
        return limits.fresh if fresh else limits.idle

    @property
    def _key(self) -> bytes:
        return self.answers.runtime.settings.token_key


def routes(at_issuer: AtIssuer) -> APIRouter:
    """`/masuk/kembali`, and the address at which the issuer ends sessions."""
    router = APIRouter(include_in_schema=False)

    @router.get(RETURN)
    async def back(request: Request, code: Word = None, state: Word = None, iss: Word = None) -> Response:
        return await at_issuer.back(request, code, state, iss)

    @router.post(BACK_CHANNEL)
    async def ended(logout_token: Annotated[str, Form(max_length=10_000)]) -> Response:
        return await at_issuer.ended_by_issuer(logout_token)

    return router


def _without_choice(held: Sequence[HeldPost], before: Actor | None) -> Actor | None:
    """The only post held, or that of the session which is only renewed; None where the person chooses."""
    actors = [each.actor for each in held]
    return before if before in actors else actors[0] if len(actors) == 1 else None


def _not_under_way() -> Problem:
    return Problem(
        "masuk_usang", "Masuk ini sudah usang, atau dimulai di peramban lain. Mulailah lagi dari halaman ini.", 401
    )
