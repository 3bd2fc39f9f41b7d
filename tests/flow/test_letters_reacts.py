"""Letters reacts to the end of a case over real Kafka: early, late, twice and replayed, it voids the number once."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from jejak.messaging.broker import Bus, supervised
from jejak.messaging.case_consumer import CaseConsumer
from jejak.messaging.rejected import RejectedTopic
from jejak.platform.kafka_cluster import KafkaCluster
from letters.handlers import handlers
from letters.numbering.settling import Settling
from tests.messaging import Scene, prepared
from tests.servers import Database
from tests.store.ledger import until
from tests.store.lives import Lives, lives_of


@pytest.fixture
async def scene(kafka_server: KafkaCluster, topic: str) -> AsyncIterator[Scene]:
    async with prepared(kafka_server, topic) as made:
        yield made


@asynccontextmanager
async def reading(scene: Scene, lives: Lives) -> AsyncIterator[None]:
    """The letters service at work on the topic."""
    bus = Bus(scene.cluster, "letters", session_timeout_ms=6000)
    react = handlers(Settling(lives.desks["letters"], 30))
    rejected = RejectedTopic(bus, scene.topic)
    reacting = CaseConsumer(react, no_task, rejected, lives.letters.ping, (0.05, 0.05))
    bus.read(scene.topic, f"{scene.topic}.letters", reacting.on_cases)
    async with supervised(bus):
        yield


async def no_task(_: Sequence[uuid.UUID]) -> None:
    raise AssertionError("letters has no automatic task")


async def void(lives: Lives, *cases: uuid.UUID) -> None:
    async def noted() -> bool:
        rows = await lives.letters.pool.fetch('SELECT "case" FROM letters.void')
        return sorted(row["case"] for row in rows) == sorted(cases)

    await until(noted)


async def test_a_withdrawal_that_is_heard_early_twice_and_again_voids_its_number_once(
    scene: Scene, database: Database
) -> None:
    async with lives_of(database) as lives:
        first, second = await lives.town.submit(), await lives.town.submit()
        for case in (first, second):
            await lives.lead(case, "sign")
        async with reading(scene, lives):
            await scene.send(first)  # before the withdrawal: the case has not ended
            await lives.town.withdraw(second)
            await scene.send(second)
            await void(lives, second)
            await lives.town.withdraw(first)
            await scene.send(first, replay="1")
            await scene.send(second)
            await void(lives, first, second)
            await scene.committed()
        [row] = await lives.letters.pool.fetch('SELECT sebab FROM letters.void WHERE "case" = $1', first)
        assert row["sebab"] == "ditarik"
        assert await lives.letters.pool.fetch("SELECT * FROM letters.open_number WHERE NOT named") == []


async def test_a_case_that_is_not_there_and_a_body_that_is_none_harm_no_other(scene: Scene, database: Database) -> None:
    async with lives_of(database) as lives:
        case = await lives.town.submit()
        await lives.lead(case, "sign")
        await lives.town.withdraw(case)
        async with reading(scene, lives):
            await scene.send(uuid.uuid4())
            await scene.send(uuid.uuid4(), value=b"\xff")
            await scene.send(case)
            await void(lives, case)
            [rejection] = await scene.rejected(1)
            await scene.committed()
        assert rejection.topic == scene.topic
