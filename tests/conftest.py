"""Fixtures every test may ask for. A server starts when the first test asks for it, and stops with the run."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings

from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import kafka, postgres
from jejak_local.installation import Installation
from tests.bpjs import bpjs_key
from tests.keycloak import Keycloak, Realm
from tests.servers import (
    RUN,
    TEMPLATE,
    UNSAFE_AND_QUICK,
    Database,
    database_from,
    installed,
    make_template,
    scratch_folder,
    start_or_skip,
)
from tests.shared import shared
from tests.stories import contoh, jejak, lismar, pesisir_selatan, sukarni
from tests.waits import PATIENCE

__all__ = [
    "bpjs_key",
    "contoh",
    "jejak",
    "lismar",
    "pesisir_selatan",
    "sukarni",
]  # of their own modules, for every test

_default: httpx.Timeout = inspect.signature(httpx.get).parameters["timeout"].default
_default.connect = _default.read = _default.write = _default.pool = PATIENCE

# How long an example takes says how busy the machine is; speed belongs in `make bench`.
settings.register_profile("jejak", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("jejak")

HERE = Path(__file__).parent
WITHOUT_INSTALLATION = ("contract", "property", "store", "unit")
"""Folders whose tests run first. An installation takes processor time from its start to the end of the run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that kill processes carry their mark by where they stand, and run last."""
    turns = {**dict.fromkeys(WITHOUT_INSTALLATION, 0), "faults": 2}
    folders = {path: path.relative_to(HERE).parts[0] for path in {item.path for item in items}}
    for item in items:
        if folders[item.path] == "faults":
            item.add_marker(pytest.mark.faults)
    items.sort(key=lambda item: turns.get(folders[item.path], 1))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Address]:
    """The run's PostgreSQL. Tests take `database`; only tests of the server itself need this."""

    def start(folder: Path) -> tuple[postgres.Postgres, str]:
        server = start_or_skip("PostgreSQL", lambda: postgres.Postgres(folder, settings=UNSAFE_AND_QUICK))
        make_template(server)
        return server, str(server.port)

    with shared(f"postgres-{RUN}", start) as (folder, port):
        yield postgres.Address(folder, int(port))


@pytest.fixture(scope="session")
def migrated_template(postgres_server: postgres.Address) -> str:
    """Name of the migrated database that every `database` is a copy of."""
    del postgres_server
    return TEMPLATE


@pytest.fixture
def database(postgres_server: postgres.Address, migrated_template: str) -> Iterator[Database]:
    """A fresh, migrated database of this test alone."""
    with database_from(postgres_server, migrated_template) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaCluster]:
    """The run's Apache Kafka. Take a `topic` and a group of your own."""

    def start(folder: Path) -> tuple[kafka.Kafka, str]:
        server = start_or_skip("Apache Kafka", lambda: kafka.Kafka(folder))
        return server, server.bootstrap

    with shared(f"kafka-{RUN}", start) as (_, bootstrap):
        yield KafkaCluster(bootstrap)


@pytest.fixture(scope="session")
def keycloak() -> Iterator[Realm]:
    """The run's Keycloak, with the realm of `deploy/identity` and the accounts of `tests.keycloak`."""

    def start(folder: Path) -> tuple[Keycloak, str]:
        server = start_or_skip("Keycloak", lambda: Keycloak(folder))
        return server, server.address

    with shared(f"keycloak-{RUN}", start) as (folder, address):
        yield Realm(address, folder / "ca.pem")


@pytest.fixture
def topic() -> str:
    """A topic name that no other test uses; the process that needs the topic makes it, as in production."""
    return f"test.{secrets.token_hex(6)}"


@pytest.fixture
def installation(database: Database, kafka_server: KafkaCluster) -> Iterator[Installation]:
    """Every service as a process of this test alone, on the run's servers: `installation.url` is the one address."""
    with installed(database, kafka_server) as running:
        yield running


@pytest.fixture
def own_postgres() -> Iterator[postgres.Postgres]:
    """A durable PostgreSQL of this test alone, to be killed, stopped or restarted."""
    with scratch_folder("own-postgres") as folder:
        server = start_or_skip("PostgreSQL", lambda: postgres.Postgres(folder))
        yield server
        server.stop()


@pytest.fixture
def own_kafka() -> Iterator[kafka.Kafka]:
    """A Kafka of this test alone, to be killed, stopped, erased or restarted."""
    with scratch_folder("own-kafka") as folder:
        server = start_or_skip("Apache Kafka", lambda: kafka.Kafka(folder))
        yield server
        server.stop()
