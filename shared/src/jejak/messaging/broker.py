"""The broker of a process: FastStream over aiokafka, with the settings without which messages would be lost.

Decision 21 gives the reason for each default of FastStream that is replaced here. Only this module uses private names
of FastStream (`tests/contract/test_faststream.py` checks them).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage

from jejak.messaging.kafka.clients import broker_security
from jejak.messaging.kafka.reader import BatchDeferredError, Delivery, Reader, delivery_of
from jejak.messaging.kafka.records import FAILURES, Poll
from jejak.messaging.kafka.topics import topic_exists
from jejak.messaging.middlewares import middlewares
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.kafka_cluster import KafkaCluster

_GRACE_SECONDS: Final = 10.0
"""How long a batch in progress may take when the process stops; a timeout of None would not wait."""
_LEAVE_SECONDS: Final = 5.0
"""How long a reader may take to leave its group: without a broker that never ends."""
_FLUSH_SECONDS: Final = 1.0
"""How long the producer may try to send its remaining messages."""
_RESTART_SECONDS: Final = 1.0
_TOPIC_POLL_SECONDS: Final = 0.5
_BATCH_BYTES: Final = 512 * 1024
_REQUEST_BYTES: Final = 4 * 1024 * 1024
_LINGER_MS: Final = 2
_FETCH_WAIT: Final = 2.0
"""Seconds that a fetch without records stays with the broker; an idle reader costs nothing else."""
_FETCH_BYTES: Final = 256 * 1024
"""Where messages may wait to be read together, so many bytes are delivered before the wait is over."""
_REQUEST_TIMEOUT_MS: Final = 10_000
_METADATA_MS: Final = 5_000
"""How soon a reader learns of partitions that are new or gone."""
_PRODUCER_METADATA_MS: Final = 300_000
"""A producer that has sent nothing asks for all topics each time; one that sends learns of a change by its errors."""

_log = structlog.get_logger()

type OnPoll = Callable[[Poll], Awaitable[None]]
type Before = Callable[[], Awaitable[None]]
type Alongside = Callable[[Reader], Coroutine[Any, Any, None]]


class Publisher(Protocol):
    """Publishes on one topic; with `no_confirm` it returns a future that is done once all replicas have the message."""

    async def publish(
        self, message: bytes, *, key: bytes | None = None, headers: dict[str, str] | None = None, no_confirm: bool
    ) -> Any: ...


class TypeOnlyLogger:
    """FastStream's own log reduced to types of errors: texts of exceptions may hold values of persons."""

    def log(self, level: int, msg: Any, /, *, exc_info: Any = None, extra: Any = None) -> None:
        del msg, extra
        if level >= logging.ERROR and exc_info is not None and not isinstance(exc_info, BatchDeferredError):
            _log.error("broker_error", error=type(exc_info).__name__)


class Batch(KafkaAckableMessage):
    """A delivery as FastStream's message: `ack` is for exactly its offsets, `nack` goes back to its first records."""

    async def ack(self) -> None:
        if not self.committed:
            delivery = delivery_of(self)
            await delivery.reader.done(delivery)
        await StreamMessage.ack(self)

    async def nack(self) -> None:
        if not self.committed:
            delivery = delivery_of(self)
            delivery.reader.back_to(delivery)
        await StreamMessage.nack(self)


async def _parse(raw: tuple[Delivery], _: Any) -> Batch:
    """Must not raise: a message that is not parsed cannot be read again. A sender's `reply_to` is ignored."""
    delivery = raw[0]
    first = ",".join(f"{partition.partition}/{offset}" for partition, offset in delivery.begins.items())
    return Batch(raw, b"", message_id=first, correlation_id=first, consumer=delivery.reader)


