"""Every file of one published version, made from its models and examples; and what a change of it breaks."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from jejak.contracts.bpjs.messages import Attributes, Contract, ReplyAttributes
from jejak.contracts.bpjs.settlements import SettledAttributes
from jejak.contracts.published.asyncapi import (
    HEADERS,
    REPLY_HEADERS,
    SETTLED_HEADERS,
    asyncapi_of,
    headers_schema,
    types_of,
)
from jejak.contracts.published.breaks import listing_breaks, schema_breaks
from jejak.contracts.published.edition import LINES, Edition, lines_of, models, topic
from jejak.contracts.published.openapi import openapi_of
from jejak.contracts.published.schemas import Side, schema_of
from jejak.contracts.published.yamltext import yaml_of

LISTING: Final = "contract.json"
ASYNCAPI: Final = "asyncapi.yaml"
OPENAPI: Final = "openapi.yaml"
_HEADERS: Final[Mapping[str, tuple[type[BaseModel], Side]]] = {
    HEADERS: (Attributes, Side.READS),
    REPLY_HEADERS: (ReplyAttributes, Side.WRITES),
    SETTLED_HEADERS: (SettledAttributes, Side.READS),
}


def generated_files(edition: Edition) -> dict[str, str]:
    """Path within the version's folder → text, of all that is made and not written by hand."""
    files = stable_files(edition.contract)
    files |= {
        ASYNCAPI: _document(asyncapi_of(edition)),
        OPENAPI: _document(openapi_of(edition)),
        LINES: lines_of(edition),
    }
    return dict(sorted(files.items()))


def _document(value: Mapping[str, Any]) -> str:
    return f"# Made by `jejak contract write` from the models; do not edit.\n{yaml_of(value)}"


def stable_files(contract: Contract) -> dict[str, str]:
    """Those of the files on which others rely: schemas, and names and addresses."""
    files = {one.path: text_of(schema_of(one.model, one.side)) for one in models(contract)}
    files |= {path: text_of(headers_schema(*about)) for path, about in _HEADERS.items()}
    return files | {LISTING: text_of(_listing(contract))}


def _listing(contract: Contract) -> dict[str, Any]:
    """Names, types and addresses of a version, and what the other team does with each schema."""
    return {
        "version": contract.version,
        "topics": {
            "facts": topic(contract.topic),
            "replies": topic(contract.replies),
            "rejected": topic(contract.replies_rejected),
            "settled": topic(contract.replies_settled),
        },
        "http": {name: f"{contract.path}/{name}" for name in ("submissions", "replies", "keys")},
        "types": types_of(contract),
        "schemas": {one.path: one.side for one in models(contract)}
        | {path: side for path, (_, side) in _HEADERS.items()},
    }


def breaks(old: Mapping[str, str], contract: Contract) -> Iterator[str]:
    """What the models break for those who rely on the files that were published (path → text), a sentence each."""
    if LISTING not in old:
        return  # nothing published is nothing broken
    new, before = stable_files(contract), json.loads(old[LISTING])
    yield from listing_breaks(before, json.loads(new[LISTING]))
    for path, side in before["schemas"].items():
        if path in old and path in new:
            name = path.removeprefix("schemas/").removesuffix(".schema.json")
            for what in schema_breaks(json.loads(old[path]), json.loads(new[path]), Side(side)):
                yield f"{name}: {what}"


def text_of(value: Any) -> str:
    """JSON as it is committed."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
