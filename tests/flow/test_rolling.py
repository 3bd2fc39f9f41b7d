"""A process that is stopped in order, with its twin beside it behind Caddy, costs no request its answer."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from jejak.platform.settings import Settings
from jejak.service import server_of
from jejak.web.drain import Drain, Server
from jejak.web.http_app import create_app
from jejak_local.files import free_port
from tests.edge import edge_before
from tests.unit.web.test_connections import ENVIRON
from tests.waits import PATIENCE

DRAIN_SECONDS = 5.0
"""The default of JEJAK_DRAIN_SECONDS, for which the Caddyfile is written."""
AT_ONCE = 12
"""Requests under way: the living process always has some, and the closed one none, which least_conn prefers."""
WORK_SECONDS = 0.05
FEW = 200
"""Requests that are answered after the process has closed."""


async def ready() -> None:
    """A test's service is ready at once."""


@asynccontextmanager
async def process() -> AsyncIterator[tuple[Server, asyncio.Task[None], str]]:
    """One process of intake, with its address."""
    drain = Drain(DRAIN_SECONDS)
    app = create_app("intake", "", ready, drain=drain)

    @app.post("/cases")
    async def take() -> str:
        await asyncio.sleep(WORK_SECONDS)
        return "diterima"

    settings = replace(Settings.read("intake", ENVIRON), port=free_port())
    server = server_of(app, settings, drain=drain)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
    try:
        yield server, serving, f"127.0.0.1:{settings.port}"
    finally:
        server.should_exit = True
        await serving


async def test_a_process_that_stops_costs_no_request_its_answer(tmp_path: Path) -> None:
    statuses: list[int] = []

    async def ask(client: httpx.AsyncClient) -> None:
        while True:
            statuses.append((await client.post("/cases", json={})).status_code)

    async with process() as (stopping, stopped, first), process() as (_, _, second):
        settings = {"JEJAK_EDGE_INTAKE": f"{first} {second}", "JEJAK_EDGE_PROBE": "/open"}
        with edge_before(tmp_path, {}, **settings) as url:
            async with (
                httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client,
                asyncio.timeout(PATIENCE),
                asyncio.TaskGroup() as group,
            ):
                asking = [group.create_task(ask(client)) for _ in range(AT_ONCE)]
                stopping.handle_exit(signal.SIGTERM, None)
                await stopped
                enough = len(statuses) + FEW
                while len(statuses) < enough:  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.01)
                for task in asking:
                    task.cancel()

    assert set(statuses) == {200}
