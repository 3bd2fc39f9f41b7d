"""The schemas for editors are those of the models, and every sheet of the repository passes them."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from jejak.procedure.format.file import SopFile
from jejak.procedure.format.kantor_file import KantorFile
from jejak.procedure.format.schema import editor_schema

ROOT: Final = Path(__file__).parents[3]
OFFICES: Final = ROOT / "shared" / "offices"
FILES: Final = sorted(OFFICES.rglob("*.toml"))
RULES: Final = tomllib.loads((ROOT / ".taplo.toml").read_text(encoding="utf-8"))["rule"]


def schemas_of(file: Path) -> list[str]:
    """The schemas that `.taplo.toml` gives a file."""
    inside = file.relative_to(ROOT).as_posix()

    def is_named(patterns: list[str]) -> bool:
        return any(fnmatch(inside, pattern) for pattern in patterns)

    return [
        rule["schema"]["path"] for rule in RULES if is_named(rule["include"]) and not is_named(rule.get("exclude", []))
    ]


def as_json(value: object) -> Any:
    """A TOML value as an editor's schema sees it: a date is a string."""
    return json.loads(json.dumps(value, default=lambda day: day.isoformat() if isinstance(day, date) else str(day)))


@pytest.mark.parametrize(("name", "model"), [("sop", SopFile), ("kantor", KantorFile)])
def test_the_committed_schema_is_that_of_the_model(name: str, model: type[BaseModel]) -> None:
    committed = json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    assert committed == editor_schema(model), "run `make contract`"


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(OFFICES)))
def test_a_sheet_has_one_schema_and_passes_it(file: Path) -> None:
    (schema,) = schemas_of(file)
    validator = Draft202012Validator(json.loads((ROOT / schema).read_text(encoding="utf-8")))
    content = as_json(tomllib.loads(file.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(content)] == []


def test_a_key_that_no_sheet_knows_is_marked() -> None:
    validator = Draft202012Validator(editor_schema(SopFile))
    sheet = as_json(tomllib.loads((OFFICES / "13.01" / "reaktivasi-kis-2022.toml").read_text(encoding="utf-8")))
    assert not validator.is_valid({**sheet, "salah_kunci": "x"})
