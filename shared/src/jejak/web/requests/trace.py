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

REQUEST_ID: Final = b"x-request-id"
_TRACEPARENT: Final = b"traceparent"
_FORM: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
_ID: Final = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NOT_SAMPLED: Final = "00"
_SPAN_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Trace:
    """One request: its own id, the trace it belongs to, and this service's span of it."""

    request_id: UUID
    trace_id: str
    span_id: str
    flags: str

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> Self:
        """Of the headers of a request (names in lower case)."""
        given = dict(headers)
        request_id = UUID(match[0].decode()) if (match := _ID.fullmatch(given.get(REQUEST_ID, b""))) else ids.new_uuid()
        trace = _FORM.fullmatch(given.get(_TRACEPARENT, b""))
        trace_id, flags = (trace[1].decode(), trace[2].decode()) if trace else (request_id.hex, _NOT_SAMPLED)
        return cls(request_id, trace_id, ids.random_bytes(_SPAN_BYTES).hex(), flags)

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Names the request in every line of the log, and in what is handed on, until the block is left."""
        token = _CURRENT.set(self)
        try:
            with bound_contextvars(request_id=str(self.request_id), trace_id=self.trace_id):
                yield
        finally:
            _CURRENT.reset(token)

    def headers(self) -> Mapping[str, str]:
        return {
            REQUEST_ID.decode(): str(self.request_id),
            _TRACEPARENT.decode(): f"00-{self.trace_id}-{self.span_id}-{self.flags}",
        }


_CURRENT: Final[ContextVar[Trace | None]] = ContextVar("trace", default=None)


def handed_on() -> Mapping[str, str]:
    """The headers for a request to another service, on behalf of the one under way; none outside of any."""
    trace = _CURRENT.get()
    return {} if trace is None else trace.headers()
