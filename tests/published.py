"""The published contract under docs/bpjs, compared with real messages by a JSON Schema validator."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

ROOT: Final = Path(__file__).parents[1] / "docs" / "bpjs"
HOME: Final = ROOT / "v1"


def example(path: str) -> Any:
    """An example, by its path without folder and ending: `replies/mend`."""
    return json.loads((HOME / "examples" / f"{path}.json").read_text())


def mistakes(schema: str, value: Any) -> list[str]:
    """The mistakes of a value by a published schema, for example `submission.personal`."""
    return [f"{mistake.json_path}: {mistake.message}" for mistake in _validator(schema).iter_errors(value)]


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((HOME / "schemas" / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())
