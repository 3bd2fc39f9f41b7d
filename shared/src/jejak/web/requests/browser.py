"""Middleware that turns a browser's form into the request that a program would send, and the answer into a page.

A page is rendered by one service and posts to the service that owns the task. The cookie becomes the token, the fields
become JSON, hidden fields become Idempotency-Key and If-Match, and the answer becomes a redirect, or a page that names
the fault and keeps the typed fields. The routes are the same for browsers and programs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jejak.platform.errors import Malformed, Problem, SignInAgain
from jejak.uploads import MAX_FILES
from jejak.web.access.tokens import Verifier, is_use
from jejak.web.problem_page import (
    CHOSEN,
    SAFE,
    partly_page,
    report_page,
    resend_page,
    session_ended_page,
    stale_page,
    too_long_page,
    unsaved_page,
)
from jejak.web.problems import problem_response
from jejak.web.requests.bodies import (
    COMMAND_BYTES,
    TOO_LONG_TO_KEEP,
    UPLOAD_BYTES,
    Incoming,
    form_of,
    incoming,
    take_short_form,
    token_needed,
    with_incoming,
)
from jejak.web.requests.forms import BROKEN, CSRF, KEY, NEXT, VERSION, Form, csrf

COOKIE: Final = "jejak"
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_MAX_PARTS: Final = 300
"""A browser also sends a part for every file field without a choice."""
_MAX_FIELDS: Final = 300
_ADDRESS: Final = "/?#&=%:;,+@!$'()*~[]"
"""Characters that an address keeps unquoted."""


def session_of(headers: Headers) -> str | None:
    """The session in the browser's cookie; None without one."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return cookie.value or None if cookie else None


def with_session(request: Request, session: str) -> Request:
    """The request with the session as its token, as `Browser` passes on every GET."""
    return Request(_with(request.scope, {"authorization": f"Bearer {session}"}))


