"""What one connection may cost: how long a request may be on its way, how large its head, how many there are at once.

uvicorn with httptools waits for ever for the rest of a request, and takes headers of any size. Here a connection whose
request does not come is closed, with the reason as an answer where there is still somebody to read it.
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
    """Let this process open as much as its hard limit allows: the soft one is often 1,024, for old programs' sake."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _descriptors() -> int:
    """Three quarters of what the process may have open; the rest is for files, the database and Kafka."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if soft == resource.RLIM_INFINITY else min(_MOST, soft * 3 // 4)


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_bytes` and `head_seconds` are for everything before the body.

    A body that stands still for `body_seconds` is given up, and so is one slower than `body_rate` bytes a second in
    that time: a village's telephone line has more. `connections` are open at once.
    """

    head_bytes: int = 32 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 20.0
    body_rate: int = 500
    connections: int = field(default_factory=_descriptors)


class _Refused(Exception):
    """This request is read no further."""


class _Part(Enum):
    """What of a request is on its way."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class Connection(ClientCertificate):
    """uvicorn's protocol within limits. A request that comes whole at once, as almost all do, sets no timer."""

    def __init__(self, limits: Limits, **given: Any) -> None:
        super().__init__(**given)
        self._limits = limits
        self._status = HTTPStatus.BAD_REQUEST
        self._timer: asyncio.TimerHandle | None = None
        self._timed: tuple[_Part, int] | None = None
        self._part, self._number = _Part.NOTHING, 0
        self._held = 0
        """Bytes of the address and of the headers that are whole."""
        self._fed = 0
        """Bytes that came since, while the head was not whole."""
        self._came = 0
        """Bytes of the body since its timer was set."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._give_up(HTTPStatus.SERVICE_UNAVAILABLE)
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
            self._fed += len(data)
            if self._fed > self._limits.head_bytes:
                self._give_up(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        self._watch()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._part, self._number, self._held, self._fed = _Part.HEAD, self._number + 1, 0, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._hold(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._hold(len(name) + len(value))

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise _Refused
        self._part = _Part.BODY
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._part = _Part.NOTHING
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, which are English
        """What cannot be read is answered, and the connection closed."""
        self._give_up(self._status)

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > self._limits.head_bytes:
            self._status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Refused

    @property
    def _answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _watch(self) -> None:
        """A timer for what is on its way; none while the service has the whole request and works on it."""
        waiting = self._part is not _Part.NOTHING or not self._answering
        wanted = (self._part, self._number) if waiting else None
        if wanted != self._timed:
            self._timed = wanted
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._came = 0
        limits = self._limits
        seconds = limits.body_seconds if self._part is _Part.BODY else limits.head_seconds
        self._timer = self.loop.call_later(seconds, self._late) if self._timed else None

    def _late(self) -> None:
        """Too slow, unless it is we who do not read on, or it moves after all."""
        limits = self._limits
        moving = self._part is _Part.BODY and self._came >= limits.body_rate * limits.body_seconds
        if self.flow.read_paused or moving or (self._part is _Part.HEAD and self._answering):
            self._set_timer()
        else:
            self._give_up(HTTPStatus.REQUEST_TIMEOUT if self._part is not _Part.NOTHING else None)

    def _give_up(self, status: HTTPStatus | None) -> None:
        """Close, with an answer where none has begun."""
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
