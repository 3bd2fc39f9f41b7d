"""One embedded server: its data in a folder, its process behind a guard, its port free when it starts."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from jejak_local.files import port_is_free, wait_until
from jejak_local.guard import GuardedProcess, LocalError, Spec

_ATTEMPTS = 3


class EmbeddedServer(ABC):
    """A server on the data of one folder. A subclass says how it is prepared and run, and when it is ready."""

    name: ClassVar[str]
    start_seconds: ClassVar[float]
    foreign_variables: ClassVar[tuple[str, ...]]
    """Beginnings of the environment variables by which the caller would steer the server."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Start it on the data in `folder` (made when new), on a free port unless one is given; return when it answers.

        LocalError with the end of its log when it does not start.
        """
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, _ATTEMPTS + 1):
            self._ports = self._choose_ports(port)
            self.port = self._ports[0]
            try:
                self._process = self._run()
                break
            except LocalError:
                # Between choosing a port and listening on it another process may have taken it.
                if port is not None or attempt == _ATTEMPTS or all(map(port_is_free, self._ports)):
                    raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.alive()

    def stop(self) -> None:
        """An orderly stop: PostgreSQL ends its sessions and keeps everything committed; Kafka takes half a second."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL to the server and its children, as a power cut would; the next start recovers.

        Kafka then takes some 4 s, until its old session has ended.
        """
        self._process.kill()

    def restart(self) -> None:
        """Stop it if it runs, and start it again on the same ports and data."""
        self.stop()
        self._process = self._run()

    def _run(self) -> GuardedProcess:
        self._prepare()
        process = GuardedProcess(self._spec(), env=self.environment())
        ready = wait_until(
            lambda: not process.alive() or self._is_ready(process), seconds=self.start_seconds, pause=0.05
        )
        if ready and process.alive():
            return process
        process.stop()
        log = f"the end of {process.log}:\n{process.last_lines()}"
        raise LocalError(f"{self.name} did not start on port {self.port}; {log}")

    @classmethod
    def environment(cls) -> dict[str, str]:
        """The caller's environment without its variables for servers of this kind."""
        return {name: value for name, value in os.environ.items() if not name.startswith(cls.foreign_variables)}

    @abstractmethod
    def _choose_ports(self, port: int | None) -> tuple[int, ...]:
        """The ports to listen on; the first is the clients'."""

    @abstractmethod
    def _prepare(self) -> None:
        """Makes the data and the settings that the server needs and lacks."""

    @abstractmethod
    def _spec(self) -> Spec:
        """The command that runs it."""

    @abstractmethod
    def _is_ready(self, process: GuardedProcess) -> bool:
        """Whether it answers."""
