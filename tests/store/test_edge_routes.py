"""Every address of every service is reachable at the edge, and leads to the service that owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from fastapi import FastAPI, Response
from fastapi.routing import iter_route_contexts

from jejak.contracts import memberlists
from jejak.service import application
from tests.edge import edge_before
from tests.servers import Database, served
from tests.store.bpjs import runtime_of
from tests.store.test_bodies import BUILDS

OF_EACH = ("/health", "/ready", "/open", "/openapi.json")
"""Addresses that each service has itself; at the edge they are the ledger's."""
INNER = {"/metrics": "GET", memberlists.PATH: "POST"}
"""Addresses of the inner network, which the edge does not serve."""
PLACES = {"office": "13.01", "batch": "b", "kumpulan": "k", "sheet": "s", "verb": "paraf"}


def here(name: str) -> FastAPI:
    """A stand-in for a service that answers with the service's name."""
    app = FastAPI(openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT"])
    async def everything() -> Response:
        return Response(headers={"x-service": name})

    return app


def addresses(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and address of every route, with a value in each of its places."""
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        if path not in (*OF_EACH, *INNER):
            names = [part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")]
            for name in names:
                path = path.replace(f"{{{name}}}", PLACES.get(name, "x"))
            yield from ((method, path) for method in sorted(route.methods or ()))


async def test_every_route_of_every_service_leads_to_it(database: Database, tmp_path: Path) -> None:
    owned: dict[tuple[str, str], str] = {}
    for name, build in BUILDS.items():
        async with runtime_of(database, name, data_dir=tmp_path) as runtime:
            app = application(runtime, await build(runtime), "", runtime.store.ping)
            for method, path in addresses(app):
                assert owned.setdefault((method, path), name) == name, f"{method} {path} has two owners"

    answered = {}
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(served(here(name))) for name in BUILDS}
        address = stack.enter_context(edge_before(tmp_path, urls))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False))
        for method, path in owned:
            answer = await client.request(method, path)
            answered[method, path] = answer.headers.get("x-service", str(answer.status_code))
        refused = [await client.request(method, path) for path, method in INNER.items()]
        common = [(await client.get(path)).headers["x-service"] for path in OF_EACH]

    assert answered == owned
    assert [(answer.status_code, answer.headers.get("x-service")) for answer in refused] == [(404, None)] * len(INNER)
    assert common == ["ledger"] * len(OF_EACH)
    assert set(owned.values()) == set(BUILDS)
