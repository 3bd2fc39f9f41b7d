"""Documents keep their form, and the links, paths, commands and versions in them exist."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

from jejak.cli import find_commands

ROOT: Final = Path(__file__).parents[2]
DECISIONS: Final = ROOT / "docs" / "decisions"
NUMBERED: Final = sorted(DECISIONS.glob("[0-9]*.md"))
FORM: Final = ["Context", "Decision", "Consequences", "Look again"]
LINES_OF_A_PAGE: Final = 60
KINDS_OF_CHANGE: Final = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
GUIDES: Final = ("CONTRIBUTING.md", "docs/tasks.md", "docs/decisions/0010-breaking-changes-of-the-bpjs-contract.md")
CONTRIBUTING: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def documents() -> list[Path]:
    """Every Markdown file of the repository, except those of installed packages."""
    parts = [part for part in ROOT.iterdir() if part.is_dir() and part.name.isalpha() and part.name != "build"]
    inside = (path for part in parts for path in part.rglob("*.md") if "node_modules" not in path.parts)
    return sorted([*ROOT.glob("*.md"), *inside])


@pytest.mark.parametrize("decision", NUMBERED, ids=lambda path: path.stem)
def test_a_decision_has_context_decision_consequences_and_when_to_look_again(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == FORM
    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert len(text.splitlines()) <= LINES_OF_A_PAGE


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    assert [int(path.name[:4]) for path in NUMBERED] == list(range(1, len(NUMBERED) + 1))
    listed = re.findall(r"\((\d{4}-[^)]+\.md)\)", (DECISIONS / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NUMBERED]


def test_a_superseded_decision_and_its_successor_name_each_other() -> None:
    for path in NUMBERED:
        for number in re.findall(r"^Status: superseded by \[decision (\d+)\]", path.read_text("utf-8"), re.MULTILINE):
            successor = next(DECISIONS.glob(f"{int(number):04}-*.md")).read_text(encoding="utf-8")
            assert f"Supersedes [decision {int(path.name[:4])}]({path.name})" in successor


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_in_a_document_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_a_path_that_a_guide_names_is_there(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    named = re.findall(r"`((?:deploy|docs|examples|services|shared|tests|tools)/[\w./-]+)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_command_that_contributing_names_is_one() -> None:
    named = set(re.findall(r"`(?:\.venv/bin/)?jejak ([a-z]+)", CONTRIBUTING))
    assert named <= set(find_commands())


def test_a_target_that_contributing_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", CONTRIBUTING)) <= targets


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased, *released = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert unreleased == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version) for version in released)
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= KINDS_OF_CHANGE


def test_the_newest_version_of_the_changelog_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == project["version"]
