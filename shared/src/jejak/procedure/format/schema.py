"""JSON Schema of the files, so that an editor completes keys and marks mistakes while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.procedure.format.source import ABSENT

if TYPE_CHECKING:
    from pydantic import BaseModel


def editor_schema(model: type[BaseModel]) -> dict[str, object]:
    """The schema of a file as TOML writes it: TOML has no null, what is absent may be written "-"."""
    schema = _without_null(model.model_json_schema())
    assert isinstance(schema, dict)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _without_null(node: object) -> object:
    match node:
        case {"type": "null"}:
            return {"const": ABSENT}
        case dict():
            return {key: _without_null(value) for key, value in node.items() if (key, value) != ("default", None)}
        case list():
            return [_without_null(value) for value in node]
        case _:
            return node
