"""One service as a child process: started, checked for readiness, restarted when it dies."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from jejak.platform.settings import module_of
from jejak_local.files import LOOPBACK, port_is_free, wait_until
from jejak_local.guard import GuardedProcess, LocalError, Spec

READY_SECONDS: Final = 180.0
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_STEADY_SECONDS: Final = 60.0


class Child:
    """A service that runs, or is about to be restarted with the same `env` and port.

    It runs the module `name`, or `command` if given. `user` is a login name, for root only.
    """

    def __init__(
        self, name: str, env: Mapping[str, str], logs: Path, *, command: Sequence[str] = (), user: str | None = None
    ) -> None:
        self.name = name
        self.port = int(env["JEJAK_PORT"])
        self._env = dict(env)
        self._log = logs / f"{name}.log"
        own = tuple(command) or (module_of(name),)
        self._spec = Spec(own, str(self._log), is_module=not command, user=user)
        self._pause = _FIRST_PAUSE
        self._process: GuardedProcess | None = None
        self._started = 0.0
        self._again_at: float | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def process(self) -> GuardedProcess:
        if self._process is None:
            raise LocalError(f"{self.name} has not been started")
        return self._process

    def start(self) -> None:
        """Starts it, without waiting until it is ready."""
        self._process = GuardedProcess(self._spec, env=self._env)
        self._started = time.monotonic()
        self._again_at = None

    def wait_ready(self) -> None:
        """Returns when it answers /ready with 200. Raises LocalError with the end of its log when it does not."""
        process = self.process
        ready = wait_until(lambda: not process.alive() or self.ready(), seconds=READY_SECONDS, pause=0.05)
        if ready and process.alive():
            return
        how = "is not ready yet" if process.alive() else f"ended with status {process.returncode()}"
        raise LocalError(f"{self.name} {how}; the end of {self._log}:\n{process.last_lines()}")

    def ready(self) -> bool:
        """Whether it can work now: its database and its broker are reachable."""
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as answer:  # noqa: S310 - our own loopback URL
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP OK
        except (urllib.error.URLError, OSError):
            return False

    def robbed(self) -> bool:
        """Whether it has ended and another process has its port."""
        return not self.process.alive() and not port_is_free(self.port)

    def revive(self, say: Callable[[str], None]) -> None:
        """To be called often: reports its death, and restarts it after a pause that doubles."""
        if self.process.alive():
            return
        now = time.monotonic()
        if self._again_at is None:
            if now - self._started > _STEADY_SECONDS:
                self._pause = _FIRST_PAUSE
            self._again_at = now + self._pause
            status = self.process.returncode()
            say(f"{self.name} ended with status {status}; starting it again in {self._pause:g} s (log: {self._log})")
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif now >= self._again_at:
            self.stop()  # closes its pipes
            self.start()

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.ask_to_stop()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after ten seconds; returns when it is gone."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL at once."""
        self.process.kill()
