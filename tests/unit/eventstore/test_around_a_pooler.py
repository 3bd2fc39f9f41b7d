"""Only the pool of a service that appends may lead through a pooler (decision 38): all else names the server itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
THROUGH_A_POOLER: Final = {
    "shared/src/jejak/service.py": "the pool of a service that appends, and the health of it",
    "shared/src/jejak/cli/administration/doctor.py": "what a request of the process would meet",
}


def places() -> Iterator[str]:
    """The files in which `database_url` of some settings is read, which a pooler may stand behind."""
    for path in sorted([*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("shared/src/**/*.py")]):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        called = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "database_url"]
        if any(
            isinstance(node.value, ast.Name | ast.Attribute) and "settings" in ast.unparse(node.value)
            for node in called
        ):
            yield path.relative_to(ROOT).as_posix()


def test_leaders_and_work_that_remembers_a_position_go_around_a_pooler() -> None:
    assert set(places()) == set(THROUGH_A_POOLER)
