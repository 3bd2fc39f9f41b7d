"""Architecture: one module normalises what people type, and every request that names a person uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAliasType, get_args, get_origin

import pytest
from pydantic import BaseModel, BeforeValidator

from intake.bulk import ListUpload
from intake.submission import Application, Family
from jejak.contracts.parts import Person
from jejak.contracts.tasks import TASKS
from jejak.privacy import normalise

ROOT: Final = Path(__file__).parents[3]
BODIES: Final[Mapping[str, type[BaseModel]]] = {
    **{verb: kind.body for verb, kind in TASKS.items()},
    "submit": Application,
    "submit family": Family,
    "submit list": ListUpload,
}
FOR_PASSWORDS: Final = "scram.py"
"""RFC 7677 has a normal form of its own."""
SOURCES: Final = sorted(path for folder in ("services", "shared") for path in (ROOT / folder).glob("**/src/**/*.py"))


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their whole names."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def test_no_other_module_folds_or_strips_letters() -> None:
    users = {path.name for path in SOURCES if "unicodedata" in imported(path)}
    assert users == {"normalise.py", FOR_PASSWORDS}


def test_every_table_is_read_through_the_same_columns() -> None:
    opening = {path for path in SOURCES if "jejak.tables.files" in imported(path) and "uploads" not in path.parts}
    readers = {path.stem for path in opening if "jejak.tables.columns" in imported(path)}
    assert {path.stem for path in opening} - readers == {"importing", "matching"}, "both read rows by registers.rows"
    rows = next(
        path for path in SOURCES if path.parts[-2:] == ("registers", "rows.py") and "verification" in path.parts
    )
    assert "jejak.tables.columns" in imported(rows)


def persons(annotation: Any, path: str, normalised: bool = False) -> Iterator[tuple[str, bool]]:
    """Each place of a body that takes a person, and whether what is typed there is normalised first."""
    if isinstance(annotation, TypeAliasType):
        yield from persons(annotation.__value__, path, normalised)
    elif get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        rules = [mark.func for mark in marks if isinstance(mark, BeforeValidator)]
        yield from persons(inner, path, normalised or normalise.person in rules)
    elif annotation is Person:
        yield path, normalised
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            marked = any(isinstance(mark, BeforeValidator) and mark.func is normalise.person for mark in field.metadata)
            yield from persons(field.annotation, f"{path}.{name}", marked)
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from persons(part, path, normalised)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_person_in_a_request_is_normalised_before_he_is_judged(name: str) -> None:
    assert [place for place, normalised in persons(BODIES[name], name) if not normalised] == []


def test_the_bodies_that_name_a_person_are_seen() -> None:
    seen = {place for name, body in BODIES.items() for place, _ in persons(body, name)}
    assert {"submit.pemohon", "submit.peserta", "submit family.anggota.peserta", "draft_letter.pemohon"} <= seen
