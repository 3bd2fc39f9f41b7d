"""Pages: Jinja templates, escaped, one stylesheet, no script needed. Whoever asks for JSON gets the same as JSON."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import Headers

from jejak.platform import ids
from jejak.platform.errors import Problem
from jejak.procedure.kantor import Kantor, Official
from jejak.timekeeping.words import date_words, instant_words
from jejak.web.requests.browser import session_of
from jejak.web.requests.forms import csrf
from jejak.web.runtime import Runtime

_HERE: Final = "jejak.web.pages"
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie",
}
_SCRIPTS: Final = "; script-src 'self'; connect-src 'self'"
"""What a page that has a script may do besides: run ours, and ask nobody else."""
HTMX: Final = "htmx-2.0.11.min.js"
"""Renews a list in place; as published (0BSD), from here, because a poor line fetches nothing from elsewhere."""
_STATIC: Final = {
    name: (kind, (files(_HERE) / "static" / name).read_bytes(), seconds)
    for name, kind, seconds in (
        ("gaya.css", "text/css", 300),
        ("ikon.svg", "image/svg+xml", 300),
        ("loket.js", "text/javascript", 300),
        (HTMX, "text/javascript", 31_536_000),  # another version has another name
    )
}
"""Kind, bytes, and for how many seconds a browser need not ask again."""
MENU: Final = (
    ("/worklist", "Meja kerja"),
    ("/cases", "Berkas"),
    ("/cases/baru", "Permohonan baru"),
    ("/cases/kabar", "Kabar"),
    ("/search", "Cari"),
    ("/registers", "Register"),
    ("/timings", "Waktu"),
    ("/bpjs", "BPJS"),
)
"""What an official finds at the top of every page."""
OF_THE_OFFICE: Final = frozenset({"/bpjs", "/timings"})
"""What covers the whole office, and is not for whoever sits in a kelurahan."""
OF_A_PROVINCE: Final = ("/timings",)
"""What is for an office that only oversees others."""


def menu_of(office: Kantor | None, me: Official | None) -> list[tuple[str, str]]:
    """What of MENU is for this official: a province sees figures, a kelurahan nothing that covers the whole office."""
    if office and office.provinsi:
        return [one for one in MENU if one[0] in OF_A_PROVINCE]
    return [one for one in MENU if one[0] not in OF_THE_OFFICE or (me and me.wilayah is None)]


def home_of(office: Kantor) -> str:
    """Where an official of this office begins."""
    return OF_A_PROVINCE[0] if office.provinsi else MENU[0][0]


def wants_page(request: Request) -> bool:
    """Whether a browser asks, by itself or through a page's script, rather than a program."""
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders templates of a service's package, or of the layout, with what they need of who asks and for forms."""

    runtime: Runtime
    package: str = _HERE

    async def official(self, request: Request) -> Official | None:
        """The official who is signed in and still holds his post; None for anybody else."""
        return (await self.signed_in(request))[1]

    async def signed_in(self, request: Request) -> tuple[Kantor | None, Official | None]:
        """As `official`, with his office."""
        try:
            actor = self.runtime.gate.actor(request)
        except Problem:
            return None, None
        now = await self.runtime.store.now()
        office = await self.runtime.procedures.kantor(actor.office, now)
        serving = office.officials_at(office.calendar.local_date(now))
        me = next((one for one in serving if (one.kode, one.jabatan) == (actor.code, actor.post)), None)
        return (office, me) if me else (None, None)

    async def page(
        self, request: Request, name: str, status: int = 200, *, script: str | None = None, **values: Any
    ) -> HTMLResponse:
        """A template as the answer to this request; `script` helps where a browser runs it."""
        session = session_of(Headers(scope=request.scope)) or _bearer(request)
        office, me = await self.signed_in(request)
        given = {
            "saya": me,
            "menu": menu_of(office, me),
            "jalur": request.url.path,
            "tanda": csrf(self.runtime.settings.token_key, session) if session else "",
            "kunci": ids.new_uuid,
            "skrip": script,
        }
        text = _templates(self.package).get_template(name).render({**given, **values})
        answer = HTMLResponse(text, status, headers=dict(_HEADERS))
        if script:
            answer.headers["Content-Security-Policy"] += _SCRIPTS
        return answer


@cache
def _templates(package: str) -> Environment:
    """The templates of a service's package, on top of the layout's."""
    found = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(_HERE)]),
        autoescape=select_autoescape(["html", "svg"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"waktu": instant_words, "tanggal": date_words}
    return found


def _bearer(request: Request) -> str | None:
    """What the cookie held, where the layer around has put it in the place of a token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" and token else None


def static() -> APIRouter:
    """`GET /gaya.css` and so on: all that a page fetches besides itself."""
    router = APIRouter(include_in_schema=False)
    for name, (kind, data, seconds) in _STATIC.items():
        router.add_api_route(f"/{name}", _served(kind, data, seconds))
    return router


def _served(kind: str, data: bytes, seconds: int) -> Callable[[Request], Awaitable[Response]]:
    """Compressed for whoever takes it so."""
    small = gzip.compress(data, mtime=0)
    headers = {
        "ETag": f'"{sha256(data).hexdigest()[:16]}"',
        "Cache-Control": f"public, max-age={seconds}",
        "Vary": "Accept-Encoding",
    }

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(small, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
        return Response(data, media_type=kind, headers=headers)

    return serve
