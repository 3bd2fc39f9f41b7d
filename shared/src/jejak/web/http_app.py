"""The HTTP application of a service: senders, commands with their files, one log line a request."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

import structlog
from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import BaseModel, SecretStr, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jejak.cases.decision import Actor, CommandRequest
from jejak.platform import ids
from jejak.platform.errors import Malformed, NotYours, Problem
from jejak.platform.log import described
from jejak.platform.settings import Settings
from jejak.platform.spans import SpanInProgress
from jejak.timekeeping import dates
from jejak.uploads import MAX_BYTES as MAX_FILE_BYTES
from jejak.uploads import MAX_FILES
from jejak.uploads.inspect_upload import inspected
from jejak.web.access.clients import ClientVerifier, subject_of
from jejak.web.access.person_tokens import POST, PersonTokens
from jejak.web.access.service_tokens import ServiceVerifier
from jejak.web.access.sessions import Sessions
from jejak.web.access.tokens import Verifier, is_use
from jejak.web.drain import Drain
from jejak.web.openapi.docs_page import explain
from jejak.web.openapi.route_descriptions import DescribedApp
from jejak.web.problems import answer_problems, malformed, problem_response
from jejak.web.requests.bodies import COMMAND_BYTES, UPLOAD_BYTES, Incoming, form_of, incoming, may_send, with_incoming
from jejak.web.requests.trace import REQUEST_ID, RequestTrace

MAX_VALUES: Final = 1_000
"""Most values of a command, unless its route says more: they are counted before they are validated."""
_HOPELESS: Final = 200
"""A body with more faults is not meant for this address, and none of them is named."""
_MAX_KEY: Final = 200
_MAX_VERSION: Final = 9
"""Digits of a version: a case has a few hundred events."""
_SNIFF: Final = (b"x-content-type-options", b"nosniff")

_log = structlog.get_logger()
_REQUESTS = Counter("jejak_http_requests_total", "HTTP requests", ["service", "method", "status", "kind"])
_SECONDS = Histogram("jejak_http_request_seconds", "Time to answer", ["service", "kind"])
_PROBES: Final = frozenset({"/health", "/ready", "/open", "/metrics"})
_TASK: Final = "/cases/{case}/tasks/"


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file; its media type is detected from its content."""

    name: str
    data: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RequestGate:
    """Verifies the sender of a request and reads its command. `hmac_key` hashes bodies."""

    verifier: Verifier
    hmac_key: bytes
    clients: ClientVerifier
    services: ServiceVerifier

    @classmethod
    def of(
        cls, settings: Settings, sessions: Sessions | None = None, persons: PersonTokens | None = None
    ) -> "RequestGate":
        """The gate of an installation. Without `sessions` and `persons` officials have development tokens only."""
        verifier = Verifier(settings.token_key, settings.development, sessions, persons)
        clients = ClientVerifier(settings.clients, settings.token_key, settings.development)
        services = ServiceVerifier(settings.token_key, settings.service)
        return cls(verifier, settings.hmac_key, clients, services)

    async def client(self, request: Request) -> str:
        """The registered name of a client. Problem 401 without token or certificate, 403 for one not admitted."""
        name = await self.clients.client(request.headers.get("authorization"), subject_of(request.scope))
        incoming(request.scope).known = True
        return name

    def check_service(self, request: Request, only: str) -> None:
        """Problem 401 without a token of a Jejak service, NotYours for a service other than `only`."""
        if self.services.caller(request.headers.get("authorization")) != only:
            raise NotYours("layanan_lain", "Layanan ini tidak berhak bertanya di sini.")
        incoming(request.scope).known = True

    async def actor(self, request: Request) -> Actor:
        """The official who sends the request, verified once. Problem 401 without a valid token."""
        received, headers = incoming(request.scope), request.headers
        authorization = headers.get("authorization")
        if received.actor is None or authorization is None:
            received.actor = await self.verifier.actor(authorization, post=headers.get(POST), used=is_use(headers))
        received.known = True
        return received.actor

    async def empty(self, request: Request) -> CommandRequest:
        """A command without fields; a body only counts for recognising its repetition."""
        await self.actor(request)
        return await self._command_request(request, await request.body())

    async def _command_request(self, request: Request, body: bytes) -> CommandRequest:
        """The request as the command handler takes it: official, route, Idempotency-Key, If-Match."""
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= _MAX_KEY:
            raise Malformed("kunci_salah", f"Idempotency-Key harus terdiri dari 1 sampai {_MAX_KEY} huruf.")
        return CommandRequest(
            actor=await self.actor(request),
            route=f"{request.method} {request.url.path}?{request.url.query}",
            key=key,
            body_hash=ids.keyed_hash(self.hmac_key, body),
            if_match=version_in(request.headers.get("if-match")),
        )

    async def take[T: BaseModel](
        self, request: Request, model: type[T], *, files: bool = False, values: int = MAX_VALUES
    ) -> tuple[CommandRequest, T, list[File]]:
        """A command, its body and its files (`_read_command`).

        `files`: whether it may have any, within UPLOAD_BYTES; `values`: how many values the body may have.
        """
        await self.actor(request)
        if files:
            may_send(request, UPLOAD_BYTES)
        body, uploads, raw = await _read_command(request, model, values)
        return await self._command_request(request, raw), body, uploads


