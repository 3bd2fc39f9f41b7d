"""A service that is told to stop says so at /ready, answers a while longer, and then closes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
import pytest

from jejak.platform.settings import Settings
from jejak.service import server_of
from jejak.web.drain import Drain, Server
from jejak.web.http_app import create_app
from jejak_local.files import free_port
from tests.unit.web.test_connections import ENVIRON
from tests.waits import PATIENCE

LONG = 3600.0


@dataclass(frozen=True, slots=True)
class Serving:
    server: Server
    task: asyncio.Task[None]
    http: httpx.AsyncClient


@asynccontextmanager
async def serving(drain: Drain) -> AsyncIterator[Serving]:
    async def ready() -> None:
        """It is ready at once."""

    settings = replace(Settings.read("intake", ENVIRON), port=free_port())
    server = server_of(create_app("contoh", "", ready, drain=drain), settings, drain=drain)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}") as http:
        yield Serving(server, task, http)
    server.should_exit = True
    await task


@pytest.mark.parametrize("address", ["/ready", "/open"])
async def test_after_the_signal_a_service_is_not_ready_and_still_answers(address: str) -> None:
    async with serving(Drain(LONG)) as service:
        assert (await service.http.get(address)).status_code == 200
        service.server.handle_exit(signal.SIGTERM, None)
        answer = await service.http.get(address)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:jejak:masalah:layanan_berhenti")
        async with asyncio.timeout(PATIENCE):
            while (answer := await service.http.get("/health")).headers.get("connection") != "close":  # noqa: ASYNC110 - uvicorn's tick
                await asyncio.sleep(0.01)
        assert answer.status_code == 200
        assert not service.task.done()


@pytest.mark.parametrize(("seconds", "signals"), [(LONG, 2), (0.0, 1)])
async def test_it_closes_at_the_end_of_its_drain_or_at_the_second_signal(seconds: float, signals: int) -> None:
    async with serving(Drain(seconds)) as service:
        for _ in range(signals):
            service.server.handle_exit(signal.SIGTERM, None)
        await asyncio.wait_for(service.task, PATIENCE)
        with pytest.raises(httpx.ConnectError):
            await service.http.get("/health")


async def test_an_interruption_from_the_keyboard_waits_for_nobody() -> None:
    async with serving(Drain(LONG)) as service:
        service.server.handle_exit(signal.SIGINT, None)
        assert service.server.should_exit
        service.server._captured_signals.clear()  # uvicorn would raise it in this process
