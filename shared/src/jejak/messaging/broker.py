"""The broker of a process: FastStream over aiokafka, with the settings without which messages would be lost.

Each of its defaults that is set aside here stands in decision 21 with the reason. Private names of FastStream are used
in this module alone (`tests/contract/test_faststream.py` holds them).
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

from jejak.messaging.kafka.reader import BatchDeferredError, Delivery, Reader, delivery_of
from jejak.messaging.kafka.records import FAILURES, Poll
from jejak.messaging.kafka.topics import topic_exists
from jejak.messaging.middlewares import middlewares
from jejak.platform.cancellation import cancel_and_wait

_GRACE_SECONDS: Final = 10.0
"""How long a batch that is being worked on may take when the process stops; a timeout of None would not wait."""
_LEAVE_SECONDS: Final = 5.0
"""How long a reader may take to leave its group: without a broker it never ends."""
_FLUSH_SECONDS: Final = 1.0
"""How long the producer may try to send what it still has."""
_AGAIN: Final = 1.0
_LOOK_SECONDS: Final = 0.5
_BATCH_BYTES: Final = 512 * 1024
_REQUEST_BYTES: Final = 4 * 1024 * 1024
_LINGER_MS: Final = 2
_FETCH_WAIT: Final = 2.0
"""Seconds that a fetch without records stays with the broker; at rest it is all that a reader costs."""
_FETCH_BYTES: Final = 256 * 1024
"""So much is handed over before its time, where messages may wait to be read together."""
_REQUEST_TIMEOUT_MS: Final = 10_000
_METADATA_MS: Final = 5_000

_log = structlog.get_logger()

type OnPoll = Callable[[Poll], Awaitable[None]]
type Before = Callable[[], Awaitable[None]]
type Beside = Callable[[Reader], Coroutine[Any, Any, None]]


class Publisher(Protocol):
    """Publishes on one topic; with `no_confirm` it gives what will be known once all replicas have it."""

    async def publish(
        self, message: bytes, *, key: bytes | None = None, headers: dict[str, str] | None = None, no_confirm: bool
    ) -> Any: ...


class TypeOnlyLogger:
    """FastStream's own log as types of errors: its lines hold texts of exceptions, and those hold values of persons."""

    def log(self, level: int, msg: Any, /, *, exc_info: Any = None, extra: Any = None) -> None:
        del msg, extra
        if level >= logging.ERROR and exc_info is not None and not isinstance(exc_info, BatchDeferredError):
            _log.error("broker_error", error=type(exc_info).__name__)


class Batch(KafkaAckableMessage):
    """One delivery as FastStream's message: acknowledges exactly its offsets, or goes back to its beginning."""

    async def ack(self) -> None:
        if not self.committed:
            delivery = delivery_of(self)
            await delivery.reader.done(delivery.poll.offsets)
        await StreamMessage.ack(self)

    async def nack(self) -> None:
        if not self.committed:
            delivery = delivery_of(self)
            delivery.reader.back_to(delivery.begins)
        await StreamMessage.nack(self)


async def _parse(raw: tuple[Delivery], _: Any) -> Batch:
    """Cannot raise: what is not parsed cannot be read again. `reply_to` of a sender is not looked at."""
    delivery = raw[0]
    first = ",".join(f"{one.partition}/{offset}" for one, offset in delivery.begins.items())
    return Batch(raw, b"", message_id=first, correlation_id=first, consumer=delivery.reader)


