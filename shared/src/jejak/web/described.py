"""What OpenAPI says of a body that its route reads by itself."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from jejak.contracts.bpjs_http import PROBLEM, ProblemDocument

_DEFS: Final = "$defs"
_REF: Final = "$ref"


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """A route's `openapi_extra`: it takes this model as JSON."""
    return {"requestBody": {"content": {"application/json": {"schema": schema_of(model)}}}}


def problems(statuses: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: the statuses of its problem documents, and what each means."""
    content = {PROBLEM: {"schema": schema_of(ProblemDocument)}}
    return {status: {"description": says, "content": content} for status, says in statuses.items()}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema with each part written out where it is named: a reference would be looked for elsewhere."""
    schema = model.model_json_schema()
    parts = schema.pop(_DEFS, {})

    def whole(found: Any) -> Any:
        if isinstance(found, list):
            return [whole(one) for one in found]
        if not isinstance(found, dict):
            return found
        named = parts[found[_REF].removeprefix(f"#/{_DEFS}/")] if _REF in found else {}
        return {name: whole(one) for name, one in (named | found).items() if name != _REF}

    said: dict[str, Any] = whole(schema)
    return said
