"""A whole installation on this machine: servers, services, one address. Used by `jejak up`, the demo and tests."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NoReturn, Self

from jejak_local import edge
from jejak_local.child import Child
from jejak_local.environment import (
    PROCESSES,
    WAY_INTO_KAFKA,
    addresses,
    base,
    data_folder,
    leave_env_file,
    logins,
    of_outsider,
    of_service,
    remove_env_file,
)
from jejak_local.files import free_port, port_is_free
from jejak_local.guard import LocalError
from jejak_local.jars import class_path
from jejak_local.kafka import Kafka
from jejak_local.postgres import Postgres, connected
from jejak_local.preparation import Say, carry_out, offices_folder, prepare, sheet_folders
from jejak_local.simulated import (
    BPJS,
    LOOK_UP,
    has_key,
    look_up_accesses,
    prepare_simulator,
    simulates,
    trust_installation,
)

DATABASE: Final = "jejak"
_ATTEMPTS: Final = 3


class Installation:
    """`with Installation(data).start(print) as jejak:` starts everything, waits until it is ready, stops it at the end.

    `port` is the public one; None takes a free one. Servers named in `environ` (JEJAK_DATABASE_URL,
    KAFKA_BOOTSTRAP_SERVERS) are used, the others are started. Raises LocalError when something does not start.
    """

    def __init__(
        self, data: Path | None = None, port: int | None = None, *, environ: Mapping[str, str] | None = None
    ) -> None:
        environ = os.environ if environ is None else environ
        self.data = data_folder(data, environ)
        self.environment = base(self.data, environ)
        self.postgres: Postgres | None = None
        self.kafka: Kafka | None = None
        self.children: dict[str, Child] = {}
        self.simulator: Child | None = None
        """BPJS' participant look-up, unless JEJAK_VCLAIM names another or no office has simulated participants."""
        self.bpjs: Child | None = None
        """BPJS itself, unless JEJAK_BPJS_SIMULATOR is off."""
        self._port = port
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        """The one address."""
        return self.children[edge.EDGE].url

    def start(self, say: Say) -> Self:
        """Starts everything; after a failure it stops what it had started."""
        with self._stack:
            self._stack.enter_context(_alone_in(self.data))
            self._stack.callback(remove_env_file, self.data)
            remove_env_file(self.data)
            if self._port is not None and not port_is_free(self._port):
                raise LocalError(f"port {self._port} is taken; name another with --port")
            self._start_servers(say)
            self.environment |= logins(self.environment["JEJAK_DATABASE_URL"], self.environment)
            key = prepare_simulator(self.environment, self.data, say)
            known = key is None or has_key(self.environment["JEJAK_DATABASE_URL"], key)
            prepare(self.environment, None if known else key, say)
            self.environment.setdefault("JEJAK_SHEET_FOLDERS", sheet_folders(self.environment, self.data))
            self._start_simulator()
            self._start_children(say)
            leave_env_file(self.data, self.environment)
            self._stack = self._stack.pop_all()
        return self

    def start_database(self, steps: Sequence[tuple[str, Sequence[str]]], say: Say) -> Self:
        """PostgreSQL alone, migrated, and prepared by `steps` (as `preparation.steps`): for work without services."""
        with self._stack:
            self._stack.enter_context(_alone_in(self.data))
            remove_env_file(self.data)
            self._stack.callback(self._stop_servers)
            if not self.environment.get("JEJAK_DATABASE_URL"):
                say(self._start_postgres())
            self.environment |= logins(self.environment["JEJAK_DATABASE_URL"], self.environment)
            carry_out(self.environment, [("database migrated", ("migrate",)), *steps], say)
            self._stack = self._stack.pop_all()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Services first, all at the same time, then Kafka, then PostgreSQL. Stopping twice does nothing more."""
        self._stack.close()

    def keep_running(self, say: Say, pause: float = 0.2) -> NoReturn:
        """Restarts what has ended, until a signal's exception. `pause` is in seconds."""
        while True:
            self._revive_servers(say)
            for child in self._running():
                child.revive(say)
            time.sleep(pause)

    def _ports(self) -> dict[str, int]:
        """A loopback port for every process; Caddy's is the public one."""
        ports: dict[str, int] = {edge.EDGE: self._port or free_port()}
        for name in PROCESSES:
            while name not in ports:
                port = free_port()
                if port not in ports.values():
                    ports[name] = port
        return ports

    def _start_servers(self, say: Say) -> None:
        jobs = []
        if not self.environment.get("JEJAK_DATABASE_URL"):
            jobs.append(self._start_postgres)
        if not self.environment.get("KAFKA_BOOTSTRAP_SERVERS"):
            class_path()  # fetched here, not in a thread, so that Ctrl-C ends a long download
            jobs.append(self._start_kafka)
        self._stack.callback(self._stop_servers)
        with ThreadPoolExecutor(max(1, len(jobs))) as pool:
            for started in [pool.submit(job) for job in jobs]:
                say(started.result())

    def _start_postgres(self) -> str:
        server = self.postgres = Postgres(self.data / "postgres")
        asyncio.run(_make_database(server.url, DATABASE))
        self.environment["JEJAK_DATABASE_URL"] = server.url_of(DATABASE)
        return f"{server.name} runs on port {server.port}"

    def _start_kafka(self) -> str:
        server = self.kafka = Kafka(self.data / "kafka")
        for name in [name for name in self.environment if name.startswith(WAY_INTO_KAFKA)]:
            del self.environment[name]
        self.environment["KAFKA_BOOTSTRAP_SERVERS"] = server.bootstrap
        return f"{server.name} runs on port {server.port}"

    def _start_children(self, say: Say) -> None:
        self._stack.callback(lambda: _stop(self._running()))
        for attempt in range(_ATTEMPTS):
            try:
                self._start_services()
                break
            except LocalError:
                # Between choosing a port and listening on it another process may have taken it.
                if attempt == _ATTEMPTS - 1 or not any(child.robbed() for child in self.children.values()):
                    raise
                _stop(list(self.children.values()))
        say(f"services run: {', '.join(self.children)}")
        if simulates(self.environment):  # not awaited: it reads the topic from its beginning
            trust_installation(self.environment)
            self.bpjs = Child(BPJS, of_outsider(self.environment, free_port()), self._logs())
            self.bpjs.start()

    def _start_services(self) -> None:
        ports, logs = self._ports(), self._logs()
        self.environment |= addresses(ports, ports[edge.EDGE])
        for name in PROCESSES:
            self.children[name] = Child(name, of_service(self.environment, name, ports[name]), logs)
        self.children[edge.EDGE] = edge.child(ports, self.data / edge.EDGE, logs)
        for child in self.children.values():
            child.start()
        for child in self._running():
            child.wait_ready()

    def _running(self) -> list[Child]:
        return [*self.children.values(), *filter(None, (self.simulator, self.bpjs))]

    def _start_simulator(self) -> None:
        port = free_port()
        accesses = look_up_accesses(offices_folder(self.environment), self.data, port)
        if self.environment.setdefault("JEJAK_VCLAIM", accesses) != accesses or accesses == "{}":
            return
        self.simulator = Child(LOOK_UP, of_outsider(self.environment, port), self._logs())
        self._stack.callback(self.simulator.stop)
        self.simulator.start()

    def _logs(self) -> Path:
        logs = self.data / "logs"
        logs.mkdir(exist_ok=True)
        return logs

    def _stop_servers(self) -> None:
        for server in (self.kafka, self.postgres):
            if server is not None:
                server.stop()

    def _revive_servers(self, say: Say) -> None:
        for server in (self.postgres, self.kafka):
            if server is not None and not server.alive():
                say(f"{server.name} ended; starting it again on its data in {server.folder}")
                server.restart()


def _stop(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


@contextmanager
def _alone_in(data: Path) -> Iterator[None]:
    """A lock: two installations on the same data would destroy it."""
    with (data / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(
                f"another `jejak up` runs on the data in {data}; name another folder with --data"
            ) from None
        yield


async def _make_database(admin_url: str, name: str) -> None:
    async with connected(admin_url) as connection:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
