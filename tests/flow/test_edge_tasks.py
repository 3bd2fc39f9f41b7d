"""The one address leads each task to the service that owns it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI

from jejak.contracts.tasks import SERVICES, TASKS
from jejak_local import edge
from tests.edge import front
from tests.servers import served


def named(service: str) -> FastAPI:
    """A service that answers every request with its name."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def everything() -> str:
        return service

    return app


async def test_the_page_and_the_form_of_a_task_lead_to_the_service_that_owns_it(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        services = {name: await stack.enter_async_context(served(named(name))) for name in (*SERVICES, "ledger")}
        client = await stack.enter_async_context(front(tmp_path, services))
        for kind in TASKS.values():
            for method, path in (("GET", f"/cases/x/tasks/{kind.verb}"), ("POST", f"/cases/x/tasks/{kind.verb}/start")):
                answer = await client.request(method, path)
                assert (path, answer.json()) == (path, kind.service)


@pytest.mark.parametrize("path", ["/cases/x/tasks/terbang", "/tasks/terbang/start", "/batches/13.01/k/tasks/terbang"])
async def test_an_unknown_task_is_not_there(tmp_path: Path, path: str) -> None:
    async with front(tmp_path, {}) as client:
        answers = [await client.request(method, path) for method in ("GET", "POST")]
        page = await client.get(path, headers={"Accept": "text/html"})

    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:jejak:masalah:tugas_tidak_dikenal")
    assert (page.status_code, "<h1>Tidak ditemukan</h1>" in page.text) == (404, True)
    assert '<p role="alert" class="galat">Tugas itu tidak ada. Periksa alamatnya.</p>' in page.text


@pytest.mark.parametrize("verb", ["check_documents", "terbang"])
async def test_the_refusal_of_several_names_the_tasks_done_one_by_one(tmp_path: Path, verb: str) -> None:
    async with front(tmp_path, {}) as client:
        answer = await client.get(f"/worklist/{verb}")
        page = await client.get(f"/worklist/{verb}", headers={"Accept": "text/html"})

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (404, "urn:jejak:masalah:bukan_sekaligus")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "satu per satu dari meja kerja" in problem["detail"]
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert problem["detail"] in page.text


def test_the_routes_of_tasks_are_those_of_the_table() -> None:
    assert edge.TASK_ROUTES.read_text(encoding="utf-8") == edge.task_routes(), "run `python -m jejak_local.edge`"
