"""An installation as a region runs it: three Kafka nodes, two PostgreSQL servers, two hosts with every service, Caddy.

All are processes of this machine. Officials sign in with the tokens of development; the rest is set as in production.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.settings import SERVICES
from jejak_local import edge
from jejak_local.child import Child
from jejak_local.environment import PROCESSES, base, data_folder, logins, of_service
from jejak_local.files import free_port
from jejak_local.preparation import Say, prepare
from jejak_tools.demo import own_environment
from tests.bench.offices import write_offices
from tests.rehearse.brokers import Node, start_nodes
from tests.rehearse.databases import Pair
from tests.rehearse.network import Network

HOSTS: Final = ("a", "b")
PEOPLE: Final = 6_000
_STOP_SECONDS: Final = 30.0
"""Longer than a service takes to answer what is under way."""
_NOBODY_OUTSIDE: Final = {"JEJAK_VCLAIM": "{}", "JEJAK_DUKCAPIL": "{}", "JEJAK_BSRE": "{}"}
_AS_IN_PRODUCTION: Final = {"JEJAK_DRAIN_SECONDS": "5", "JEJAK_TOPIC_REPLICAS": "3", "JEJAK_SWEEP_SECONDS": "30"}
_COMMAND: Final = str(Path(sys.executable).with_name("jejak"))


class Process(Child):
    """One service on one host, by `jejak serve`."""

    def __init__(
        self, name: str, env: Mapping[str, str], logs: Path, within: Sequence[str], before: Sequence[str] = ()
    ) -> None:
        serve = (*within, *before, _COMMAND, "serve", name.replace("_", "-"))
        super().__init__(name, env, logs, command=serve)
        self._spec = replace(self._spec, grace=_STOP_SECONDS)
        self._given = (dict(env), logs, within)

    @property
    def url(self) -> str:
        return f"http://{self._env['JEJAK_HOST']}:{self.port}"

    def anew(self, before: Sequence[str] = ()) -> Process:
        """The same process, not started; `before` is the beginning of its command."""
        return Process(self.name, *self._given, before)

    @property
    def started(self) -> bool:
        return self._process is not None

    def send(self, number: signal.Signals) -> None:
        """A signal to the service itself."""
        os.kill(self.process.pid, number)


@dataclass(slots=True)
class Region:
    """A running region. `environment` is the administrator's; processes are named by host and service."""

    folder: Path
    network: Network
    environment: Mapping[str, str]
    brokers: Sequence[Node]
    databases: Pair
    processes: dict[tuple[str, str], Process]
    edge: Child
    offices: Path = field(default_factory=Path)

    @property
    def url(self) -> str:
        """The one address."""
        return self.edge.url

    @property
    def database(self) -> str:
        """The administrator's URL; it leads to the primary."""
        return self.environment["JEJAK_DATABASE_URL"]

    @property
    def kafka(self) -> KafkaCluster:
        return KafkaCluster(self.environment["KAFKA_BOOTSTRAP_SERVERS"])

    def on(self, host: str) -> list[Process]:
        """The processes of a host, in the order in which they start."""
        return [self.processes[host, name] for name in PROCESSES]

    def restart(self, host: str, name: str, before: Sequence[str] = ()) -> None:
        """Stops a process in order, starts it again as `Process.anew` does, and waits until it is ready."""
        old = self.processes[host, name]
        old.stop()
        self.processes[host, name] = process = old.anew(before)
        process.start()
        process.wait_ready()

    def leading_relay(self) -> tuple[str, str]:
        """The process that publishes cases now."""
        for host in HOSTS:
            with urllib.request.urlopen(f"{self.processes[host, 'relay'].url}/metrics", timeout=5) as answer:  # noqa: S310 - our own
                if 'jejak_relay_leader{topic="jejak.cases"} 1.0' in answer.read().decode():
                    return host, "relay"
        raise LookupError("no relay leads")


@contextmanager
def running(network: Network, say: Say) -> Iterator[Region]:
    """Starts everything on a folder of its own; stops it and deletes the folder when the block is left."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jejak-rehearse-")))
        folder.chmod(0o711)
        environ = own_environment(os.environ) | _NOBODY_OUTSIDE | _AS_IN_PRODUCTION
        data = data_folder(folder / "data", environ)
        environment = base(data, environ) | {"JEJAK_OFFICES": str(write_offices(folder / "offices", PEOPLE))}
        databases = Pair.start(folder, network.first)
        stack.callback(databases.stop)
        say("two PostgreSQL servers run, the second follows synchronously")
        brokers = start_nodes(folder, network.first)
        stack.callback(_stop_all, brokers)
        say("three Kafka nodes run")
        environment["JEJAK_DATABASE_URL"] = databases.url()
        environment["KAFKA_BOOTSTRAP_SERVERS"] = brokers[0].quorum.bootstrap
        environment |= logins(environment["JEJAK_DATABASE_URL"], environment)
        prepare(environment, None, say)
        public = free_port()
        environment["JEJAK_PUBLIC_URL"] = f"http://127.0.0.1:{public}"
        processes = _processes(environment, network, folder / "logs")
        stack.callback(_stop, processes)
        caddy = _edge(processes, public, folder)
        stack.callback(caddy.stop)
        for process in [*processes.values(), caddy]:
            process.start()
        for process in processes.values():
            process.wait_ready()
        caddy.wait_ready()
        say("two hosts with every service run")
        yield Region(
            folder, network, environment, brokers, databases, processes, caddy, Path(environment["JEJAK_OFFICES"])
        )


def _processes(environment: Mapping[str, str], network: Network, logs: Path) -> dict[tuple[str, str], Process]:
    """Every service on both hosts, not started. A host's services ask each other."""
    processes = {}
    for host, address, within in (("a", network.first, ()), ("b", network.second, network.within)):
        ports = {name: free_port() for name in PROCESSES}
        addresses = json.dumps({name: f"http://{address}:{port}" for name, port in ports.items() if name in SERVICES})
        (logs / host).mkdir(parents=True)
        for name, port in ports.items():
            env = of_service(environment, name, port) | {
                "JEJAK_HOST": address,
                "JEJAK_SERVICES": addresses,
                "FORWARDED_ALLOW_IPS": f"127.0.0.1,{network.first}",
            }
            processes[host, name] = Process(name, env, logs / host, within)
    return processes


def _edge(processes: Mapping[tuple[str, str], Process], port: int, folder: Path) -> Child:
    """Caddy before both hosts."""
    places = {
        f"JEJAK_EDGE_{name.upper()}": " ".join(processes[host, name].url.removeprefix("http://") for host in HOSTS)
        for name in PROCESSES
    }
    places["JEJAK_EDGE_PROBE"] = "/open"
    ports = dict.fromkeys(PROCESSES, 0) | {edge.EDGE: port}
    return edge.child(ports, folder / "caddy", folder / "logs", places)


def _stop(processes: Mapping[tuple[str, str], Process]) -> None:
    """All at the same time, also those that are frozen."""
    started = [process for process in processes.values() if process.started]
    for process in started:
        with suppress(ProcessLookupError):  # it was killed
            process.send(signal.SIGCONT)
        process.ask_to_stop()
    for process in processes.values():
        process.stop()


def _stop_all(nodes: Sequence[Node]) -> None:
    for node in nodes:
        node.stop()


async def in_thread(work: Callable[..., None], *arguments: object) -> None:
    """Blocking work of a loss, beside the load."""
    await asyncio.to_thread(work, *arguments)
