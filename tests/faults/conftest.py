"""One installation for all faults, on servers of its own. A test that breaks it mends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jejak_local import jars, postgres
from jejak_local.installation import Installation
from jejak_local.preparation import offices_folder
from jejak_tools.demo import token_key
from jejak_tools.play import Player
from tests.faults.scene import Scene
from tests.servers import scratch_folder, start_or_skip

QUICK = {
    "JEJAK_SWEEP_SECONDS": "1",
    "JEJAK_SESSION_TIMEOUT_MS": "6000",
    "JEJAK_BPJS_SIMULATOR": "off",
    "JEJAK_TOPIC_RETENTION_DAYS": "3650",  # the stories' clock spans years; after a loss all is published again
}


@contextmanager
def installed(name: str) -> Iterator[Scene]:
    """An installation on servers of its own, on a Monday morning in July 2022."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    kept = {name: os.environ[name] for name in ("JEJAK_CACHE",) if name in os.environ}
    with scratch_folder(name) as folder:
        start_or_skip("PostgreSQL and Apache Kafka", lambda: (postgres.program("postgres"), jars.class_path()))
        installation = Installation(folder, environ=ours | kept | QUICK)
        with installation.start(lambda _: None) as jejak, Player(jejak.url, token_key(jejak)) as player:
            office = player.office(offices_folder(jejak.environment) / "13.01")
            office.at("2022-07-04 09:00")
            yield Scene(jejak, office)


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    """The installation that the fault tests share."""
    with installed("faults") as running:
        yield running
