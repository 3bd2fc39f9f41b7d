"""Records from Kafka, so that none stops another: a batch that cannot be decoded is passed over.

For such a batch (an unknown codec, damaged bytes, a header whose name is not UTF-8) aiokafka raises, drops the records
it had read with it, does not say where the batch is, and raises there for ever.
"""

import asyncio
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords
from prometheus_client import Counter, Gauge

from jejak.messaging.kafka.codecs import MAX_UNPACKED, bound_decoders

bound_decoders()

_GONE_SECONDS: Final = 4.0
"""aiokafka waits without end for the partitions of a topic that is gone."""
_SINGLE_FETCH_MS: Final = 500
_RECORDS_PER_FETCH: Final = 8
"""Records per request: each may be in a batch of its own, which unpacks to at most `MAX_UNPACKED`."""
_POLL_BYTES: Final = MAX_UNPACKED
"""Bytes after which a poll requests no more."""
_FETCH_WAIT_MS: Final = 500
_SENDER_ERRORS: Final = (CorruptRecordException, UnsupportedCodecError)
"""Errors that aiokafka counts among Kafka's, and for which the sender is at fault."""
_BATCH: Final = struct.Struct(">qiibIhi")
"""The start of a batch: base offset, length, leader epoch, magic, CRC, attributes, last offset from the base."""
_MAGIC: Final = 2

SET_ASIDE: Final = Counter(
    "jejak_consumer_set_aside_total", "Messages that a consumer could not read and passed over", ["service", "reason"]
)
FAILURES: Final = Gauge(
    "jejak_consumer_failures", "Times in a row that a consuming loop failed; 0 while it reads", ["service", "topic"]
)


@dataclass(frozen=True, slots=True)
class Undecoded:
    """The rest of a batch that cannot be decoded: offsets from `begin` up to, and without, `end`."""

    partition: TopicPartition
    begin: int
    end: int
    error: str


@dataclass(slots=True)
class Poll:
    """The result of one poll. `offsets`, by partition, is where it ends: to be committed once it is processed."""

    records: list[ConsumerRecord] = field(default_factory=list)
    undecoded: list[Undecoded] = field(default_factory=list)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    _size: int = 0

    def add(self, fetched: Mapping[TopicPartition, list[ConsumerRecord]]) -> None:
        for partition, records in fetched.items():
            self.records += records
            self.offsets[partition] = records[-1].offset + 1
            self._size += sum(map(_size, records))

    def room(self, at_most: int) -> int:
        """How many records it may still take."""
        return at_most - len(self.records) if self._size < _POLL_BYTES else 0


def _size(record: ConsumerRecord) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def read_each[T](
    records: Iterable[ConsumerRecord], read: Callable[[ConsumerRecord], T]
) -> tuple[list[tuple[ConsumerRecord, T]], list[tuple[ConsumerRecord, Exception]]]:
    """Reads every record by itself: the records that were read, and those that raised, each with its error."""
    good: list[tuple[ConsumerRecord, T]] = []
    wrong: list[tuple[ConsumerRecord, Exception]] = []
    for record in records:
        try:
            good.append((record, read(record)))
        except Exception as error:  # noqa: BLE001 - given to the caller, who reports it
            wrong.append((record, error))
    return good, wrong


async def poll(reader: AIOKafkaConsumer, *, timeout_ms: int, at_most: int) -> Poll:
    """Waits so long for the first record. KafkaError for a fault of Kafka and of no message.

    It requests one record first and then partition by partition: a batch that raises takes no other record with it.
    """
    result = Poll()
    try:
        result.add(await _fetched(reader, timeout_ms=timeout_ms, max_records=1))
    except Exception as error:  # noqa: BLE001 - found below
        _raise_if_of_kafka(error)
        apart = (_one_by_one(reader, partition, result, at_most) for partition in reader.assignment())
        if failed := [error for error in await asyncio.gather(*apart, return_exceptions=True) if error]:
            raise failed[0] from None
        return result
    # The partitions of which records have come, in that order: to request every partition costs more than to read.
    mine = reader.assignment()
    for partition in [partition for partition in reader._fetcher._records if partition in mine]:  # noqa: SLF001
        await _buffered(reader, partition, result, at_most)
    return result


