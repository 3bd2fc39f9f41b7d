"""Limits of connections: how long a request may take to arrive, how large its head is, how many connections are open.

uvicorn with httptools waits for the rest of a request without limit, and takes headers of any size. Here such a
connection is closed, with the reason as an answer where none has begun.
"""

import asyncio
import json
import resource
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from jejak.web.access.certificates import ClientCertificate

_MOST: Final = 10_000
_SENTENCES: Final = {
    HTTPStatus.BAD_REQUEST: "Permintaan ini bukan HTTP yang benar.",
    HTTPStatus.REQUEST_TIMEOUT: "Permintaan ini terlalu lama di jalan. Kirim ulang.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "Kepala permintaan ini terlalu besar. Hapus cookie, lalu ulangi.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Terlalu banyak sambungan. Ulangi sebentar lagi.",
}

_log = structlog.get_logger()


def raise_descriptors() -> None:
    """Raise the soft limit of open descriptors, often 1,024, to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _descriptors() -> int:
    """Three quarters of the descriptors of the process; the rest is for files, the database and Kafka."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if soft == resource.RLIM_INFINITY else min(_MOST, soft * 3 // 4)


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_bytes` and `head_seconds` limit all that comes before the body.

    A body slower than `body_rate` bytes a second over `body_seconds` ends the connection: the telephone line of a
    village is faster. `connections` are open at once.
    """

    head_bytes: int = 32 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    body_rate: int = 500
    connections: int = field(default_factory=_descriptors)


class _Refused(Exception):
    """Stops the parser within this request."""


class _Part(Enum):
    """The part of a request that is arriving."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class Connection(ClientCertificate):
    """uvicorn's protocol within limits. A request that arrives at once, as almost all do, sets no timer."""

    def __init__(self, limits: Limits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._status = HTTPStatus.BAD_REQUEST
        self._timer: asyncio.TimerHandle | None = None
        self._timed: tuple[_Part, int] | None = None
        self._part, self._number = _Part.NOTHING, 0
        self._head_bytes = 0
        """Bytes of the address and of the complete headers."""
        self._pending_bytes = 0
        """Bytes received since, while the head was incomplete."""
        self._body_bytes = 0
        """Bytes of the body since the timer was set."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._close(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = (self._part, self._number)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if before == (_Part.HEAD, self._number) == (self._part, self._number):
            self._pending_bytes += len(data)
            if self._pending_bytes > self._limits.head_bytes:
                self._close(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        self._watch()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._part, self._number, self._head_bytes, self._pending_bytes = _Part.HEAD, self._number + 1, 0, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count_head(len(name) + len(value))

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise _Refused
        self._part = _Part.BODY
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._part = _Part.NOTHING
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the text of uvicorn, in English
        """Answer an unreadable request and close the connection."""
        self._close(self._status)

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._limits.head_bytes:
            self._status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Refused

    @property
    def _answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _watch(self) -> None:
        """Set a timer for the arriving part; none while the service works on a complete request."""
        waiting = self._part is not _Part.NOTHING or not self._answering
        arriving = (self._part, self._number) if waiting else None
        if arriving != self._timed:
            self._timed = arriving
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._body_bytes = 0
        limits = self._limits
        seconds = limits.body_seconds if self._part is _Part.BODY else limits.head_seconds
        self._timer = self.loop.call_later(seconds, self._late) if self._timed else None

    def _late(self) -> None:
        """Close a connection that is too slow, unless the server paused reading or the body moves on."""
        limits = self._limits
        moving = self._part is _Part.BODY and self._body_bytes >= limits.body_rate * limits.body_seconds
        if self.flow.read_paused or moving or (self._part is _Part.HEAD and self._answering):
            self._set_timer()
        else:
            self._close(HTTPStatus.REQUEST_TIMEOUT if self._part is not _Part.NOTHING else None)

    def _close(self, status: HTTPStatus | None) -> None:
        """Close the connection, with an answer where none has begun."""
        begun = self._answering and self.cycle.response_started
        if status is not None and not begun:
            self.transport.write(_answer(status))
        self.transport.close()
        _log.info("connection_closed", status=status and int(status), part=self._part.name.lower())


def _answer(status: HTTPStatus) -> bytes:
    problem = {"type": "urn:jejak:masalah:http", "title": "http", "status": int(status), "detail": _SENTENCES[status]}
    body = json.dumps(problem, ensure_ascii=False).encode()
    head = f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[status] + head.encode() + body
