"""Records as they come from Kafka, so that none stops another: what cannot be decoded is passed, what raises set aside.

For a batch that it cannot decode (an unknown codec, damaged bytes, a header whose name is not UTF-8) aiokafka raises,
drops what it had read beside it, does not say where the batch stands, and raises there for ever.
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
"""Of a topic that is gone aiokafka waits for partitions without end."""
_APART_MS: Final = 500
_STEP: Final = 8
"""Records asked for at once: each may stand in a batch of its own that unpacks to as much as a batch may."""
_ENOUGH: Final = MAX_UNPACKED
"""Bytes after which a poll asks for no more."""
_FETCH_WAIT_MS: Final = 500
_OF_THE_BATCH: Final = (CorruptRecordException, UnsupportedCodecError)
"""What aiokafka files under Kafka's errors and is the sender's."""
_BATCH: Final = struct.Struct(">qiibIhi")
"""How a batch begins: base offset, length, leader epoch, magic, CRC, attributes, last offset counted from the base."""
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
    """What one poll gave. `offsets` is up to where that is, by partition: what to commit once it is worked on."""

    records: list[ConsumerRecord] = field(default_factory=list)
    undecoded: list[Undecoded] = field(default_factory=list)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    _size: int = 0

    def _add(self, found: Mapping[TopicPartition, list[ConsumerRecord]]) -> None:
        for partition, records in found.items():
            self.records += records
            self.offsets[partition] = records[-1].offset + 1
            self._size += sum(map(_size, records))

    def _left(self, at_most: int) -> int:
        """How many records it may still take."""
        return at_most - len(self.records) if self._size < _ENOUGH else 0


def _size(record: ConsumerRecord) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def read_each[T](
    records: Iterable[ConsumerRecord], read: Callable[[ConsumerRecord], T]
) -> tuple[list[tuple[ConsumerRecord, T]], list[tuple[ConsumerRecord, Exception]]]:
    """Reads every record by itself: what was read, and what one record raised, which concerns that record alone."""
    good: list[tuple[ConsumerRecord, T]] = []
    wrong: list[tuple[ConsumerRecord, Exception]] = []
    for one in records:
        try:
            good.append((one, read(one)))
        except Exception as error:  # noqa: BLE001 - given to the caller, who tells of it
            wrong.append((one, error))
    return good, wrong


async def poll(reader: AIOKafkaConsumer, *, timeout_ms: int, at_most: int) -> Poll:
    """What there is, waiting so long for the first record. KafkaError for what is Kafka's fault and no message's.

    It asks for one record first and then partition by partition: a batch that raises takes no other record with it.
    """
    found = Poll()
    try:
        found._add(await _got(reader, timeout_ms=timeout_ms, max_records=1))  # noqa: SLF001
    except Exception as error:  # noqa: BLE001 - looked for below
        _raise_if_kafka_s(error)
        apart = (_one_by_one(reader, one, found, at_most) for one in reader.assignment())
        failed = [one for one in await asyncio.gather(*apart, return_exceptions=True) if one]
        if failed:
            raise failed[0] from None
        return found
    for partition in _fetched(reader):
        await _buffered(reader, partition, found, at_most)
    return found


def _fetched(reader: AIOKafkaConsumer) -> list[TopicPartition]:
    """The partitions of which records have come, in that order: to ask every partition costs more than to read."""
    mine = reader.assignment()
    return [partition for partition in reader._fetcher._records if partition in mine]  # noqa: SLF001


async def _buffered(reader: AIOKafkaConsumer, partition: TopicPartition, found: Poll, at_most: int) -> None:
    """The records of a partition that have come, without waiting for more."""
    try:
        while (left := found._left(at_most)) > 0:  # noqa: SLF001
            got = await _got(reader, partition, timeout_ms=0, max_records=min(left, _STEP))
            if not got:
                return
            found._add(got)  # noqa: SLF001
    except Exception as error:  # noqa: BLE001 - read again below
        _raise_if_kafka_s(error)
        await _one_by_one(reader, partition, found, at_most)


async def _got(
    reader: AIOKafkaConsumer, *partitions: TopicPartition, timeout_ms: int, max_records: int
) -> Mapping[TopicPartition, list[ConsumerRecord]]:
    try:
        async with asyncio.timeout(timeout_ms / 1000 + _GONE_SECONDS):
            found: Mapping[TopicPartition, list[ConsumerRecord]] = await AIOKafkaConsumer.getmany(
                reader, *partitions, timeout_ms=timeout_ms, max_records=max_records
            )
    except TimeoutError:
        return {}
    return found


def _raise_if_kafka_s(error: Exception) -> None:
    if isinstance(error, KafkaError) and not isinstance(error, _OF_THE_BATCH):
        raise error


async def _one_by_one(reader: AIOKafkaConsumer, partition: TopicPartition, found: Poll, at_most: int) -> None:
    """The records of a partition before the batch that raises; then past the rest of that batch."""
    for _ in range(at_most):
        try:
            got = await _got(reader, partition, timeout_ms=_APART_MS, max_records=1)
        except Exception as error:  # noqa: BLE001 - named in what is given back
            _raise_if_kafka_s(error)
            begin = await reader.position(partition)
            batch = await _batch_at(reader, partition, begin)
            end = end_of_batch(batch, begin)
            if is_broken(batch, begin):
                found.undecoded.append(Undecoded(partition, begin, end, type(error).__name__))
            reader.seek(partition, end)
            found.offsets[partition] = end
            return
        if not got:
            return
        found._add(got)  # noqa: SLF001
        if found._left(at_most) <= 0:  # noqa: SLF001
            return


async def _batch_at(reader: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> bytes:
    """The batch in which an offset stands, as it is on the broker."""
    client = reader._client  # noqa: SLF001 - nothing public gives a batch as it is
    asked = (partition.topic, [(partition.partition, offset, 1)])
    request = FetchRequest(_FETCH_WAIT_MS, 1, 1, 0, [asked])
    answer = await client.send(client.cluster.leader_for_partition(partition), request)
    [(_, [(_, code, *_, batches)])] = answer.topics
    if code:
        raise for_code(code)
    return bytes(batches)


def is_broken(batch: bytes, offset: int) -> bool:
    """Whether its next record from `offset` on cannot be decoded. False where it has none, as a transaction's marker.

    KafkaError where that record can be read: what was raised is not its fault then, and it may not be passed.
    """
    try:
        readable = not batch or _has_record(batch, offset)
    except Exception:  # noqa: BLE001 - the question itself
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
    """The offset after a batch, read from its beginning, which no codec concerns; the next one if it does not say."""
    if len(batch) >= _BATCH.size:
        base, _, _, magic, _, _, last = _BATCH.unpack_from(batch)
        if magic == _MAGIC and base + last >= offset:
            return int(base + last + 1)
    return offset + 1
