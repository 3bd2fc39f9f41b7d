"""A client that costs next to nothing, so that the figures are the services' own: HTTP/1.1, keep-alive, no parser."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self, cast

BOUNDARY = "jejak-bench"


class Refusal(Exception):
    """A service answered otherwise than the bench expects."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection(asyncio.Protocol):
    """One connection, one request at a time. Answers must have a Content-Length, as all of Jejak's do."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._buffer = b""
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the service closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        at = lower.index(b"content-length:") + len(b"content-length:")
        length = int(lower[at : lower.find(b"\r\n", at) if b"\r\n" in lower[at:] else None])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        assert self._answer is not None
        self._answer.set_result(Answer(int(head[9:12]), rest[:length]))

    async def ask(self, request: bytes) -> Answer:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()


@dataclass(slots=True)
class Address:
    """One service, with as many open connections as there are requests at a time."""

    host: str
    port: int
    _idle: deque[Connection] = field(default_factory=deque)
    requests: int = 0

    @classmethod
    def of(cls, url: str) -> Self:
        host, _, port = url.removeprefix("http://").partition(":")
        return cls(host, int(port))

    async def post(self, path: str, headers: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        """The body of a good answer; Refusal with the problem document otherwise."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n{headers}"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection = await self._connection()
        answer = await connection.ask(head.encode() + body)
        self._idle.append(connection)
        self.requests += 1
        if answer.status not in (200, 201):
            raise Refusal(f"POST {path}: {answer.status} {answer.body[:400].decode(errors='replace')}")
        return answer.body

    async def _connection(self) -> Connection:
        """The connection used last, unless the service has closed it."""
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        _, connection = await asyncio.get_running_loop().create_connection(Connection, self.host, self.port)
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.popleft().close()


def form(body: Any, files: dict[str, tuple[str, bytes, str]]) -> tuple[bytes, str]:
    """A multipart body with the JSON in `data`, and its content type."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="data"\r\n\r\n{json.dumps(body)}\r\n'.encode(),
    ]
    for field_name, (name, data, media_type) in files.items():
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field_name}"; filename="{name}"\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
        )
        parts.append(head.encode() + data + b"\r\n")
    parts.append(f"--{BOUNDARY}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={BOUNDARY}"
