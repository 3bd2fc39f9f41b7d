"""Messages that cannot be read are passed over, a case that cannot be judged is set aside; all others go on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaProducer

from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.ids import case_code, new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.stories.people import MARLIS
from tests.faults.scene import (
    REFUSED,
    Scene,
    all_end,
    checked,
    checked_all,
    due,
    frozen,
    ledger_and_kafka_agree,
    logged,
    types_of,
    until,
)
from tests.flow.test_records import heard

DUE = ("due", b"verification/check_registry;2;kasi;main")
STRANGE: tuple[tuple[bytes | None, bytes, list[tuple[str, bytes]]], ...] = (
    (b"not a case", b"{}", [DUE]),
    (b"\xff\xfe\x00", b"{}", [DUE]),
    (None, b"", []),
    (b"", b"", [("due", b"\xff\xfe"), ("version", b"\xc3\x28")]),
    (str(new_uuid()).encode(), b"{}", [DUE]),
    (b"huge", b"\x00" * 900_000, [DUE]),
)


async def test_malformed_messages_on_the_topic_stop_nobody(scene: Scene) -> None:
    pids = scene.pids()
    producer = AIOKafkaProducer(bootstrap_servers=scene.cluster.bootstrap, max_request_size=2_000_000)
    await producer.start()
    try:
        for partition in range(8):
            for key, body, headers in STRANGE:
                await producer.send_and_wait(scene.topic, body, key=key, partition=partition, headers=headers)
    finally:
        await producer.stop()
    await all_end(scene, await checked_all(scene, 6))

    async def noticed() -> bool:
        return "malformed_messages" in logged(scene, "verification")

    await until(noticed, "the strange messages were counted")
    scene.all_alive(pids)
    await ledger_and_kafka_agree(scene, "malformed messages")


async def test_a_header_whose_name_is_not_utf_8_is_passed_over(kafka_server: KafkaCluster, topic: str) -> None:
    await ensure_topic(kafka_server, topic, partitions=2)
    await send_rogue(kafka_server, topic)
    case = new_uuid()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap)
    await producer.start()
    try:
        async with heard(kafka_server, topic) as cases:

            async def comes_through() -> bool:
                await producer.send_and_wait(topic, b"{}", key=str(case).encode(), headers=[DUE])
                return case in cases

            await until(comes_through, "what is sent afterwards is heard")
    finally:
        await producer.stop()


async def send_rogue(cluster: KafkaCluster, topic: str) -> None:
    """Runs a process of its own, since the compiled encoder of aiokafka does not write such a name."""
    command = [sys.executable, str(Path(__file__).with_name("rogue.py")), cluster.bootstrap, topic]
    environment = os.environ | {"AIOKAFKA_NO_EXTENSIONS": "1"}
    await asyncio.to_thread(subprocess.run, command, env=environment, check=True, capture_output=True)


async def parked(scene: Scene, case: UUID) -> None:
    await until(
        lambda: scene.value("SELECT parked FROM es.due WHERE stream = $1 AND parked IS NOT NULL", case), "it is parked"
    )


async def jejak(scene: Scene, *arguments: str) -> str:
    """The output of a command."""
    command = [str(Path(sys.executable).parent / "jejak"), *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, env=scene.jejak.environment, capture_output=True, text=True, check=True
    )
    return done.stdout


async def test_a_case_that_cannot_be_opened_is_set_aside_and_put_back_once_it_can(scene: Scene) -> None:
    pids = scene.pids()
    async with frozen(scene, "verification"):
        bad = await checked(scene)
        others = await checked_all(scene, 5)
        await scene.fetch("UPDATE keys.case_key SET working = reverse(working) WHERE stream = $1", bad)
    await all_end(scene, others)
    await parked(scene, bad)

    listed = await jejak(scene, "parked", "list")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [case_code(bad)]
    assert "UnknownMasterKey" in listed  # as an installation whose keys carry no name sees a damaged one
    assert await types_of(scene, bad) == REFUSED[:2]

    await scene.fetch("UPDATE keys.case_key SET working = reverse(working) WHERE stream = $1", bad)
    assert "1 put back" in await jejak(scene, "parked", "replay", case_code(bad))
    await all_end(scene, [bad])
    assert await jejak(scene, "parked", "list") == "nothing is parked\n"
    scene.all_alive(pids)
    await ledger_and_kafka_agree(scene, "a case that cannot be opened")


async def test_a_look_up_that_raises_sets_its_own_case_aside_and_not_the_batch(scene: Scene) -> None:
    pids = scene.pids()
    damaged = "UPDATE register.entry SET sealed = reverse(sealed) WHERE deactivated_on = date '2022-02-04'"
    await scene.fetch(damaged)
    async with frozen(scene, "verification"):
        bad = await checked(scene, MARLIS)
        others = await checked_all(scene, 5)
    await all_end(scene, others)
    await parked(scene, bad)
    assert case_code(bad) in await jejak(scene, "parked", "list")

    # Put back while the cause is still there, it is set aside again.
    await jejak(scene, "parked", "replay", "--all")
    await parked(scene, bad)

    await scene.fetch(damaged)
    await jejak(scene, "parked", "replay", "--all")
    await due(scene, bad, "draft_letter")
    scene.all_alive(pids)
    await ledger_and_kafka_agree(scene, "a look-up that raises")
