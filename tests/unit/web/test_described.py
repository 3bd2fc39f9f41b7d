"""What OpenAPI says of a body: whole where it stands, since nothing else in the document holds its parts."""

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
    one: Inner
    more: tuple[Inner, ...] = ()


def test_a_part_is_written_out_where_it_is_named_with_what_is_said_there() -> None:
    said = schema_of(Outer)

    numbers = said["properties"]["one"]["properties"]["numbers"]
    assert (numbers["items"], numbers["maxItems"], numbers["description"]) == ({"type": "integer"}, 2, "as counted")
    assert said["properties"]["more"]["items"] == said["properties"]["one"]
    assert "$defs" not in said
    assert "$ref" not in str(said)


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


def test_what_a_route_reads_is_described_by_what_reads_it() -> None:
    router, app = APIRouter(), DescribedApp()

    @router.post("/satu")
    async def one(command: Annotated[SentCommand[Outer], Depends(sent_command(Outer, files=True))]) -> Outer:
        return command.body

    app.include_router(router)

    assert app.openapi()["paths"]["/satu"]["post"]["requestBody"] == body_of(Outer, files=True)


def test_every_status_of_a_route_is_named_by_what_kind_it_is() -> None:
    said = told_of(DescribedApp())

    assert said["get"].keys() == {"200", "401", "403", "404", "409", "413", "415", "422", "503"}
    assert said["post"].keys() == said["get"].keys() | {"412"}
    assert said["get"]["404"]["content"].keys() == {"application/problem+json", "text/html"}


def test_an_address_for_strangers_asks_for_no_token() -> None:
    app = DescribedApp()
    app.public = ("/satu/{nomor}",)

    assert not told_of(app)["get"].keys() & {"401", "403"}


def test_a_route_that_names_its_503_names_all() -> None:
    assert told_of(DescribedApp(), {503: "away", 422: "wrong"})["get"].keys() == {"200", "503", "422"}


def told_of(app: DescribedApp, named: dict[int, str] | None = None) -> dict[str, dict[str, Any]]:
    """The answers of a question and of a command, by method; `named` by the route itself."""
    router = APIRouter(responses=problems(named or {}))

    @router.get("/satu/{nomor}")
    @router.post("/satu/{nomor}")
    async def one(nomor: int) -> Outer:
        raise LookupError(nomor)

    app.include_router(router)
    document = app.openapi()
    assert app.openapi() is document
    assert not document["components"]["schemas"].keys() & {"HTTPValidationError", "ValidationError"}
    return {method: said["responses"] for method, said in document["paths"]["/satu/{nomor}"].items()}
