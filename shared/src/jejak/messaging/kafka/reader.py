"""The consumer beneath FastStream's subscribers: what aiokafka's own lacks.

It reads past batches that cannot be decoded (`jejak.messaging.kafka.records`), commits exactly what is worked on, once
a second, and says when it is of no use any more instead of trying for ever.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from faststream.message import StreamMessage

from jejak.messaging.kafka.records import FAILURES, Poll, poll

_POLL_MS: Final = 1000
_AT_MOST: Final = 500
_COMMIT_SECONDS: Final = 1.0
_STANDS_WITHIN: Final = 1.0
_LAST_COMMIT_SECONDS: Final = 2.0
"""Without a broker a commit waits for ever; what is not committed comes again."""

_log = structlog.get_logger()


class Reader(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka carries no types
    """A consumer of one topic for one service; without a group it commits nothing and reads all partitions."""

    def __init__(self, *topics: str, service: str, **settings: Any) -> None:
        super().__init__(*topics, **settings)
        self.service = service
        self._in_group = settings.get("group_id") is not None
        self._worked = asyncio.Event()
        self.put_off = 0
        """Times in a row that a batch was not worked on."""
        self.unpublished = False
        """Something could not be published: whoever starts the next reader makes another producer too."""
        self.failed = asyncio.Event()
        """Set once it reads no more: its place is taken by another."""
        self._again: set[TopicPartition] = set()
        """Partitions whose last batch was put off, and comes again."""
        self._offsets: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._committed_at = 0.0

    async def getmany(
        self, *_: TopicPartition, timeout_ms: int = _POLL_MS, max_records: int | None = None
    ) -> Mapping[str, list["Delivery"]]:
        """What one poll gave, as FastStream's subscriber asks for it: never nothing, for which that would sleep."""
        del timeout_ms
        try:
            found = await self._found(max_records or _AT_MOST)
        except ConsumerStoppedError:
            raise
        except Exception as error:
            self.fail(error)
            await asyncio.Event().wait()  # FastStream would ask again at once or in five seconds, for ever
            raise
        topic = next(iter(found.offsets)).topic
        return {topic: [Delivery(topic, self, found)]}

    async def _found(self, at_most: int) -> Poll:
        while True:
            found = await poll(self, timeout_ms=_POLL_MS, at_most=at_most)
            if found.offsets:
                return found
            if not self._again & self.assignment():
                self.worked()
            await self._stand_still()
            await self.commit_done()

    async def _stand_still(self) -> None:
        """All that was read is worked on, so where it stands counts: behind a transaction no record does."""
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(_STANDS_WITHIN):
                for partition in self.assignment():
                    stands = await self.position(partition)
                    if self._committed.get(partition) != stands:
                        self._offsets[partition] = stands

    def fail(self, error: BaseException) -> None:
        """From now on it reads nothing; whoever keeps it starts another."""
        _log.warning("reader_failed", topics=sorted(self.subscription()), error=type(error).__name__)
        self._end()

    def _end(self) -> None:
        self.failed.set()
        self._worked.set()  # whoever waits for its work waits in vain

    def worked(self) -> None:
        """What was read is worked on."""
        self._worked.set()
        self.put_off = 0
        for topic in self.subscription():
            FAILURES.labels(self.service, topic).set(0)

    async def read_to_end(self) -> None:
        """Returns once everything that stands on the topic by now is worked on. KafkaError when it reads no more."""
        while not (mine := self.assignment()):
            await self._next_worked()
        ends = await self.end_offsets(sorted(mine))
        while any([await self.position(partition) < end for partition, end in ends.items()]):
            await self._next_worked()
        await self._next_worked()  # the last batch may be in hand

    async def _next_worked(self) -> None:
        """After the next batch, or a second in which none came."""
        self._worked.clear()
        if not self.failed.is_set():
            await self._worked.wait()
        if self.failed.is_set():
            raise KafkaError("the reader reads no more")

    async def done(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Up to these offsets everything is worked on.

        Kafka is told once a second: a commit a batch costs more than the batch. One that is lost is no loss: the
        messages come again, and are known.
        """
        self._offsets.update(offsets)
        self._again -= offsets.keys()
        self.worked()
        if asyncio.get_running_loop().time() - self._committed_at >= _COMMIT_SECONDS:
            await self.commit_done()

    async def commit_done(self) -> None:
        """Commits what is worked on, of the partitions still assigned to this consumer."""
        self._committed_at = asyncio.get_running_loop().time()
        mine = self.assignment()
        offsets = {partition: offset for partition, offset in self._offsets.items() if partition in mine}
        self._offsets.clear()
        if not offsets or not self._in_group:
            return
        try:
            await self.commit(offsets)
            self._committed |= offsets
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            _log.warning("commit_failed", service=self.service, error=type(error).__name__)

    def back_to(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Reads on from these offsets, where the partition is still assigned to this consumer."""
        mine = self.assignment()
        for partition, offset in offsets.items():
            if partition in mine:
                self.seek(partition, offset)
                self._again.add(partition)

    def forget(self) -> None:
        """The topic is another now: what was read of the one before is not committed."""
        self._offsets.clear()

    async def stop(self) -> None:
        """Commits, and leaves the group.

        While Kafka is away aiokafka's own cancelled fetch comes out of `stop`, as if it were we who are cancelled.
        """
        self._end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_COMMIT_SECONDS):
                await self.commit_done()
        try:
            await super().stop()
        except asyncio.CancelledError:
            await self.close_connections()  # `stop` did not come so far, and does nothing a second time
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise

    async def close_connections(self) -> None:
        """Whatever it is still waiting for."""
        await self._client.close()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one poll gave, and who read it."""

    topic: str
    reader: Reader
    poll: Poll

    @property
    def begins(self) -> dict[TopicPartition, int]:
        """The first offset of every partition in it."""
        found: dict[TopicPartition, int] = {}
        for one in self.poll.records:
            partition = TopicPartition(one.topic, one.partition)
            found[partition] = min(found.get(partition, one.offset), one.offset)
        for batch in self.poll.undecoded:
            found[batch.partition] = min(found.get(batch.partition, batch.begin), batch.begin)
        return found


def delivery_of(message: StreamMessage[Any]) -> Delivery:
    """What a reader gave, as FastStream hands it on without knowing of it."""
    delivery: Delivery = message.raw_message[0]
    return delivery


class BatchDeferredError(Exception):
    """A batch was not worked on and comes again. Holds the type of what was raised, and no value."""
