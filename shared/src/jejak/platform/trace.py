"""What a request, an event and what follows from them have in common: a trace, as W3C Trace Context writes it.

The trace under way is bound to the context: it is in every line of the log, goes with each event that is appended, and
is handed on to other services. A trace holds no value of a request.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from structlog.contextvars import bound_contextvars

from jejak.platform import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACEPARENT: Final = "traceparent"
"""The name of the header, over HTTP and on Kafka."""
SAMPLED: Final = "01"
NOT_SAMPLED: Final = "00"
_FORM: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_SPAN_BYTES: Final = 8
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace, and the span of it that is under way; ids in hex."""

    trace_id: str
    span_id: str
    flags: str = NOT_SAMPLED

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Of a `traceparent`; None for text of another form."""
        match = _FORM.fullmatch(text or "")
        return cls(*match.groups()) if match else None

    @classmethod
    def begin(cls, trace_id: str, flags: str = NOT_SAMPLED) -> Self:
        """A new span of a trace."""
        return cls(trace_id, ids.random_bytes(_SPAN_BYTES).hex(), flags)

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    @property
    def code(self) -> str:
        """What an official reads out to the help desk: the beginning of the trace's id, which finds it in the log."""
        return self.trace_id[:_SHORT]

    @contextmanager
    def bound(self) -> Iterator[None]:
        """This is the trace under way, until the block is left."""
        token = _CURRENT.set(self)
        try:
            with bound_contextvars(trace_id=self.trace_id):
                yield
        finally:
            _CURRENT.reset(token)


_CURRENT: Final[ContextVar[Trace | None]] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """The trace under way; None outside of any."""
    return _CURRENT.get()
