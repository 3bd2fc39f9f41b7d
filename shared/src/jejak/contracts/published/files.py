"""Every file of one published version, generated from its models and examples; and what a change of it breaks."""

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
    """Path within the version's folder → text, of every file that is not written by hand."""
    documents = {ASYNCAPI: _document(asyncapi_of(edition)), OPENAPI: _document(openapi_of(edition))}
    return dict(sorted((stable_files(edition.contract) | documents | {LINES: lines_of(edition)}).items()))


def _document(value: Mapping[str, Any]) -> str:
    return f"# Made by `jejak contract write` from the models; do not edit.\n{yaml_of(value)}"


def stable_files(contract: Contract) -> dict[str, str]:
    """The files on which consumers rely: schemas, and names and addresses."""
    files = {published.path: text_of(schema_of(published.model, published.side)) for published in models(contract)}
    files |= {path: text_of(headers_schema(*model_and_side)) for path, model_and_side in _HEADERS.items()}
    return files | {LISTING: text_of(_listing(contract))}


def _listing(contract: Contract) -> dict[str, Any]:
    """Names, types and addresses of a version, and the side of each schema."""
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
        "schemas": {published.path: published.side for published in models(contract)}
        | {path: side for path, (_, side) in _HEADERS.items()},
    }


def breaks(old: Mapping[str, str], contract: Contract) -> Iterator[str]:
    """The breaks of the models against the published files (path → text), a sentence each."""
    if LISTING not in old:
        return  # nothing is published yet
    new, before = stable_files(contract), json.loads(old[LISTING])
    yield from listing_breaks(before, json.loads(new[LISTING]))
    for path, side in before["schemas"].items():
        if path in old and path in new:
            name = path.removeprefix("schemas/").removesuffix(".schema.json")
            sentences = schema_breaks(json.loads(old[path]), json.loads(new[path]), Side(side))
            yield from (f"{name}: {sentence}" for sentence in sentences)


def text_of(value: Any) -> str:
    """JSON as it is committed."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
