"""The compose file is one by the Compose Specification, and a process reads what its service gives it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

from jejak.platform.settings import Settings
from jejak_tools.deployment import compose, installation, secret_files

ROOT: Final = Path(__file__).parents[2]
PLAN: Final = installation.read(ROOT / "deploy")
SIZE: Final = PLAN.sizes["compose"]
FILE: Final = ROOT / compose.FILE
DOCUMENT: Final[Mapping[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: Final[Mapping[str, Any]] = DOCUMENT["services"]
PROCESSES: Final = {process.host: process for process in PLAN.processes.values()}
SCHEMA: Final = json.loads((ROOT / "tests/contract/schemas/compose-spec.json").read_text(encoding="utf-8"))


def faults(document: Mapping[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(SCHEMA)
    return [error.message for error in validator.iter_errors(document)]


def test_it_is_a_compose_file() -> None:
    assert faults(DOCUMENT) == []


@pytest.mark.parametrize("key", ["read_only", "security_opt", "depends_on"])
def test_a_misspelt_key_is_refused(key: str) -> None:
    document = copy.deepcopy(dict(DOCUMENT))
    document["services"]["intake"][f"{key}s"] = document["services"]["intake"].pop(key)
    assert faults(document) != []


def test_what_it_names_is_there() -> None:
    for name, service in SERVICES.items():
        for other in service.get("depends_on", []):
            assert other in SERVICES, f"{name} waits for {other}"
        for secret in service.get("secrets", []):
            assert (secret if isinstance(secret, str) else secret["source"]) in DOCUMENT["secrets"]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            here = (
                source in {"./secrets/tls", "../identity"} or source in DOCUMENT["volumes"]
            )  # made, or another's folder
            assert here or (FILE.parent / source).exists(), f"{name} mounts {source}"


def test_every_secret_is_a_file_that_is_made(tmp_path: Path) -> None:
    secret_files.make(PLAN, SIZE, tmp_path / "secrets")
    assert [each["file"] for each in DOCUMENT["secrets"].values() if not (tmp_path / each["file"]).is_file()] == []


@pytest.mark.parametrize("host", PROCESSES)
def test_a_process_reads_what_its_service_gives_it(host: str, tmp_path: Path) -> None:
    secret_files.make(PLAN, SIZE, tmp_path / "secrets")
    service = SERVICES[host]
    files = {each["target"]: DOCUMENT["secrets"][each["source"]]["file"] for each in service["secrets"]}
    environ = {
        name: str(tmp_path / files[Path(text).name]) if name.endswith("_FILE") else text
        for name, text in service["environment"].items()
    }

    settings = Settings.read(PROCESSES[host].name, environ)

    assert settings.env == "production"
    assert settings.public_url == SERVICES["caddy"]["environment"]["JEJAK_EDGE_SITE"]
    assert "@postgres:5432/" in settings.database_url
    assert settings.kafka.bootstrap == "kafka:9092"
    assert all(place.startswith(f"secrets/{host}/") for place in files.values())


@pytest.mark.parametrize("host", PROCESSES)
def test_a_process_is_not_killed_before_it_has_drained_and_ended(host: str) -> None:
    seconds = int(SERVICES[host]["stop_grace_period"].removesuffix("s"))
    assert seconds >= int(PLAN.settings["JEJAK_DRAIN_SECONDS"].default or 0) + installation.ENDS_WITHIN


def test_nothing_is_reached_from_outside_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("host", [*PROCESSES, "migrate", "caddy"])
def test_a_container_of_ours_is_confined(host: str) -> None:
    service = SERVICES[host]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not re.search(r"\blatest\b|:$", service["image"])