async def _poll_of(message: StreamMessage[Any]) -> Poll:
    """A coroutine, because FastStream runs a plain function in a thread, message by message."""
    return delivery_of(message).poll


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber, the work before it starts, and the work alongside it."""

    subscriber: Any
    topic: str
    before: Before
    alongside: Alongside


async def _nothing(*_: object) -> None:
    """No work before the start, and none alongside."""


class Bus(KafkaBroker):
    """The broker of one process: its subscribers read batches, and all replicas confirm published messages."""

    def __init__(self, cluster: KafkaCluster, service: str, *, session_timeout_ms: int = 10_000) -> None:
        super().__init__(
            cluster.addresses,
            security=broker_security(cluster),
            client_id=f"jejak-{service}",
            acks="all",
            enable_idempotence=True,
            linger_ms=_LINGER_MS,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=_METADATA_MS,
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            graceful_timeout=_GRACE_SECONDS,
            apply_types=False,
            id_generator=str,  # an empty text: no header `correlation_id` besides the event's own `ce_id`
            logger=TypeOnlyLogger(),
            middlewares=middlewares(),
        )
        self.cluster, self.service, self._session_timeout_ms = cluster, service, session_timeout_ms
        config = self.config.broker_config
        config.builder = partial(Reader, service=service, **config.builder.keywords)  # type: ignore[attr-defined]
        self.subscriptions: list[Subscription] = []
        self._connecting = asyncio.Lock()

    def read(
        self,
        topic: str,
        group: str | None,
        work: OnPoll,
        *,
        at_most: int = 500,
        wait: float = 0.0,
        before: Before = _nothing,
        alongside: Alongside = _nothing,
    ) -> None:
        """Subscribes to a topic: every batch goes to `work`, and is done when that returns.

        `wait`: seconds that messages may wait at the broker to be read in one batch; 0 where each is urgent. Most of
        the cost of a batch does not depend on its size.
        `before` is awaited each time before the topic is read, `alongside` runs as long as it is read.
        """
        subscriber = self.subscriber(
            topic,
            batch=True,
            group_id=group,
            max_records=at_most,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=int(1000 * (wait or _FETCH_WAIT)),
            fetch_min_bytes=_FETCH_BYTES if wait else 1,
            session_timeout_ms=self._session_timeout_ms,
            heartbeat_interval_ms=max(self._session_timeout_ms // 5, 100),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            parser=_parse,
            decoder=_poll_of,
            no_reply=True,
            include_in_schema=False,  # FastStream describes a batch as an array, which no message is
        )
        subscriber(work)
        self.subscriptions.append(Subscription(subscriber, topic, before, alongside))

    async def _connect(self) -> Any:
        """Connects a producer. FastStream's own way leaves one open that fails to start, and starts an admin client."""
        config = self.config.broker_config
        producer = AIOKafkaProducer(**{**self._connection_kwargs, "metadata_max_age_ms": _PRODUCER_METADATA_MS})
        try:
            await config.producer.connect(producer, serializer=None)
        except BaseException:
            await producer.stop()
            raise
        return config.builder

    @property
    def aiokafka_producer(self) -> AIOKafkaProducer:
        """The producer of aiokafka, for whole batches of a partition. Raises where the broker is not connected."""
        state: Any = self.config.broker_config.producer
        producer: AIOKafkaProducer = state._producer.producer  # noqa: SLF001 - nothing public gives it
        return producer

    async def run(self) -> None:
        """Connects and reads every topic, for ever; a topic that cannot be read stops no other."""
        async with asyncio.TaskGroup() as group:
            for subscription in self.subscriptions:
                group.create_task(self._read_for_ever(subscription))

    async def _read_for_ever(self, subscription: Subscription) -> None:
        """Reads the topic, and starts over when Kafka is unavailable or the reader has failed."""
        while True:
            producer: AIOKafkaProducer | None = None
            try:
                async with self._connecting:
                    await self.connect()
                    producer = self.aiokafka_producer
                await self._read_until_failure(subscription)
            except* (KafkaError, OSError, _ReaderFailedError) as errors:
                _log.warning("kafka_away", service=self.service, topic=subscription.topic, error=_names(errors))
            except* Exception as errors:  # noqa: BLE001 - named in the log; messages that were not committed come again
                _log.error("topic_not_read", service=self.service, topic=subscription.topic, error=_names(errors))
            FAILURES.labels(self.service, subscription.topic).inc()
            reader: Reader | None = subscription.subscriber.consumer
            try:
                await _stop(subscription.subscriber)
                if reader is not None and reader.publishing_failed:
                    await self._disconnect(producer)
            except Exception as error:  # noqa: BLE001 - another connection is made in any case
                _log.error("broker_not_halted", service=self.service, error=type(error).__name__)
            await asyncio.sleep(_RESTART_SECONDS)

    async def _read_until_failure(self, subscription: Subscription) -> None:
        """Reads a topic once it exists. Raises when its reader has failed.

        A cancellation that aiokafka raises by itself is a failure too: a task group would take it for the end.
        """
        try:
            await subscription.before()
            while not await topic_exists(self.cluster, subscription.topic):  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(_TOPIC_POLL_SECONDS)
            await subscription.subscriber.start()
            reader: Reader = subscription.subscriber.consumer
            async with asyncio.TaskGroup() as group:
                group.create_task(_run_alongside(subscription, reader))
                await reader.failed.wait()
                raise _ReaderFailedError
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            raise _ReaderFailedError from None

    async def halt(self) -> None:
        """Stops reading once the batches in progress are done, then sending. Bounded in time also without Kafka."""
        await asyncio.gather(*(_stop(subscription.subscriber) for subscription in self.subscriptions))
        if self._connection is not None:
            await self._disconnect(self.aiokafka_producer)

    async def _disconnect(self, producer: AIOKafkaProducer | None) -> None:
        """Drops this producer, unless another has replaced it: after a broker was erased, its producer is of no use.

        A reader that publishes before there is another producer raises, and its batch comes again.
        """
        async with self._connecting:
            if self._connection is None or self.aiokafka_producer is not producer:
                return
            try:
                async with asyncio.timeout(_FLUSH_SECONDS):
                    await self.config.disconnect()
            except (TimeoutError, KafkaError):
                await producer.client.close()
            finally:
                self._connection = None


