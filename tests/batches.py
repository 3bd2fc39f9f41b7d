"""Batches of records as bytes, sent unchanged, as another or a damaged client may put them on a topic."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any, Final

import cramjam
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.errors import NotLeaderForPartitionError, for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from jejak.messaging.kafka.codecs import MAX_UNPACKED
from jejak.platform.ids import real_seconds
from jejak.platform.kafka_cluster import KafkaCluster

CODECS: Final = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip_encode,
    "snappy": snappy_encode,
    "lz4": lz4_encode,
    "zstd": zstd_encode,
}
_HEADER: Final = 61
_CRC_AT: Final = 17
_ATTRIBUTES_AT: Final = 21


type Headers = Sequence[tuple[str, bytes | None]]


def batch(values: Sequence[bytes], headers: Headers = (), codec: str | None = None) -> bytes:
    """A batch of records with one key, as a client makes it."""
    return packed([(b"x", value, headers) for value in values], codec)


def packed(records: Sequence[tuple[bytes | None, bytes | None, Headers]], codec: str | None = None) -> bytes:
    """A batch of keys, values and headers, as a client makes it now, so that no broker deletes it as expired."""
    now_ms = int(real_seconds() * 1000)
    builder = DefaultRecordBatchBuilder(2, CODECS.get(codec or "", 0), 0, -1, -1, -1, 1 << 24)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, now_ms, key, value, list(headers))
    return bytes(builder.build())


def damaged(sound: bytes, payload: bytes, *, attributes: int | None = None) -> bytes:
    """The same batch around other bytes, with its length and checksum corrected."""
    made = bytearray(sound[:_HEADER] + payload)
    struct.pack_into(">i", made, 8, len(made) - 12)
    if attributes is not None:
        struct.pack_into(">h", made, _ATTRIBUTES_AT, attributes)
    struct.pack_into(">I", made, _CRC_AT, calc_crc32c(bytes(made[_ATTRIBUTES_AT:])))
    return bytes(made)


def payload_of(whole: bytes) -> bytes:
    """The records of a batch after its header, compressed as they are."""
    return whole[_HEADER:]


async def send_raw(producer: AIOKafkaProducer, topic: str, partition: int, whole: bytes) -> int:
    """Puts a batch on a partition unchanged and returns the offset of its first record. Raises the broker's refusal."""
    client: Any = producer.client
    request = ProduceRequest(
        transactional_id=None, required_acks=-1, timeout=10_000, topics=[(topic, [(partition, whole)])]
    )
    async with asyncio.timeout(30):
        while True:
            await producer.partitions_for(topic)
            answer = await client.send(client.cluster.leader_for_partition(TopicPartition(topic, partition)), request)
            [(_, [(_, code, offset, *_)])] = answer.topics
            if for_code(code) is not NotLeaderForPartitionError:  # of a new topic
                break
            await client.force_metadata_update()
    if code:
        raise for_code(code)
    return int(offset)


@asynccontextmanager
async def producing(cluster: KafkaCluster, **given: Any) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, **given)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


VALUES: Final = (b"one", b"two", b"three")


def _lz4_with_a_wrong_sum() -> bytes:
    made = cramjam.lz4.Compressor(content_checksum=True, block_linked=False)
    made.compress(payload_of(batch(VALUES)))
    whole = bytearray(bytes(made.finish()))
    whole[-1] ^= 0xFF
    return damaged(batch(VALUES, codec="lz4"), bytes(whole))


def _with_rubbish(codec: str) -> bytes:
    sound = batch(VALUES, codec=codec)
    return damaged(sound, payload_of(sound) + b"rubbish")


def _header_whose_name_is_not_utf_8() -> bytes:
    sound = batch(VALUES, [("name", b"1")])
    return damaged(sound, payload_of(sound).replace(b"name", b"n\xff\xfee"))


@cache
def _too_large(codec: str) -> bytes:
    """A few kilobytes that unpack to more than a batch may hold."""
    sound = packed([(b"x", bytes(MAX_UNPACKED + 1), ())])
    return damaged(sound, ENCODERS[codec](payload_of(sound)), attributes=CODECS[codec])


BROKEN: Final[dict[str, Callable[[], bytes]]] = {
    "lz4 with a wrong sum": _lz4_with_a_wrong_sum,
    "gzip with rubbish behind it": lambda: _with_rubbish("gzip"),
    "lz4 with rubbish behind it": lambda: _with_rubbish("lz4"),
    "a header whose name is not UTF-8": _header_whose_name_is_not_utf_8,
    **{f"{codec} that unpacks to too much": partial(_too_large, codec) for codec in CODECS},
}
"""Batches that a broker takes and the readers of the project cannot or do not decode."""
