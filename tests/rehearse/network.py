"""Where the hosts of a region are: the second in a network namespace of its own, where root may make one.

A bridge stands for the switch. Its port to the second host goes down when that host is cut off: packets vanish, as they
do from a pulled cable, and no connection is closed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from jejak_local.files import LOOPBACK
from jejak_local.guard import LocalError


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses of the first host, which has the servers too, and of the second."""

    first: str
    second: str
    namespace: str = ""
    port: str = ""
    """The interface of the second host's cable at the switch."""

    @property
    def within(self) -> Sequence[str]:
        """The beginning of a command that runs on the second host."""
        return ("ip", "netns", "exec", self.namespace) if self.namespace else ()

    @property
    def can_cut(self) -> bool:
        """Whether the second host can be cut off."""
        return bool(self.namespace)

    def cut(self) -> None:
        """Pulls the cable of the second host."""
        _ip("link", "set", self.port, "down")

    def mend(self) -> None:
        """Plugs it in again."""
        _ip("link", "set", self.port, "up")


@contextmanager
def two_hosts() -> Iterator[Network]:
    """Two hosts on one switch; without root both are the loopback address, and neither can be cut off."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        yield Network(LOOPBACK, LOOPBACK)
        return
    number = os.getpid()
    switch, port, cable, namespace = (f"jr{letter}{number}" for letter in "spcn")
    subnet = f"10.213.{number % 250}"
    network = Network(f"{subnet}.1", f"{subnet}.2", namespace, port)
    try:
        _ip("netns", "add", namespace)
        _ip("link", "add", switch, "type", "bridge")
        _ip("link", "add", port, "type", "veth", "peer", "name", cable)
        _ip("link", "set", cable, "netns", namespace)
        _ip("link", "set", port, "master", switch)
        _ip("address", "add", f"{network.first}/24", "dev", switch)
        for interface in (switch, port):
            _ip("link", "set", interface, "up")
        _ip("-n", namespace, "address", "add", f"{network.second}/24", "dev", cable)
        for interface in ("lo", cable):
            _ip("-n", namespace, "link", "set", interface, "up")
        yield network
    finally:
        for words in (("link", "del", port), ("link", "del", switch), ("netns", "del", namespace)):
            _try(*words)


def _ip(*words: str) -> None:
    result = _try(*words)
    if result.returncode != 0:
        raise LocalError(f"`ip {' '.join(words)}` failed: {result.stderr.strip()}")


def _try(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("ip", *words), capture_output=True, text=True, check=False)
