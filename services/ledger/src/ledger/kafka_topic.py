"""The topic as the relay makes and watches it: a fixed number of partitions, and where each of them ends."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

_TIMEOUT_MS: Final = 10_000
_MADE_WITHIN: Final = 30.0
_LOOK_AGAIN: Final = 0.1


async def ensure_topic(bootstrap: str, topic: str, partitions: int, replicas: int = 1) -> bool:
    """Makes the topic unless it is there; whether it was made now. KafkaError when the broker does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS, client_id="jejak-relay")
    try:
        await admin.start()
        if topic in await admin.list_topics():
            return False
        answer = await admin.create_topics([NewTopic(topic, partitions, replicas)], timeout_ms=_TIMEOUT_MS)
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if error is TopicAlreadyExistsError:
                return False
            if code:
                raise error
        return True
    finally:
        await admin.close()


async def end_offsets(bootstrap: str, topic: str) -> list[int]:
    """The end offset of every partition, in their order. KafkaError when the topic cannot be read."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id="jejak-relay",
        enable_auto_commit=False,
        request_timeout_ms=_TIMEOUT_MS,
        metadata_max_age_ms=1_000,
    )
    try:
        await reader.start()
        async with asyncio.timeout(_MADE_WITHIN):
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
