"""Hands on the topics that BPJS reads: what stands there, and what somebody who may write there can do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from bpjs_sync.outgoing.signing import Signer, keys_of
from jejak.messaging.kafka.topics import end_offsets
from jejak_local.environment import SIGNING_FILE
from tests.bpjs import Heard, heard
from tests.faults.scene import Scene

TOPIC: Final = "jejak.bpjs"
SETTLED: Final = f"{TOPIC}.replies.settled"


async def is_on_topic(scene: Scene, submission: str) -> None:
    """Returns when it is."""
    while all(message.key != submission for message in await heard(scene.bootstrap, TOPIC)):
        pass


async def submission_on_topic(scene: Scene, submission: str) -> Heard:
    return next(
        one for one in await heard(scene.bootstrap, TOPIC) if one.key == submission and one.name == "submission"
    )


def installation(scene: Scene) -> Signer:
    """It, as it signs."""
    return Signer(keys_of(json.loads(Path(scene.jejak.environment[SIGNING_FILE]).read_text(encoding="utf-8"))))


def signed_as(one: Heard, signer: Signer, data: str, **changes: str) -> dict[str, str]:
    """The headers of a message, with changes, signed together with this data."""
    said = {name.removeprefix("ce_"): value for name, value in one.headers.items() if name.startswith("ce_")}
    said |= changes
    del said["signature"]
    return {f"ce_{name}": value for name, value in (said | {"signature": signer.sign(said, data)}).items()}


async def written(scene: Scene, headers: Mapping[str, str], data: str, beside: Heard, topic: str = TOPIC) -> None:
    """On a topic, by whoever can write there: with the key of another message, on its partition."""
    told = [(name, value.encode()) for name, value in headers.items()]
    async with AIOKafkaProducer(bootstrap_servers=scene.bootstrap) as producer:
        await producer.send_and_wait(
            topic, data.encode(), beside.key.encode(), partition=beside.partition, headers=told
        )


async def told_nonsense(scene: Scene) -> None:
    """On every partition: a tombstone, a header without a value, no JSON, and JSON that is no message."""
    named = [("ce_id", b"nonsense"), ("ce_type", b"id.jejak.bpjs.submission.v1"), ("ce_position", b"1")]
    async with AIOKafkaProducer(bootstrap_servers=scene.bootstrap) as producer:
        for partition in sorted(await producer.partitions_for(TOPIC)):
            for value, headers in (
                (None, named),
                (b"{}", [("ce_type", None)]),
                (b"{", named),
                (b"null", named),
                (b'{"submission": {}}', named),
            ):
                await producer.send_and_wait(TOPIC, value, b"x", partition=partition, headers=headers)


async def told_without_personal(scene: Scene, submission: str) -> None:
    """The submission is said again, as it is when the law made the office forget the person."""
    one = await submission_on_topic(scene, submission)
    clear = json.dumps({name: value for name, value in one.data.items() if name != "personal"})
    await written(scene, signed_as(one, installation(scene), clear, replay="true"), clear, one)


async def forgotten(scene: Scene, submission: str) -> None:
    """The topic's retention passes, for all that is on it up to this submission."""
    await is_on_topic(scene, submission)
    ends = dict(enumerate(await end_offsets(scene.bootstrap, TOPIC)))
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.bootstrap)
    await admin.start()
    try:
        wanted = {TopicPartition(TOPIC, number): RecordsToDelete(end) for number, end in ends.items()}
        begin = await admin.delete_records(wanted)
    finally:
        await admin.close()
    assert {place.partition: offset for place, offset in begin.items()} == ends


async def deleted(scene: Scene) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([TOPIC])
    finally:
        await admin.close()
