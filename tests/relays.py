"""A relay in this process, as the relay's own process runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient

from jejak.eventstore.postgres.leader_election import RELAY, lead_for_ever
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.messaging.publishing.relay import CaseEventMapper, Relay, Topic
from jejak.platform.cancellation import cancel_and_wait
from jejak_tools.delivery import whole_topic
from tests.servers import Database
from tests.store.ledger import opened, until


@asynccontextmanager
async def relaying(database: Database, topic: Topic) -> AsyncIterator[EventLogReader]:
    """The parts of a relay process: a tail, and a relay on it."""
    async with opened(database, "ledger") as store:
        feed = EventLogReader(store.pool, Tail(store.pool))
        relay = Relay(store.pool, feed, topic, CaseEventMapper())
        start = await store.pool.fetchval("SELECT coalesce((SELECT position FROM es.checkpoint), 0)")
        led = lead_for_ever(database.urls["ledger"], RELAY, store.epoch, relay.publish)
        tasks = [asyncio.create_task(feed.run(start)), asyncio.create_task(led)]
        try:
            yield feed
        finally:
            await cancel_and_wait(*tasks)


async def published(store: Store) -> int:
    return int(await store.pool.fetchval("SELECT coalesce((SELECT position FROM es.checkpoint), 0)"))


async def all_published(database: Database, seconds: float = 60.0) -> None:
    """Waits until the checkpoint has reached the end of the ledger."""
    async with opened(database, "ledger") as store:

        async def done() -> bool:
            last = await store.pool.fetchval("SELECT coalesce(max(position), 0) FROM es.event")
            return await published(store) >= int(last)

        await until(done, seconds)


async def heard(topic: Topic) -> list[ConsumerRecord]:
    """All messages of the topic, partition by partition."""
    return [record async for record in whole_topic(topic.cluster, topic.name)]


async def delete_topic(topic: Topic) -> None:
    """Deletes the topic, as an operator's mistake would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=topic.cluster.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic.name])
    finally:
        await admin.close()
