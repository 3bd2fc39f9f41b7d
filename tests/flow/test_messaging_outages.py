"""Messaging on real servers while Kafka, a topic, PostgreSQL or a right in it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from prometheus_client import REGISTRY

from jejak.contracts import events as e
from jejak.messaging.handlers import Fact
from jejak.messaging.kafka.records import Poll
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import kafka
from tests.messaging import PARTITIONS, Scene, prepared, reading, topic_is_there
from tests.servers import Database, execute
from tests.store.ledger import command, event, opened, until


@pytest.fixture
async def scene(kafka_server: KafkaCluster, topic: str) -> AsyncIterator[Scene]:
    async with prepared(kafka_server, topic) as made:
        yield made


async def test_while_postgresql_is_away_a_message_waits_and_is_not_parked(scene: Scene) -> None:
    case = new_uuid()
    scene.away = True
    scene.raises = lambda _: ConnectionError() if scene.away else None
    async with reading(scene):
        await scene.send(case)

        async def tried_again() -> bool:
            return len(scene.tried) >= 3

        await until(tried_again)
        scene.away = False
        await scene.cases_heard(case)
        await scene.committed()
    assert not await topic_is_there(scene.cluster, f"{scene.topic}.letters.rejected")


MISFITS = {
    "a right": ("SELECT FROM es.person", "GRANT SELECT ON es.person TO jejak_letters"),
    "a table": (
        "SELECT FROM letters.later",
        "CREATE TABLE letters.later AS SELECT 1; GRANT ALL ON letters.later TO PUBLIC",
    ),
}
"""A query that the database cannot answer, and the statement that repairs it."""


@pytest.mark.parametrize("lacks", MISFITS)
async def test_while_the_database_lacks_what_a_handler_needs_a_message_waits_and_is_not_parked(
    scene: Scene, database: Database, lacks: str
) -> None:
    query, mending = MISFITS[lacks]
    login = await asyncpg.connect(database.urls["letters"])

    async def react(fact: Fact[e.ApplicationWithdrawn]) -> None:
        scene.tried.append(fact.message.id)
        await login.execute(query)
        scene.heard.append(fact)

    def failures() -> float:
        return REGISTRY.get_sample_value("jejak_consumer_failures", {"service": "letters", "topic": scene.topic}) or 0

    scene.react = react  # type: ignore[method-assign]
    case = new_uuid()
    async with reading(scene):
        await scene.send(case)

        async def tried_again() -> bool:
            return len(scene.tried) >= 3

        await until(tried_again)
        assert failures() > 0
        await execute(database.url, mending)
        await scene.cases_heard(case)
        await scene.committed()
        assert failures() == 0
    await login.close()
    assert not await topic_is_there(scene.cluster, f"{scene.topic}.letters.rejected")


async def test_a_handler_that_appends_what_is_another_service_s_has_its_message_parked(
    scene: Scene, database: Database
) -> None:
    async with opened(database, "letters") as store:

        async def react(fact: Fact[e.ApplicationWithdrawn]) -> None:
            scene.tried.append(fact.message.id)
            await store.append(command(new_uuid(), 0, [event("ApplicationSubmitted")]))

        scene.react = react  # type: ignore[method-assign]
        async with reading(scene):
            await scene.send(new_uuid())
            [parked] = await scene.rejected(1)
            await scene.committed()
    assert parked.reason == "MayNotAppend"


async def test_an_error_that_only_looks_like_postgresql_s_is_the_handler_s(scene: Scene) -> None:
    scene.raises = lambda _: FileNotFoundError()
    async with reading(scene):
        await scene.send(new_uuid())
        [rejection] = await scene.rejected(1)
    assert rejection.reason == "FileNotFoundError"


async def test_a_topic_that_is_not_there_is_waited_for_and_not_made(kafka_server: KafkaCluster, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap)
    await producer.start()
    scene, case = Scene(kafka_server, topic, producer), new_uuid()
    try:
        async with reading(scene):
            assert not await topic_is_there(kafka_server, topic)
            await ensure_topic(kafka_server, topic, PARTITIONS)
            await scene.send(case)
            await scene.cases_heard(case)
    finally:
        await producer.stop()


async def test_a_topic_that_cannot_be_read_stops_no_other(scene: Scene) -> None:
    tries = 0

    async def refused() -> None:
        nonlocal tries
        tries += 1
        raise TopicAuthorizationFailedError

    async def unread(_: Poll) -> None:
        raise AssertionError("nothing can be read of it")

    second, third = new_uuid(), new_uuid()
    async with reading(scene, also=lambda bus: bus.read("of.another", "g", unread, before=refused)) as bus:
        await scene.send(second)
        await scene.cases_heard(second)
        reader = bus.subscriptions[0].subscriber.consumer
        before = tries

        async def tried_again() -> bool:
            return tries >= before + 3

        await until(tried_again)
        await scene.send(third, ce_id="none")
        [rejection] = await scene.rejected(1)
        await scene.send(third)
        await scene.cases_heard(third)
        assert rejection.topic == scene.topic
        assert bus.subscriptions[0].subscriber.consumer is reader


async def heard_by_and_by(scene: Scene) -> None:
    case = new_uuid()
    producer = AIOKafkaProducer(bootstrap_servers=scene.cluster.bootstrap)
    await producer.start()
    scene.producer, before = producer, scene.producer
    try:
        await scene.send(case)
        await scene.cases_heard(case)
    finally:
        scene.producer = before
        await producer.stop()


async def test_without_kafka_the_service_starts_and_it_reads_on_when_kafka_was_killed_or_erased(
    own_kafka: kafka.Kafka, topic: str
) -> None:
    async with prepared(own_kafka.cluster, topic) as scene:
        await asyncio.to_thread(own_kafka.kill)
        async with reading(scene):
            await asyncio.to_thread(own_kafka.restart)
            await heard_by_and_by(scene)
            await asyncio.to_thread(own_kafka.kill)
            await asyncio.to_thread(own_kafka.restart)
            await heard_by_and_by(scene)
            await asyncio.to_thread(own_kafka.erase)
            await asyncio.to_thread(own_kafka.restart)
            await ensure_topic(own_kafka.cluster, topic, PARTITIONS)
            await heard_by_and_by(scene)
            await asyncio.to_thread(own_kafka.kill)
        await asyncio.to_thread(own_kafka.restart)


async def test_a_commit_still_under_way_when_kafka_is_erased_passes_over_nothing(
    own_kafka: kafka.Kafka, topic: str
) -> None:
    await ensure_topic(own_kafka.cluster, topic, 1)
    async with prepared(own_kafka.cluster, topic) as scene:
        case, begun, killed = new_uuid(), asyncio.Event(), asyncio.Event()

        async def react(fact: Fact[e.ApplicationWithdrawn]) -> None:
            begun.set()
            await killed.wait()
            scene.heard.append(fact)

        scene.react = react  # type: ignore[method-assign]
        async with reading(scene):
            await scene.send(case)
            await begun.wait()
            await asyncio.to_thread(own_kafka.kill)
            killed.set()
            await scene.cases_heard(case)
            await asyncio.to_thread(own_kafka.erase)
            await asyncio.to_thread(own_kafka.restart)
            await ensure_topic(own_kafka.cluster, topic, 1)
            await heard_by_and_by(scene)
