"""No request makes a service fail, whether its OpenAPI allows it or not.

The OpenAPI describes each answer: its status, its media type, and its JSON.
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
"""Of development only; it would move every later request to another year."""
READERS: Final = ("application/json", "text/html")
"""A program and a browser: some addresses answer them differently."""
CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def operations(schema: BaseSchema) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if (operation.method, operation.path) != SETS_THE_CLOCK:
            yield operation


def requests_of(operation: APIOperation[Any, Any, Any, Any], target: Target) -> st.SearchStrategy[Case[Any]]:
    """Valid and invalid requests, at known addresses and at any."""
    names = [parameter.name for parameter in operation.path_parameters]
    places = [{name: known[name] for name in names if name in known} for known in target.known]
    strategies: list[st.SearchStrategy[Case[Any]]] = [
        operation.as_strategy(generation_mode=mode, path_parameters=place or None)
        for place in (*places, {})
        for mode in GenerationMode
    ]
    return st.one_of(strategies)


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


def references(part: Any) -> Iterator[str]:
    """Every reference within a part of a document."""
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref")
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from references(inner)


@pytest.mark.parametrize("service", SERVICES)
def test_what_an_openapi_refers_to_is_in_it(service: str, target: Target) -> None:
    """A client made from the OpenAPI needs the parts that it refers to."""
    document = httpx.get(f"{target.url_of(service)}/openapi.json", timeout=PATIENCE, trust_env=False).json()
    for name in set(references(document)):
        part = document
        for step in name.removeprefix("#/").split("/"):
            assert step in part, name
            part = part[step]
