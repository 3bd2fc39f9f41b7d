"""A bare reader of a topic, which shares no code with the messaging layer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from jejak.platform.kafka_cluster import KafkaCluster


@asynccontextmanager
async def consumer(cluster: KafkaCluster, topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A started consumer that commits only by hand and begins with the oldest message."""
    reader = AIOKafkaConsumer(
        topic,
        bootstrap_servers=cluster.bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()
