"""A real Caddy, with the Caddyfile of deploy/, before services of a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

from yarl import URL

from jejak.contracts.tasks import SERVICES
from jejak_local import edge
from jejak_local.files import LOOPBACK, free_port, wait_until
from tests.waits import PATIENCE


@contextmanager
def edge_before(folder: Path, services: Mapping[str, str], **settings: str) -> Iterator[str]:
    """The edge before these services, by their addresses; other services are away. Its log is `folder/caddy.log`."""
    ports = {name: free_port() for name in (*SERVICES, "ledger", edge.EDGE)}
    ports |= {name: URL(url).port or 0 for name, url in services.items()}
    made = edge.child(ports, folder / "caddy", folder, settings)
    made.start()
    try:
        assert wait_until(lambda: not made.process.alive() or _listens(made.port), seconds=PATIENCE), (
            "Caddy did not start"
        )
        assert made.process.alive(), made.process.last_lines()
        yield made.url
    finally:
        made.stop()


def _listens(port: int) -> bool:
    try:
        create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True
