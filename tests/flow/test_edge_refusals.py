"""Requests whose bodies are not read, refused by Caddy itself or by a service, one after the other: Caddy goes on."""

from __future__ import annotations

import asyncio
from http.client import HTTPConnection
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from tests.edge import edge_before
from tests.servers import served
from tests.waits import PATIENCE

READ = "/cases/x/tasks/check_documents"
REFUSED = {"by Caddy": "/cases/x/tasks/menari", "by the service": "/cases/early/tasks/check_documents"}
CLIENTS, ROUNDS = 8, 40


def intake() -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    async def health() -> None:
        """What Caddy asks for every two seconds."""

    @app.post("/cases/{case}/tasks/check_documents")
    async def take(case: str, request: Request) -> Response:
        if case == "early":
            return Response(status_code=401)
        return Response(await request.body())

    return app


def statuses(address: str, refused: str) -> set[tuple[int, int]]:
    """The statuses of a refused and a taken request in turn, on one connection as long as it lasts.

    `http.client` sends a body after its head, so that the answer may be there before it.
    """
    connection = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
    answers = set[tuple[int, int]]()
    for _ in range(ROUNDS):
        pair = []
        for path in (refused, READ):
            connection.request("POST", path, body=b"{}", headers={"Content-Type": "application/json"})
            with connection.getresponse() as answer:
                answer.read()
                pair.append(answer.status)
        answers.add((pair[0], pair[1]))
    connection.close()
    return answers


@pytest.mark.parametrize(("refused", "status"), [(REFUSED["by Caddy"], 404), (REFUSED["by the service"], 401)])
async def test_a_body_that_is_not_read_ends_no_request_but_its_own(tmp_path: Path, refused: str, status: int) -> None:
    async with served(intake()) as url:
        with edge_before(tmp_path, {"intake": url}) as front:
            clients = (asyncio.to_thread(statuses, front, refused) for _ in range(CLIENTS))
            assert set().union(*await asyncio.gather(*clients)) == {(status, 200)}
