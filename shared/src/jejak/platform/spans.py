"""OpenTelemetry: spans, sent where its own variables name an endpoint. Without them nothing is imported."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from jejak.platform.trace import Trace, current_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanContext

type Kind = Literal["server", "internal", "producer", "consumer"]


@cache
def exporting() -> bool:
    """Whether an endpoint is named and spans are not switched off."""
    endpoint = any(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("", "TRACES_"))
    return endpoint and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"


@cache
def provider() -> TracerProvider:
    """The provider of the process; OTEL_SERVICE_NAME names it."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - only where spans are sent
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


@dataclass(frozen=True, slots=True)
class SpanInProgress:
    """What is learnt about a span while it lasts. Never a value of a person, nor the text of an error."""

    rename: Callable[[str], object]
    """Takes the name under which alike spans are found."""
    note: Callable[[str, str | int], object]
    """Takes an attribute: its name and value."""


_UNSENT = SpanInProgress(lambda _: None, lambda _, __: None)


@contextmanager
def span(
    name: str,
    kind: Kind = "internal",
    *,
    parent: Trace | None = None,
    links: Iterable[Trace] = (),
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[SpanInProgress]:
    """A span of the trace under way, or of `parent`; it is the trace under way within the block.

    Where spans are not sent, the trace under way stays, or is `parent`. Of an error only the type is noted.
    """
    if not exporting():
        with parent.bound() if parent else nullcontext():
            yield _UNSENT
        return
    from opentelemetry import trace  # noqa: PLC0415 - only where spans are sent

    before = parent or current_trace()
    context = trace.set_span_in_context(trace.NonRecordingSpan(_context_of(before))) if before else None
    with (
        provider()
        .get_tracer("jejak")
        .start_as_current_span(
            name,
            context,
            trace.SpanKind[kind.upper()],
            attributes,
            [trace.Link(_context_of(each)) for each in links],
            record_exception=False,
            set_status_on_exception=False,
        ) as made,
        _trace_of(made.get_span_context()).bound(),
    ):
        try:
            yield SpanInProgress(made.update_name, made.set_attribute)
        except Exception as error:
            made.set_attribute("error.type", type(error).__name__)
            raise


def _context_of(trace: Trace) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415 - only where spans are sent

    flags = TraceFlags(int(trace.flags, 16))
    return SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=flags)


def _trace_of(context: SpanContext) -> Trace:
    return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", f"{int(context.trace_flags):02x}")
