"""A real Caddy, with the Caddyfile of deploy/, before services of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection
from typing import Any, Final

import httpx
from fastapi import FastAPI, Request, Response
from yarl import URL

from jejak.cases.decision import Actor
from jejak.contracts.tasks import SERVICES
from jejak.platform.settings import Clients
from jejak.web.access.clients import ClientVerifier
from jejak.web.access.service_tokens import ServiceVerifier
from jejak.web.access.tokens import Verifier, issue
from jejak.web.http_app import RequestGate, create_app
from jejak.web.requests.bodies import UPLOAD_BYTES, may_send
from jejak_local import edge
from jejak_local.files import LOOPBACK, free_port, wait_until
from tests.waits import PATIENCE

_KEY: Final = b"k" * 32
_DOOR: Final = RequestGate(
    Verifier(_KEY, development=True), _KEY, ClientVerifier(Clients(), _KEY, development=True), ServiceVerifier(_KEY, "")
)
TOKEN: Final = {"Authorization": f"Bearer {issue(_KEY, Actor('13.01', 'staf-1', 'staf'))}"}
END: Final = 60
"""Seconds after which a test gives up waiting."""


@contextmanager
def edge_before(folder: Path, services: Mapping[str, str], **settings: str) -> Iterator[str]:
    """The edge before these services, by their addresses; other services are away. Its log is `folder/caddy.log`."""
    ports = {name: free_port() for name in (*SERVICES, "ledger", edge.EDGE)}
    ports |= {name: URL(url).port or 0 for name, url in services.items()}
    made = edge.child(ports, folder / "caddy", folder, settings)
    made.start()
    try:
        assert wait_until(lambda: not made.process.alive() or _listens(made.port), seconds=PATIENCE), (
            "Caddy did not start"
        )
        assert made.process.alive(), made.process.last_lines()
        yield made.url
    finally:
        made.stop()


def _listens(port: int) -> bool:
    try:
        create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


async def ready() -> None:
    """A test's service is ready at once."""


@asynccontextmanager
async def front(folder: Path, services: dict[str, str], **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the one address before some services."""
    with edge_before(folder, services, **settings) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=END) as client:
            yield client


def echo() -> FastAPI:
    """A service that returns its request."""
    app = FastAPI()

    @app.get("/health")
    async def health() -> None:
        """Caddy asks for it."""

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST"])
    async def everything(request: Request) -> Any:
        body = await request.body()
        headers = {
            "x-method": request.method,
            "x-path": request.scope["raw_path"].decode(),
            "x-query": request.url.query,
            "x-heard": repr(sorted(request.headers.items())),
            "etag": '"7"',
            "content-type": "application/problem+json",
        }
        return Response(body, 409, headers=headers)

    return app


@dataclass
class Intake:
    """A service that counts requests and the bytes of their bodies."""

    app: FastAPI = field(default_factory=lambda: create_app("intake", "", ready))
    came: int = 0
    read: int = 0

    def __post_init__(self) -> None:
        @self.app.post("/cases")
        async def take(request: Request) -> int:
            self.came += 1
            await _DOOR.actor(request)
            may_send(request, UPLOAD_BYTES)
            async for chunk in request.stream():
                self.read += len(chunk)
            return self.read


def head(known: Mapping[str, str], length: int) -> bytes:
    """The head of a submission whose body is still to come."""
    lines = {"Host": "jejak", "Content-Length": str(length), "Content-Type": "application/json"} | dict(known)
    return "".join(["POST /cases HTTP/1.1\r\n", *(f"{name}: {lines[name]}\r\n" for name in lines), "\r\n"]).encode()


async def connected(client: httpx.AsyncClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(client.base_url.host, client.base_url.port)


async def status_of(reader: asyncio.StreamReader) -> bytes:
    """The status in the answer's first line; empty where the connection was closed without one."""
    async with asyncio.timeout(END):
        return (await reader.readline())[9:12]
