"""Records of any writer and codec: each is read or passed over, and so are all around it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from prometheus_client import REGISTRY

from jejak.cases.decision import Decision
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.case_consumer import CaseConsumer
from jejak.messaging.handlers import Handlers
from jejak.messaging.kafka.codecs import MAX_UNPACKED
from jejak.messaging.kafka.records import Undecoded, end_of_batch, is_broken, poll, read_each
from jejak.messaging.kafka.topics import ensure_topic
from jejak.messaging.rejected import RejectedTopic
from jejak.messaging.task_runner import DueWork
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from tests.batches import BROKEN, CODECS, VALUES, batch, damaged, payload_of, producing, send_raw
from tests.readers import consumer
from tests.store.ledger import until

DUE: Final = ("due", b"verification/check_registry;2;kasi;main")
PARTITIONS: Final = range(3)


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_batch_that_cannot_be_decoded_is_passed_and_takes_no_other_record_with_it(
    kafka_server: KafkaCluster, topic: str, broken: str
) -> None:
    await ensure_topic(kafka_server, topic, len(PARTITIONS))
    expected: set[tuple[int, bytes]] = set()
    async with producing(kafka_server) as producer:
        for partition in PARTITIONS:
            for codec in (None, *CODECS):
                values = [f"{codec} {number}".encode() for number in range(3)]
                await send_raw(producer, topic, partition, batch(values, codec=codec))
                expected |= {(partition, value) for value in values}
                if partition < 2 and codec is not None:
                    await send_raw(producer, topic, partition, BROKEN[broken]())
    read: list[tuple[int, bytes]] = []
    passed: list[Undecoded] = []
    async with consumer(kafka_server, topic, topic) as reader:

        async def everything() -> bool:
            polled = await poll(reader, timeout_ms=100, at_most=4)
            read.extend((record.partition, record.value) for record in polled.records)
            passed.extend(polled.undecoded)
            return len(reader.assignment()) == len(PARTITIONS) and await at_end(reader)

        await until(everything, 300)
    assert sorted(read) == sorted(expected)
    assert [
        undecoded.partition.partition for undecoded in sorted(passed, key=lambda undecoded: undecoded.partition)
    ] == [0] * 4 + [1] * 4


async def test_a_poll_takes_no_more_bytes_than_fit_however_small_they_came(
    kafka_server: KafkaCluster, topic: str
) -> None:
    whole = batch([bytes(MAX_UNPACKED - 1000)], codec="zstd")
    count = 20
    await ensure_topic(kafka_server, topic, 1)
    async with producing(kafka_server) as producer:
        for _ in range(count):
            await send_raw(producer, topic, 0, whole)
    sizes: list[int] = []
    async with consumer(kafka_server, topic, topic) as reader:

        async def everything() -> bool:
            polled = await poll(reader, timeout_ms=100, at_most=500)
            sizes.append(sum(len(record.value) for record in polled.records))
            return await at_end(reader) if polled.records else False

        await until(everything, 300)
    assert sum(sizes) == count * (MAX_UNPACKED - 1000)
    assert max(sizes) <= 10 * MAX_UNPACKED


async def test_a_marker_of_a_transaction_before_a_broken_batch_holds_nothing_up(
    kafka_server: KafkaCluster, topic: str
) -> None:
    await ensure_topic(kafka_server, topic, 1)
    async with producing(kafka_server, transactional_id=topic) as sending, sending.transaction():
        await sending.send_and_wait(topic, b"one", partition=0)
    async with producing(kafka_server) as producer:
        begin = await send_raw(producer, topic, 0, BROKEN["lz4 with a wrong sum"]())
        await send_raw(producer, topic, 0, batch([b"two"]))
    read: list[bytes] = []
    passed: list[tuple[int, int]] = []
    async with consumer(kafka_server, topic, topic) as reader:

        async def everything() -> bool:
            polled = await poll(reader, timeout_ms=100, at_most=4)
            read.extend(record.value for record in polled.records)
            passed.extend((undecoded.begin, undecoded.end) for undecoded in polled.undecoded)
            return b"two" in read

        await until(everything)
    assert read == [b"one", b"two"]
    assert passed == [(begin, begin + len(VALUES))]


async def at_end(reader: AIOKafkaConsumer) -> bool:
    ends = await reader.end_offsets(list(reader.assignment()))
    return all([await reader.position(partition) == end for partition, end in ends.items()])


@pytest.mark.parametrize("codec", CODECS)
async def test_a_hint_in_any_codec_is_heard_also_beside_a_batch_that_cannot_be_decoded(
    kafka_server: KafkaCluster, topic: str, codec: str
) -> None:
    await ensure_topic(kafka_server, topic, 2)
    case, labels = new_uuid(), {"service": "verification", "reason": "undecoded"}
    before = REGISTRY.get_sample_value("jejak_consumer_set_aside_total", labels) or 0
    async with (
        producing(kafka_server) as plain,
        producing(kafka_server, compression_type=codec) as packing,
        heard(kafka_server, topic) as cases,
    ):
        await send_raw(plain, topic, 0, BROKEN["lz4 with a wrong sum"]())
        await packing.send_and_wait(topic, b"{}", key=str(case).encode(), headers=[DUE], partition=0)

        async def comes_through() -> bool:
            return case in cases

        await until(comes_through, 300)
    assert REGISTRY.get_sample_value("jejak_consumer_set_aside_total", labels) == before + len(VALUES)
    assert REGISTRY.get_sample_value("jejak_consumer_failures", {"service": "verification", "topic": topic}) == 0


async def test_a_hint_from_a_plain_producer_is_heard_on_a_topic_that_packs_by_itself(
    kafka_server: KafkaCluster, topic: str
) -> None:
    await ensure_topic(kafka_server, topic, 1, configs={"compression.type": "zstd"})
    case = new_uuid()
    async with producing(kafka_server) as plain, heard(kafka_server, topic) as cases:
        await plain.send_and_wait(topic, b"{}", key=str(case).encode(), headers=[DUE])

        async def comes_through() -> bool:
            return case in cases

        await until(comes_through, 300)


@asynccontextmanager
async def heard(cluster: KafkaCluster, topic: str) -> AsyncIterator[set[uuid.UUID]]:
    """The cases that a service hears of until the block is left."""
    cases: set[uuid.UUID] = set()

    async def carry_out(woken: Sequence[uuid.UUID]) -> None:
        cases.update(woken)

    async def nothing(_: Sequence[DueWork]) -> list[Decision | None]:
        raise AssertionError("nothing is carried out here")

    handlers = Handlers("verification")
    handlers.due("check_registry")(nothing)
    bus = Bus(cluster, "verification", session_timeout_ms=6000)
    bus.read(topic, topic, CaseConsumer(handlers, carry_out, RejectedTopic(bus, topic), awake).on_cases)
    async with supervised(bus):
        yield cases


async def awake() -> None:
    """PostgreSQL answers."""


def test_what_one_record_raises_is_its_own() -> None:
    def read(record: Any) -> float:
        return 1 / int(record)

    numbers: Any = [1, 0, 2]
    good, wrong = read_each(numbers, read)
    assert [number for _, number in good] == [1.0, 0.5]
    assert [(record, type(error)) for record, error in wrong] == [(0, ZeroDivisionError)]


def test_the_end_of_a_batch_is_read_from_its_beginning() -> None:
    sound = batch(VALUES)
    assert end_of_batch(sound, 0) == end_of_batch(sound, 2) == len(VALUES)
    assert end_of_batch(sound[:10], 7) == 8


@pytest.mark.parametrize("broken", BROKEN)
def test_a_batch_is_broken_when_its_next_record_cannot_be_decoded(broken: str) -> None:
    whole = BROKEN[broken]()
    assert is_broken(whole, 0)
    assert is_broken(whole[:-1] + bytes([whole[-1] ^ 1]), 0)  # its checksum is wrong


def test_a_marker_of_a_transaction_is_not_broken_and_holds_no_record() -> None:
    marker = damaged(batch([b""]), payload_of(batch([b""])), attributes=0x30)
    assert not is_broken(marker, 0)
    assert end_of_batch(marker, 0) == 1


@pytest.mark.parametrize("sound", [batch(VALUES), batch(VALUES, codec="zstd"), b""], ids=["plain", "zstd", "empty"])
def test_what_can_be_read_is_never_passed_for_broken(sound: bytes) -> None:
    with pytest.raises(KafkaError):
        is_broken(sound, 1)
