"""The one address of an embedded installation: what is not read here goes to the service that owns it.

Bodies are streamed both ways; nothing is parsed. In production a reverse proxy in front does this instead.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Final

import aiohttp
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from yarl import URL

from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Missing, Problem
from jejak.web.bodies import UPLOAD_BYTES, may_send
from jejak.web.door import Door
from ledger.desk.docs_page import described_page

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
    }
)
_CONNECT_SECONDS: Final = 5
_ANSWER_SECONDS: Final = 120
_CHUNK: Final = 64 * 1024

_OF_TASKS: Final = ("/cases/{case}/tasks/{verb}", "/tasks/{verb}", "/batches/{office}/{kumpulan}/tasks/{verb}")
"""Of one case, of several, of a batch: each goes to the service that owns the task."""

HERE: Final = "ledger"
"""The service that answers at the one address."""
_BPJS: Final = "bpjs_sync"
"""The service that BPJS's machine answers."""
_OPENAPI: Final = "/openapi.json"

type Segment = Annotated[str, Path(max_length=100)]


class Forwarder:
    """Passes requests on, over kept connections that live as long as `run`.

    Nothing of a body goes on before it is known here who sends it; whether he may is judged where it goes to. A service
    may be silent for `silent_seconds` once it has the whole request: how long that is on its way is bounded, as is the
    number of requests, by `jejak.web.connections`.
    """

    def __init__(self, services: Mapping[str, str], door: Door, silent_seconds: float = _ANSWER_SECONDS) -> None:
        self._door = door
        self._bases = {name: URL(url) for name, url in services.items()}
        self._timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS, sock_read=silent_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Holds the connections until cancelled."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)  # one at most for each connection to here
        async with aiohttp.ClientSession(
            connector=connector, timeout=self._timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            self._session = session
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._session = None

    def knows(self, service: str) -> bool:
        """Whether there is such a service."""
        return service in self._bases

    async def to(self, service: str, request: Request, path: str | None = None) -> Response:
        """The service's own answer, at the same path unless another is named. Problem 503 while it is not there."""
        may_send(request, UPLOAD_BYTES)
        if service == _BPJS and request.url.path.endswith("/replies"):  # whatever the version of the contract
            await self._door.client(request)
        elif request.method not in ("GET", "HEAD") and (refused := await self._door.sender(request)) is not None:
            return refused
        base = self._bases.get(service)
        if base is None or self._session is None:
            raise _away()
        body = _Body(request)
        try:
            answer = await self._session.request(
                request.method,
                _address(base, request) if path is None else base.with_path(path),
                headers=_onward(request.headers.items()),
                data=body.stream() if _has_body(request) else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError):
            if body.failure is not None:
                raise body.failure from None
            raise _away() from None
        return StreamingResponse(_body(answer), answer.status, headers=dict(_back(answer.headers.items())))


class _Body:
    """The request's body as it comes; remembers when it broke off or grew too large, which is nobody else's fault."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.failure: Exception | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._request.stream():
                yield chunk
        except Exception as error:
            self.failure = error
            raise


def _address(base: URL, request: Request) -> URL:
    """The same path and query at the service, byte for byte."""
    query = request.scope["query_string"].decode("ascii")
    path = request.scope["raw_path"].decode("ascii").partition("?")[0]
    return URL(str(base).rstrip("/") + path + (f"?{query}" if query else ""), encoded=True)


async def _body(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with answer:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            yield chunk


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _onward(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def _back(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the server here says of itself is not said twice."""
    return [(name, value) for name, value in _onward(headers) if name.lower() != "date"]


def _away() -> Problem:
    return Problem("layanan_mati", "Bagian ini sedang tidak dapat dihubungi. Ulangi sebentar lagi.", 503)


def routes(forwarder: Forwarder) -> APIRouter:
    """Every address of the other services; the services themselves document them, at `/docs/{service}`."""
    router = APIRouter(include_in_schema=False)
    _explain(router, forwarder)

    @router.post("/cases")
    @router.post("/cases/families")
    @router.post("/cases/daftar")
    async def submit(request: Request) -> Response:
        return await forwarder.to("intake", request)

    @router.post("/cases/{case}/told")
    @router.post("/cases/{case}/withdraw")
    async def beside_the_line(case: Segment, request: Request) -> Response:  # noqa: ARG001 - part of the address
        return await forwarder.to("intake", request)

    async def task(verb: Segment, request: Request) -> Response:
        if verb not in TASKS:
            raise Missing("tugas_tidak_dikenal", "Tugas itu tidak ada. Periksa alamatnya.")
        return await forwarder.to(TASKS[verb].service, request)

    for place in _OF_TASKS:
        router.post(place)(task)
        router.post(f"{place}/start")(task)

    @router.post("/inferred/{sheet}")
    async def readings(sheet: Segment, request: Request) -> Response:  # noqa: ARG001 - part of the address
        return await forwarder.to("approval", request)

    @router.api_route("/cases/{case}/letters/{rest:path}", methods=["GET", "HEAD", "POST"])
    async def letters(case: Segment, rest: str, request: Request) -> Response:  # noqa: ARG001 - part of the address
        return await forwarder.to("letters", request)

    @router.api_route("/batches/{rest:path}", methods=["GET", "HEAD", "POST"])
    @router.api_route("/bpjs/{rest:path}", methods=["GET", "HEAD", "POST"])
    @router.api_route("/bpjs", methods=["GET", "HEAD"])
    async def bpjs(request: Request) -> Response:
        return await forwarder.to(_BPJS, request)

    return router


def _explain(router: APIRouter, forwarder: Forwarder) -> None:
    """`/docs/{service}`: each service's own OpenAPI, as JSON and as a page to read."""

    def check(service: str) -> None:
        if service != HERE and not forwarder.knows(service):
            raise Missing("layanan_tidak_ada", "Layanan dengan nama itu tidak ada.")

    async def told(service: str, request: Request) -> Response:
        check(service)
        return (
            JSONResponse(request.app.openapi()) if service == HERE else await forwarder.to(service, request, _OPENAPI)
        )

    @router.get("/docs/{service}/openapi.json")
    async def described(service: Segment, request: Request) -> Response:
        return await told(service, request)

    @router.get("/docs/{service}")
    async def explained(service: Segment, request: Request) -> Response:
        answer = await told(service, request)
        if answer.status_code != HTTPStatus.OK:
            return answer
        whole = bytes(answer.body) if service == HERE else b"".join([part async for part in answer.body_iterator])  # type: ignore[attr-defined]  # a StreamingResponse
        return described_page(service, json.loads(whole))
