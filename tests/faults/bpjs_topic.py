"""The topics that BPJS reads: what stands there, and what a writer without a right to it can do."""

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
    """Waits until the topic holds a message about this submission."""
    while all(message.key != submission for message in await heard(scene.cluster, TOPIC)):
        pass


async def submission_on_topic(scene: Scene, submission: str) -> Heard:
    return next(
        message
        for message in await heard(scene.cluster, TOPIC)
        if message.key == submission and message.name == "submission"
    )


def installation(scene: Scene) -> Signer:
    """The installation's own signer."""
    return Signer(keys_of(json.loads(Path(scene.jejak.environment[SIGNING_FILE]).read_text(encoding="utf-8"))))


def signed_as(message: Heard, signer: Signer, data: str, **changes: str) -> dict[str, str]:
    """The headers of a message with changes, signed together with this data."""
    attributes = {name.removeprefix("ce_"): value for name, value in message.headers.items() if name.startswith("ce_")}
    attributes |= changes
    del attributes["signature"]
    return {f"ce_{name}": value for name, value in (attributes | {"signature": signer.sign(attributes, data)}).items()}


async def written(scene: Scene, headers: Mapping[str, str], data: str, beside: Heard, topic: str = TOPIC) -> None:
    """Writes a message on a topic, with the key and partition of the message `beside`."""
    encoded = [(name, value.encode()) for name, value in headers.items()]
    async with AIOKafkaProducer(bootstrap_servers=scene.cluster.bootstrap) as producer:
        await producer.send_and_wait(
            topic, data.encode(), beside.key.encode(), partition=beside.partition, headers=encoded
        )


async def send_nonsense(scene: Scene) -> None:
    """Writes on every partition: a tombstone, a header without a value, no JSON, and JSON that is no message."""
    named = [("ce_id", b"nonsense"), ("ce_type", b"id.jejak.bpjs.submission.v1"), ("ce_position", b"1")]
    async with AIOKafkaProducer(bootstrap_servers=scene.cluster.bootstrap) as producer:
        for partition in sorted(await producer.partitions_for(TOPIC)):
            for value, headers in (
                (None, named),
                (b"{}", [("ce_type", None)]),
                (b"{", named),
                (b"null", named),
                (b'{"submission": {}}', named),
            ):
                await producer.send_and_wait(TOPIC, value, b"x", partition=partition, headers=headers)


async def send_without_personal(scene: Scene, submission: str) -> None:
    """Publishes the submission again without personal data, as after the person was forgotten."""
    submitted = await submission_on_topic(scene, submission)
    clear = json.dumps({name: value for name, value in submitted.data.items() if name != "personal"})
    await written(scene, signed_as(submitted, installation(scene), clear, replay="true"), clear, submitted)


async def forgotten(scene: Scene, submission: str) -> None:
    """Deletes from the topic, as its retention does, all up to this submission."""
    await is_on_topic(scene, submission)
    ends = dict(enumerate(await end_offsets(scene.cluster, TOPIC)))
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.cluster.bootstrap)
    await admin.start()
    try:
        up_to = {TopicPartition(TOPIC, number): RecordsToDelete(end) for number, end in ends.items()}
        begin = await admin.delete_records(up_to)
    finally:
        await admin.close()
    assert {place.partition: offset for place, offset in begin.items()} == ends


async def deleted(scene: Scene) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=scene.cluster.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([TOPIC])
    finally:
        await admin.close()
