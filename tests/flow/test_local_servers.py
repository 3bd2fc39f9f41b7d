"""The embedded servers: real ones, closed to others, that never outlive their owner."""

from __future__ import annotations

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local.kafka import Kafka
from jejak_local.postgres import Postgres


async def topics_of(cluster: KafkaCluster, *new: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        if new:
            await admin.create_topics([NewTopic(name, 1, 1) for name in new])
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def test_postgres_asks_every_client_for_a_password(postgres_server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=postgres_server.port, user="postgres", password="tebakan", database="postgres"
        )


async def test_what_was_committed_survives_the_kill_of_postgres(own_postgres: Postgres) -> None:
    connection = await asyncpg.connect(own_postgres.url)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    own_postgres.kill()
    assert not own_postgres.alive()

    own_postgres.restart()

    connection = await asyncpg.connect(own_postgres.url)
    assert await connection.fetchval("SELECT n FROM kept") == 7
    await connection.close()


async def test_topics_survive_a_kill_of_kafka_but_not_its_erasure(own_kafka: Kafka, topic: str) -> None:
    assert topic in await topics_of(own_kafka.cluster, topic)

    own_kafka.kill()
    own_kafka.restart()
    assert topic in await topics_of(own_kafka.cluster)

    own_kafka.erase()
    own_kafka.restart()
    assert topic not in await topics_of(own_kafka.cluster)