@dataclass(slots=True)
class Browser:
    """Around a service's routes. `forms`: pages post commands to it (the forms of the ledger are no commands)."""

    app: ASGIApp
    key: bytes
    verifier: Verifier
    forms: bool = True
    public: Mapping[str, str] = field(default_factory=dict)
    """Addresses whose forms need no session, and why."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is None or "authorization" in headers:
            await self.app(scope, receive, send)
            return
        session, reads = session_of(headers), scope["method"] in ("GET", "HEAD")
        if (
            self.forms
            and scope["path"] not in self.public
            and (not reads if session else scope["method"] == "POST" and of_a_page(headers))
        ):
            await (await self._post(scope, receive, headers))(scope, receive, send)
            return
        if session and reads:
            try:
                official = await self.verifier.of_session(session, used=is_use(headers))
            except Problem as problem:
                await problem_response(problem, scope)(scope, receive, send)
                return
            if official is not None:  # with an ended session only public pages open
                incoming(scope).actor = official
                scope = _with(scope, {"authorization": f"Bearer {session}"})
        await self.app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, headers: Headers) -> Response:
        """Send a form on as a command; the answer as a page."""
        kind, session = _media_type(headers), session_issued(headers, self.verifier)
        if session is None and not of_a_page(headers):
            return _unsaved(401, "Masuk dahulu, lalu isi kembali formulirnya.")
        if kind not in _FORMS:
            return _unsaved(415, "Halaman hanya dapat mengirim formulir.")
        most = UPLOAD_BYTES if kind == _FORMS[1] else COMMAND_BYTES
        try:
            form, refused = await posted(Request(scope, receive), self.key, session, most)
        except Problem as problem:
            page = too_long_page if problem.code == TOO_LONG_TO_KEEP else unsaved_page
            return Response(page({"detail": problem.detail, "status": problem.status}, ()), problem.status, SAFE)
        if refused is not None:
            return refused
        if len(form.files) > MAX_FILES:
            return _unsaved(422, f"Berkasnya lebih dari {MAX_FILES}. Kirim sisanya menyusul.", form.shown)
        try:
            added = {name: _plain(form.hidden[field]) for name, field in _FROM_HIDDEN.items() if form.hidden.get(field)}
            body, kind = await form.encoded()
        except Malformed as problem:
            return _unsaved(problem.status, problem.detail, form.shown)
        await incoming(scope).close()
        added |= {"authorization": f"Bearer {session}", "content-type": kind, "content-length": str(len(body))}
        added |= {"accept": "application/json"}
        answer, command = _Answer(), Incoming(_once(body), len(body))
        try:
            await self.app(with_incoming(_with(_without_cookie(scope), added), command), command, answer)
        finally:
            await command.close()
        return answer.page(form, _action(scope))


def of_a_page(headers: Headers) -> bool:
    """Whether the request is a form that a browser sends, rather than a program."""
    return _media_type(headers) in _FORMS and "text/html" in headers.get("accept", "")


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip()


def session_issued(headers: Headers, verifier: Verifier) -> str | None:
    """The session of the cookie if this installation issued it, even if it has ended."""
    session = session_of(headers)
    return session if session is not None and verifier.was_issued(session) else None


async def posted(
    request: Request, key: bytes, session: str | None, most: int = COMMAND_BYTES
) -> tuple[Form, Response | None]:
    """A page's form, and the answer to a form that is not of a page of this session. `most`: bytes of the form.

    A form without a session is read up to `PUBLIC_BYTES` and only shown again, so that it is not lost. Problem 401 for
    a request that is no form of a page, other problems for an unreadable form.
    """
    if session is None and not of_a_page(request.headers):
        raise token_needed()
    received = incoming(request.scope)
    received.known, received.most = True, most
    if session is None:
        take_short_form(received)
    form = Form.of(await form_of(request, _unreadable(), max_files=_MAX_PARTS, max_fields=_MAX_FIELDS))
    signed = session is not None and form.signed(key, session)
    return form, None if signed else _unsigned(form, request, key, session)


def _unsigned(form: Form, request: Request, key: bytes, session: str | None) -> Response:
    """The answer to a form that is not of a page of this session.

    A form of our own origin (by Sec-Fetch-Site), from a page of an ended session: the sender signs in, or, if already
    signed in, reviews it and sends it again. Any other form is only shown.
    """
    if request.headers.get("sec-fetch-site") != "same-origin":
        return _unsaved(403, "Formulir ini bukan dari halaman Anda, atau sudah terlalu lama terbuka.", form.shown)
    if session is None:
        return Response(ended(form, _action(request.scope)), 401, SAFE)
    hidden = {**form.hidden, CSRF: csrf(key, session)}
    return Response(resend_page(form.shown, _action(request.scope), hidden), 403, SAFE)


def _action(scope: Scope) -> str:
    """The address to which a form was sent."""
    query = scope["query_string"].decode("ascii")
    return str(scope["path"]) + (f"?{query}" if query else "")


def ended(form: Form, action: str, *, again: bool = False) -> bytes:
    """The page for a form whose session has ended; `again`: whose sign-in is too old for what it asks."""
    files = [*form.hidden.get(CHOSEN, "").splitlines(), *(name for name, _ in form.files)]
    return session_ended_page(form.shown, action, form.hidden, files, again=again)


def place_here(place: str | None) -> str | None:
    """A path of this site from user input; None for any other address."""
    if place is None or not place.startswith("/") or place.startswith(("//", "/\\")) or not place.isprintable():
        return None
    return place


_FROM_HIDDEN: Final = {"idempotency-key": KEY, "if-match": VERSION}


def _unreadable() -> Malformed:
    return Malformed("formulir_salah", "Formulir tidak dapat dibaca. Muat ulang halamannya, lalu isi kembali.")


def _plain(text: str) -> str:
    """A hidden field that becomes a header. Malformed for characters that no header holds."""
    if not (text.isascii() and text.isprintable()):
        raise Malformed("formulir_rusak", BROKEN)
    return text


@dataclass(slots=True)
class _Answer:
    """The service's answer for a program, collected to become a page."""

    status: int = 500
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")

    def page(self, form: Form, action: str) -> Response:
        """A redirect to the next page, or a page that shows what was wrong. `action`: the address of the form."""
        try:
            answer = json.loads(self.body or b"{}")
        except ValueError:
            answer = {}
        place = _next_page(form, answer)
        if self.status == HTTPStatus.PRECONDITION_FAILED and "versi" in answer:
            hidden = {**form.hidden, VERSION: str(answer["versi"])}
            return Response(stale_page(answer, form.shown, action, hidden, len(form.files)), self.status, SAFE)
        if self.status == HTTPStatus.UNAUTHORIZED:
            again = str(answer.get("type", "")).endswith(SignInAgain.kind)
            return Response(ended(form, action, again=again), self.status, SAFE)
        if self.status >= HTTPStatus.BAD_REQUEST:
            return Response(unsaved_page(answer, form.shown), self.status, SAFE)
        if "laporan" in answer:
            return Response(report_page(answer, place), headers=SAFE)
        if answer.get("gagal") and answer.get("selesai") is not None:
            return Response(partly_page(answer, place), headers=SAFE)
        return Response(None, HTTPStatus.SEE_OTHER, {"location": place, "cache-control": "no-store"})


def _next_page(form: Form, answer: Mapping[str, Any]) -> str:
    """The page that the form names as the next, with the case of the answer: a path here, quoted for a header."""
    place = form.hidden.get(NEXT, "/")
    if not place.startswith("/") or place.startswith(("//", "/\\")):
        return "/"
    for name in ("berkas", "kode"):
        place = place.replace(f"{{{name}}}", str(answer.get(name, "")))
    return quote(place, safe=_ADDRESS)


def _unsaved(status: int, sentence: str, fields: Sequence[tuple[str, str]] = ()) -> Response:
    return Response(unsaved_page({"detail": sentence, "status": status}, fields), status, SAFE)


def _with(scope: Scope, headers: Mapping[str, str]) -> Scope:
    """The request with these headers."""
    changed = MutableHeaders(raw=list(scope["headers"]))
    changed.update(headers)
    return {**scope, "headers": changed.raw}


def _without_cookie(scope: Scope) -> Scope:
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"]}


def _once(body: bytes) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive
