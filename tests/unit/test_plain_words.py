"""Documents, docstrings and comments name the person or thing that they are about.

A sentence about an unnamed person or thing has to be read twice, as it leaves open who acts. `VAGUE` lists the words.
"""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("ci", "deploy", "docs", "examples", "services", "shared", "tests", "tools")
CODE: Final = frozenset({".css", ".html", ".java", ".js", ".mjs", ".py", ".sql", ".typ"})
TEXT: Final = frozenset({".caddy", ".json", ".md", ".toml", ".yaml", ".yml"})
INSTALLED: Final = frozenset({"build", "node_modules", "__pycache__"})
VAGUE: Final = re.compile(r"\b(?:(?:who|whom|whoso|what|whatso|which)ever|some(?:body|one))\b", re.IGNORECASE)
"""Without exceptions: each of these sentences can name its subject. Strings count as well, as people read them."""


def find_vague(text: str) -> list[str]:
    """Each vague word of a text, behind the number of its line and a colon."""
    return [f"{number}: {word[0]}" for number, line in enumerate(text.splitlines(), 1) for word in VAGUE.finditer(line)]


def written_files() -> list[Path]:
    """Every file of the project that people read, except those of installed packages."""
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in CODE | TEXT)
    ours = (path for path in inside if path.is_file() and not INSTALLED & set(path.relative_to(ROOT).parts))
    return sorted([*ours, *ROOT.glob("*.md"), *ROOT.glob("*.toml"), ROOT / ".env.example", ROOT / "Makefile"])


@pytest.mark.parametrize("word", ["who", "what", "which"])
def test_a_vague_word_is_found_with_its_line(word: str) -> None:
    assert find_vague(f"The official signs.\n# {word.title()}ever signs") == [f"2: {word.title()}ever"]


def test_no_file_leaves_open_whom_or_what_it_is_about() -> None:
    files = {str(path.relative_to(ROOT)): path for path in written_files()}
    assert {"README.md", "docs/bpjs/README.md", "shared/src/jejak/cli/sop.py"} <= files.keys()
    vague = {name: find_vague(path.read_text(encoding="utf-8")) for name, path in files.items()}
    assert {name: words for name, words in vague.items() if words} == {}
