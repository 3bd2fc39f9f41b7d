"""Messages that a service takes in by the batch, on real Kafka: one that raises stops no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from jejak.contracts import events as e
from jejak.messaging.envelope import CaseMessage
from jejak.messaging.handlers import Handlers
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from tests.messaging import NIK, Scene, prepared, reading
from tests.store.ledger import until


@pytest.fixture
async def scene(kafka_server: KafkaCluster, topic: str) -> AsyncIterator[Scene]:
    async with prepared(kafka_server, topic) as made:
        yield made


async def test_messages_are_taken_in_together_and_one_that_raises_stops_no_other(scene: Scene) -> None:
    taken: list[list[int]] = []

    async def take_in(messages: Sequence[CaseMessage]) -> None:
        if any(message.version == 7 for message in messages):
            raise ValueError(NIK)
        taken.append([message.version for message in messages])

    handlers = Handlers("letters")
    handlers.gather()(take_in)
    case = new_uuid()
    for version in range(1, 7):
        await scene.send(case, version, due="" if version % 2 else "letters/sign;4;kadis;main")
    async with reading(scene, handlers=handlers):

        async def as_many(count: int) -> bool:
            return sum(map(len, taken)) >= count

        await until(lambda: as_many(6))
        at_once = len(taken)
        await scene.send(case, 7, due="")
        await scene.send(case, 8)
        await scene.send(case, 9, due="", replay="1")
        await until(lambda: as_many(7))
        [rejection] = await scene.rejected(1)
        await scene.committed()
    assert at_once < 6
    assert [version for some in taken for version in some] == [1, 2, 3, 4, 5, 6, 9]
    assert (rejection.reason, rejection.topic) == ("ValueError", scene.topic)


async def test_only_the_events_that_are_named_are_taken_in(scene: Scene) -> None:
    taken: list[str] = []

    async def take_in(messages: Sequence[CaseMessage]) -> None:
        taken.extend(message.type for message in messages)

    handlers = Handlers("letters")
    handlers.gather(e.ApplicationWithdrawn, e.CaseClosed)(take_in)
    for kind in ("CaseReturned", "CaseClosed", "ApplicationWithdrawn"):
        await scene.send(new_uuid(), ce_type=f"id.jejak.{kind}", due="")
    async with reading(scene, handlers=handlers):

        async def both() -> bool:
            return len(taken) >= 2

        await until(both)
        await scene.committed()
    assert sorted(taken) == ["ApplicationWithdrawn", "CaseClosed"]


async def test_while_postgresql_is_away_what_was_to_be_taken_in_comes_again(scene: Scene) -> None:
    taken: list[int] = []
    away = [2]

    async def take_in(messages: Sequence[CaseMessage]) -> None:
        if away[0]:
            away[0] -= 1
            raise ConnectionError
        scene.away = False
        taken.extend(message.version for message in messages)

    scene.away = True
    handlers = Handlers("letters")
    handlers.gather()(take_in)
    await scene.send(new_uuid(), due="")
    async with reading(scene, handlers=handlers):

        async def some_taken() -> bool:
            return bool(taken)

        await until(some_taken)
        await scene.committed()
    assert taken == [1]
