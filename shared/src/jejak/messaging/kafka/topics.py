"""Topics as we make and watch them: partitions and settings of their own, and where each partition ends."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

_CLIENT: Final = "jejak-topics"
_TIMEOUT_MS: Final = 10_000
_MADE_WITHIN: Final = 30.0
_LOOK_AGAIN: Final = 0.1
_SET_ON_TOPIC: Final = 1
"""Kafka's own number for "set on this topic", as against a default of the broker."""


async def ensure_topic(
    bootstrap: str, topic: str, partitions: int, replicas: int = 1, configs: Mapping[str, str] | None = None
) -> bool:
    """Makes the topic unless it is there, with these settings either way; whether it was made now.

    Settings that somebody else made on the topic are left. KafkaError when the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS, client_id=_CLIENT)
    wanted = dict(configs or {})
    try:
        await admin.start()
        if topic in await admin.list_topics():
            await _settle(admin, topic, wanted)
            return False
        fresh = NewTopic(topic, partitions, replicas, topic_configs=wanted)
        answer = await admin.create_topics([fresh], timeout_ms=_TIMEOUT_MS)
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if error is TopicAlreadyExistsError:
                return False
            if code:
                raise error
        return True
    finally:
        await admin.close()


async def topic_exists(bootstrap: str, topic: str) -> bool:
    """Whether the topic is there; nothing is made. KafkaError when the broker does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS, client_id=_CLIENT)
    try:
        await admin.start()
        return topic in await admin.list_topics()
    finally:
        await admin.close()


async def _settle(admin: AIOKafkaAdminClient, topic: str, wanted: Mapping[str, str]) -> None:
    """Kafka replaces all settings of a topic at once, so what stands there is said again with what is wanted."""
    if not wanted:
        return
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    code, _, _, _, entries = answer.resources[0]
    if code:
        raise for_code(code)
    before = {name: value for name, value, _, source, *_ in entries if source == _SET_ON_TOPIC}
    if wanted.items() <= before.items():
        return
    answers = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {**before, **wanted})])
    for code, *_ in answers[0].resources:
        if code:
            raise for_code(code)


async def end_offsets(bootstrap: str, topic: str, within: float = _MADE_WITHIN) -> list[int]:
    """The end offset of every partition, in their order. KafkaError when it cannot be read `within` so many seconds."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=_CLIENT,
        enable_auto_commit=False,
        request_timeout_ms=_TIMEOUT_MS,
        metadata_max_age_ms=1_000,
    )
    try:
        await reader.start()
        async with asyncio.timeout(within):
            while not (known := reader.partitions_for_topic(topic)):
                await asyncio.sleep(_LOOK_AGAIN)
                await reader.topics()
        partitions = [TopicPartition(topic, number) for number in sorted(known)]
        ends = await reader.end_offsets(partitions)
    except TimeoutError:
        raise KafkaError(f"topic {topic} has no partitions") from None
    finally:
        await reader.stop()
    return [ends[one] for one in partitions]
