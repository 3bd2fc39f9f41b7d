"""JSON Schema (2020-12) of the models, as a reader or a writer needs it.

What a consumer reads is left open, so that a field that is added later does not fail his validator; what he writes is
closed, because a field nobody knows is refused. A field without a value is absent, never null. Objects and enumerations
have names, from which a generator of clients makes types; constrained strings are written out where they are used.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

type Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DEFS: Final = "$defs"
_REF: Final = "#/$defs/"
_ORDER: Final = ("$schema", "title", "description", "$ref", "type", "format", "enum", "const", "anyOf", "properties")


class Side(StrEnum):
    """What the other team does with it."""

    READS = "reads"
    WRITES = "writes"


def schema_of(model: type[BaseModel], side: Side) -> Schema:
    """The schema of one model, whole: it refers to nothing outside itself."""
    raw = model.model_json_schema(mode="serialization" if side is Side.READS else "validation")
    named = raw.pop(DEFS, {})
    types = {name: {"title": name, **body} for name, body in named.items() if "properties" in body or "enum" in body}
    scalars = {name: body for name, body in named.items() if name not in types}
    whole: Schema = {"$schema": DIALECT, **_plain(raw, scalars, side)}
    if types:
        whole[DEFS] = {name: _plain(body, scalars, side) for name, body in sorted(types.items())}
    return whole


def resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, or what its `$ref` names within the whole."""
    ref = schema.get("$ref")
    if ref is None:
        return schema
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {**whole[DEFS][ref.removeprefix(_REF)], **rest}


def _plain(node: Any, scalars: Mapping[str, Schema], side: Side) -> Any:
    """The same without what says nothing to a reader, and with named scalars in their place."""
    if isinstance(node, list):
        return [_plain(one, scalars, side) for one in node]
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
    """Fields, without the titles that only repeat their names, and without the null of those that may be absent."""
    plain = {name: _plain(_present(body), scalars, side) for name, body in properties.items()}
    for body in plain.values():
        body.pop("title", None)
    return plain


def _present(field: Schema) -> Schema:
    """A field as it is where it is there."""
    if "default" not in field or field["default"] is not None:
        return field
    value: Schema = next(one for one in field["anyOf"] if one.get("type") != "null")
    return value | {key: one for key, one in field.items() if key not in {"anyOf", "default"}}
