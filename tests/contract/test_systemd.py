"""systemd understands every unit, each is confined, and a process reads what its unit gives it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from jejak.platform.settings import Settings, parse_env_file
from jejak_tools.deployment import installation, secret_files, systemd

ROOT: Final = Path(__file__).parents[2]
PLAN: Final = installation.read(ROOT / "deploy")
SIZES: Final = ("one_host", "three_hosts")
EXPOSED: Final = 30
"""Tenths of systemd's measure of exposure, from 0 to 100: below 30 it says OK."""
PROCESSES: Final = tuple(PLAN.processes.values())
OURS: Final = [f"jejak@{process.host}.service" for process in PROCESSES]
UNITS: Final = [*OURS, "jejak-migrate.service"]
KAFKA: Final = "kafka.service"
"""With one host; three have a cluster of their own."""


def folder_of(size: str) -> Path:
    return ROOT / "deploy" / "systemd" / size.replace("_", "-")


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("systemd-analyze is not here: no unit was verified (Debian: apt install systemd)")
        pytest.skip("systemd-analyze is not here, NO UNIT WAS VERIFIED (Debian: apt install systemd)")
    return program


@pytest.fixture(params=SIZES)
def units(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The units as they lie in /etc/systemd/system, with programs that are here, and Debian's unit of Caddy."""
    there = tmp_path / "system"
    shutil.copytree(folder_of(request.param), there)
    for file in (path for path in there.rglob("*") if path.is_file()):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(rf"{systemd.PROGRAM}|/usr/bin/caddy|/opt/kafka/bin/[a-z.-]+", "/bin/true", text))
    (there / "caddy.service").write_text("[Service]\nType=notify\nExecStart=/bin/true\nExecReload=/bin/true\n")
    return there


def answer(analyze: str, units: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # With a colon behind it systemd's own units are found as well: they are wanted by ours.
    environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_COLORS": "0"}
    return subprocess.run([analyze, *arguments], env=environment, capture_output=True, text=True, check=False)


def confined(units: Path) -> list[str]:
    return [*UNITS, *([KAFKA] if (units / KAFKA).exists() else [])]


def test_systemd_understands_every_unit(analyze: str, units: Path) -> None:
    checked = answer(analyze, units, "verify", "--man=no", *confined(units), "jejak.target", "caddy.service")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_misspelt_key_is_found(analyze: str, units: Path) -> None:
    with (units / "jejak@.service").open("a") as file:
        file.write("[Service]\nProtectHom=yes\n")
    assert "Unknown key" in answer(analyze, units, "verify", "--man=no", UNITS[0]).stderr


def test_every_unit_is_confined(analyze: str, units: Path) -> None:
    found = answer(
        analyze, units, "security", "--offline=yes", f"--threshold={EXPOSED}", "--no-pager", *confined(units)
    )
    levels = re.findall(r"Overall exposure level for (\S+): ([\d.]+)", found.stdout)
    assert found.returncode == 0, levels
    assert {unit for unit, _ in levels} == set(confined(units))
    assert max(float(level) for _, level in levels) <= EXPOSED / 10


@pytest.mark.parametrize("given", ["User=root", "ProtectSystem=no", "CapabilityBoundingSet=CAP_SYS_ADMIN"])
def test_a_unit_that_may_more_is_rated_worse(analyze: str, units: Path, given: str) -> None:
    def exposure() -> float:
        found = answer(analyze, units, "security", "--offline=yes", "--no-pager", UNITS[0])
        return float(re.findall(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)[0])

    confined = exposure()
    template = units / "jejak@.service"
    name = given.partition("=")[0]
    template.write_text(re.sub(rf"^{name}=.*$", given, template.read_text(), flags=re.MULTILINE))

    assert exposure() > confined


def test_a_unit_that_is_not_confined_is_found(analyze: str, units: Path) -> None:
    template = units / "jejak@.service"
    template.write_text(template.read_text().replace(systemd.HARDENED, ""))
    found = answer(analyze, units, "security", "--offline=yes", f"--threshold={EXPOSED}", "--no-pager", UNITS[0])
    assert found.returncode != 0


def environment_of(folder: Path, host: str, credentials: Path) -> Mapping[str, str]:
    """What systemd gives to a process: the template's variables, its own, those of the site, and its credentials."""
    lines = [
        line
        for file in (folder / "jejak@.service", folder / f"jejak@{host}.service.d" / "process.conf")
        for line in file.read_text(encoding="utf-8").replace("%i", host).splitlines()
    ]
    loaded = dict(
        line.removeprefix("LoadCredential=").split(":") for line in lines if line.startswith("LoadCredential=")
    )
    words = [
        word for line in lines if line.startswith("Environment=") for word in shlex.split(line[len("Environment=") :])
    ]
    variables = {name: text.replace("%%", "%") for name, text in (word.split("=", 1) for word in words)}
    for name, place in loaded.items():
        assert variables[f"{name}_FILE"] == f"%d/{name}"
        variables[f"{name}_FILE"] = str(credentials / Path(place).relative_to(systemd.CREDENTIALS))
    return variables | parse_env_file((folder / "jejak.env.example").read_text(encoding="utf-8"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("process", PROCESSES, ids=PLAN.processes)
def test_a_process_reads_what_its_unit_gives_it(size: str, process: installation.Process, tmp_path: Path) -> None:
    secret_files.make(PLAN, PLAN.sizes[size], tmp_path)
    environ = dict(environment_of(folder_of(size), process.host, tmp_path))
    environ.pop("KAFKA_SSL_CA", None)  # a file of the site

    settings = Settings.read(process.name, environ)

    assert (settings.env, settings.port) == ("production", process.port)
    assert settings.database_url.startswith(f"postgresql://{process.login}:")
    assert settings.address_of("verification").endswith(f":{PLAN.processes['verification'].port}")
    assert (settings.signing_keys is not None) == (process.name == "bpjs_sync")


@pytest.mark.parametrize("size", SIZES)
def test_the_target_starts_every_process_and_caddy_finds_each(size: str) -> None:
    target = (folder_of(size) / "jejak.target").read_text(encoding="utf-8")
    assert re.findall(r"^Wants=(.*)$", target, re.MULTILINE) == OURS
    drop_in = (folder_of(size) / "caddy.service.d" / "jejak.conf").read_text(encoding="utf-8")
    edges = re.findall(r"JEJAK_EDGE_(\w+)=([^'\n]*:\d+)'?$", drop_in, re.MULTILINE)
    hosts = PLAN.sizes[size].hosts
    expected = {process.name: [f"{host}:{process.port}" for host in hosts] for process in PROCESSES}
    assert {name.lower(): places.split() for name, places in edges} == {
        name: places for name, places in expected.items() if name != "relay"
    }
