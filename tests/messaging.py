"""A service that reacts to one fact, on a real broker, for tests of the messaging layer."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from jejak.contracts import events as e
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.case_consumer import CaseConsumer
from jejak.messaging.handlers import Fact, Handlers
from jejak.messaging.kafka.clients import client_settings
from jejak.messaging.kafka.consumer_lag import Group, group_lag, measured_groups
from jejak.messaging.kafka.topics import ensure_topic
from jejak.messaging.rejected import RejectedMessages, RejectedTopic
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.delivery import whole_topic
from tests.store.ledger import until

NIK = "1399010101900001"
NAME = "Siti Contoh"
PARTITIONS = 2
WITHDRAWN = json.dumps({"v": 1}).encode()


@dataclass
class Scene:
    """A service that reacts to withdrawals, and its topic."""

    cluster: KafkaCluster
    topic: str
    producer: AIOKafkaProducer
    heard: list[Fact[e.ApplicationWithdrawn]] = field(default_factory=list)
    raises: Callable[[uuid.UUID], Exception | None] = lambda _: None
    tried: list[uuid.UUID] = field(default_factory=list)
    away: bool = False

    async def react(self, fact: Fact[e.ApplicationWithdrawn]) -> None:
        self.tried.append(fact.message.id)
        if error := self.raises(fact.message.case):
            raise error
        self.heard.append(fact)

    async def ping(self) -> None:
        if self.away:
            raise ConnectionError

    async def send(self, case: uuid.UUID, version: int = 1, **changes: Any) -> uuid.UUID:
        """Sends a withdrawal as the relay does, or with other values of headers; None takes a header away."""
        identity = new_uuid()
        value = changes.pop("value", WITHDRAWN)
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(identity),
            "ce_type": "id.jejak.ApplicationWithdrawn",
            "ce_time": "2022-07-04T02:00:00+00:00",
            "office": "13.99",
            "version": str(version),
            "position": str(version),
            "epoch": "e",
        } | changes
        pairs = [
            (name, header if isinstance(header, bytes) else str(header).encode())
            for name, header in headers.items()
            if header is not None
        ]
        await self.producer.send_and_wait(self.topic, value, key=str(case).encode(), headers=pairs)
        return identity

    async def cases_heard(self, *cases: uuid.UUID) -> None:
        async def all_of_them() -> bool:
            return set(cases) <= {fact.message.case for fact in self.heard}

        await until(all_of_them)

    async def rejected(self, count: int) -> list[RejectedMessages]:
        rejected: list[RejectedMessages] = []

        async def enough() -> bool:
            name = f"{self.topic}.letters.rejected"
            if not await topic_is_there(self.cluster, name):
                return False
            records = [record async for record in whole_topic(self.cluster, name)]
            rejected[:] = [RejectedMessages.model_validate_json(record.value) for record in records]
            return len(rejected) >= count

        await until(enough)
        return rejected

    async def committed(self) -> None:
        """Waits until the service's group has nothing left to read by Kafka."""
        group = Group(f"{self.topic}.letters", self.topic, "jejak")

        async def to_the_end() -> bool:
            spans = (await measured_groups(self.cluster, [group])).get(group)
            return spans is not None and group_lag(spans.values()).lag == 0

        await until(to_the_end)


@asynccontextmanager
async def prepared(cluster: KafkaCluster, topic: str) -> AsyncIterator[Scene]:
    await ensure_topic(cluster, topic, PARTITIONS)
    producer = AIOKafkaProducer(**client_settings(cluster))
    await producer.start()
    try:
        yield Scene(cluster, topic, producer)
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(
    scene: Scene,
    pauses: Sequence[float] = (0.05, 0.05),
    also: Callable[[Bus], None] = lambda _: None,
    handlers: Handlers | None = None,
) -> AsyncIterator[Bus]:
    """The running service; each time it is started anew, and continues where it was. `also`: further topics."""
    if handlers is None:
        handlers = Handlers("letters")
        handlers.on(e.ApplicationWithdrawn)(scene.react)
    bus = Bus(scene.cluster, "letters", session_timeout_ms=6000)
    reacting = CaseConsumer(handlers, no_task, RejectedTopic(bus, scene.topic), scene.ping, pauses)
    bus.read(scene.topic, f"{scene.topic}.letters", reacting.on_cases)
    also(bus)
    async with supervised(bus):
        yield bus


async def no_task(_: Sequence[uuid.UUID]) -> None:
    raise AssertionError("letters has no automatic task here")


async def topic_is_there(cluster: KafkaCluster, topic: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        return topic in await admin.list_topics()
    finally:
        await admin.close()
