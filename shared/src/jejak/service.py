"""A service as a process: the composition of its parts, served until a signal ends it, then closed in order."""

import asyncio
import contextlib
import functools
import gc
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from jejak.eventstore.postgres.database_health import DatabaseHealth
from jejak.eventstore.postgres.login import check_login, own_login
from jejak.eventstore.ring_check import check_ring
from jejak.eventstore.store import Store
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.case_consumer import CaseConsumer
from jejak.messaging.handlers import Handlers
from jejak.messaging.rejected import RejectedTopic
from jejak.messaging.task_runner import TaskRunner
from jejak.platform import log, version
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.settings import Settings, SettingsError, Source, Tls
from jejak.web.access.rate_limit import CodeRateLimit
from jejak.web.drain import Drain, Server
from jejak.web.http_app import Ready, create_app
from jejak.web.requests.browser import Browser
from jejak.web.requests.connections import Connection, Limits, raise_descriptors
from jejak.web.runtime import Runtime

_log: Final = structlog.get_logger()
_GRACE_SECONDS: Final = 10
"""For the requests under way when the socket closes; and again for all else that is closed after them."""
_GARBAGE: Final = 10_000
"""New objects between two collections of the youngest generation; a request makes a few thousand."""
_KEEP_ALIVE_SECONDS: Final = 75
"""Longer than a proxy keeps an idle connection, so that the service never closes one under a request."""


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one service: its routes, its handlers, its own topics, and its background work.

    `subscribe` adds the service's own topics to the broker of the process.
    `forms`: the service owns commands that pages post; the ledger, whose forms are of other kinds, does not.
    """

    routers: Sequence[APIRouter]
    handlers: Handlers | None = None
    subscribe: Sequence[Callable[[Bus], None]] = ()
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    forms: bool = True
    rate_limited: bool = False
    """Strangers may ask by the code of a case; after too many wrong codes they are refused for a while."""
    public: Mapping[str, str] = field(default_factory=dict)
    """The addresses that read a body before the sender is authenticated, and why."""


type Build = Callable[[Runtime], Awaitable[Service]]


@contextlib.asynccontextmanager
async def running(
    settings: Settings, description: str, build: Build, *, derives: bool = False, drain: Drain | None = None
) -> AsyncIterator[FastAPI]:
    """The service with its store and its background work, until the block is left. It is not ready in its `drain`."""
    url = settings.direct_database_url if derives else settings.database_url
    with own_login(settings.service):
        connected = await Store.connect(url, size=settings.database_pool, application=settings.service, derives=derives)
    async with connected as store:
        await check_login(store.pool, settings.service)
        await check_ring(store.pool, settings.master_keys)
        runtime = Runtime.of(settings, store)
        service = await build(runtime)
        health = DatabaseHealth(url, store, settings.service)
        app = application(runtime, service, description, health.ready, drain)
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(run()) for run in (*service.background, health.run)]
            try:
                async with _messaging(runtime, service, group):
                    yield app
            finally:
                await cancel_and_wait(*background)


@contextlib.asynccontextmanager
async def _messaging(runtime: Runtime, service: Service, group: asyncio.TaskGroup) -> AsyncIterator[None]:
    """The broker of the process and the runner of its tasks, where the service uses them.

    Both are tasks of the process: one that ends by an error ends it.
    """
    settings = runtime.settings
    bus = Bus(settings.kafka, settings.service, session_timeout_ms=settings.session_timeout_ms)
    for subscribe in service.subscribe:
        subscribe(bus)
    handlers, sweeping = service.handlers, list[asyncio.Task[None]]()
    if handlers and handlers.declared:
        runner = TaskRunner(runtime.command_handler, settings.service, handlers.tasks, settings.sweep_seconds)
        rejected = RejectedTopic(bus, settings.topic_prefix)
        reacting = CaseConsumer(handlers, runner.carry_out, rejected, runtime.store.ping)
        topic, group_id = f"{settings.topic_prefix}.cases", f"{settings.topic_prefix}.{settings.service}"
        bus.read(topic, group_id, reacting.on_cases, wait=handlers.wait)
        if handlers.tasks:
            sweeping.append(group.create_task(runner.run()))
    try:
        async with supervised(bus, group.create_task) if bus.subscriptions else contextlib.nullcontext():
            yield
    finally:
        await cancel_and_wait(*sweeping)


def application(
    runtime: Runtime, service: Service, description: str, ready: Ready, drain: Drain | None = None
) -> FastAPI:
    """The HTTP application of a service; `ready` raises while the service cannot work."""
    settings = runtime.settings
    app = create_app(settings.service, description, ready, service.public, drain=drain)
    app.user_middleware.append(
        Middleware(
            Browser,
            key=settings.token_key,
            verifier=runtime.gate.verifier,
            forms=service.forms,
            public=service.public,
        )
    )
    if service.rate_limited:  # nearest to the routes: `Browser` has put the token of a browser into the header before
        app.rate_limited = True
        app.user_middleware.append(Middleware(CodeRateLimit, verifier=runtime.gate.verifier))
    app.state.runtime = runtime
    for router in service.routers:
        app.include_router(router)
    return app


async def serve(settings: Settings, description: str, build: Build, *, derives: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first."""
    drain = Drain(settings.drain_seconds)
    async with running(settings, description, build, derives=derives, drain=drain) as app:
        # Objects made at the start live as long as the process: the collector need not visit them again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GARBAGE, 20, 20)
        await server_of(app, settings, drain=drain).serve()
        signal.alarm(_GRACE_SECONDS)  # ends the process if something cannot be closed, such as a server that is away


def server_of(app: FastAPI, settings: Settings, limits: Limits | None = None, *, drain: Drain | None = None) -> Server:
    """The server of a service: HTTP, or HTTPS where there is a certificate; each connection within limits."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=functools.partial(Connection, limits or Limits()),  # type: ignore[arg-type]  # constructs a Connection
        **_tls(settings.tls),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        lifespan="off",
    )
    return Server(config, drain or Drain())


def _tls(tls: Tls | None) -> dict[str, Any]:
    """Client certificates are optional, since officials have none, and are requested only with a CA to check them."""
    if tls is None:
        return {}
    client = {"ssl_ca_certs": tls.client_ca, "ssl_cert_reqs": ssl.CERT_OPTIONAL} if tls.client_ca else {}
    return {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key, **client}


def main(service: str, description: str, build: Build, *, derives: bool = False) -> None:
    """A service's entry: settings from the environment, then serve.

    `derives`: the service appends no events and remembers positions, so its connections go around any pooler.

    A setting that is wrong ends the process with status 78 and one line that names it.
    """
    log.configure(service)
    version.Build.of(Source.of()).show(service)
    refused: list[SettingsError] = []
    try:
        settings = Settings.read(service)
        log.configure(service, settings.log_level)
        raise_descriptors()
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(serve(settings, description, build, derives=derives))
    except* SettingsError as errors:
        refused += log.leaves(errors)
    for error in refused:
        _log.critical("settings_refused", reason=str(error))
    if refused:
        sys.exit(os.EX_CONFIG)


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415 - only a process that serves needs it

    return uvloop.new_event_loop()
