"""What OpenAPI says of a body: whole where it stands, since nothing else in the document holds its parts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from jejak.web.described import body_of, schema_of

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
    assert body_of(Outer) == {"requestBody": {"content": {"application/json": {"schema": schema_of(Outer)}}}}
