"""A receiver of spans, as a collector of OpenTelemetry is one: OTLP over HTTP, in protobuf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jejak.platform import spans
from jejak_local.files import free_port


@dataclass
class Received:
    """What was sent: the bytes, and the spans by name."""

    raw: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> dict[str, list[Span]]:
        by_name: dict[str, list[Span]] = {}
        for body in self.raw:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        by_name.setdefault(span.name, []).append(span)
        return by_name


@asynccontextmanager
async def receiving(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Received]:
    """Spans of this process are sent to the receiver within the block, and are all there after it."""
    received = Received()

    async def collect(request: Request) -> Response:
        received.raw.append(await request.body())
        return Response(status_code=200, media_type="application/x-protobuf")

    port = free_port()
    routes = [Route("/v1/traces", collect, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    spans.exporting.cache_clear()
    try:
        yield received
        await asyncio.to_thread(spans.provider().shutdown)
    finally:
        monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
        spans.exporting.cache_clear()
        spans.provider.cache_clear()
        server.should_exit = True
        await serving
