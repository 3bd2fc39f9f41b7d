"""The commands of the README run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens.__main__ import FOLDER, PAGES, table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"(?s)```sh\n(.*?)```", README)
    for line in block.splitlines()
]
TARGETS = sorted(set(re.findall(r"make ([a-z]+)", README)))


def test_the_readme_says_what_to_type() -> None:
    assert COMMANDS[:2] == ["make run", "make test"]


@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.startswith("make ")])
def test_a_command_of_the_readme_runs(command: str) -> None:
    program, *arguments = shlex.split(command)
    result = subprocess.run(
        [Path(sys.executable).parent / Path(program).name, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_the_readme_names_is_made_by_commands_that_are_there(target: str) -> None:
    """`make -n` prints them; the tests of `jejak up` and `jejak demo`, and this run, test what they start."""
    result = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    programs = re.findall(r"(?m)^(?:exec )?(\.venv/bin/\w[\w-]*)", result.stdout)
    assert programs
    assert [program for program in programs if not (Path(sys.executable).parent / Path(program).name).exists()] == []


def test_every_picture_is_shown_and_every_photographed_page_is_listed() -> None:
    text = PAGES.read_text(encoding="utf-8")
    assert table() in text
    assert set(re.findall(r"screenshots/[a-z0-9-]+\.png", text)) == {
        f"screenshots/{path.name}" for path in FOLDER.glob("*.png")
    }
