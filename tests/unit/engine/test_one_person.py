"""One answer to who the people of a case are: `Case.people`. No reader takes them from anywhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
READERS: Final = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("shared/src/jejak", "services")
    for path in (ROOT / folder).rglob("*.py")
)
MAKERS: Final = {
    "shared/src/jejak/cases/case.py": "folds them",
    "shared/src/jejak/cases/people/participants.py": "corrects and compares them, and reads single events for indexes",
    "services/intake/src/intake/corrections.py": "puts a corrected NIK into the index of persons",
    "services/letters/src/letters/api.py": "drafts with what the same act corrects",
    "services/letters/src/letters/printing/compose.py": "prints a letter as it was drafted",
}
"""Where the people of an event or of a letter are read, and why."""
OWNERS: Final = {"case", "case_view"}


def people_read_elsewhere(tree: ast.AST) -> Iterator[str]:
    """Reads of `.people` of anything but a case, and patterns that take people out of an event."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "people":
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner not in OWNERS:
                yield f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.MatchClass) and "people" in node.kwd_attrs:
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_the_people_of_a_case_are_read_from_the_case_but_where_it_is_said_why_not() -> None:
    elsewhere: dict[str, list[str]] = {}
    for path in READERS:
        if found := list(people_read_elsewhere(ast.parse((ROOT / path).read_text(encoding="utf-8")))):
            elsewhere[path] = found
    assert len(READERS) > 400
    assert elsewhere.keys() == MAKERS.keys(), elsewhere
