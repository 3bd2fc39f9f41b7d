"""An installation for fuzz tests alone, so that what they store is in no other test's figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import postgres
from jejak_tools.demo import token_key
from jejak_tools.play import Player
from tests.fuzz.target import Target, prepared_target
from tests.servers import database_from, installed
from tests.stories import Jejak, Ledger


@pytest.fixture(scope="package")
def target(postgres_server: postgres.Address, migrated_template: str, kafka_server: KafkaCluster) -> Iterator[Target]:
    with (
        database_from(postgres_server, migrated_template) as database,
        installed(database, kafka_server) as installation,
        Player(installation.url, token_key(installation)) as player,
    ):
        yield prepared_target(Jejak(installation, player, Ledger(database.url)))
