"""OpenTelemetry: a span per batch, sent where its own variables name an endpoint. Without them nothing is loaded."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from faststream import BaseMiddleware
from faststream.message import StreamMessage

from jejak.messaging.kafka.reader import BatchDeferredError, delivery_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


def tracing() -> bool:
    """Whether an endpoint is named and spans are not switched off."""
    endpoint = any(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("", "TRACES_"))
    return endpoint and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"


@cache
def provider() -> "TracerProvider":
    """The provider of the process; OTEL_SERVICE_NAME names it."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - only where spans are sent
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    tracer_provider = TracerProvider()
    tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return tracer_provider


class TracingMiddleware(BaseMiddleware[Any, Any]):
    """A span per batch, with its topic and size; of an error only the type, because its text may hold a value."""

    async def consume_scope(self, call_next: Callable[[Any], Any], msg: StreamMessage[Any]) -> Any:
        delivery = delivery_of(msg)
        attributes: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": delivery.topic,
            "messaging.batch.message_count": len(delivery.poll.records),
            "jejak.service": delivery.reader.service,
        }
        tracer = provider().get_tracer("jejak.messaging")
        name = f"process {delivery.topic}"
        with tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                return await call_next(msg)
            except BatchDeferredError as error:
                span.set_attribute("error.type", str(error))
                raise
