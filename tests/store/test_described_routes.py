"""The OpenAPI document of every service describes its answers: JSON by schema, pages as pages, every status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jejak.service import Service, application
from tests.servers import Database
from tests.store.bpjs import runtime_of
from tests.store.test_bodies import BUILDS

JSON = "application/json"
EVERYWHERE = {"422", "503"}
"""Statuses that any address may answer."""
FOR_EVERYBODY = frozenset({"get /bpjs/keys"})
"""Addresses that ask for no token and take no body."""


@pytest.mark.parametrize("name", sorted(BUILDS))
async def test_every_answer_is_described(database: Database, tmp_path: Path, name: str) -> None:
    async with runtime_of(database, name, data_dir=tmp_path) as runtime:
        service: Service = await BUILDS[name](runtime)
        document = application(runtime, service, "", runtime.store.ping).openapi()

    described = dict(operations(document))

    assert described
    assert {place: missing for place, operation in described.items() if (missing := list(faults(operation)))} == {}
    assert {
        place: lacks
        for place, operation in described.items()
        if (lacks := expected(place, service) - operation["responses"].keys())
    } == {}


@pytest.mark.parametrize("name", sorted(BUILDS))
async def test_every_route_that_reads_a_body_says_which(database: Database, tmp_path: Path, name: str) -> None:
    """A route without a described body takes none: a browser's form is refused there, or changes nothing."""
    async with runtime_of(database, name, data_dir=tmp_path) as runtime:
        service: Service = await BUILDS[name](runtime)
        document = application(runtime, service, "", runtime.store.ping).openapi()

    silent = {
        place
        for place, operation in operations(document)
        if not place.startswith("get ") and "requestBody" not in operation
    }

    assert {place for place in silent if not place.endswith(("/start", "/close", "/tanyakan"))} == set()


def expected(place: str, service: Service) -> set[str]:
    """The statuses that the document has to name for an operation."""
    is_open = place in FOR_EVERYBODY or place.partition(" ")[2] in service.public
    return EVERYWHERE if is_open else EVERYWHERE | {"401", "403"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation by its method and address."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def faults(operation: dict[str, Any]) -> Iterator[str]:
    """The parts of an operation's good answer that the document leaves out."""
    good = [response for status, response in operation["responses"].items() if status.startswith("2")]
    if not good:
        yield "no good answer"
    for response in good:
        content = response.get("content", {})
        if not content:
            yield "no media type"
        if JSON in content and not content[JSON].get("schema", {}).keys() & {"$ref", "properties", "anyOf"}:
            yield "no schema of its JSON"


@pytest.mark.parametrize(
    ("content", "expected_faults"),
    [
        ({}, ["no media type"]),
        ({JSON: {"schema": {}}}, ["no schema of its JSON"]),
        ({"text/html": {}}, []),
        ({JSON: {"schema": {"$ref": "#/components/schemas/Answer"}}}, []),
    ],
)
def test_a_missing_description_is_found(content: dict[str, Any], expected_faults: list[str]) -> None:
    assert list(faults({"responses": {"200": {"content": content}}})) == expected_faults
