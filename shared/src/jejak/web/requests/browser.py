"""Between a browser's forms and the services: what a page posts becomes the request a program would have sent.

A page is rendered by one service and posts to the service that owns the task. Here the cookie becomes the
token, the fields become JSON, hidden fields become Idempotency-Key and If-Match, and the answer becomes a redirect, or
a page that says what was wrong and keeps what was typed. The routes behind know nothing of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jejak.platform.errors import Malformed, Problem
from jejak.uploads import MAX_FILES
from jejak.web.access.tokens import Verifier
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
"""A browser sends a part for every place where a file could have been chosen, and was not."""
_MAX_FIELDS: Final = 300
_ADDRESS: Final = "/?#&=%:;,+@!$'()*~[]"
"""What stands in an address as it is."""


def session_of(headers: Headers) -> str | None:
    """What the cookie of a signed-in browser holds."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found and found.value else None


def with_session(request: Request, session: str) -> Request:
    """The request with the cookie's session in the place of a token, as every GET has it."""
    return Request(_with(request.scope, {"authorization": f"Bearer {session}"}))


@dataclass(slots=True)
class Browser:
    """Around a service's routes. `forms`: it owns what pages post (the ledger's own are no commands)."""

    app: ASGIApp
    key: bytes
    verifier: Verifier
    forms: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is None or "authorization" in headers:
            await self.app(scope, receive, send)
            return
        session = session_of(headers)
        if session is None and self.forms and scope["method"] == "POST" and of_a_page(headers):
            await self._posted(scope, receive, send, headers)
        elif session is None:
            await self.app(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            # Whose session has ended is a stranger: public pages are open to him, the others ask him to sign in.
            held = self.verifier.holds(session)
            await self.app(_with(scope, {"authorization": f"Bearer {session}"}) if held else scope, receive, send)
        elif self.forms:
            await self._posted(scope, receive, send, headers)
        else:
            await self.app(scope, receive, send)

    async def _posted(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        kind = headers.get("content-type", "").partition(";")[0].strip()
        session = session_issued(headers, self.verifier)
        if session is None and not of_a_page(headers):
            await _unsaved(send, 401, "Masuk dahulu, lalu isi kembali formulirnya.", ())
            return
        if kind not in _FORMS:
            await _unsaved(send, 415, "Halaman hanya dapat mengirim formulir.", ())
            return
        most = UPLOAD_BYTES if kind == _FORMS[1] else COMMAND_BYTES
        try:
            form, refused = await posted(Request(scope, receive), self.key, session, most)
        except Problem as problem:
            page = too_long_page if problem.code == TOO_LONG_TO_KEEP else unsaved_page
            await _sent(send, problem.status, SAFE, page({"detail": problem.detail, "status": problem.status}, ()))
            return
        if refused is not None:
            await refused(scope, receive, send)
            return
        if len(form.files) > MAX_FILES:
            await _unsaved(send, 422, f"Berkasnya lebih dari {MAX_FILES}. Kirim sisanya menyusul.", form.fields)
            return
        try:
            added = {name: _plain(form.hidden[field]) for name, field in _FROM_HIDDEN.items() if form.hidden.get(field)}
            body, kind = await form.encoded()
        except Malformed as problem:
            await _unsaved(send, problem.status, problem.detail, form.fields)
            return
        await incoming(scope).close()
        added |= {"authorization": f"Bearer {session}", "content-type": kind, "content-length": str(len(body))}
        added |= {"accept": "application/json"}
        answer, sent = _Answer(), Incoming(_once(body), len(body))
        try:
            await self.app(with_incoming(_with(scope, added), sent), sent, answer)
        finally:
            await sent.close()
        await answer.told(send, form, _action(scope))


def of_a_page(headers: Headers) -> bool:
    """Whether a browser sends what a person typed into a page, rather than a program."""
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return kind in _FORMS and "text/html" in headers.get("accept", "")


def session_issued(headers: Headers, verifier: Verifier) -> str | None:
    """The cookie's session if it is one of ours, though it may have ended."""
    session = session_of(headers)
    return session if session is not None and verifier.issued(session) else None


async def posted(
    request: Request, key: bytes, session: str | None, most: int = COMMAND_BYTES
) -> tuple[Form, Response | None]:
    """A page's form; and the answer to it, unless it is of a page of the same session. `most`: its bytes.

    Who has no session is a stranger. What he typed is read as far as `PUBLIC_BYTES`, is shown to him so that it is not
    lost, and goes nowhere else. Problem 401 for what is of no page, others for what cannot be read.
    """
    if session is None and not of_a_page(request.headers):
        raise token_needed()
    received = incoming(request.scope)
    received.known, received.most = True, most
    if session is None:
        take_short_form(received)
    form = Form.of(await form_of(request, _unread(), max_files=_MAX_PARTS, max_fields=_MAX_FIELDS))
    signed = session is not None and form.signed(key, session)
    return form, None if signed else _unsigned(form, request, key, session)


def _unsigned(form: Form, request: Request, key: bytes, session: str | None) -> Response:
    """The answer to a form that no page of the same session made.

    Of a page of ours (the browser says so) that was opened in a session which has ended: its sender signs in, or, where
    he has done so already, looks it over and sends it again. Of any other: it can only be read.
    """
    if request.headers.get("sec-fetch-site") != "same-origin":
        words = "Formulir ini bukan dari halaman Anda, atau sudah terlalu lama terbuka."
        return Response(unsaved_page({"detail": words, "status": 403}, form.fields), 403, SAFE)
    if session is None:
        return Response(ended(form, _action(request.scope)), 401, SAFE)
    hidden = {**form.hidden, CSRF: csrf(key, session)}
    return Response(resend_page(form.fields, _action(request.scope), hidden), 403, SAFE)


def _action(scope: Scope) -> str:
    """Where a form was sent."""
    query = scope["query_string"].decode("ascii")
    return str(scope["path"]) + (f"?{query}" if query else "")


def ended(form: Form, action: str) -> bytes:
    """The page for a form whose session has ended."""
    files = [*form.hidden.get(CHOSEN, "").splitlines(), *(name for name, _ in form.files)]
    return session_ended_page(form.fields, action, form.hidden, files)


def place_here(place: str | None) -> str | None:
    """An address of ours out of one that came from outside; None for any other."""
    if place is None or not place.startswith("/") or place.startswith(("//", "/\\")) or not place.isprintable():
        return None
    return place


_FROM_HIDDEN: Final = {"idempotency-key": KEY, "if-match": VERSION}


def _unread() -> Malformed:
    return Malformed("formulir_salah", "Formulir tidak dapat dibaca. Muat ulang halamannya, lalu isi kembali.")


def _plain(text: str) -> str:
    """A hidden field that becomes a header. Malformed for what no page of ours has put there."""
    if not (text.isascii() and text.isprintable()):
        raise Malformed("formulir_rusak", BROKEN)
    return text


@dataclass(slots=True)
class _Answer:
    """What the service answered a program, kept to tell a person."""

    status: int = 500
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")

    async def told(self, send: Send, form: Form, action: str) -> None:
        """A redirect to what comes next, or the page that says what was wrong. `action`: where the form was sent."""
        try:
            said = json.loads(self.body or b"{}")
        except ValueError:
            said = {}
        place = _onward(form, said)
        if self.status == HTTPStatus.PRECONDITION_FAILED and "versi" in said:
            hidden = {**form.hidden, VERSION: str(said["versi"])}
            page = stale_page(said, form.fields, action, hidden, len(form.files))
            await _sent(send, self.status, SAFE, page)
        elif self.status == HTTPStatus.UNAUTHORIZED:
            await _sent(send, self.status, SAFE, ended(form, action))
        elif self.status >= HTTPStatus.BAD_REQUEST:
            await _sent(send, self.status, SAFE, unsaved_page(said, form.fields))
        elif "laporan" in said:
            await _sent(send, HTTPStatus.OK, SAFE, report_page(said, place))
        elif said.get("gagal") and said.get("selesai") is not None:
            await _sent(send, HTTPStatus.OK, SAFE, partly_page(said, place))
        else:
            await _sent(send, HTTPStatus.SEE_OTHER, {"location": place, "cache-control": "no-store"}, b"")


def _onward(form: Form, said: Mapping[str, Any]) -> str:
    """Where the form wants to go next: a place here, and fit for a header, whatever was sent."""
    place = form.hidden.get(NEXT, "/")
    if not place.startswith("/") or place.startswith(("//", "/\\")):
        return "/"
    for name in ("berkas", "kode"):
        place = place.replace(f"{{{name}}}", str(said.get(name, "")))
    return quote(place, safe=_ADDRESS)


async def _unsaved(send: Send, status: int, sentence: str, fields: Sequence[tuple[str, str]]) -> None:
    await _sent(send, status, SAFE, unsaved_page({"detail": sentence, "status": status}, fields))


async def _sent(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _with(scope: Scope, headers: Mapping[str, str]) -> Scope:
    names = {name.encode() for name in headers} | {b"cookie"}
    kept = [(name, value) for name, value in scope["headers"] if name not in names]
    return {**scope, "headers": [*kept, *((name.encode(), value.encode("latin-1")) for name, value in headers.items())]}


def _once(body: bytes) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive
