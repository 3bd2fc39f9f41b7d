"""A request's body: not a byte of it is read before it is known who asks, and no more than its route takes.

`receive` of every request is an `Incoming`. It stays shut until `RequestGate` (or `Browser`) knows the sender, so a
route that forgets to ask reads nothing and is answered 401. Two things are read of strangers, 64 kB of each at most: a
form at the addresses for people who cannot be known yet, which their service names (`Service.public`); and, anywhere,
a form that a browser posts without a session, only to be shown what was typed (`browser.posted`, 401 or 403).
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

from jejak.platform.errors import Problem

UPLOAD_BYTES: Final = 30 * 1024 * 1024
"""Twenty documents photographed by a phone, or a list: for the routes that say so, and the most anybody may send."""
COMMAND_BYTES: Final = 256 * 1024
"""What a route takes that says nothing else. The longest command, five thousand cases by number, has 200 kB."""
PUBLIC_BYTES: Final = 64 * 1024
"""What a stranger may send: a short form, as of who signs in."""
TOO_LONG_TO_KEEP: Final = "isian_terlalu_panjang"
_FILL_IN_AGAIN: Final = (
    "Sesi Anda sudah berakhir. Isian ini terlalu panjang untuk dibawa, jadi tidak tersimpan. Masuk, lalu isi lagi"
    " formulirnya."
)
_INCOMING: Final = "jejak.incoming"
_DIGITS: Final = 20
"""No body is so long that its length has more of them."""
_UTF_8: Final = re.compile(rb'charset\s*=\s*("?)utf-?8\1\s*(?:;|$)')


@dataclass(slots=True)
class Incoming:
    """The `receive` of one request. `most`: bytes its route takes; `known`: whether the sender may be listened to."""

    receive: Receive
    declared: int
    most: int = COMMAND_BYTES
    known: bool = False
    seen: int = 0
    too_long: Problem | None = None
    """What is answered in the place of 413."""
    refused: Problem | None = None
    """Why no more was read, once that is so."""
    form: FormData | None = None

    @classmethod
    def of(cls, scope: Scope, receive: Receive, public: Mapping[str, str]) -> "Incoming":
        """That of a request as it arrives. `public`: the addresses at which strangers are listened to."""
        stranger = scope["path"] in public
        declared = _declared(scope)
        return cls(receive, declared, PUBLIC_BYTES if stranger else COMMAND_BYTES, stranger or declared == 0)

    def unfit(self, scope: Scope) -> Problem | None:
        """Why the body is for no route: longer than any takes, or said to be written in anything but UTF-8.

        A form would be decoded by the codec its sender names. Python has some that take hours, and some that make
        text which cannot be written.
        """
        if self.declared > UPLOAD_BYTES:
            return too_large(UPLOAD_BYTES)
        kinds = [value.lower() for name, value in scope["headers"] if name == b"content-type"]
        if any(b"charset" in _UTF_8.sub(b"", kind) for kind in kinds if b"charset" in kind):
            return Problem("bukan_utf_8", "Kirim isi permintaan dalam UTF-8, tanpa charset lain di Content-Type.", 415)
        return None

    async def __call__(self) -> Message:
        if not self.known:
            raise self._no(token_needed())
        if self.declared > self.most:
            raise self._no(self.too_long or too_large(self.most))
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self.most:
            raise self._no(self.too_long or too_large(self.most))
        return message

    async def close(self) -> None:
        """Away with the files of a form, whatever came of it."""
        if self.form is not None:
            await self.form.close()

    def _no(self, problem: Problem) -> Problem:
        self.refused = problem
        return problem


def incoming(scope: Scope) -> Incoming:
    """That of a request under way."""
    found: Incoming = scope[_INCOMING]
    return found


def with_incoming(scope: Scope, received: Incoming) -> Scope:
    """The request with its body in this way."""
    return {**scope, _INCOMING: received}


async def form_of(request: Request, otherwise: Problem, **limits: int) -> FormData:
    """The form that a request holds; `otherwise` where it cannot be read, or has more than its `limits`."""
    try:
        form = await request.form(**limits)
    except (MultiPartException, HTTPException, UnicodeError):
        raise otherwise from None
    incoming(request.scope).form = form
    return form


def may_send(request: Request, most: int) -> None:
    """This route takes a body of so many bytes."""
    incoming(request.scope).most = most


def take_short_form(received: Incoming) -> None:
    """A page's form without a session: as much as goes along through a sign-in; a longer one is filled in again."""
    received.most, received.too_long = PUBLIC_BYTES, Problem(TOO_LONG_TO_KEEP, _FILL_IN_AGAIN, 401)


def token_needed() -> Problem:
    """401: it is not said who asks."""
    return Problem("token_perlu", "Sertakan token pejabat: Authorization: Bearer … (jejak token).", 401)


def too_large(most: int) -> Problem:
    """413: the body has more than the bytes its route takes."""
    size = f"{most // 1024**2} MB" if most >= 1024**2 else f"{most // 1024} kB"
    detail = f"Isi permintaan lebih dari {size}. Kirim bertahap, atau perkecil fotonya."
    return Problem("terlalu_besar", detail, 413)


def _declared(scope: Scope) -> int:
    """Bytes by Content-Length; one where a body comes whose length is not said, none where no body comes."""
    length = 0
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) <= _DIGITS:
            length = max(length, int(value))
        elif name in (b"content-length", b"transfer-encoding"):
            length = max(length, 1)
    return length
