"""Request bodies: no byte is read before the sender is verified, and no more than the route takes.

`receive` of every request is an `Incoming`. It stays closed until `RequestGate` (or `Browser`) has verified the sender,
so a route without that check reads nothing and answers 401. Two kinds of body are read without a sender, at most 64 kB:
forms at the public addresses that a service names (`Service.public`), and, at any address, a form that a browser posts
without a session, which is only shown again (`browser.posted`, 401 or 403).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem

UPLOAD_BYTES: Final = 30 * 1024 * 1024
"""For routes that take documents or lists, and the limit of every request: twenty photographs by a phone."""
COMMAND_BYTES: Final = 256 * 1024
"""For all other routes. The longest command, five thousand cases by number, has 200 kB."""
PUBLIC_BYTES: Final = 64 * 1024
"""For requests without a sender: a short form, such as signing in."""
TOO_LONG_TO_KEEP: Final = "isian_terlalu_panjang"
_FILL_IN_AGAIN: Final = (
    "Sesi Anda sudah berakhir. Isian ini terlalu panjang untuk dibawa, jadi tidak tersimpan. Masuk, lalu isi lagi"
    " formulirnya."
)
_INCOMING: Final = "jejak.incoming"
_DIGITS: Final = 20
"""Most digits of a Content-Length that are read."""
_UTF_8: Final = re.compile(rb'charset\s*=\s*("?)utf-?8\1\s*(?:;|$)')


@dataclass(slots=True)
class Incoming:
    """The `receive` of one request. `most`: bytes its route takes; `known`: whether the body may be read."""

    receive: Receive
    declared: int
    most: int = COMMAND_BYTES
    known: bool = False
    seen: int = 0
    too_long: Problem | None = None
    """The answer in the place of 413."""
    refused: Problem | None = None
    """Why reading stopped, once it has."""
    form: FormData | None = None
    actor: Actor | None = None
    """The verified sender, once an official is verified."""

    @classmethod
    def of(cls, scope: Scope, receive: Receive, public: Mapping[str, str]) -> "Incoming":
        """The body of an arriving request. `public`: the addresses that take a body without a sender."""
        is_public = scope["path"] in public
        declared = _declared(scope)
        return cls(receive, declared, PUBLIC_BYTES if is_public else COMMAND_BYTES, is_public or declared == 0)

    def unfit(self, scope: Scope) -> Problem | None:
        """Why no route takes the body: it exceeds the limit of all, or declares a charset other than UTF-8.

        A form is decoded by the codec its sender names. Some of Python's take hours, and some yield text that cannot be
        encoded again.
        """
        if self.declared > UPLOAD_BYTES:
            return too_large(UPLOAD_BYTES)
        kinds = [value.lower() for name, value in scope["headers"] if name == b"content-type"]
        if any(b"charset" in _UTF_8.sub(b"", kind) for kind in kinds if b"charset" in kind):
            return Problem("bukan_utf_8", "Kirim isi permintaan dalam UTF-8, tanpa charset lain di Content-Type.", 415)
        return None

    async def __call__(self) -> Message:
        if not self.known:
            raise self._refusal(token_needed())
        if self.declared > self.most:
            raise self._refusal(self.too_long or too_large(self.most))
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self.most:
            raise self._refusal(self.too_long or too_large(self.most))
        return message

    async def close(self) -> None:
        """Delete the temporary files of a form."""
        if self.form is not None:
            await self.form.close()

    def _refusal(self, problem: Problem) -> Problem:
        self.refused = problem
        return problem


def incoming(scope: Scope) -> Incoming:
    """The body of a request."""
    received: Incoming = scope[_INCOMING]
    return received


def sender_of(scope: Scope) -> Actor | None:
    """The official of a request, once verified."""
    received: Incoming | None = scope.get(_INCOMING)
    return received.actor if received else None


def with_incoming(scope: Scope, received: Incoming) -> Scope:
    """The scope with this body."""
    return {**scope, _INCOMING: received}


async def form_of(request: Request, otherwise: Problem, **limits: int) -> FormData:
    """The form in a request's body; raises `otherwise` where it is unreadable, or exceeds `limits`."""
    try:
        form = await request.form(**limits)
    except (MultiPartException, HTTPException, UnicodeError):
        raise otherwise from None
    incoming(request.scope).form = form
    return form


def may_send(request: Request, most: int) -> None:
    """Set the limit of this route, in bytes."""
    incoming(request.scope).most = most


def take_short_form(received: Incoming) -> None:
    """Limit a form without a session to what is carried through a sign-in; a longer one has to be filled in again."""
    received.most, received.too_long = PUBLIC_BYTES, Problem(TOO_LONG_TO_KEEP, _FILL_IN_AGAIN, 401)


def token_needed() -> Problem:
    """401: the request has no sender."""
    return Problem("token_perlu", "Sertakan token pejabat: Authorization: Bearer … (jejak token).", 401)


def too_large(most: int) -> Problem:
    """413: the body exceeds the limit of its route."""
    size = f"{most // 1024**2} MB" if most >= 1024**2 else f"{most // 1024} kB"
    detail = f"Isi permintaan lebih dari {size}. Kirim bertahap, atau perkecil fotonya."
    return Problem("terlalu_besar", detail, 413)


def _declared(scope: Scope) -> int:
    """Bytes by Content-Length; 1 for a body of undeclared length, 0 without a body."""
    length = 0
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) <= _DIGITS:
            length = max(length, int(value))
        elif name in (b"content-length", b"transfer-encoding"):
            length = max(length, 1)
    return length
