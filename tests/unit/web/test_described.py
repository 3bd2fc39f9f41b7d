"""OpenAPI of bodies and statuses: schemas are written out, since no other part of the document holds their parts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from jejak.web.authorisation import SentCommand, sent_command
from jejak.web.openapi.route_descriptions import DescribedApp, body_of, problems, schema_of, table_of

type Several = Annotated[tuple[int, ...], Field(max_length=2)]


class Inner(BaseModel):
    numbers: Several = Field(description="as counted")


class Outer(BaseModel):
    first: Inner
    more: tuple[Inner, ...] = ()


def test_a_part_is_written_out_where_it_is_named_with_its_description() -> None:
    schema = schema_of(Outer)

    numbers = schema["properties"]["first"]["properties"]["numbers"]
    assert (numbers["items"], numbers["maxItems"], numbers["description"]) == ({"type": "integer"}, 2, "as counted")
    assert schema["properties"]["more"]["items"] == schema["properties"]["first"]
    assert "$defs" not in schema
    assert "$ref" not in str(schema)


def test_a_body_is_json() -> None:
    assert body_of(Outer) == {"content": {"application/json": {"schema": schema_of(Outer)}}}


def test_a_body_with_files_is_json_or_a_form_that_holds_it() -> None:
    content = body_of(Outer, files=True)["content"]

    form = content["multipart/form-data"]["schema"]
    assert content["application/json"]["schema"] == form["properties"]["data"] == schema_of(Outer)
    assert form["additionalProperties"] == {"type": "string", "format": "binary"}


def test_a_table_comes_in_a_form_or_by_itself() -> None:
    content = table_of(Inner, "text/csv")["content"]
    assert content.keys() == {"multipart/form-data", "text/csv"}


def test_the_dependency_that_reads_a_body_describes_it() -> None:
    router, app = APIRouter(), DescribedApp()

    @router.post("/satu")
    async def post(command: Annotated[SentCommand[Outer], Depends(sent_command(Outer, files=True))]) -> Outer:
        return command.body

    app.include_router(router)

    assert app.openapi()["paths"]["/satu"]["post"]["requestBody"] == body_of(Outer, files=True)


def test_every_status_of_a_route_is_named_by_what_kind_it_is() -> None:
    responses = responses_of(DescribedApp())

    assert responses["get"].keys() == {"200", "401", "403", "404", "409", "413", "415", "422", "503"}
    assert responses["post"].keys() == responses["get"].keys() | {"412"}
    assert responses["get"]["404"]["content"].keys() == {"application/problem+json", "text/html"}


def test_a_public_address_needs_no_token() -> None:
    app = DescribedApp()
    app.public = ("/satu/{nomor}",)

    assert not responses_of(app)["get"].keys() & {"401", "403"}


def test_a_route_that_names_its_503_names_all() -> None:
    assert responses_of(DescribedApp(), {503: "away", 422: "wrong"})["get"].keys() == {"200", "503", "422"}


def responses_of(app: DescribedApp, named: dict[int, str] | None = None) -> dict[str, dict[str, Any]]:
    """The answers of a GET and of a command, by method; `named` by the route itself."""
    router = APIRouter(responses=problems(named or {}))

    @router.get("/satu/{nomor}")
    @router.post("/satu/{nomor}")
    async def answer(nomor: int) -> Outer:
        raise LookupError(nomor)

    app.include_router(router)
    document = app.openapi()
    assert app.openapi() is document
    assert not document["components"]["schemas"].keys() & {"HTTPValidationError", "ValidationError"}
    return {method: operation["responses"] for method, operation in document["paths"]["/satu/{nomor}"].items()}
