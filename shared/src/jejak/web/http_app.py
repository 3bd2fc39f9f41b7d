"""HTTP at the edge: who asks, what a command says, one log line a request."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jejak.cases.decision import Actor, CommandRequest
from jejak.platform import ids
from jejak.platform.errors import Malformed, NotYours, Problem
from jejak.platform.settings import Settings
from jejak.uploads import MAX_BYTES as MAX_FILE_BYTES
from jejak.uploads import MAX_FILES
from jejak.uploads.inspect_upload import inspected
from jejak.web.access.clients import ClientVerifier, subject_of
from jejak.web.access.servicetokens import ServiceVerifier
from jejak.web.access.tokens import Verifier
from jejak.web.openapi.docs_page import explain
from jejak.web.openapi.route_descriptions import DescribedApp
from jejak.web.problems import answer_problems, malformed, problem_response
from jejak.web.requests.bodies import COMMAND_BYTES, UPLOAD_BYTES, Incoming, form_of, incoming, may_send, with_incoming

MAX_VALUES: Final = 1_000
"""More values no command has that does not say so: they are counted before they are looked at one by one."""
_HOPELESS: Final = 200
"""A body with more faults was never meant for this address, and none of them is named."""
_MAX_KEY: Final = 200
_MAX_VERSION: Final = 9
"""Digits of a version: a case has a few hundred events."""
_SNIFF: Final = (b"x-content-type-options", b"nosniff")

_log = structlog.get_logger()
_REQUESTS = Counter("jejak_http_requests_total", "HTTP requests", ["service", "method", "status"])
_SECONDS = Histogram("jejak_http_request_seconds", "Time to answer", ["service"])


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file, its type found by its content."""

    name: str
    data: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RequestGate:
    """What a request has to pass: the token, and the key that hashes bodies."""

    verifier: Verifier
    hmac_key: bytes
    clients: ClientVerifier
    services: ServiceVerifier

    @classmethod
    def of(cls, settings: Settings) -> "RequestGate":
        """The door of an installation."""
        verifier = Verifier(settings.token_key, settings.development)
        clients = ClientVerifier(settings.clients, settings.token_key, settings.development)
        services = ServiceVerifier(settings.token_key, settings.service)
        return cls(verifier, settings.hmac_key, clients, services)

    async def client(self, request: Request) -> str:
        """The machine that asks, by its name here. Problem 401 without token or certificate, 403 if not let in."""
        name = await self.clients.client(request.headers.get("authorization"), subject_of(request.scope))
        incoming(request.scope).known = True
        return name

    def check_service(self, request: Request, only: str) -> None:
        """Problem 401 without a token of a service of ours, NotYours for another than the one that is let in."""
        if self.services.asking(request.headers.get("authorization")) != only:
            raise NotYours("layanan_lain", "Layanan ini tidak berhak bertanya di sini.")
        incoming(request.scope).known = True

    def actor(self, request: Request) -> Actor:
        """The official who asks. Problem 401 without a valid token."""
        actor = self.verifier.actor(request.headers.get("authorization"))
        incoming(request.scope).known = True
        return actor

    async def empty(self, request: Request) -> CommandRequest:
        """A command that says nothing but that it be done; its body, if there is one, only makes it the same again."""
        self.actor(request)
        return self._asked(request, await request.body())

    def _asked(self, request: Request, body: bytes) -> CommandRequest:
        """The request as the desk sees it: who, which route, Idempotency-Key, If-Match."""
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= _MAX_KEY:
            raise Malformed("kunci_salah", f"Idempotency-Key harus terdiri dari 1 sampai {_MAX_KEY} huruf.")
        return CommandRequest(
            actor=self.actor(request),
            route=f"{request.method} {request.url.path}?{request.url.query}",
            key=key,
            body_hash=ids.keyed_hash(self.hmac_key, body),
            if_match=version_in(request.headers.get("if-match")),
        )

    async def take[T: BaseModel](
        self, request: Request, model: type[T], *, files: bool = False, values: int = MAX_VALUES
    ) -> tuple[CommandRequest, T, list[File]]:
        """A command as sent, with its files (`_sent`).

        `files`: it may have some, and is as large as they are; `values`: so many it may have one after the other.
        """
        self.actor(request)
        if files:
            may_send(request, UPLOAD_BYTES)
        body, uploads, raw = await _sent(request, model, values)
        return self._asked(request, raw), body, uploads


