"""Generators of clients make usable types of the published contract."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from jejak.contracts.bpjs.messages import V1
from tests.node import node, npm_ci
from tests.published import HOME

NODE: Final = Path(__file__).parent / "node"
MODELS: Final = [*V1.messages.values(), V1.reply, V1.rejected, V1.settled]


@pytest.fixture(scope="module")
def types() -> dict[str, str]:
    """The output of AsyncAPI's own generator: name → TypeScript."""
    npm_ci(NODE)
    done = subprocess.run(
        [node(), "clients.mjs", HOME / "asyncapi.yaml"], cwd=NODE, check=True, capture_output=True, timeout=120
    )
    return dict(json.loads(done.stdout))


def test_every_type_has_a_chosen_name(types: dict[str, str]) -> None:
    assert {model.__name__ for model in MODELS} <= types.keys()
    assert [name for name in types if name.startswith("Anonym")] == []


def test_an_enumeration_is_a_type_of_its_own(types: dict[str, str]) -> None:
    assert types["Action"] == 'type Action = "new" | "mutation" | "reactivation" | "deactivation";'
    assert types["Result"] == 'type Result = "accepted" | "mend" | "rejected" | "active" | "ended";'
    assert "  result: Result;" in types["Reply"]


def test_what_may_be_absent_is_an_optional_field_of_its_own_type(types: dict[str, str]) -> None:
    submission = types["Submission"].splitlines()
    assert "  previous?: string;" in submission
    assert "  personal?: Jwe;" in submission
    assert "  letters: CheckableLetter[];" in submission


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that is a JSON object."""
    if isinstance(schema, dict):
        yield schema
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(value)


def test_no_two_schemas_share_a_title() -> None:
    titles = [json.loads(path.read_text())["title"] for path in (HOME / "schemas").iterdir()]
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize("path", sorted((HOME / "schemas").iterdir()), ids=lambda path: path.name)
def test_a_schema_knows_no_null_and_no_enumeration_without_a_name(path: Path) -> None:
    schema = json.loads(path.read_text())
    assert all(part.get("title") == name for name, part in schema.get("$defs", {}).items())
    del schema["title"]
    rules = schema.pop("allOf", [])
    for part in parts(schema):
        assert part.get("type") != "null"
        assert "default" not in part
        assert "anyOf" not in part
        assert "enum" not in part or "title" in part
    assert all(part.get("type") != "null" for part in parts(rules))