async def _poll_of(message: StreamMessage[Any]) -> Poll:
    """A decoder that is no coroutine would run in a thread, message by message."""
    return delivery_of(message).poll


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber, what has to be so before it starts, and what goes on beside it."""

    subscriber: Any
    topic: str
    before: Before
    beside: Beside


async def _nothing(*_: object) -> None:
    """Nothing has to be so before, and nothing goes on beside."""


class Bus(KafkaBroker):
    """The broker of one process: its subscribers read batches, what is published is confirmed by all replicas."""

    def __init__(self, bootstrap: str, service: str, *, session_timeout_ms: int = 10_000) -> None:
        super().__init__(
            bootstrap,
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
            id_generator=str,  # of nothing: no header `correlation_id` beside the event's own `ce_id`
            logger=TypeOnlyLogger(),
            middlewares=middlewares(),
        )
        self.bootstrap, self.service, self._session_timeout_ms = bootstrap, service, session_timeout_ms
        config = self.config.broker_config
        config.builder = partial(Reader, service=service, **config.builder.keywords)  # type: ignore[attr-defined]
        self.reads: list[Subscription] = []
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
        beside: Beside = _nothing,
    ) -> None:
        """Subscribes to a topic: every batch goes to `work`, and counts as done when that returns.

        `wait`: seconds that messages may wait at the broker to be read in one batch; 0 where each is urgent. Much
        of what a batch costs does not depend on its size.
        `before` is awaited each time before the topic is read, `beside` runs as long as it is.
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
            include_in_schema=False,  # a batch is described as an array, which no message is
        )
        subscriber(work)
        self.reads.append(Subscription(subscriber, topic, before, beside))

    async def _connect(self) -> Any:
        """A producer; FastStream's own way would leave one that cannot start unclosed, and start an admin client."""
        config = self.config.broker_config
        producer = AIOKafkaProducer(**self._connection_kwargs)
        try:
            await config.producer.connect(producer, serializer=None)
        except BaseException:
            await producer.stop()
            raise
        return config.builder

    @property
    def aiokafka_producer(self) -> AIOKafkaProducer:
        """The producer beneath, for whole batches of a partition. Raises where the broker is not connected."""
        producer: Any = self.config.broker_config.producer
        beneath: AIOKafkaProducer = producer._producer.producer  # noqa: SLF001 - nothing public gives it
        return beneath

    async def keep(self) -> None:
        """For ever: connected, and every topic read; one that cannot be read stops no other."""
        async with asyncio.TaskGroup() as group:
            for one in self.reads:
                group.create_task(self._keep_topic(one))

    async def _keep_topic(self, one: Subscription) -> None:
        """For ever: the topic is read, and begun again when Kafka went or its reader is dead."""
        while True:
            producer: AIOKafkaProducer | None = None
            try:
                async with self._connecting:
                    await self.connect()
                    producer = self.aiokafka_producer
                await self._read_until_dead(one)
            except* (KafkaError, OSError, _DeadError) as errors:
                _log.warning("kafka_away", service=self.service, topic=one.topic, error=_names(errors))
            except* Exception as errors:  # noqa: BLE001 - named in the log; what was not committed comes again
                _log.error("topic_not_read", service=self.service, topic=one.topic, error=_names(errors))
            FAILURES.labels(self.service, one.topic).inc()
            reader: Reader | None = one.subscriber.consumer
            try:
                await _stopped(one.subscriber)
                if reader is not None and reader.unpublished:
                    await self._disconnect(producer)
            except Exception as error:  # noqa: BLE001 - another connection is made in any case
                _log.error("broker_not_halted", service=self.service, error=type(error).__name__)
            await asyncio.sleep(_AGAIN)

    async def _read_until_dead(self, one: Subscription) -> None:
        """As `_keep_reading`. A cancellation of aiokafka's own is a death too: a group would take it for the end."""
        try:
            await self._keep_reading(one)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            raise _DeadError from None

    async def _keep_reading(self, one: Subscription) -> None:
        """Reads a topic once it is there. Raises when its reader has failed."""
        await one.before()
        while not await topic_exists(self.bootstrap, one.topic):  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(_LOOK_SECONDS)
        await one.subscriber.start()
        reader: Reader = one.subscriber.consumer
        async with asyncio.TaskGroup() as group:
            group.create_task(_beside(one, reader))
            await reader.failed.wait()
            raise _DeadError

    async def halt(self) -> None:
        """Stops reading once what is in hand is done, then sending. Takes a bounded time whatever Kafka does."""
        await asyncio.gather(*(_stopped(one.subscriber) for one in self.reads))
        if self._connection is not None:
            await self._disconnect(self.aiokafka_producer)

    async def _disconnect(self, producer: AIOKafkaProducer | None) -> None:
        """Without this producer, where it is still the one: what a broker that was erased leaves is of no use any more.

        A reader that publishes before another is made raises, and its batch comes again.
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


async def _beside(one: Subscription, reader: Reader) -> None:
    try:
        await one.beside(reader)
    except KafkaError:
        reader.unpublished = True
        raise


class _DeadError(Exception):
    """A reader reads no more."""


def _names(errors: BaseExceptionGroup[Any]) -> str:
    """The types of what was raised, without the groups around it."""
    inner = (_names(one) if isinstance(one, BaseExceptionGroup) else type(one).__name__ for one in errors.exceptions)
    return ", ".join(sorted(set(inner)))


async def _stopped(subscriber: Any) -> None:
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
    """The broker at work until the block is left; what is in hand is finished then.

    A service makes it a task of its own group: an error of it ends the process.
    """
    keeping = create_task(bus.keep())
    try:
        yield
    finally:
        await cancel_and_wait(keeping)
        await bus.halt()


@contextlib.asynccontextmanager
async def connected(bus: Bus) -> AsyncIterator[Bus]:
    """A broker that publishes only; thrown away when the block is left: nothing of it is sent afterwards."""
    try:
        await bus.connect()
        yield bus
    finally:
        await bus.halt()
