"""The fields of a JSON Schema as HTML: a list, not a table, so that it fits a phone."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from jejak.contracts.published.schemas import Schema, resolved

_CODE: Final = re.compile(r"`([^`]+)`")
_BOUNDS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minItems": "at least {}",
    "pattern": "pattern <code>{}</code>",
}
_NOT_EMPTY: Final = ("minLength", 1)
"""A limit that the page leaves out."""
_FORMATS: Final = {"uuid": "UUID", "date": "date (2026-07-09)", "date-time": "instant (RFC 3339)"}


def fields_of(schema: Schema) -> str:
    """The fields of an object; the fields of objects within it are folded."""
    return _list(schema, schema)


def _list(schema: Schema, whole: Schema) -> str:
    required = set(schema.get("required", ()))
    fields = schema.get("properties", {}).items()
    items = "".join(_field(name, field, whole, always=name in required) for name, field in fields)
    return f'<dl class="fields">{items}</dl>'


def _field(name: str, schema: Schema, whole: Schema, *, always: bool) -> str:
    presence = '<span class="must">always</span>' if always else '<span class="may">may be absent</span>'
    escaped = escape(str(resolved(schema, whole).get("description", "")), quote=False)
    description = _sentence(_CODE.sub(r"<code>\1</code>", escaped))
    nested = ""
    if inside := next(_objects(schema, whole), None):
        nested = f"<details><summary>fields of <code>{escape(name)}</code></summary>{_list(inside, whole)}</details>"
    limits = "; ".join(_limits(schema))
    text = " ".join(part for part in (description, limits and f'<span class="limits">{limits}</span>') if part)
    return (
        f'<dt><code>{escape(name)}</code> <span class="type">{_type(schema, whole)}</span> {presence}</dt>'
        f"<dd>{text}{nested}</dd>"
    )


def _type(schema: Schema, whole: Schema) -> str:
    schema = dict(resolved(schema, whole))
    if either := schema.get("anyOf"):
        return " or ".join(_type(option, whole) for option in either)
    if values := schema.get("enum", [schema["const"]] if "const" in schema else None):
        listed = ", ".join(f"<code>{escape(str(value))}</code>" for value in values)
        return f"one of {listed}" if len(values) > 1 else listed
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'], whole)}"
    if "properties" in schema:
        return escape(str(schema.get("title", "object")))
    return _FORMATS.get(schema.get("format", ""), str(schema.get("type", "any value")))


def _limits(schema: Schema) -> Iterator[str]:
    for option in [schema, *schema.get("anyOf", [])]:
        if "$ref" not in option:
            yield from (
                text.format(escape(str(option[key])))
                for key, text in _BOUNDS.items()
                if key in option and (key, option[key]) != _NOT_EMPTY
            )


def _objects(schema: Schema, whole: Schema) -> Iterator[Schema]:
    """The objects of a field: the field itself, its alternatives, or the items of its list."""
    schema = dict(resolved(schema, whole))
    if "properties" in schema:
        yield schema
    for part in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        yield from _objects(part, whole)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}" if text else ""
