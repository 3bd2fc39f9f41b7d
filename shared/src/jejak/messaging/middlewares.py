"""Around every batch that is worked on, from the outside in: trace, measures, log context, back-off."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from faststream import BaseMiddleware
from faststream.message import StreamMessage
from prometheus_client import Counter, Histogram

from jejak.messaging.kafka.reader import BatchDeferredError, delivery_of
from jejak.messaging.kafka.records import FAILURES
from jejak.messaging.tracing import TracingMiddleware, tracing

_PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds until a batch that was not worked on is read again, by how often that happened; the last repeats."""

_log = structlog.get_logger()
_READ: Final = Counter("jejak_consumer_records_total", "Messages that a consumer has worked on", ["service", "topic"])
_SECONDS: Final = Histogram(
    "jejak_consumer_batch_seconds", "Time that a consumer worked on a batch", ["service", "topic"]
)

type _Next = Callable[[Any], Any]


class MetricsMiddleware(BaseMiddleware[Any, Any]):
    """How many messages were worked on, and how long it took."""

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> Any:
        delivery = delivery_of(msg)
        began = time.perf_counter()
        answer = await call_next(msg)
        labels = (delivery.reader.service, delivery.topic)
        _SECONDS.labels(*labels).observe(time.perf_counter() - began)
        _READ.labels(*labels).inc(len(delivery.poll.records))
        return answer


class LogContextMiddleware(BaseMiddleware[Any, Any]):
    """Whatever is logged meanwhile names the topic and the first place of the batch."""

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> Any:
        with structlog.contextvars.bound_contextvars(topic=delivery_of(msg).topic, batch=msg.message_id):
            return await call_next(msg)


class BackOffMiddleware(BaseMiddleware[Any, Any]):
    """Innermost: what a handler raises puts the batch off, longer each time. A bare refusal would come again at once.

    A handler raises while something that all of its batch needs is away (PostgreSQL, Kafka); what is wrong with one
    message it parks (`jejak.messaging.case_consumer`).
    """

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> Any:
        try:
            return await call_next(msg)
        except Exception as error:  # noqa: BLE001 - named in the log; the batch comes again
            delivery = delivery_of(msg)
            reader = delivery.reader
            pause = _PAUSES[min(reader.put_off, len(_PAUSES) - 1)]
            reader.put_off += 1
            FAILURES.labels(reader.service, delivery.topic).inc()
            _log.warning("batch_put_off", error=type(error).__name__, times=reader.put_off)
            if isinstance(error, KafkaError):
                reader.unpublished = True  # the producer may be spoilt for good
                reader.fail(error)
            await asyncio.sleep(pause)
            raise BatchDeferredError(type(error).__name__) from None


def middlewares() -> Sequence[Any]:
    """From the outside in."""
    return (
        (TracingMiddleware, MetricsMiddleware, LogContextMiddleware, BackOffMiddleware)
        if tracing()
        else (MetricsMiddleware, LogContextMiddleware, BackOffMiddleware)
    )