async def _buffered(reader: AIOKafkaConsumer, partition: TopicPartition, result: Poll, at_most: int) -> None:
    """The records of a partition that have come, without waiting for more."""
    try:
        while (room := result.room(at_most)) > 0:
            records = await _fetched(reader, partition, timeout_ms=0, max_records=min(room, _RECORDS_PER_FETCH))
            if not records:
                return
            result.add(records)
    except Exception as error:  # noqa: BLE001 - read again below
        _raise_if_of_kafka(error)
        await _one_by_one(reader, partition, result, at_most)


async def _fetched(
    reader: AIOKafkaConsumer, *partitions: TopicPartition, timeout_ms: int, max_records: int
) -> Mapping[TopicPartition, list[ConsumerRecord]]:
    try:
        async with asyncio.timeout(timeout_ms / 1000 + _GONE_SECONDS):
            fetched: Mapping[TopicPartition, list[ConsumerRecord]] = await AIOKafkaConsumer.getmany(
                reader, *partitions, timeout_ms=timeout_ms, max_records=max_records
            )
    except TimeoutError:
        return {}
    return fetched


def _raise_if_of_kafka(error: Exception) -> None:
    if isinstance(error, KafkaError) and not isinstance(error, _SENDER_ERRORS):
        raise error


async def _one_by_one(reader: AIOKafkaConsumer, partition: TopicPartition, result: Poll, at_most: int) -> None:
    """The records of a partition before the batch that raises; then past the rest of that batch."""
    for _ in range(at_most):
        try:
            records = await _fetched(reader, partition, timeout_ms=_SINGLE_FETCH_MS, max_records=1)
        except Exception as error:  # noqa: BLE001 - named in the result
            _raise_if_of_kafka(error)
            begin = await reader.position(partition)
            batch = await _batch_at(reader, partition, begin)
            end = end_of_batch(batch, begin)
            if is_broken(batch, begin):
                result.undecoded.append(Undecoded(partition, begin, end, type(error).__name__))
            reader.seek(partition, end)
            result.offsets[partition] = end
            return
        if not records:
            return
        result.add(records)
        if result.room(at_most) <= 0:
            return


async def _batch_at(reader: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> bytes:
    """The bytes of the batch that holds an offset, from the broker."""
    client = reader._client  # noqa: SLF001 - nothing public gives a batch in bytes
    request = FetchRequest(_FETCH_WAIT_MS, 1, 1, 0, [(partition.topic, [(partition.partition, offset, 1)])])
    answer = await client.send(client.cluster.leader_for_partition(partition), request)
    [(_, [(_, code, *_, batches)])] = answer.topics
    if code:
        raise for_code(code)
    return bytes(batches)


def is_broken(batch: bytes, offset: int) -> bool:
    """Whether its next record from `offset` on cannot be decoded. False where it has none, as a transaction's marker.

    KafkaError where that record can be read: the error has another cause then, and the batch may not be passed over.
    """
    try:
        readable = not batch or _has_record(batch, offset)
    except Exception:  # noqa: BLE001 - this is the check
        return True
    if readable:
        raise KafkaError("a batch was not read, and can be")
    return False


def _has_record(whole: bytes, offset: int) -> bool:
    batch = MemoryRecords(whole).next_batch()
    if not batch.validate_crc():
        raise CorruptRecordException
    return not batch.is_control_batch and any(record.offset >= offset for record in batch)


def end_of_batch(batch: bytes, offset: int) -> int:
    """The offset after a batch, from its uncompressed start; `offset + 1` if the start does not hold it."""
    if len(batch) >= _BATCH.size:
        base, _, _, magic, _, _, last = _BATCH.unpack_from(batch)
        if magic == _MAGIC and base + last >= offset:
            return int(base + last + 1)
    return offset + 1