def version_in(etag: str | None) -> int | None:
    """The version an If-Match names; None for none or `*`. Malformed for anything else."""
    if etag is None or etag.strip() == "*":
        return None
    digits = etag.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_VERSION):
        raise Malformed("if_match_salah", 'If-Match harus berisi versi berkas dari ETag, misalnya "7".')
    return int(digits)


async def _sent[T: BaseModel](request: Request, model: type[T], values: int) -> tuple[T, list[File], bytes]:
    """A command with its files: JSON alone, or multipart with the JSON in the part `data` and a file per document.

    Each file is checked by its content. The bytes given back stand for the whole body, for its hash.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "multipart/form-data":
        if incoming(request.scope).most > COMMAND_BYTES:
            may_send(request, COMMAND_BYTES)
        body = await request.body()
        return parse_command(model, body, values), [], body
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
    return parse_command(model, text, values), files, text + digest


async def _files(uploads: Sequence[tuple[str, UploadFile]]) -> list[File]:
    contents = [(await part.read(MAX_FILE_BYTES + 1), part.content_type or "") for _, part in uploads]
    media_types = await inspected(contents)
    return [
        File(name, data, media_type, hashlib.sha256(data).hexdigest())
        for (name, _), (data, _), media_type in zip(uploads, contents, media_types, strict=True)
    ]


def parse_command[T: BaseModel](model: type[T], body: bytes, values: int = MAX_VALUES) -> T:
    """The command in a body. Malformed names the fields that are wrong and never repeats what they held."""
    if body.count(b",") > values:
        raise Malformed("isian_terlalu_banyak", f"Kirim paling banyak {values} isian dalam satu permintaan.")
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        if error.error_count() > _HOPELESS:
            raise Malformed(
                "isian_salah", "Isi permintaan ini salah di mana-mana. Periksa bentuknya pada penjelasan API."
            ) from None
        raise malformed(error.errors(include_input=False, include_url=False, include_context=False)) from None


type Ready = Callable[[], Awaitable[None]]


def create_app(
    service: str, description: str, ready: Ready, public: Mapping[str, str] | None = None, **options: Any
) -> DescribedApp:
    """A service's application: problem documents, limits, /health, /ready, /metrics, /docs/{service}.

    `ready` raises while it is not. `public`: the addresses at which a body is taken from strangers, and why.
    """
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
        await ready()
        return {"status": "siap", "layanan": service}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


@dataclass(slots=True)
class RequestFrame:
    """Around every request: the size limit, one log line, metrics, and headers that keep browsers careful."""

    app: ASGIApp
    service: str
    public: Mapping[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, answered = time.perf_counter(), 500, False
        received = Incoming.of(scope, receive, self.public)
        scope = with_incoming(scope, received)

        async def noted(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                message["headers"] = [*(one for one in message["headers"] if one[0] != _SNIFF[0]), _SNIFF]
            await send(message)

        try:
            if (unfit := received.unfit(scope)) is not None:
                await problem_response(unfit, scope)(scope, receive, noted)
            else:
                await self.app(scope, received, noted)
        except ClientDisconnect:
            status = HTTPStatus.BAD_REQUEST  # there is nobody left to be told
        except Exception as error:
            _log.error("request_failed", service=self.service, error=type(error).__name__, at=_place(error))
            if answered:
                raise
            detail = "Sistem mengalami kesalahan dan tidak menyimpan apa pun. Ulangi; bila tetap gagal, laporkan."
            await problem_response(Problem("kesalahan_sistem", detail, 500), scope)(scope, receive, noted)
        finally:
            await received.close()
            seconds = time.perf_counter() - began
            _REQUESTS.labels(self.service, scope["method"], str(status)).inc()
            _SECONDS.labels(self.service).observe(seconds)
            _log.info(
                "request",
                service=self.service,
                method=scope["method"],
                route=getattr(scope.get("route"), "path", None),
                status=status,
                ms=round(seconds * 1000, 1),
                bytes_in=received.seen,
            )


def _place(error: Exception) -> str:
    """Where it was raised: file and line, never the message, which may hold a value."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
