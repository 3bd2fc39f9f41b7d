"""Pages: Jinja templates, escaped, one stylesheet, no script needed. Whoever asks for JSON gets the same as JSON."""

from collections.abc import Awaitable, Callable
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
from jejak.sop.kantor import Kantor, Official

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
_STATIC: Final = {
    name: (kind, (files("ledger") / "static" / name).read_bytes())
    for name, kind in (("gaya.css", "text/css"), ("ikon.svg", "image/svg+xml"))
}
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
    """Whether a browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders for whoever asks: his name at the top, and what his forms need."""

    runtime: Runtime

    async def official(self, request: Request) -> Official | None:
        """The official who is signed in and still holds his post; None for anybody else."""
        return (await self.signed_in(request))[1]

    async def signed_in(self, request: Request) -> tuple[Kantor | None, Official | None]:
        """As `official`, with his office."""
        try:
            actor = self.runtime.door.actor(request)
        except Problem:
            return None, None
        now = await self.runtime.store.now()
        office = await self.runtime.books.kantor(actor.office, now)
        serving = office.officials_at(office.calendar.local_date(now))
        me = next((one for one in serving if (one.kode, one.jabatan) == (actor.code, actor.post)), None)
        return (office, me) if me else (None, None)

    async def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A template of this package as the answer to this request."""
        session = session_of(Headers(scope=request.scope)) or _bearer(request)
        office, me = await self.signed_in(request)
        given = {
            "saya": me,
            "menu": menu_of(office, me),
            "jalur": request.url.path,
            "tanda": csrf(self.runtime.settings.token_key, session) if session else "",
            "kunci": ids.new_uuid,
        }
        text = _TEMPLATES.get_template(name).render({**given, **values})
        return HTMLResponse(text, status, headers=dict(_HEADERS))


def plain_page(name: str, **values: Any) -> HTMLResponse:
    """A template for whoever asks, signed in or not: nobody's name, and no form."""
    return HTMLResponse(_TEMPLATES.get_template(name).render(values), headers=dict(_HEADERS))


def _bearer(request: Request) -> str | None:
    """What the cookie held, where the layer around has put it in the place of a token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" and token else None


def static() -> APIRouter:
    """`GET /gaya.css` and `GET /ikon.svg`: all that a page fetches besides itself."""
    router = APIRouter(include_in_schema=False)
    for name, (kind, data) in _STATIC.items():
        router.add_api_route(f"/{name}", _served(kind, data))
    return router


def _served(kind: str, data: bytes) -> Callable[[Request], Awaitable[Response]]:
    headers = {"ETag": f'"{sha256(data).hexdigest()[:16]}"', "Cache-Control": "public, max-age=300"}

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=kind, headers=headers)

    return serve
