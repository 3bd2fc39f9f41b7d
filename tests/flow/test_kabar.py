"""A notification is listed at once by Kafka, and a little later without it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from intake.app import DESCRIPTION, build
from jejak.messaging.publishing.relay import Topic
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.service import running
from jejak_local import kafka
from jejak_local.files import free_port
from tests.relays import all_published, delete_topic, relaying
from tests.servers import Database
from tests.store.bpjs import settings
from tests.store.ledger import until
from tests.store.lives import Lives, lives_of
from tests.store.test_notifications import brought, documents_missing, fetch

HOUR = 3600.0
KINDS = 'SELECT kind FROM intake.notification WHERE "case" = $1'


@asynccontextmanager
async def intake(database: Database, cluster: KafkaCluster, prefix: str, sweep_seconds: float) -> AsyncIterator[None]:
    """The running service, on these servers."""
    configured = settings(database, "intake", kafka=cluster, topic_prefix=prefix, sweep_seconds=sweep_seconds)
    async with running(configured, DESCRIPTION, build):
        yield


async def is_notified(database: Database, case: uuid.UUID, kind: str | None) -> None:
    async def known() -> bool:
        return [row["kind"] for row in await fetch(database, KINDS, case)] == [kind]

    await until(known)


async def caught_up(database: Database) -> None:
    """Waits until all events so far are read from the event store."""

    async def done() -> bool:
        [(caught,)] = await fetch(
            database, "SELECT position >= (SELECT max(position) FROM es.event) FROM intake.progress"
        )
        return bool(caught)

    await until(done)


async def test_a_message_makes_it_known_long_before_the_event_store_is_read_again(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target):
        case = await lives.town.submit()
        async with intake(database, kafka_server, topic, HOUR):
            await caught_up(database)
            await documents_missing(lives, case)
            await is_notified(database, case, "lengkapi")
            await brought(lives, case)
            await is_notified(database, case, None)
            await lives.lead(case, "hand_over")
            await is_notified(database, case, "siap_diambil")
            await lives.lead(case, "archive")
            await is_notified(database, case, None)


async def test_while_kafka_is_away_the_event_store_makes_it_known(database: Database, topic: str) -> None:
    async with lives_of(database) as lives, intake(database, KafkaCluster(f"127.0.0.1:{free_port()}"), topic, 0.05):
        cases = await waiting(lives)
        for case, kind in cases.items():
            await is_notified(database, case, kind)


async def test_what_a_deleted_topic_held_unread_is_known_as_soon_as_the_service_starts(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives:
        async with relaying(database, target):
            cases = await waiting(lives)
            await all_published(database)
        await delete_topic(target)
        async with intake(database, kafka_server, topic, HOUR):
            for case, kind in cases.items():
                await is_notified(database, case, kind)


async def test_what_is_published_again_after_a_loss_is_heard(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target):
        cases = await waiting(lives)
        await all_published(database)
        await delete_topic(target)
        await fetch(database, "UPDATE intake.progress SET position = (SELECT max(position) FROM es.event)")
        async with intake(database, kafka_server, topic, HOUR):
            for case, kind in cases.items():
                await is_notified(database, case, kind)


async def test_a_broker_that_is_erased_while_people_work_loses_nothing(
    database: Database, own_kafka: kafka.Kafka, topic: str
) -> None:
    cluster = own_kafka.cluster
    target = Topic(cluster, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target), intake(database, cluster, topic, 0.2):
        cases = await waiting(lives)
        await asyncio.to_thread(own_kafka.kill)
        cases |= await waiting(lives)
        for case, kind in cases.items():
            await is_notified(database, case, kind)
        await asyncio.to_thread(own_kafka.erase)
        await asyncio.to_thread(own_kafka.restart)
        cases |= await waiting(lives)
        await all_published(database)
        for case, kind in cases.items():
            await is_notified(database, case, kind)


async def waiting(lives: Lives) -> dict[uuid.UUID, str]:
    """A case whose documents are missing and one whose letter is ready → their notifications."""
    missing, ready = await lives.town.submit(), await lives.town.submit()
    await documents_missing(lives, missing)
    await lives.lead(ready, "hand_over")
    return {missing: "lengkapi", ready: "siap_diambil"}
