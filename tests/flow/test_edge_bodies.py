"""Bodies and heads at the one address: large, slow, refused ones, and those that never come."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn

from jejak.web.requests.bodies import UPLOAD_BYTES
from jejak.web.requests.connections import Connection, Limits
from jejak_local.files import free_port
from tests.edge import END, TOKEN, Intake, connected, echo, front, head, status_of
from tests.servers import served

HALF = 250
"""Incomplete requests at once."""


async def test_a_body_may_take_longer_than_a_service_may_be_silent(tmp_path: Path) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(15):
            yield b"x" * 1000
            await asyncio.sleep(0.1)

    async with served(echo()) as url, front(tmp_path, {"intake": url}, JEJAK_EDGE_PATIENCE="500ms") as client:
        answer = await client.post("/cases", content=slowly(), headers=TOKEN)

    assert (answer.status_code, len(answer.content)) == (409, 15_000)


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(UPLOAD_BYTES // 65_536 + 2):
            yield b"x" * 65_536

    async with served(echo()) as url, front(tmp_path, {"intake": url}) as client:
        declared = await client.post("/cases", content=b"x" * (UPLOAD_BYTES + 1), headers=TOKEN)
        undeclared = await client.post("/cases", content=endless(), headers=TOKEN)
        largest = await client.post("/cases", content=b"x" * UPLOAD_BYTES, headers=TOKEN)

    assert (declared.status_code, undeclared.status_code, largest.status_code) == (413, 413, 409)
    assert undeclared.json()["type"] == "urn:jejak:masalah:terlalu_besar"


async def test_a_large_upload_arrives_while_it_is_still_being_sent(tmp_path: Path) -> None:
    intake, size = Intake(), 8 * 1024 * 1024
    async with served(intake.app) as url, front(tmp_path, {"intake": url}) as client:
        reader, writer = await connected(client)
        writer.write(head(TOKEN, size) + b"x" * (size // 2))
        async with asyncio.timeout(END):
            while intake.read < size // 4:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.01)
        writer.write(b"x" * (size // 2))
        assert await status_of(reader) == b"200"
        writer.close()

    assert intake.read == size


async def test_a_stranger_is_answered_while_the_body_is_on_its_way(tmp_path: Path) -> None:
    intake = Intake()
    async with served(intake.app) as url, front(tmp_path, {"intake": url}) as client:
        reader, writer = await connected(client)
        writer.write(head({}, UPLOAD_BYTES) + b"x")
        assert await status_of(reader) == b"401"
        writer.close()

    assert (intake.came, intake.read) == (1, 0)


async def test_many_slow_requests_hold_up_no_other(tmp_path: Path) -> None:
    intake = Intake()
    async with (
        served(intake.app) as url,
        front(tmp_path, {"intake": url}) as client,
        AsyncExitStack() as stack,
        asyncio.timeout(END),
    ):
        for _ in range(HALF):
            _, writer = await connected(client)
            stack.callback(writer.close)
            writer.write(head(TOKEN, 3) + b"a=")
        while intake.came < HALF:  # noqa: ASYNC110 - until all are there
            await asyncio.sleep(0.01)
        answer = await client.post("/cases", content=b"{}", headers=TOKEN)

    assert answer.status_code == 200


async def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async with front(tmp_path, {}) as client:
        reader, writer = await connected(client)
        writer.write(b"GET / HTTP/1.1\r\nHost: jejak\r\nAccept: ")
        assert await status_of(reader) in (b"", b"408")
        writer.close()


async def test_a_body_that_comes_too_slowly_is_cut_by_its_service(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    limited = functools.partial(Connection, Limits(body_seconds=0.3, body_rate=10_000))
    config = uvicorn.Config(intake.app, port=port, http=limited, log_config=None, lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with front(tmp_path, {"intake": f"http://127.0.0.1:{port}"}) as client:
        reader, writer = await connected(client)
        writer.write(head(TOKEN, UPLOAD_BYTES) + b"x")
        assert await status_of(reader) == b"408"
        writer.close()
    server.should_exit = True
    await serving


async def test_a_head_has_its_limit(tmp_path: Path) -> None:
    async with served(echo()) as url, front(tmp_path, {"ledger": url}) as client:
        answer = await client.get("/", headers={"X-Besar": "x" * 40 * 1024})

    assert answer.status_code == 431
