"""Offsets belong to the assignment in which they were read: after it, none is committed and none is gone back to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from jejak.messaging.kafka.reader import Delivery, Reader
from jejak.messaging.kafka.records import Poll

PARTITION = TopicPartition("uji", 0)


class Offline(Reader):
    """A reader whose group and whose Kafka are this test."""

    def __init__(self) -> None:
        super().__init__(service="uji", group_id="uji")
        self.sent: list[Mapping[TopicPartition, int]] = []
        self.sought: list[int] = []
        self.asked, self.answered = asyncio.Event(), asyncio.Event()

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.sent.append(dict(offsets))
        self.asked.set()
        await self.answered.wait()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert partition == PARTITION
        self.sought.append(offset)

    def read(self, offset: int) -> Delivery:
        """One record, read in the present assignment."""
        record: Any = ConsumerRecord("uji", 0, offset, 0, 0, None, b"", None, 0, 0, ())
        return Delivery("uji", self, Poll([record], [], {PARTITION: offset + 1}), self.assignments)


@pytest.fixture
async def reader() -> AsyncIterator[Offline]:
    made = Offline()
    yield made
    await made.stop()


async def test_what_is_processed_is_committed_once_the_group_has_assigned(reader: Offline) -> None:
    reader.answered.set()
    await reader.done(reader.read(4))
    assert reader.sent == []
    reader.begin_assignment()
    reader._committed_at = 0.0
    await reader.done(reader.read(5))
    assert reader.sent == [{PARTITION: 6}]


async def test_a_commit_without_an_answer_ends_with_its_assignment(reader: Offline) -> None:
    reader.begin_assignment()
    committing = asyncio.create_task(reader.done(reader.read(4)))
    await reader.asked.wait()
    reader.end_assignment()
    await committing

    reader.answered.set()
    reader.begin_assignment()
    await reader.commit_done()
    assert reader.sent == [{PARTITION: 5}]


async def test_a_delivery_of_an_earlier_assignment_is_neither_committed_nor_gone_back_to(reader: Offline) -> None:
    reader.answered.set()
    reader.begin_assignment()
    late = reader.read(4)
    reader.end_assignment()
    reader.begin_assignment()

    await reader.done(late)
    reader.back_to(late)
    await reader.commit_done()
    assert (reader.sent, reader.sought) == ([], [])

    reader.back_to(reader.read(0))
    assert reader.sought == [0]
