"""Kafka killed, erased, or not there at all: work is delayed, and none is lost."""

from __future__ import annotations

import asyncio

from jejak_local.kafka import Kafka
from tests.faults.scene import (
    Scene,
    all_end,
    checked_all,
    comes_back,
    endings,
    ledger_and_kafka_agree,
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
    scene.nobody_died(pids)


async def test_kafka_erased_and_started_empty_is_told_everything_again(scene: Scene) -> None:
    before, pids = await endings(scene), scene.pids()
    coming = asyncio.create_task(checked_all(scene, 20))
    await some_have_ended(scene, before + 5)
    await asyncio.to_thread(broker(scene).erase)
    await asyncio.to_thread(broker(scene).restart)
    await all_end(scene, await coming)
    await said_again(scene)
    await ledger_and_kafka_agree(scene, "Kafka erased")
    await all_end(scene, await checked_all(scene, 2))
    await ledger_and_kafka_agree(scene, "Kafka erased, afterwards")
    scene.nobody_died(pids)


async def said_again(scene: Scene) -> None:
    """Waits until the relay has noticed the loss and gone back to the beginning of the window."""
    asked = "SELECT replay_until > 0 FROM es.checkpoint WHERE topic = $1"
    await until(lambda: scene.value(asked, scene.topic), "the relay says it all again")


async def test_with_kafka_absent_from_the_start_the_sweep_alone_brings_every_case_to_its_end(scene: Scene) -> None:
    await asyncio.to_thread(broker(scene).kill)
    await asyncio.gather(*(asyncio.to_thread(scene.child(name).kill) for name in SPEAK_TO_KAFKA))
    await comes_back(scene, *SPEAK_TO_KAFKA)
    await all_end(scene, await checked_all(scene, 20))
    await asyncio.to_thread(broker(scene).restart)
    await ledger_and_kafka_agree(scene, "Kafka absent")
