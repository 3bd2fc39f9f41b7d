"""The breaks of a changed contract for its consumers, in sentences.

A schema that a consumer **reads** is exact: no field goes, changes its type, is missing more often, or has other values
than were promised, neither fewer (an awaited value no longer comes) nor more (a strict reader stops). New fields and
new messages are no break: the guide tells consumers to ignore unknown ones.

A schema that it **writes** must accept what it accepted: no field newly required or no longer known, no value, type or
length newly refused; accepting more is no break.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from jejak.contracts.published.schemas import DEFS, Schema, Side, resolved

_BOUNDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "minLength": operator.gt,
    "minItems": operator.gt,
    "minimum": operator.gt,
    "exclusiveMinimum": operator.gt,
    "maxLength": operator.lt,
    "maxItems": operator.lt,
    "maximum": operator.lt,
    "exclusiveMaximum": operator.lt,
}
"""Keyword → whether its new value takes less than the old one."""
_SAYS_NOTHING: Final = frozenset({"$schema", DEFS, "$ref", "title", "description", "default", "examples", "deprecated"})
_COMPARED: Final = frozenset(
    {"type", "anyOf", "enum", "const", "properties", "required", "additionalProperties", "items", *_BOUNDS}
)
"""Other keywords (pattern, format, allOf …) are compared as they stand."""
_ANY: Final = "anything"


@dataclass(frozen=True, slots=True)
class _At:
    """A place in a schema: its side, its path, and the documents that `$ref` refers to."""

    side: Side
    old: Schema
    new: Schema
    path: str = ""

    def into(self, step: str) -> "_At":
        joined = self.path + step if step.startswith("[") or not self.path else f"{self.path}.{step}"
        return replace(self, path=joined)

    def says(self, what: str) -> str:
        return f"`{self.path}` {what}" if self.path else f"the whole {what}"


def schema_breaks(old: Schema, new: Schema, side: Side) -> Iterator[str]:
    """The breaks between two editions of one schema, a sentence for each place."""
    yield from _compared(old, new, _At(side, old, new))


def listing_breaks(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The breaks between two lists of names, types and addresses: every entry must stay."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            yield from listing_breaks(value, new.get(key), f"{path}/{key}".lstrip("/"))
    elif old != new:
        yield f"{path} is gone" if new is None else f"{path} was {old} and is now {new}"


def _compared(old: Schema, new: Schema, at: _At) -> Iterator[str]:
    before, after = _by_type(old, at.old), _by_type(new, at.new)
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    if at.side is Side.READS:
        gone -= {"null"}  # a field that is always there keeps the promise
    else:
        come = set()
    if gone:
        yield at.says(f"can no longer be {_listed(gone)}")
    if come:
        yield at.says(f"can now also be {_listed(come)}")
    for kind in before.keys() & after.keys():
        yield from _of_one_type(before[kind], after[kind], at)


def _by_type(schema: Schema, whole: Schema) -> dict[str, Schema]:
    """The alternatives of a schema, each by the JSON type it takes."""
    schema = dict(resolved(schema, whole))
    if "anyOf" in schema:
        alternatives: dict[str, Schema] = {}
        for kind, body in (item for option in schema["anyOf"] for item in _by_type(option, whole).items()):
            same = sum(name.partition(" ")[0] == kind for name in alternatives)
            alternatives[f"{kind} {same + 1}" if same else kind] = body
        return alternatives
    kinds = schema.get("type", _ANY)
    return dict.fromkeys(kinds if isinstance(kinds, list) else [kinds], schema)


def _of_one_type(old: Schema, new: Schema, at: _At) -> Iterator[str]:
    yield from _values(_enumeration(old), _enumeration(new), at)
    for keyword, is_less in _BOUNDS.items():
        yield from _keyword(keyword, old.get(keyword), new.get(keyword), at, is_less)
    for keyword in sorted((old.keys() | new.keys()) - _SAYS_NOTHING - _COMPARED):
        yield from _keyword(keyword, old.get(keyword), new.get(keyword), at, operator.ne)
    yield from _properties(old, new, at)
    yield from _rest(old.get("additionalProperties", True), new.get("additionalProperties", True), at)
    if "items" in old:
        yield from _compared(old["items"], new.get("items", {}), at.into("[]"))


def _values(old: set[Any] | None, new: set[Any] | None, at: _At) -> Iterator[str]:
    if old is None and new is not None:
        yield at.says(f"could be any value and is now only {_listed(new)}")
    elif old is not None and new is None and at.side is Side.READS:
        yield at.says(f"was one of {_listed(old)} and can now be any value")
    elif old is not None and new is not None:
        if old - new:
            yield at.says(f"can no longer be {_listed(old - new)}")
        if new - old and at.side is Side.READS:
            yield at.says(f"can now also be {_listed(new - old)}")


def _keyword(name: str, old: Any, new: Any, at: _At, is_less: Callable[[Any, Any], bool]) -> Iterator[str]:
    """A constraint. For a writer only a new or stricter one breaks; for a reader any other than was promised."""
    if old == new or (at.side is Side.WRITES and (new is None or (old is not None and not is_less(new, old)))):
        return
    if name == "allOf":
        yield at.says("follows other rules between its fields")
    elif old is None:
        yield at.says(f"has a new {name}: {new}")
    else:
        yield at.says(f"had the {name} {old} and has now {'none' if new is None else new}")


def _properties(old: Schema, new: Schema, at: _At) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must, must_now = set(old.get("required", ())), set(new.get("required", ()))
    for name, schema in before.items():
        if name not in after:
            yield at.into(name).says("is gone")
            continue
        yield from _compared(schema, after[name], at.into(name))
        if at.side is Side.READS and name in must - must_now:
            yield at.into(name).says("was always there and can now be missing")
    if at.side is Side.WRITES:
        yield from (at.into(name).says("is now demanded") for name in sorted(must_now - must))


def _rest(old: Any, new: Any, at: _At) -> Iterator[str]:
    """Unnamed properties: any (True), none (False), or of one schema."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compared(old, new, at.into("[*]"))
    elif old != new and new is not True and at.side is Side.WRITES:
        yield at.says("no longer takes fields that are not named")
    elif old != new and at.side is Side.READS and isinstance(old, dict):
        yield at.says("no longer says of what type its unnamed fields are")


def _enumeration(schema: Schema) -> set[Any] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else set(values)


def _listed(values: set[Any]) -> str:
    return ", ".join(sorted(str(value) for value in values))
