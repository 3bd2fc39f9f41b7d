"""The consumer beneath FastStream's subscribers, with the abilities that aiokafka's lacks.

It reads past batches that cannot be decoded (`jejak.messaging.kafka.records`), commits exactly the offsets that are
processed, once a second, and signals a failure instead of trying for ever.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from faststream.message import StreamMessage

from jejak.messaging.kafka.records import FAILURES, Poll, poll

_POLL_MS: Final = 1000
_AT_MOST: Final = 500
_COMMIT_SECONDS: Final = 1.0
_COMMIT_WITHIN: Final = 5.0
_POSITION_SECONDS: Final = 1.0
_LAST_COMMIT_SECONDS: Final = 2.0
"""Without a broker a commit waits for ever; records that are not committed come again."""

_log = structlog.get_logger()


class Reader(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka carries no types
    """A consumer of one topic for one service; without a group it commits nothing and reads all partitions.

    It commits by the assignments that `subscribe` reports.
    """

    def __init__(self, *topics: str, service: str, **settings: Any) -> None:
        super().__init__(*topics, **settings)
        self.service = service
        self._in_group = settings.get("group_id") is not None
        self._processed = asyncio.Event()
        self.deferrals = 0
        """How often in a row a batch was deferred."""
        self.publishing_failed = False
        """A message could not be published: the next reader needs another producer too."""
        self.failed = asyncio.Event()
        """Set once it reads no more: another reader takes its place."""
        self._deferred: set[TopicPartition] = set()
        """Partitions whose last batch was deferred, and comes again."""
        self._offsets: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._committing: asyncio.Timeout | None = None
        self.assignments = 0
        """How many assignments have ended. Offsets belong to one: before the next, Kafka may have been erased."""
        self._may_commit = False
        """Not while the group assigns: outside a group's generation Kafka takes any commit."""
        self._committed_at = 0.0

    async def getmany(
        self, *_: TopicPartition, timeout_ms: int = _POLL_MS, max_records: int | None = None
    ) -> Mapping[str, list["Delivery"]]:
        """The result of one poll for FastStream's subscriber: never an empty one, at which that would sleep."""
        del timeout_ms
        try:
            result = await self._next_poll(max_records or _AT_MOST)
        except ConsumerStoppedError:
            raise
        except Exception as error:
            self.fail(error)
            await asyncio.Event().wait()  # FastStream would call again at once or in five seconds, for ever
            raise
        topic = next(iter(result.offsets)).topic
        return {topic: [Delivery(topic, self, result, self.assignments)]}

    async def _next_poll(self, at_most: int) -> Poll:
        while True:
            result = await poll(self, timeout_ms=_POLL_MS, at_most=at_most)
            if result.offsets:
                return result
            if not self._deferred & self.assignment():
                self._set_processed()
            await self._note_positions()
            await self.commit_done()

    async def _note_positions(self) -> None:
        """All that was read is processed, so the positions count: behind a transaction there is no record to count."""
        if not self._may_commit:
            return
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(_POSITION_SECONDS):
                for partition in self.assignment():
                    position = await self.position(partition)
                    if not self._may_commit:
                        return
                    if self._committed.get(partition) != position:
                        self._offsets[partition] = position

    def fail(self, error: BaseException) -> None:
        """From now on it reads nothing, and the broker starts another reader."""
        _log.warning("reader_failed", topics=sorted(self.subscription()), error=type(error).__name__)
        self._end()

    def _end(self) -> None:
        self.failed.set()
        self._processed.set()  # wakes those who would wait in vain

    def _set_processed(self) -> None:
        """All that was read is processed."""
        self._processed.set()
        self.deferrals = 0
        for topic in self.subscription():
            FAILURES.labels(self.service, topic).set(0)

    async def read_to_end(self) -> None:
        """Returns once every record now on the topic is processed. KafkaError when it reads no more."""
        while not (mine := self.assignment()):
            await self._next_processed()
        ends = await self.end_offsets(sorted(mine))
        while any([await self.position(partition) < end for partition, end in ends.items()]):
            await self._next_processed()
        await self._next_processed()  # the last batch may be in progress

    async def _next_processed(self) -> None:
        """Returns after the next batch, or after a second without one."""
        self._processed.clear()
        if not self.failed.is_set():
            await self._processed.wait()
        if self.failed.is_set():
            raise KafkaError("the reader reads no more")

    def subscribe(self, topics: Sequence[str] = (), pattern: str | None = None, listener: Any = None) -> None:
        """Subscribes, and drops the offsets of an assignment at its end; then FastStream's listener is called."""
        super().subscribe(topics, pattern, _Rebalances(self, listener))

    def begin_assignment(self) -> None:
        """From now on offsets are committed."""
        self._may_commit = self._in_group

    def end_assignment(self) -> None:
        """Ends a commit that is under way, and drops the offsets to commit: those messages come again.

        aiokafka repeats a commit until the group is there, if need be in the group of another Kafka made in its place,
        where it would pass over as many messages.
        """
        self.assignments += 1
        self._may_commit = False
        self._committed.clear()
        self._deferred.clear()
        self.forget()
        if self._committing is not None and not self._committing.expired():
            self._committing.reschedule(0)

    async def done(self, delivery: "Delivery") -> None:
        """Everything in the delivery is processed.

        The offsets are committed once a second: a commit per batch costs more than the batch. A lost commit does no
        harm: the messages come again, and are recognised.
        """
        offsets = delivery.poll.offsets
        if delivery.assignment == self.assignments:
            self._offsets.update(offsets)
        self._deferred -= offsets.keys()
        self._set_processed()
        if asyncio.get_running_loop().time() - self._committed_at >= _COMMIT_SECONDS:
            await self.commit_done()

    async def commit_done(self) -> None:
        """Commits the processed offsets of the partitions still assigned to this consumer."""
        self._committed_at = asyncio.get_running_loop().time()
        mine = self.assignment()
        offsets = {partition: offset for partition, offset in self._offsets.items() if partition in mine}
        self._offsets.clear()
        if not offsets or not self._may_commit:
            return
        committing = self._committing = asyncio.timeout(_COMMIT_WITHIN)
        try:
            async with committing:
                await self.commit(offsets)
            self._committed |= offsets
        except (TimeoutError, CommitFailedError, IllegalStateError, KafkaError) as error:
            _log.warning("commit_failed", service=self.service, error=type(error).__name__)
        finally:
            if self._committing is committing:  # a stop commits beside a poll
                self._committing = None

    def back_to(self, delivery: "Delivery") -> None:
        """Continues from the first record of the delivery, where its partitions are still assigned to this consumer.

        A later assignment begins at the committed offsets, so all that was not committed comes again in any case.
        """
        if delivery.assignment != self.assignments:
            return
        mine = self.assignment()
        for partition, offset in delivery.begins.items():
            if partition in mine:
                self.seek(partition, offset)
                self._deferred.add(partition)

    def forget(self) -> None:
        """Drops the offsets to commit: they belong to an earlier topic of this name."""
        self._offsets.clear()

    async def stop(self) -> None:
        """Commits, and leaves the group.

        While Kafka is away, aiokafka's `stop` raises the cancellation of its own fetch, as if this task were cancelled.
        """
        self._end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_COMMIT_SECONDS):
                await self.commit_done()
        try:
            await super().stop()
        except asyncio.CancelledError:
            await self.close_connections()  # `stop` ended before that, and does nothing a second time
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise

    async def close_connections(self) -> None:
        """Closes them at once, without waiting for any answer."""
        await self._client.close()


@dataclass(frozen=True, slots=True)
class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """Tells the reader that an assignment has ended, and then FastStream."""

    reader: Reader
    then: Any

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> Any:
        self.reader.end_assignment()
        return self.then and self.then.on_partitions_revoked(revoked)

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> Any:
        self.reader.begin_assignment()
        return self.then and self.then.on_partitions_assigned(assigned)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The result of one poll, its reader, and the number of the assignment in which it was read."""

    topic: str
    reader: Reader
    poll: Poll
    assignment: int

    @property
    def begins(self) -> dict[TopicPartition, int]:
        """The first offset of every partition in it."""
        begins: dict[TopicPartition, int] = {}
        offsets = [(TopicPartition(record.topic, record.partition), record.offset) for record in self.poll.records]
        for partition, offset in offsets + [(batch.partition, batch.begin) for batch in self.poll.undecoded]:
            begins[partition] = min(begins.get(partition, offset), offset)
        return begins


def delivery_of(message: StreamMessage[Any]) -> Delivery:
    """The delivery inside FastStream's message."""
    delivery: Delivery = message.raw_message[0]
    return delivery


class BatchDeferredError(Exception):
    """A batch was not processed and comes again. Holds the type of the error, and no value."""