def version_in(etag: str | None) -> int | None:
    """The version an If-Match names; None for none or `*`. Malformed for anything else."""
    if etag is None or etag.strip() == "*":
        return None
    digits = etag.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_VERSION):
        raise Malformed("if_match_salah", 'If-Match harus berisi versi berkas dari ETag, misalnya "7".')
    return int(digits)


async def _read_command[T: BaseModel](request: Request, model: type[T], values: int) -> tuple[T, list[File], bytes]:
    """A command with its files: JSON alone, or multipart with the JSON in the part `data` and a file per document.

    Each file is checked by its content. The returned bytes represent the whole body for its hash.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "multipart/form-data":
        if incoming(request.scope).most > COMMAND_BYTES:
            may_send(request, COMMAND_BYTES)
        body = await request.body()
        command = parse_command(model, body, values)
        return command, [], _hashed(command, body)
    wrong = Malformed("formulir_salah", "Isi multipart tidak dapat dibaca, atau berkasnya lebih dari 20.")
    form = await form_of(request, wrong, max_files=MAX_FILES, max_fields=10, max_part_size=COMMAND_BYTES)
    uploads: list[tuple[str, UploadFile]] = []
    text = b""
    for name, part in form.multi_items():
        if isinstance(part, UploadFile):
            uploads.append((name, part))
        elif name == "data":
            text = part.encode()
        else:
            raise Malformed("bagian_tidak_dikenal", "Formulir hanya boleh berisi bagian data (JSON) dan berkas.")
    files = await _files(uploads)
    digest = b"".join(f"\n{file.name} {file.sha256}".encode() for file in files)
    command = parse_command(model, text, values)
    return command, files, _hashed(command, text) + digest


def _hashed(command: BaseModel, body: bytes) -> bytes:
    """What represents a body in its hash: the body itself, or its fields without secrets where it has any."""
    secrets = {name for name, value in command if isinstance(value, SecretStr)}
    return command.model_dump_json(exclude=secrets).encode() if secrets else body


async def _files(uploads: Sequence[tuple[str, UploadFile]]) -> list[File]:
    contents = [(await part.read(MAX_FILE_BYTES + 1), part.content_type or "") for _, part in uploads]
    media_types = await inspected(contents)
    return [
        File(name, data, media_type, hashlib.sha256(data).hexdigest())
        for (name, _), (data, _), media_type in zip(uploads, contents, media_types, strict=True)
    ]


def parse_command[T: BaseModel](model: type[T], body: bytes, values: int = MAX_VALUES) -> T:
    """The command in a body. Malformed names the wrong fields and never repeats their values."""
    if body.count(b",") > values:
        raise Malformed("isian_terlalu_banyak", f"Kirim paling banyak {values} isian dalam satu permintaan.")
    try:
        return model.model_validate_json(body or b"{}", context=dates.OUTSIDE)
    except ValidationError as error:
        if error.error_count() > _HOPELESS:
            raise Malformed(
                "isian_salah", "Isi permintaan ini salah di mana-mana. Periksa bentuknya pada penjelasan API."
            ) from None
        if wrong := dates.out_of_bounds(error):
            raise Malformed(wrong.code, str(wrong)) from None
        raise malformed(error.errors(include_input=False, include_url=False, include_context=False)) from None


type Ready = Callable[[], Awaitable[None]]


def create_app(
    service: str,
    description: str,
    ready: Ready,
    public: Mapping[str, str] | None = None,
    *,
    drain: Drain | None = None,
    **options: Any,
) -> DescribedApp:
    """A service's application: problem documents, limits, /health, /ready, /open, /metrics, /docs/{service}.

    `ready` raises while the service cannot work. `public`: the addresses that take a body without a token, and why.
    In the `drain`, /ready and /open answer 503.
    """
    drain = drain or Drain()
    app = DescribedApp(
        title=f"Jejak {service}", description=description, version="1", docs_url=None, redoc_url=None, **options
    )
    app.public = public or {}
    answer_problems(app)
    app.add_middleware(RequestFrame, service=service, public=public or {})
    app.include_router(explain(service))

    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "hidup", "layanan": service}

    @app.get("/ready", include_in_schema=False)
    async def is_ready() -> dict[str, str]:
        drain.check()
        await ready()
        return {"status": "siap", "layanan": service}

    # For a proxy before several processes. Not /ready: pages are read on while nothing can be written.
    @app.get("/open", include_in_schema=False)
    async def is_open() -> dict[str, str]:
        drain.check()
        return {"status": "buka", "layanan": service}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


@dataclass(slots=True)
class RequestFrame:
    """Middleware around every request: its trace, size limit, one log line, metrics, `nosniff`."""

    app: ASGIApp
    service: str
    public: Mapping[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = RequestTrace.of(scope["headers"])
        with request.bound(scope["method"]) as made:
            await self._answer(scope, receive, send, request, made)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, request: RequestTrace, made: SpanInProgress
    ) -> None:
        began, status, answered = time.perf_counter(), 500, False
        own = (_SNIFF, (REQUEST_ID, str(request.request_id).encode()))
        received = Incoming.of(scope, receive, self.public)
        scope = with_incoming(scope, received)

        async def observed_send(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                message["headers"] = [*(header for header in message["headers"] if header[0] != _SNIFF[0]), *own]
            await send(message)

        try:
            if (unfit := received.unfit(scope)) is not None:
                await problem_response(unfit, scope)(scope, receive, observed_send)
            else:
                await self.app(scope, received, observed_send)
        except ClientDisconnect:
            status = HTTPStatus.BAD_REQUEST  # the client is gone: only the log shows it
        except Exception as error:
            _log.error("request_failed", service=self.service, **described(error))
            if answered:
                raise
            detail = "Sistem mengalami kesalahan dan tidak menyimpan apa pun. Ulangi; bila tetap gagal, laporkan."
            await problem_response(Problem("kesalahan_sistem", detail, 500), scope)(scope, receive, observed_send)
        finally:
            await received.close()
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", None)
            made.rename(f"{scope['method']} {route}" if route else scope["method"])
            made.note("http.response.status_code", status)
            _REQUESTS.labels(self.service, scope["method"], str(status), kind_of(route)).inc()
            _SECONDS.labels(self.service, kind_of(route)).observe(seconds)
            _log.info(
                "request",
                service=self.service,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                bytes_in=received.seen,
            )


def kind_of(route: str | None) -> Literal["task", "probe", "other"]:
    """What a request is for, by the path of its route: a task of a case, a look at the process, or anything else."""
    if route is None:
        return "other"
    if route in _PROBES:
        return "probe"
    return "task" if route.startswith(_TASK) else "other"
