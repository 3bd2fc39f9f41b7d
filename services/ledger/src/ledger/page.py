"""Pages: Jinja templates, escaped, one stylesheet, no script needed. Whoever asks for JSON gets the same as JSON."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import Headers

from jejak import ids
from jejak.browser import csrf, session_of
from jejak.clock.words import date_words, instant_words
from jejak.refusal import Problem
from jejak.runtime import Runtime
from jejak.sop.kantor import Official

_TEMPLATES: Final = Environment(
    loader=PackageLoader("ledger"),
    autoescape=select_autoescape(["html", "svg"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"waktu": instant_words, "tanggal": date_words}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie",
}
_STYLE: Final = (files("ledger") / "static" / "gaya.css").read_bytes()
_STYLE_TAG: Final = f'"{sha256(_STYLE).hexdigest()[:16]}"'
MENU: Final = (("/worklist", "Meja kerja"),)
"""What an official finds at the top of every page."""


def wants_page(request: Request) -> bool:
    """Whether a browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders for whoever asks: his name at the top, and what his forms need."""

    runtime: Runtime

    async def official(self, request: Request) -> Official | None:
        """The official who is signed in and still holds his post; None for anybody else."""
        try:
            actor = self.runtime.door.actor(request)
        except Problem:
            return None
        now = await self.runtime.store.now()
        office = await self.runtime.books.kantor(actor.office, now)
        serving = office.officials_at(office.calendar.local_date(now))
        return next((one for one in serving if (one.kode, one.jabatan) == (actor.code, actor.post)), None)

    async def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A template of this package as the answer to this request."""
        session = session_of(Headers(scope=request.scope)) or _bearer(request)
        given = {
            "saya": await self.official(request),
            "menu": MENU,
            "jalur": request.url.path,
            "tanda": csrf(self.runtime.settings.token_key, session) if session else "",
            "kunci": ids.new_uuid,
        }
        text = _TEMPLATES.get_template(name).render({**given, **values})
        return HTMLResponse(text, status, headers=dict(_HEADERS))


def _bearer(request: Request) -> str | None:
    """The session as the browser's layer has put it in the cookie's place."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" and token else None


def style() -> APIRouter:
    """`GET /gaya.css`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/gaya.css")
    async def sheet(request: Request) -> Response:
        headers = {"ETag": _STYLE_TAG, "Cache-Control": "public, max-age=300"}
        if request.headers.get("if-none-match") == _STYLE_TAG:
            return Response(status_code=304, headers=headers)
        return Response(_STYLE, media_type="text/css", headers=headers)

    return router
