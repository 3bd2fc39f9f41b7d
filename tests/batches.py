"""Batches of records as bytes, sent as they are: what another client, or a damaged one, may put on a topic."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import NotLeaderForPartitionError, for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

CODECS: Final = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_HEADER: Final = 61
_CRC_AT: Final = 17
_ATTRIBUTES_AT: Final = 21


type Headers = Sequence[tuple[str, bytes | None]]


def batch(values: Sequence[bytes], headers: Headers = (), codec: str | None = None) -> bytes:
    """A batch of records with one key, as a client makes it."""
    return packed([(b"x", value, headers) for value in values], codec)


def packed(records: Sequence[tuple[bytes | None, bytes | None, Headers]], codec: str | None = None) -> bytes:
    """A batch of keys, values and headers, as a client makes it."""
    builder = DefaultRecordBatchBuilder(2, CODECS.get(codec or "", 0), 0, -1, -1, -1, 1 << 24)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 1_656_892_800_000, key, value, list(headers))
    return bytes(builder.build())


def damaged(sound: bytes, payload: bytes, *, attributes: int | None = None) -> bytes:
    """The same batch around other bytes, its length and checksum right again."""
    made = bytearray(sound[:_HEADER] + payload)
    struct.pack_into(">i", made, 8, len(made) - 12)
    if attributes is not None:
        struct.pack_into(">h", made, _ATTRIBUTES_AT, attributes)
    struct.pack_into(">I", made, _CRC_AT, calc_crc32c(bytes(made[_ATTRIBUTES_AT:])))
    return bytes(made)


def payload_of(whole: bytes) -> bytes:
    """What stands in a batch after its header, compressed as it is."""
    return whole[_HEADER:]


async def send_raw(producer: AIOKafkaProducer, topic: str, partition: int, whole: bytes) -> int:
    """Puts a batch on a partition as it is; gives the offset of its first record. Raises what the broker refuses."""
    client: Any = producer.client
    request = ProduceRequest(
        transactional_id=None, required_acks=-1, timeout=10_000, topics=[(topic, [(partition, whole)])]
    )
    async with asyncio.timeout(30):
        while True:
            await producer.partitions_for(topic)
            answer = await client.send(client.cluster.leader_for_partition(TopicPartition(topic, partition)), request)
            [(_, [(_, code, offset, *_)])] = answer.topics
            if for_code(code) is not NotLeaderForPartitionError:  # of a topic that was made just now
                break
            await client.force_metadata_update()
    if code:
        raise for_code(code)
    return int(offset)
