"""The pre-commit hook runs `make check`."""

import re
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).parents[2]
HOOKS: Final = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repository["hooks"]
]


def commands_of_check() -> list[str]:
    """The recipe of the target `check`, with the Makefile's variables filled in."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    variables = dict(re.findall(r"^(\w+) := (.*)$", makefile, re.MULTILINE))
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe
    return [re.sub(r"\$\((\w+)\)", lambda use: variables[use[1]], line.strip()) for line in recipe[1].splitlines()]


def test_a_commit_runs_the_commands_of_make_check_in_their_order() -> None:
    assert [hook["entry"] for hook in HOOKS] == commands_of_check()


def test_every_hook_uses_the_tools_of_the_project_on_the_whole_tree() -> None:
    assert {(hook["language"], hook["pass_filenames"]) for hook in HOOKS} == {("system", False)}
