"""Three nodes of Apache Kafka in KRaft mode, each a broker and a voter, with three copies of which two must hold."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jejak_local.files import free_port
from jejak_local.jars import class_path
from jejak_local.kafka import Kafka, new_cluster_id

NODES: Final = 3
_PROPERTIES: Final = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
controller.listener.names=CONTROLLER
log.dirs={data}
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
num.partitions=12
auto.create.topics.enable=false
# The default of 128 MB does not fit into a heap of 160 MB.
log.cleaner.dedupe.buffer.size=8388608
"""


@dataclass(frozen=True, slots=True)
class Quorum:
    """The identity and the addresses that all nodes know. `ports`: of clients and of the controller, node by node."""

    identity: str
    host: str
    ports: Sequence[tuple[int, int]]

    @property
    def voters(self) -> str:
        return ",".join(f"{node}@{self.host}:{ports[1]}" for node, ports in enumerate(self.ports, 1))

    @property
    def bootstrap(self) -> str:
        """The addresses for clients."""
        return ",".join(f"{self.host}:{ports[0]}" for ports in self.ports)

    def properties(self, node: int, data: Path) -> str:
        """The properties of one node, counted from 1."""
        port, controller = self.ports[node - 1]
        places = {"node": node, "voters": self.voters, "host": self.host, "port": port, "controller": controller}
        return _PROPERTIES.format(data=data, **places)


class Node(Kafka):
    """One of the three. It answers when the quorum is found, so that the first two are started at the same time."""

    def __init__(self, folder: Path, node: int, quorum: Quorum) -> None:
        self.node, self.quorum, self.host = node, quorum, quorum.host
        super().__init__(folder, quorum.ports[node - 1][0])

    def property_file(self, data: Path) -> str:
        return self.quorum.properties(self.node, data)

    def identity(self) -> tuple[str, ...]:
        return ("-t", self.quorum.identity)

    def _choose_ports(self, port: int | None) -> tuple[int, ...]:  # noqa: ARG002 - the quorum has chosen
        return self.quorum.ports[self.node - 1]


def start_nodes(folder: Path, host: str) -> list[Node]:
    """All three, started at the same time. LocalError when one does not start; then the others are stopped."""
    class_path()  # fetched here, not in a thread, so that Ctrl-C ends a long download
    quorum = Quorum(new_cluster_id(), host, [(free_port(), free_port()) for _ in range(NODES)])
    with ThreadPoolExecutor(NODES) as pool:
        starting = [pool.submit(Node, folder / f"kafka-{node}", node, quorum) for node in range(1, NODES + 1)]
    errors = [error for job in starting if (error := job.exception())]
    nodes = [job.result() for job in starting if not job.exception()]
    if errors:
        for node in nodes:
            node.stop()
        raise errors[0]
    return nodes
