"""A new office is a kantor file and its sheets: no code names an office, an SOP or a step."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor
from tests.unit.sop.sheets import OFFICES

ROOT = OFFICES.parents[1]
FOLDERS = [ROOT / "shared" / "src", *sorted((ROOT / "services").glob("*/src")), ROOT / "deploy", ROOT / "tools"]
# The demo's stories and BPJS' answers in them are data of the five offices; the code that plays them is not.
STORIES = ROOT / "tools" / "src" / "jejak_tools" / "stories"
TEXTS = (".sql", ".html", ".typ", ".toml", ".yaml", ".yml", ".json", ".sh")
STEP = re.compile(r"langkah [0-9]+[A-Z]?\b")


def names() -> Iterator[str]:
    """Codes, places, numbers and services of the five offices."""
    for path in OFFICES.glob("*/*.toml"):
        if path.parent.name == "13.99":  # an example office, whose code no real one has
            continue
        if path.match("kantor*.toml"):
            kantor = load_kantor(path.read_bytes())
            if not kantor.provinsi:  # two digits alone identify nothing
                yield kantor.kode
            yield kantor.tempat
            yield from re.findall(r"(?:Kabupaten|Kota|Provinsi) (.+)$", kantor.nama)
        else:
            sop = load_sop(path.read_bytes())
            yield from (name for name in (sop.nomor, sop.layanan, sop.nama) if name)


NAMES = sorted(set(names()))
NAMED = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}(?![\w.])" for name in NAMES), re.IGNORECASE)


def sources(*suffixes: str) -> list[Path]:
    files = [path for folder in FOLDERS for path in folder.rglob("*") if path.suffix in suffixes and path.is_file()]
    return sorted(path for path in files if not path.is_relative_to(STORIES) and "__pycache__" not in path.parts)


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that a module uses. Docstrings may cite the sheet they follow, and are left out."""
    nodes = list(ast.walk(tree))
    names = {
        id(first.value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for first in node.body
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in names:
            yield node.lineno, node.value


def comparisons(tree: ast.Module) -> Iterator[int]:
    """Where a module compares a step with a number."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Compare)
            and any(isinstance(part, ast.Constant) and str(part.value)[:1].isdigit() for part in node.comparators)
            and re.search(r"\b(langkah|step_no|no)$", ast.unparse(node.left))
        ):
            yield node.lineno


def test_the_names_to_look_for_are_those_of_the_offices() -> None:
    assert {"13.01", "51.07", "13.02", "12.72", "Painan", "Pesisir Selatan", "Karangasem", "Solok"} <= set(NAMES)
    assert "460/38/DINSOS-2024" in NAMES


def test_no_module_names_an_office_an_sop_or_a_step_or_asks_which_step_it_is() -> None:
    """A comparison of a step with a number would make one sheet's procedure that of every office."""
    modules = sources(".py")
    named: list[tuple[str, int, str]] = []
    compared: list[tuple[str, int]] = []
    for path in modules:
        name, tree = path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
        named += [(name, line, text) for line, text in strings(tree) if NAMED.search(text) or STEP.search(text)]
        compared += [(name, line) for line in comparisons(tree)]
    assert len(modules) > 500
    assert (named, compared) == ([], [])


def test_no_template_query_or_setting_names_an_office_or_an_sop() -> None:
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sources(*TEXTS)}
    assert len(texts) > 100
    assert {name: named for name, text in texts.items() if (named := NAMED.findall(text))} == {}
