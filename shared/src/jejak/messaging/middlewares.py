"""Around every batch, from the outside in: log context, measures, back-off, span."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from faststream import BaseMiddleware
from faststream.message import StreamMessage
from prometheus_client import Counter, Histogram

from jejak.messaging.kafka.reader import BatchDeferredError, Delivery, delivery_of
from jejak.messaging.kafka.records import FAILURES
from jejak.platform.spans import SpanInProgress, span

_PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds until a deferred batch is read again, by the number of deferrals; the last repeats."""

_log = structlog.get_logger()
_READ: Final = Counter("jejak_consumer_records_total", "Messages that a consumer has worked on", ["service", "topic"])
_SECONDS: Final = Histogram(
    "jejak_consumer_batch_seconds", "Time that a consumer worked on a batch", ["service", "topic"]
)


class BatchMiddleware(BaseMiddleware[Any, Any]):
    """Names the batch in every log line, measures it, and defers it when its handler raises, longer each time.

    A handler raises while something that its whole batch needs is away (PostgreSQL, Kafka); a single bad message is
    parked (`jejak.messaging.case_consumer`). Without the pause FastStream would deliver the batch again at once.
    """

    async def consume_scope(self, call_next: Callable[[Any], Any], msg: StreamMessage[Any]) -> Any:
        delivery = delivery_of(msg)
        labels = (delivery.reader.service, delivery.topic)
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(topic=delivery.topic, batch=msg.message_id):
            try:
                with _span_of(delivery):
                    answer = await call_next(msg)
            except Exception as error:  # noqa: BLE001 - named in the log; the batch comes again
                FAILURES.labels(*labels).inc()
                await _defer(delivery, error)
                raise BatchDeferredError(type(error).__name__) from None
        _SECONDS.labels(*labels).observe(time.perf_counter() - began)
        _READ.labels(*labels).inc(len(delivery.poll.records))
        return answer


def _span_of(delivery: Delivery) -> AbstractContextManager[SpanInProgress]:
    """A batch is of many traces: each is continued where its event is handled."""
    return span(
        f"process {delivery.topic}",
        "consumer",
        attributes={
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": delivery.topic,
            "messaging.batch.message_count": len(delivery.poll.records),
            "jejak.service": delivery.reader.service,
        },
    )


async def _defer(delivery: Delivery, error: Exception) -> None:
    reader = delivery.reader
    pause = _PAUSES[min(reader.deferrals, len(_PAUSES) - 1)]
    reader.deferrals += 1
    _log.warning("batch_put_off", error=type(error).__name__, times=reader.deferrals)
    if isinstance(error, KafkaError):
        reader.publishing_failed = True  # the producer may be unusable for good
        reader.fail(error)
    await asyncio.sleep(pause)


def middlewares() -> Sequence[Any]:
    """From the outside in."""
    return (BatchMiddleware,)
