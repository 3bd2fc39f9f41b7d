"""Kafka killed, erased, or not there at all: work is delayed, and none is lost."""

from __future__ import annotations

import asyncio

from jejak_local.kafka import Kafka
from tests.faults.scene import (
    Scene,
    all_end,
    checked_all,
    endings,
    ledger_and_kafka_agree,
    restarted,
    some_have_ended,
    until,
)

SPEAK_TO_KAFKA = ("verification", "bpjs_sync", "relay")


def broker(scene: Scene) -> Kafka:
    assert scene.jejak.kafka is not None
    return scene.jejak.kafka


async def test_kafka_killed_and_restarted_on_its_data(scene: Scene) -> None:
    before, pids = await endings(scene), scene.pids()
    coming = asyncio.create_task(checked_all(scene, 20))
    await some_have_ended(scene, before + 5)
    await asyncio.to_thread(broker(scene).kill)
    await all_end(scene, await coming)
    await asyncio.to_thread(broker(scene).restart)
    await ledger_and_kafka_agree(scene, "Kafka killed")
    scene.all_alive(pids)


async def test_kafka_erased_and_started_empty_gets_everything_again(scene: Scene) -> None:
    before, pids = await endings(scene), scene.pids()
    coming = asyncio.create_task(checked_all(scene, 20))
    await some_have_ended(scene, before + 5)
    await asyncio.to_thread(broker(scene).erase)
    await asyncio.to_thread(broker(scene).restart)
    await all_end(scene, await coming)
    await published_again(scene)
    await ledger_and_kafka_agree(scene, "Kafka erased")
    await all_end(scene, await checked_all(scene, 2))
    await ledger_and_kafka_agree(scene, "Kafka erased, afterwards")
    scene.all_alive(pids)


async def published_again(scene: Scene) -> None:
    """Waits until the relay has noticed the loss and publishes the window again."""
    replaying = "SELECT replay_until > 0 FROM es.checkpoint WHERE topic = $1"
    await until(lambda: scene.value(replaying, scene.topic), "the relay publishes it all again")


async def test_with_kafka_absent_from_the_start_the_sweep_alone_brings_every_case_to_its_end(scene: Scene) -> None:
    await asyncio.to_thread(broker(scene).kill)
    await asyncio.gather(*(asyncio.to_thread(scene.child(name).kill) for name in SPEAK_TO_KAFKA))
    await restarted(scene, *SPEAK_TO_KAFKA)
    await all_end(scene, await checked_all(scene, 20))
    await asyncio.to_thread(broker(scene).restart)
    await ledger_and_kafka_agree(scene, "Kafka absent")
