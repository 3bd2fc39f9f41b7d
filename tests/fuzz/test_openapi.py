"""What the OpenAPI of a service allows, and what it does not: neither makes the service fail.

And each answer is one that the OpenAPI describes: its status, its media type, and what its JSON holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.rounds import steady
from tests.fuzz.target import Target
from tests.servers import SERVICES
from tests.waits import PATIENCE

FEW: Final = 5
SETS_THE_CLOCK: Final = ("put", "/dev/clock")
"""Of development only, and every request after it would be in another year."""
READERS: Final = ("application/json", "text/html")
"""A program and a browser: many an address answers each in its own way."""
CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.trust_env = False
        yield found


def operations(schema: BaseSchema) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if (operation.method, operation.path) != SETS_THE_CLOCK:
            yield operation


def requests_of(operation: APIOperation[Any, Any, Any, Any], target: Target) -> st.SearchStrategy[Case[Any]]:
    """Right and wrong requests, at addresses that lead somewhere and at any."""
    names = [one.name for one in operation.path_parameters]
    places = [{name: known[name] for name in names if name in known} for known in target.known]
    found: list[st.SearchStrategy[Case[Any]]] = [
        operation.as_strategy(generation_mode=mode, path_parameters=place or None)
        for place in (*places, {})
        for mode in GenerationMode
    ]
    return st.one_of(found)


@pytest.mark.parametrize("service", SERVICES)
def test_every_request_is_answered_as_the_service_says(service: str, target: Target, session: requests.Session) -> None:
    url = target.url_of(service)
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    names = []
    for operation in operations(schema):
        tried = 0
        names.append(operation.label)

        @steady(FEW)
        @given(requests_of(operation, target), st.sampled_from(target.tokens), st.sampled_from(READERS))
        def ask(case: Case[Any], token: str | None, accept: str) -> None:
            nonlocal tried
            headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
            answer = case.call(base_url=url, session=session, headers=headers, allow_redirects=False)
            case.validate_response(answer, checks=CHECKS)
            tried += 1

        ask()
        assert tried, operation.label
    assert len(names) > 1


def references(found: Any) -> Iterator[str]:
    """Every reference within a part of a document."""
    if isinstance(found, dict):
        yield from (value for name, value in found.items() if name == "$ref")
    for one in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from references(one)


@pytest.mark.parametrize("service", SERVICES)
def test_what_an_openapi_refers_to_is_in_it(service: str, target: Target) -> None:
    """Else whoever makes a client of it, as the test above does, is told nothing of the body."""
    document = httpx.get(f"{target.url_of(service)}/openapi.json", timeout=PATIENCE, trust_env=False).json()
    for name in set(references(document)):
        part = document
        for step in name.removeprefix("#/").split("/"):
            assert step in part, name
            part = part[step]
