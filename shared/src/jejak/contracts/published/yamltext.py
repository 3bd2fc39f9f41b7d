"""Readable, reproducible YAML. Ambiguous scalars are written as JSON, which is YAML."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z/$_][A-Za-z0-9_./$#-]*")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


def yaml_of(value: Mapping[str, Any]) -> str:
    """The mapping as a YAML document, keys in the order given."""
    return "\n".join(_mapping(value, 0)) + "\n"


def _mapping(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{'  ' * depth}{_scalar(key)}:", item, depth)


def _sequence(value: Sequence[Any], depth: int) -> Iterator[str]:
    for item in value:
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, depth + 1)
            yield f"{'  ' * depth}- {first.lstrip()}"
            yield from rest
        else:
            yield from _entry(f"{'  ' * depth}-", item, depth)


def _entry(begins: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield begins
        yield from _mapping(value, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield begins
        yield from _sequence(value, depth + 1)
    elif isinstance(value, str) and "\n" in value.strip("\n"):
        yield f"{begins} |-"
        yield from (f"{'  ' * (depth + 1)}{line}".rstrip() for line in value.split("\n"))
    else:
        yield f"{begins} {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
