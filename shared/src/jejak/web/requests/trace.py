"""Which request a line of the log belongs to: X-Request-Id and W3C Trace Context, taken over or begun here.

They hold no value of a request: an id that is no UUID, or a trace of another form, is not taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from structlog.contextvars import bound_contextvars

from jejak.platform import ids
from jejak.platform.spans import SpanInProgress, exporting, span
from jejak.platform.trace import TRACEPARENT, Trace, current_trace

REQUEST_ID: Final = b"x-request-id"
_ID: Final = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REQUEST: Final[ContextVar[UUID | None]] = ContextVar("request", default=None)


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """One request: its own id, and the trace that its sender named."""

    request_id: UUID
    sender: Trace | None

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> Self:
        """Of the headers of a request (names in lower case)."""
        given = dict(headers)
        request_id = UUID(match[0].decode()) if (match := _ID.fullmatch(given.get(REQUEST_ID, b""))) else ids.new_uuid()
        return cls(request_id, Trace.parse(given.get(TRACEPARENT.encode(), b"").decode("latin-1")))

    @contextmanager
    def bound(self, method: str) -> Iterator[SpanInProgress]:
        """Names the request in every line of the log, and in what is handed on, until the block is left."""
        token = _REQUEST.set(self.request_id)
        try:
            with (
                bound_contextvars(request_id=str(self.request_id)),
                span(method, "server", parent=self._parent) as made,
            ):
                yield made
        finally:
            _REQUEST.reset(token)

    @property
    def _parent(self) -> Trace | None:
        """Of the span; where none is sent, this service's span, in a trace that begins with the request."""
        if exporting():
            return self.sender
        known = self.sender
        return Trace.begin(known.trace_id, known.flags) if known else Trace.begin(self.request_id.hex)


def handed_on() -> Mapping[str, str]:
    """The headers for a request to another service, on behalf of the one under way; none outside of any."""
    request_id, trace = _REQUEST.get(), current_trace()
    if request_id is None or trace is None:
        return {}
    return {REQUEST_ID.decode(): str(request_id), TRACEPARENT: trace.traceparent}
