"""JSON Schema (2020-12) of the models, as a reader or a writer needs it.

The schema of a message that a consumer reads is open, so that a field added later does not fail validation; the schema
of a message that it writes is closed, because an unknown field is refused. A field without a value is absent, never
null. Objects and enumerations have names, from which a generator of clients makes types; constrained strings are
written out where they are used.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from jejak.contracts.bpjs.messages import Contract

type Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DEFS: Final = "$defs"
_REF: Final = "#/$defs/"
_ORDER: Final = ("$schema", "title", "description", "$ref", "type", "format", "enum", "const", "anyOf", "properties")


class Side(StrEnum):
    """Whether the other team reads or writes a message."""

    READS = "reads"
    WRITES = "writes"


def info(contract: Contract, description: str) -> Schema:
    """The head of the AsyncAPI and the OpenAPI document."""
    return {
        "title": "Jejak for BPJS integration",
        "version": str(contract.version),
        "description": description,
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    }


def schema_of(model: type[BaseModel], side: Side) -> Schema:
    """The schema of one model, which refers to nothing outside itself."""
    raw = model.model_json_schema(mode="serialization" if side is Side.READS else "validation")
    named = raw.pop(DEFS, {})
    types = {name: {"title": name, **body} for name, body in named.items() if "properties" in body or "enum" in body}
    scalars = {name: body for name, body in named.items() if name not in types}
    whole: Schema = {"$schema": DIALECT, **_plain(raw, scalars, side)}
    if types:
        whole[DEFS] = {name: _plain(body, scalars, side) for name, body in sorted(types.items())}
    return whole


def resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, or the one that its `$ref` names within the whole."""
    ref = schema.get("$ref")
    if ref is None:
        return schema
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {**whole[DEFS][ref.removeprefix(_REF)], **rest}


def _plain(node: Any, scalars: Mapping[str, Schema], side: Side) -> Any:
    """The node without noise for a reader, and with named scalars written out."""
    if isinstance(node, list):
        return [_plain(item, scalars, side) for item in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).removeprefix(_REF)
    if name in scalars:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _plain(scalars[name] | rest, scalars, side)
    plain = {key: (_fields if key == "properties" else _plain)(value, scalars, side) for key, value in node.items()}
    if side is Side.READS and "properties" in plain:
        plain.pop("additionalProperties", None)
    order = {key: place for place, key in enumerate(_ORDER)}
    return dict(sorted(plain.items(), key=lambda item: order.get(item[0], len(order))))


def _fields(properties: Mapping[str, Schema], scalars: Mapping[str, Schema], side: Side) -> Schema:
    """Fields, without titles that only repeat their names, and without the null of optional ones."""
    plain = {name: _plain(_present(body), scalars, side) for name, body in properties.items()}
    for body in plain.values():
        body.pop("title", None)
    return plain


def _present(field: Schema) -> Schema:
    """A field's schema when it has a value."""
    if "default" not in field or field["default"] is not None:
        return field
    schema: Schema = next(option for option in field["anyOf"] if option.get("type") != "null")
    return schema | {key: value for key, value in field.items() if key not in {"anyOf", "default"}}
