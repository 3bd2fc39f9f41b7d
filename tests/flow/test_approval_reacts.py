"""A case that waits for approval is known at once by Kafka, a little later without it, and listed only while due."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx

from approval.app import DESCRIPTION, build
from jejak.messaging.publishing.relay import Topic
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.service import running
from jejak_local.files import free_port
from tests.relays import all_published, delete_topic, relaying
from tests.servers import Database
from tests.store.bpjs import settings
from tests.store.ledger import until
from tests.store.lives import Lives, lives_of
from tests.store.test_notifications import fetch
from tests.store.test_waiting import waiting

HOUR = 3600.0
CAUGHT_UP = """SELECT epoch IS NOT NULL AND position >= (SELECT coalesce(max(position), 0) FROM es.event)
               FROM approval.progress"""


@asynccontextmanager
async def approval(
    database: Database, cluster: KafkaCluster, prefix: str, sweep_seconds: float
) -> AsyncIterator[httpx.AsyncClient]:
    """The running service, on these servers."""
    configured = settings(database, "approval", kafka=cluster, topic_prefix=prefix, sweep_seconds=sweep_seconds)
    async with (
        running(configured, DESCRIPTION, build) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as client,
    ):
        yield client


async def these_wait(lives: Lives, cases: Collection[uuid.UUID]) -> None:
    async def known() -> bool:
        return set(await waiting(lives)) == set(cases)

    await until(known)


async def caught_up(database: Database) -> None:
    """Waits until all events so far are read from the event store."""

    async def done() -> bool:
        [(caught,)] = await fetch(database, CAUGHT_UP)
        return bool(caught)

    await until(done)


async def listed(client: httpx.AsyncClient, lives: Lives) -> tuple[set[str], dict[str, int]]:
    """The cases on the Kabid's page of parafs, and how many cases wait for the Kabid."""
    answer = await client.get("/worklist/paraf", headers=lives.town.headers("kabid-1"))
    assert answer.status_code == 200, answer.text
    page = answer.json()
    return {task["berkas"] for task in page["tugas"]}, page["menunggu"]


async def test_a_case_is_listed_by_a_message_and_leaves_with_its_paraf(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target):
        first, second, refused = [await lives.town.submit() for _ in range(3)]
        async with approval(database, kafka_server, topic, HOUR) as client:
            await caught_up(database)
            for case in (first, second, refused):
                await lives.lead(case, "paraf")
            await these_wait(lives, [first, second, refused])
            assert await listed(client, lives) == ({str(first), str(second), str(refused)}, {"paraf": 3})

            body = {"berkas": [str(first)]}
            given = await client.post("/tasks/paraf", json=body, headers=lives.town.headers("kabid-1"))
            assert given.json()["selesai"] == 1, given.text
            assert await listed(client, lives) == ({str(second), str(refused)}, {"paraf": 2})
            await lives.town.withdraw(refused)
            assert await listed(client, lives) == ({str(second)}, {"paraf": 1})
            await these_wait(lives, [second])


async def test_while_kafka_is_away_the_event_store_makes_it_known(database: Database, topic: str) -> None:
    async with lives_of(database) as lives, approval(database, KafkaCluster(f"127.0.0.1:{free_port()}"), topic, 0.05):
        case = await lives.town.submit()
        await lives.lead(case, "paraf")
        await these_wait(lives, [case])
        await lives.lead(case, "sign")
        await these_wait(lives, [])


async def test_what_a_deleted_topic_held_unread_is_known_as_soon_as_the_service_starts(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives:
        waits, begun = await lives.town.submit(), await lives.town.submit()
        await lives.lead(begun, "paraf")
        async with relaying(database, target):
            async with approval(database, kafka_server, topic, HOUR):
                await these_wait(lives, [begun])
            await lives.lead(waits, "paraf")
            await lives.lead(begun, "sign")
            await all_published(database)
        await delete_topic(target)
        async with approval(database, kafka_server, topic, HOUR):
            await these_wait(lives, [waits])


async def test_what_is_published_again_after_a_loss_is_heard(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target):
        async with approval(database, kafka_server, topic, HOUR):
            await caught_up(database)
        case = await lives.town.submit()
        await lives.lead(case, "paraf")
        await all_published(database)
        await delete_topic(target)
        await fetch(database, "UPDATE approval.progress SET position = (SELECT max(position) FROM es.event)")
        async with approval(database, kafka_server, topic, HOUR):
            await these_wait(lives, [case])
