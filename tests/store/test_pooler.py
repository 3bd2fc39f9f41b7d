"""Through a pooler: connections bring no setting that it refuses, and what a service needs is set for its login."""

from __future__ import annotations

import pytest

from jejak.eventstore.epoch import Epoch
from jejak.eventstore.postgres.database_health import DatabaseHealth
from jejak.eventstore.postgres.leader_election import leading
from jejak.eventstore.postgres.roles import ALL_SERVICES
from jejak.eventstore.store import Store
from tests.servers import Database
from tests.store.ledger import opened

BROUGHT = "SELECT name FROM pg_settings WHERE source = 'client'"
TAKEN_BY_POOLERS = {"application_name", "client_encoding"}


@pytest.mark.parametrize("derives", [False, True])
async def test_a_connection_brings_no_setting_that_a_pooler_refuses(database: Database, derives: bool) -> None:
    url = database.urls["ledger"]
    async with await Store.connect(url, application="uji", derives=derives) as store:
        assert {row["name"] for row in await store.pool.fetch(BROUGHT)} <= TAKEN_BY_POOLERS
        health = DatabaseHealth(url, store, "ledger")
        await health.ready()
        assert health._connection is not None
        assert {row["name"] for row in await health._connection.fetch(BROUGHT)} <= TAKEN_BY_POOLERS
        health.disconnect()
    async with leading(url, 7300180, Epoch("uji")) as lead:
        assert {row["name"] for row in await lead.connection.fetch(BROUGHT)} <= TAKEN_BY_POOLERS


async def test_only_what_can_be_derived_again_is_committed_without_the_disk(database: Database) -> None:
    settings = {}
    for service in ALL_SERVICES:
        async with opened(database, service) as store:
            settings[service] = await store.pool.fetchrow(
                "SELECT current_setting('jit'), current_setting('synchronous_commit')"
            )
    assert {service: tuple(row or ()) for service, row in settings.items()} == {
        service: ("off", "off" if service == "ledger" else "on") for service in ALL_SERVICES
    }


async def test_a_pool_has_as_many_connections_as_its_setting(database: Database) -> None:
    async with await Store.connect(database.urls["intake"], size=2) as store:
        assert store.pool.get_max_size() == 2
