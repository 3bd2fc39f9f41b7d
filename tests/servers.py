"""The real servers tests run on: one PostgreSQL and one Kafka per run, a database and a topic per test."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import uvicorn
from starlette.types import ASGIApp

from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import postgres
from jejak_local.files import free_port
from jejak_local.guard import LocalError
from jejak_local.installation import Installation
from tests.shared import scratch_place
from tests.waits import PATIENCE

SERVICES = ("intake", "verification", "approval", "letters", "bpjs_sync", "ledger")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(16)
"""Names this run, alike in all of its processes, and is known to nobody else."""
# Roles belong to the cluster, so every database of a run shares their passwords.
PASSWORDS: Mapping[str, str] = {
    login: hashlib.sha256(f"{RUN}.{login}".encode()).hexdigest() for login in (*SERVICES, "report")
}
# A cluster of tests lives for minutes and is never recovered; several processes have installations on it.
UNSAFE_AND_QUICK = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB", "max_connections": "500"}
TEMPLATE = "template_jejak"
"""The migrated database that every test's database is a copy of."""
THIS_DATABASE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
"""Rows of pg_locks of the session's own database: other tests use the server at the same time."""

DUKCAPIL_OFFICE = "12.97"
"""The made-up office that may ask Dukcapil, at an address where a test starts the server that answers."""


@dataclass(frozen=True, slots=True)
class Database:
    """A fresh, migrated database: `url` is the administrator's, `urls` has one login per service."""

    name: str
    url: str
    urls: Mapping[str, str]


@contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """A folder for one server's data. Root's PostgreSQL runs as another user, who has to pass through it."""
    folder = Path(tempfile.mkdtemp(prefix=f"jejak-test-{name}-", dir=scratch_place()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def start_or_skip[S](what: str, start: Callable[[], S]) -> S:
    """Starts a server. Where it cannot start, the tests that need it are skipped with the reason; in CI they fail."""
    try:
        return start()
    except LocalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{what} COULD NOT START, nothing that needs it was tested: {error}")


def run[R](work: Coroutine[None, None, R]) -> R:
    """Runs a coroutine from a synchronous fixture, away from the event loops of pytest-asyncio."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def execute(url: str, *statements: str) -> None:
    """Runs statements one by one, each in a transaction of its own."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def make_template(server: postgres.Address) -> str:
    """Migrates one database that every test's database is a copy of; returns its name."""
    from jejak.eventstore.postgres.migrate import migrate  # noqa: PLC0415 - most tests need no database

    run(execute(server.url, f"CREATE DATABASE {TEMPLATE}"))
    run(migrate(server.url_of(TEMPLATE), PASSWORDS, development=True))
    run(execute(server.url, f"ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true"))
    return TEMPLATE


@contextmanager
def database_from(server: postgres.Address, template: str) -> Iterator[Database]:
    """A copy of the template, dropped afterwards. Without fsync a copy of files is the fastest."""
    name = f"test_{secrets.token_hex(6)}"
    run(execute(server.url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    try:
        yield database_of(server, name)
    finally:
        run(execute(server.url, f"DROP DATABASE {name} WITH (FORCE)"))


def database_of(server: postgres.Address, name: str) -> Database:
    """A migrated database of a server."""
    return Database(name, server.url_of(name), service_urls(server, name))


@contextmanager
def installed(database: Database, cluster: KafkaCluster, *, simulator: bool = False) -> Iterator[Installation]:
    """All services as processes on the run's servers, with topics and groups of their own and a quick sweep.

    With `simulator` the simulators of BPJS and of its participant look-up run; Dukcapil may be asked.
    """
    with (
        prepared(database, cluster, simulator=simulator) as installation,
        installation.start(lambda _: None) as running,
    ):
        yield running


@contextmanager
def prepared(database: Database, cluster: KafkaCluster, *, simulator: bool = False) -> Iterator[Installation]:
    """What `installed` starts, not started yet."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    passwords = {f"JEJAK_DB_PASSWORD_{service.upper()}": password for service, password in PASSWORDS.items()}
    given = {
        "JEJAK_DATABASE_URL": database.url,
        "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap,
        "JEJAK_TOPIC_PREFIX": database.name,
        "JEJAK_SWEEP_SECONDS": "1",
        "JEJAK_SESSION_TIMEOUT_MS": "2000",
    }
    given |= {"JEJAK_DUKCAPIL": dukcapil_access()} if simulator else _NOBODY_OUTSIDE
    with scratch_folder("installation") as folder:
        yield Installation(folder, environ=ours | passwords | given)


_NOBODY_OUTSIDE = {"JEJAK_VCLAIM": "{}", "JEJAK_DUKCAPIL": "{}", "JEJAK_BSRE": "{}", "JEJAK_BPJS_SIMULATOR": "off"}
KEYS = {
    name: base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()
    for name in ("JEJAK_MASTER_KEY", "JEJAK_HMAC_KEY", "JEJAK_TOKEN_KEY")
}
"""Keys as production demands them: made up, and each another."""
NOBODY_SIGNS_IN = {
    "JEJAK_ENV": "production",
    "JEJAK_PUBLIC_URL": "https://jejak.example.go.id",
    "JEJAK_OIDC_ISSUER": "https://127.0.0.1:1/realms/jejak",
    "JEJAK_OIDC_CLIENT_ID": "jejak",
    "JEJAK_OIDC_CLIENT_SECRET": "rahasia-untuk-uji",
}
"""Production, whose issuer does not answer."""


def dukcapil_access() -> str:
    """JEJAK_DUKCAPIL for the one office that has access."""
    access = {
        "url": f"http://127.0.0.1:{free_port()}",
        "lembaga": "DINSOS_CONTOH",
        "user_id": "pengguna-contoh",
        "password": secrets.token_urlsafe(24),
        "ip_user": "127.0.0.1",
        "seconds": 3,
        "at_once": 2,
    }
    return json.dumps({DUKCAPIL_OFFICE: access})


def service_urls(server: postgres.Address, name: str) -> Mapping[str, str]:
    """One URL per service, each with a login of its own."""
    from jejak.eventstore.postgres.roles import service_url  # noqa: PLC0415 - see make_template

    return {service: service_url(server.url_of(name), service, PASSWORDS[service]) for service in SERVICES}


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """An application of this process on a port of its own; gives its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
