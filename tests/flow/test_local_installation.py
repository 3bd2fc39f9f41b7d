"""Servers of one's own replace the embedded ones; a port that somebody else was quicker to take is left to him."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

from jejak_local.files import LOOPBACK, wait_until
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


def test_a_port_taken_before_the_service_listens_on_it_is_left_to_whoever_has_it(
    database: Database, kafka_server: str
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
    """Listens on the port chosen for this service, before the service has come so far."""
    assert wait_until(lambda: service in installation.children, seconds=PATIENCE, pause=0.001)
    port = installation.children[service].port
    theirs.bind((LOOPBACK, port))
    theirs.listen()
    return port
