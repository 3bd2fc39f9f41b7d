"""Pages: escaped Jinja templates, one stylesheet, no script needed. Programs get the same content as JSON."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers

from jejak.platform import ids
from jejak.platform.errors import Problem
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official
from jejak.web.access.tokens import bearer_token
from jejak.web.pages.environment import SHARED, environment
from jejak.web.requests.browser import session_of
from jejak.web.requests.forms import csrf
from jejak.web.runtime import Runtime

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie",
}
_SCRIPTS: Final = "; script-src 'self'; connect-src 'self'"
"""The further rights of a page with a script: to run our own, and to send requests to this origin only."""
HTMX: Final = "htmx-2.0.11.min.js"
"""Refreshes a list in place; as published (0BSD), served from here: offices have poor lines."""
_STATIC: Final = {
    name: (kind, (files(SHARED) / "static" / name).read_bytes(), seconds)
    for name, kind, seconds in (
        ("gaya.css", "text/css", 300),
        ("ikon.svg", "image/svg+xml", 300),
        ("loket.js", "text/javascript", 300),
        (HTMX, "text/javascript", 31_536_000),  # another version has another name
    )
}
"""Media type, bytes, and the seconds of `max-age`."""
MENU: Final = (
    ("/worklist", "Meja kerja"),
    ("/cases", "Berkas"),
    ("/cases/baru", "Permohonan baru"),
    ("/cases/kabar", "Kabar"),
    ("/search", "Cari"),
    ("/registers", "Register"),
    ("/timings", "Waktu"),
    ("/bpjs", "BPJS"),
    ("/pencocokan", "Pencocokan"),
)
"""The menu at the top of every page."""
OF_THE_OFFICE: Final = frozenset({"/bpjs", "/pencocokan", "/timings"})
"""Pages about the whole office, which officials of a kelurahan do not see."""
OF_A_PROVINCE: Final = ("/timings",)
"""Pages of an office that only oversees others."""


def menu_of(office: Kantor | None, me: Official | None) -> list[tuple[str, str]]:
    """The entries of MENU for this official: a province sees figures, a kelurahan no pages about the whole office."""
    if office and office.provinsi:
        return [entry for entry in MENU if entry[0] in OF_A_PROVINCE]
    return [entry for entry in MENU if entry[0] not in OF_THE_OFFICE or (me and me.wilayah is None)]


def home_of(office: Kantor) -> str:
    """The page on which an official of this office starts."""
    return OF_A_PROVINCE[0] if office.provinsi else MENU[0][0]


def wants_page(request: Request) -> bool:
    """Whether the request comes from a browser or from the script of a page, rather than from a program."""
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders templates of a service's package, or of the layout, with the values of the official and of forms."""

    runtime: Runtime
    package: str = SHARED

    async def official(self, request: Request) -> Official | None:
        """The official who is signed in and still holds the post; else None."""
        return (await self.signed_in(request))[1]

    async def signed_in(self, request: Request) -> tuple[Kantor | None, Official | None]:
        """As `official`, with the office."""
        try:
            actor = await self.runtime.gate.actor(request)
        except Problem:
            return None, None
        now = await self.runtime.store.now()
        office = await self.runtime.procedures.kantor(actor.office, now)
        serving = office.officials_at(office.calendar.local_date(now))
        me = next((holder for holder in serving if (holder.kode, holder.jabatan) == (actor.code, actor.post)), None)
        return (office, me) if me else (None, None)

    async def page(
        self, request: Request, name: str, status: int = 200, *, script: str | None = None, **values: Any
    ) -> HTMLResponse:
        """A template as the answer to this request; `script` is optional help in the browser."""
        # `Browser` moves the session from the cookie into Authorization
        session = session_of(Headers(scope=request.scope)) or bearer_token(request.headers.get("authorization"))
        office, me = await self.signed_in(request)
        shared = {
            "saya": me,
            "menu": menu_of(office, me),
            "jalur": request.url.path,
            "tanda": csrf(self.runtime.settings.token_key, session) if session else "",
            "kunci": ids.new_uuid,
            "skrip": script,
        }
        text = environment(self.package).get_template(name).render({**shared, **values})
        answer = HTMLResponse(text, status, headers=dict(_HEADERS))
        if script:
            answer.headers["Content-Security-Policy"] += _SCRIPTS
        return answer


def static() -> APIRouter:
    """`GET /gaya.css` and so on: the stylesheet, the icon and the scripts of all pages."""
    router = APIRouter(include_in_schema=False)
    for name, (kind, data, seconds) in _STATIC.items():
        router.add_api_route(f"/{name}", _served(kind, data, seconds))
    return router


def _served(kind: str, data: bytes, seconds: int) -> Callable[[Request], Awaitable[Response]]:
    """A handler that serves the file, compressed where the client accepts gzip."""
    compressed = gzip.compress(data, mtime=0)
    headers = {
        "ETag": f'"{sha256(data).hexdigest()[:16]}"',
        "Cache-Control": f"public, max-age={seconds}",
        "Vary": "Accept-Encoding",
    }

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(compressed, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
        return Response(data, media_type=kind, headers=headers)

    return serve
