"""Given servers replace the embedded ones; a port that another program takes first is given up for another."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local.child import Child
from jejak_local.environment import PROCESSES, of_service
from jejak_local.files import LOOPBACK, free_port, wait_until
from jejak_local.installation import Installation
from tests.servers import Database, prepared
from tests.waits import PATIENCE


def test_an_installation_on_given_servers_starts_none_of_its_own(installation: Installation) -> None:
    assert installation.postgres is None
    assert installation.kafka is None
    assert all(child.ready() for child in installation.children.values())


def test_a_service_killed_and_started_again_answers_at_the_same_address(installation: Installation) -> None:
    intake = installation.children["intake"]
    before = intake.process.pid

    intake.kill()
    assert not intake.ready()
    intake.start()
    intake.wait_ready()

    assert intake.process.pid != before


def test_every_service_starts_as_a_program_too_as_in_production(installation: Installation, tmp_path: Path) -> None:
    jejak = str(Path(sys.executable).with_name("jejak"))
    programs = []
    for name in PROCESSES:
        environment = of_service(installation.environment, name, free_port())
        programs.append(Child(name, environment, tmp_path, command=(jejak, "serve", name.replace("_", "-"))))
    try:
        for program in programs:
            program.start()
        for program in programs:
            program.wait_ready()
    finally:
        for program in programs:
            program.stop()


def test_a_port_taken_before_the_service_listens_on_it_is_given_up(
    database: Database, kafka_server: KafkaCluster
) -> None:
    with prepared(database, kafka_server) as installation, ThreadPoolExecutor(1) as pool, socket.socket() as theirs:
        quick = pool.submit(_takes, theirs, installation, "approval")

        with installation.start(lambda _: None) as running:
            taken = quick.result()
            approval = running.children["approval"]
            assert approval.port != taken
            assert approval.ready()
            assert approval.url in running.environment["JEJAK_SERVICES"]


def _takes(theirs: socket.socket, installation: Installation, service: str) -> int:
    """Listens on the port chosen for this service, before the service does."""
    assert wait_until(lambda: service in installation.children, seconds=PATIENCE, pause=0.001)
    port = installation.children[service].port
    theirs.bind((LOOPBACK, port))
    theirs.listen()
    return port
