"""Over a real socket: a request that stops, arrives too slowly or is too large ends its connection only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from fastapi import Request

from jejak.platform.settings import Settings
from jejak.service import server_of
from jejak.web.http_app import create_app
from jejak.web.requests.bodies import incoming
from jejak.web.requests.connections import Limits
from jejak_local.files import free_port

KEY = "A" * 43
ENVIRON = {
    "JEJAK_ENV": "development",
    "JEJAK_DATABASE_URL_INTAKE": "postgresql://nobody@127.0.0.1:1/none",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "JEJAK_MASTER_KEY": KEY,
    "JEJAK_HMAC_KEY": KEY,
    "JEJAK_TOKEN_KEY": KEY,
}
SOON = Limits(head_bytes=4096, head_seconds=0.2, body_seconds=0.2, body_rate=100, connections=4)
END = 20.0
"""Seconds after which a test gives up waiting."""
GOOD = b"GET /health HTTP/1.1\r\nHost: jejak\r\n\r\n"


@asynccontextmanager
async def listening(limits: Limits = SOON) -> AsyncIterator[int]:
    """The port of a service that counts the bytes of a body."""

    async def ready() -> None:
        """Always."""

    app = create_app("contoh", "", ready)

    @app.post("/terima")
    async def take(request: Request) -> dict[str, int]:
        incoming(request.scope).known = True
        return {"bytes": len(await request.body())}

    server = server_of(app, replace(Settings.read("intake", ENVIRON), port=free_port()), limits)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(END):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
    try:
        yield server.config.port
    finally:
        server.should_exit = True
        await serving


async def answer_to(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """The whole answer until the server closes the connection, possibly while parts are still being sent."""
    answer = bytearray()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    async def receive() -> None:
        while piece := await reader.read(1024):
            answer.extend(piece)

    async with asyncio.timeout(END):
        ended = await asyncio.gather(send(), receive(), return_exceptions=True)
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    assert all(error is None or isinstance(error, ConnectionError) for error in ended)
    return bytes(answer)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([b"GET /health HT"], id="half a line"),
        pytest.param([b"GET /health HTTP/1.1\r\nHost: jejak\r\nX-A: "], id="half a head"),
        pytest.param([GOOD, b"GET /hea"], id="half of the second request"),
        pytest.param([b"POST /terima HTTP/1.1\r\nHost: jejak\r\nContent-Length: 9\r\n\r\n123"], id="half a body"),
        pytest.param(
            [b"POST /terima HTTP/1.1\r\nHost: jejak\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"], id="chunk"
        ),
    ],
)
async def test_half_a_request_is_given_up(parts: list[bytes]) -> None:
    async with listening() as port:
        assert b"HTTP/1.1 408 Request Timeout" in await answer_to(port, *parts)


async def test_a_connection_on_which_nothing_is_asked_is_closed() -> None:
    async with listening() as port, asyncio.timeout(END):
        assert await answer_to(port) == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GOOD)
        await reader.readuntil(b"}")
        writer.write(b"\r\n")
        assert await reader.read() == b""
        writer.close()


async def test_a_body_that_trickles_is_given_up_and_one_that_moves_is_taken() -> None:
    head = b"POST /terima HTTP/1.1\r\nHost: jejak\r\nConnection: close\r\nContent-Length: 600\r\n\r\n"
    async with listening() as port:
        assert b" 408 " in await answer_to(port, head, *[b"x"] * 100, pause=0.02)
    async with listening(replace(SOON, body_seconds=1.5)) as port:
        moving = await answer_to(port, head, *[b"x" * 50] * 12, pause=0.25)
    assert b'{"bytes":600}' in moving


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"X-A: " + b"a" * 5000 + b"\r\n", id="a long header"),
        pytest.param(b"".join(b"X-%d: a\r\n" % number for number in range(1000)), id="many"),
    ],
)
async def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    async with listening() as port:
        whole = await answer_to(port, b"GET /health HTTP/1.1\r\nHost: jejak\r\n" + head + b"\r\n")
        endless = await answer_to(
            port, b"GET /health HTTP/1.1\r\nHost: jejak\r\nX-A: ", *[b"a" * 2000] * 20, pause=0.001
        )
        address = await answer_to(port, b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: jejak\r\n\r\n")
    for answer in (whole, endless, address):
        assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large")


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n"])
async def test_a_request_names_one_host(hosts: bytes) -> None:
    async with listening() as port:
        assert (await answer_to(port, b"GET /health HTTP/1.1\r\n" + hosts + b"\r\n")).startswith(b"HTTP/1.1 400 ")
        assert b" 200 OK" in await answer_to(port, b"GET /health HTTP/1.0\r\n\r\n")


async def test_more_connections_than_there_may_be_are_turned_away_until_others_end() -> None:
    async with listening(replace(SOON, head_seconds=END)) as port, asyncio.timeout(END):
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SOON.connections)]
        for reader, writer in connections:
            writer.write(GOOD)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert (await answer_to(port, GOOD)).startswith(b"HTTP/1.1 503 ")
        connections[0][1].close()
        last = b"GET /health HTTP/1.1\r\nHost: jejak\r\nConnection: close\r\n\r\n"
        while not (await answer_to(port, last)).startswith(b"HTTP/1.1 200"):  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        for _, writer in connections:
            writer.close()


def test_a_process_that_serves_opens_as_much_as_it_may_and_takes_connections_accordingly() -> None:
    code = """
import resource
from jejak.web.requests.connections import Limits, raise_descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 800))
print(Limits().connections)
raise_descriptors()
print(Limits().connections)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["48", "600"]
