"""What the README says one can type, one can type."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens.__main__ import FOLDER, table

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"^\.venv/bin/jejak (.*?)(?:\s+#.*)?$", (ROOT / "README.md").read_text(), re.MULTILINE)
NEEDS_NO_SERVER = ("sop ",)


def jejak(arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from jejak.cli import main; raise SystemExit(main())", *shlex.split(arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith(NEEDS_NO_SERVER)])
def test_a_command_that_needs_no_server_runs(command: str) -> None:
    result = jejak(command)
    assert result.returncode == 0, result.stderr
    assert result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    words = [word for word in command.split() if "/" not in word and not word[0].isdigit()]
    result = jejak(f"{words[0]} --help")
    assert result.returncode == 0, result.stderr
    assert "usage: jejak" in result.stdout


def test_every_target_the_readme_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= targets


def test_every_path_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text()
    paths = list(re.findall(r"`((?:services|shared|deploy|docs|tests)/[^`<>*]*)`", text))
    assert paths
    for path in paths:
        assert (ROOT / path).exists(), path


def test_every_picture_the_readme_shows_is_there_and_every_photographed_page_is_shown() -> None:
    text = (ROOT / "README.md").read_text()
    pictures = set(re.findall(r"docs/screenshots/[a-z0-9-]+\.png", text))
    assert table() in text
    assert pictures == {str(one.relative_to(ROOT)) for one in FOLDER.glob("*.png")}