async def _run_alongside(subscription: Subscription, reader: Reader) -> None:
    try:
        await subscription.alongside(reader)
    except KafkaError:
        reader.publishing_failed = True
        raise


class _ReaderFailedError(Exception):
    """A reader reads no more."""


def _names(errors: BaseExceptionGroup[Any]) -> str:
    """The types of the errors, without the groups around them."""
    names = (_names(e) if isinstance(e, BaseExceptionGroup) else type(e).__name__ for e in errors.exceptions)
    return ", ".join(sorted(set(names)))


async def _stop(subscriber: Any) -> None:
    reader: Reader | None = subscriber.consumer
    try:
        async with asyncio.timeout(_GRACE_SECONDS + _LEAVE_SECONDS):
            await subscriber.stop()
    except (TimeoutError, KafkaError) as error:
        _log.warning("reader_not_stopped", error=type(error).__name__)
        if reader is not None:
            await reader.close_connections()
        subscriber.consumer = None


@contextlib.asynccontextmanager
async def supervised(
    bus: Bus, create_task: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]] = asyncio.create_task
) -> AsyncIterator[None]:
    """Runs the broker until the block is left; then the batches in progress are finished.

    A service makes it a task of its own group, so that an error of the broker ends the process.
    """
    running = create_task(bus.run())
    try:
        yield
    finally:
        await cancel_and_wait(running)
        await bus.halt()


@contextlib.asynccontextmanager
async def connected(bus: Bus) -> AsyncIterator[Bus]:
    """A broker that only publishes; it sends nothing after the block is left."""
    try:
        await bus.connect()
        yield bus
    finally:
        await bus.halt()
