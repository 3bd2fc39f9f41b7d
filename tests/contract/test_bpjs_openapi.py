"""The published OpenAPI document of BPJS' HTTP requests is whole, passes a linter, and matches the served routes."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from bpjs_sync.outgoing import replay, signing
from bpjs_sync.outgoing.messages import SERVED, Messages
from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.rates import Rates
from bpjs_sync.replies import api, status
from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.parsing import EDITION_1
from jejak.contracts.bpjs.messages import V1
from jejak.contracts.codec import Keyring
from jejak.platform import ids
from jejak.platform.key_settings import MasterKeys
from jejak.platform.settings import Source
from jejak.web.http_app import create_app
from jejak.web.runtime import Runtime
from tests.node import node, npm_ci
from tests.published import HOME, example
from tests.signing import SIGNER

NODE: Final = Path(__file__).parent / "node"
DOCUMENT: Final = yaml.safe_load((HOME / "openapi.yaml").read_text())


def read(path: Path) -> dict[str, Any]:
    """The findings of Redocly's linter in an OpenAPI file, and the types of a client made of it."""
    npm_ci(NODE)
    done = subprocess.run([node(), "openapi.mjs", path], cwd=NODE, check=True, capture_output=True, timeout=120)
    return dict(json.loads(done.stdout))


def test_a_linter_finds_nothing_and_a_client_is_made_of_it() -> None:
    document = read(HOME / "openapi.yaml")
    assert document["found"] == []
    types = document["types"]
    assert "readSubmissions: {" in types
    assert "sendReplies: {" in types
    assert '"application/x-ndjson": components["schemas"]["Event"];' in types
    assert 'Fate: "stored" | "repeated" | "contradicting" | "wrong";' in types


def test_the_linter_finds_what_is_left_out(tmp_path: Path) -> None:
    damaged = json.loads(json.dumps(DOCUMENT))
    del damaged["security"]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(damaged))
    assert {finding["ruleId"] for finding in read(file)["found"]} == {"security-defined"}


@pytest.mark.parametrize("name", V1.messages)
def test_an_example_message_is_an_event_of_it(name: str) -> None:
    message = example(f"messages/{name}")
    event = next(schema for schema in DOCUMENT["components"]["schemas"]["Event"]["oneOf"] if refers(schema, message))
    assert mistakes(event, message) == []
    assert mistakes(event, message | {"data": {}}) != []


def refers(event: dict[str, str], message: dict[str, Any]) -> bool:
    return bool(
        DOCUMENT["components"]["schemas"]["Event"]["discriminator"]["mapping"][message["type"]] == event["$ref"]
    )


def mistakes(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {"components": DOCUMENT["components"], **schema}
    return [mistake.message for mistake in Draft202012Validator(whole).iter_errors(value)]


@pytest.fixture
def served() -> dict[str, Any]:
    """The services' own description of the same addresses, which needs no database."""
    runtime, pool = cast("Runtime", None), cast("Any", None)
    messages = [
        Messages(version, Keyring(MasterKeys(bytes(32)), ids.random_bytes), ReaderKeys(pool), SIGNER)
        for version in SERVED
    ]
    app = create_app("bpjs", "", lambda: pool)
    rates = Rates.of(cast("Any", None), Source({}))
    app.include_router(api.routes(Inbox(runtime), EDITION_1, rates))
    app.include_router(status.routes(runtime, EDITION_1, rates))
    app.include_router(replay.routes(runtime, messages, rates))
    app.include_router(signing.routes(SIGNER, [V1], rates))
    return dict(app.openapi()["paths"])


def operations(paths: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((path, method) for path, methods in paths.items() for method in methods)


def test_every_address_parameter_status_and_media_type_is_the_one_that_is_served(served: dict[str, Any]) -> None:
    assert set(operations(DOCUMENT["paths"])) == {
        operation for operation in operations(served) if operation[0].startswith("/bpjs")
    }
    for path, method in operations(DOCUMENT["paths"]):
        mine, theirs = DOCUMENT["paths"][path][method], served[path][method]
        for part in ("parameters", "responses", "requestBody"):
            assert names(mine.get(part)) == names(theirs.get(part)), (path, part)


def names(part: Any) -> set[str]:
    if isinstance(part, list):
        return {parameter["name"] for parameter in part}
    return set((part or {}).get("content", part or {}))
