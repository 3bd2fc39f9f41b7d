"""Every date in a query has both bounds, at every address of every service: what cannot be is answered 422."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from jejak.cases.decision import Actor
from jejak.service import application
from jejak.web.access.clients import issue as issue_to_client
from jejak.web.access.tokens import issue
from tests.servers import Database
from tests.store.bpjs import KEY, OFFICE, runtime_of, town
from tests.store.lives import lines
from tests.store.test_bodies import BUILDS

YEARS: Final = frozenset({"tahun"})
INSTANTS: Final = frozenset({"since"})
PLACES: Final = {"office": OFFICE, "register": "buku"}
MACHINES: Final = "/bpjs/submissions"
KNOWN: Final = frozenset(
    {
        *(("/timings", name) for name in ("from", "to")),
        *(("/timings/cases", name) for name in ("from", "to")),
        *(("/timings/kantor", name) for name in ("from", "to")),
        *(("/timings/lembar", name) for name in ("from", "to")),
        ("/registers/{office}/{register}", "tahun"),
        (MACHINES, "since"),
    }
)


def dated(document: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every parameter of a query that names a date: its address, its name, and values that cannot be."""
    for path, methods in document["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            name, kinds = parameter["name"], _kinds(parameter["schema"])
            if "date" in kinds:
                yield path, name, ("0001-01-01", "0202-07-04", "9999-12-31")
            elif "date-time" in kinds or name in INSTANTS:
                yield (
                    path,
                    name,
                    ("0001-01-01T00:00:00+14:00", "0202-07-04T08:00:00+07:00", "9999-12-31T23:59:59-12:00"),
                )
            elif name in YEARS:
                yield path, name, ("1", "202", "9999")


def _kinds(schema: dict[str, Any]) -> set[str]:
    return {one.get("format", "") for one in (schema, *schema.get("anyOf", []))}


@pytest.mark.parametrize("way", ["text/html", "application/json"])
async def test_no_query_names_a_date_that_cannot_be(database: Database, tmp_path: Path, way: str) -> None:
    found, answers = set[tuple[str, str]](), dict[str, int]()
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(town(database, lines()))
        await office.at("2022-07-04 09:00")
        for service, build in BUILDS.items():
            runtime = await stack.enter_async_context(runtime_of(database, service, data_dir=tmp_path))
            app = application(runtime, await build(runtime), service, runtime.store.ping)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://j"))
            for path, name, values in dated(app.openapi()):
                found.add((path, name))
                token = issue(KEY, Actor(OFFICE, "kadis-1", "kadis"))
                token = issue_to_client(KEY, "bpjs") if path == MACHINES else token
                headers = {"Authorization": f"Bearer {token}", "Accept": way}
                for value in values:
                    answer = await http.get(path.format_map(PLACES), params={name: value}, headers=headers)
                    answers[f"{path} {name}={value}"] = answer.status_code

    assert found == KNOWN
    assert {asked: status for asked, status in answers.items() if status != 422} == {}
