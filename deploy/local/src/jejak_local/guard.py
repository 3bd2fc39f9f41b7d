"""A small process between parent and server, so that the server never outlives the parent.

The guard holds the read end of a pipe whose write end is the parent's. Any end of the parent, `kill -9` included,
closes it; the guard then stops the server and everything the server started. It lives in its own session: Ctrl-C in a
terminal reaches only the parent, which decides the order in which things stop.

The file is run by itself (`python -I -S guard.py SPEC`), so it imports nothing but the standard library. Only the guard
of a Python module is a fork of the launcher (`jejak_local.launcher`), which forks the module's process, too.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jejak_local.launcher import Fork, ForkedGuard

    type Started = subprocess.Popen[bytes] | Fork

STOP = b"T"
KILL = b"K"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
PAUSE_SECONDS = 0.01
_POLL_SECONDS = 1.0
_LOG_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Spec:
    """The command that the guard runs, and how it ends it.

    `stop_signal` asks politely; after `grace` seconds the whole tree is killed. `user` is a login name, for root only.
    With `is_module` the command is a Python module and its arguments, and `user` is not used.
    """

    command: tuple[str, ...]
    log: str
    is_module: bool = False
    stop_signal: int = signal.SIGTERM
    grace: float = 10.0
    cwd: str | None = None
    user: str | None = None
    umask: int = 0o077


class LocalError(Exception):
    """A local server or service could not be started; the message says what to do."""


class GuardedProcess:
    """One running server behind its guard."""

    def __init__(self, spec: Spec, env: Mapping[str, str] | None = None) -> None:
        """Starts it. Raises LocalError when the command cannot be executed."""
        self.spec = spec
        self.log = Path(spec.log)
        self._guard = _guard_of(spec, env)
        assert self._guard.stdout is not None
        first = self._guard.stdout.readline().decode().strip()
        if not first.startswith("pid "):
            self._release()
            raise LocalError(f"{spec.command[0]}: {first.removeprefix('error ') or 'its guard ended at once'}")
        self.pid = int(first.removeprefix("pid "))

    @property
    def guard_pid(self) -> int:
        return self._guard.pid

    def returncode(self) -> int | None:
        """None while it runs; then its exit status, 128 + n when signal n ended it."""
        return self._guard.poll()

    def alive(self) -> bool:
        return self.returncode() is None

    def stop(self) -> int:
        """Stops it politely, at last by force, and waits. Stopping twice does nothing more."""
        return self._end(STOP)

    def kill(self) -> int:
        """Kills it and its descendants with SIGKILL, as a power cut would."""
        return self._end(KILL)

    def wait(self) -> int:
        """Waits for the server to end by itself; returns its exit status."""
        status = self._guard.wait()
        self._release()
        return status

    def last_lines(self, count: int = 20) -> str:
        """The end of its log, to be shown when it does not start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 64 * 1024))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-count:])

    def ask_to_stop(self) -> None:
        """Asks it to stop without waiting, so that several can stop at the same time."""
        self._send(STOP)

    def _end(self, order: bytes) -> int:
        self._send(order)
        return self.wait()

    def _send(self, order: bytes) -> None:
        assert self._guard.stdin is not None
        if self._guard.stdin.closed:
            return
        with contextlib.suppress(BrokenPipeError):  # it has ended already
            self._guard.stdin.write(order)
            self._guard.stdin.flush()

    def _release(self) -> None:
        self._guard.wait()
        for pipe in (self._guard.stdin, self._guard.stdout):
            if pipe is not None and not pipe.closed:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _guard_of(spec: Spec, env: Mapping[str, str] | None) -> subprocess.Popen[bytes] | ForkedGuard:
    if spec.is_module:
        from jejak_local.launcher import ForkedGuard  # noqa: PLC0415 - a guard that is run by itself has no packages

        return ForkedGuard(spec, os.environ if env is None else env)
    return subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-I", "-S", str(Path(__file__).resolve()), json.dumps(asdict(spec))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=env,
        start_new_session=True,
    )


def main(argument: str) -> int:
    """Runs the command of the spec until it ends, an order ends it, or the parent is gone. Returns its exit status."""
    spec = Spec(**json.loads(argument))
    parent = become_guard()
    try:
        child = _start(spec)
    except (OSError, LookupError, subprocess.SubprocessError) as error:
        sys.stdout.write(f"error {error}\n")
        return 127
    return watch(child, spec, parent)


def become_guard() -> int:
    """Only the pipe speaks to this process now, and what its descendants leave behind becomes its own.

    Returns the parent's process id, read before the parent learns that the child runs: it may end from then on.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return os.getppid()


def watch(child: Started, spec: Spec, parent: int) -> int:
    """Reports the child's pid, ends it by an order or with the parent, and returns its exit status."""
    sys.stdout.write(f"pid {child.pid}\n")
    sys.stdout.flush()
    order = _next_order(child, parent)
    if order is not None:
        _end(child, spec, order)
    status = child.wait()
    _kill_descendants(child.pid)
    return status if status >= 0 else 128 - status


def open_log(spec: Spec) -> BinaryIO:
    """The log, to be appended to; a large one begins anew. Sets the umask."""
    log = Path(spec.log)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))
    os.umask(spec.umask)
    return log.open("ab")


def _start(spec: Spec) -> subprocess.Popen[bytes]:
    with open_log(spec) as out:
        return subprocess.Popen(  # noqa: S603 - the command is our caller's
            spec.command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=spec.cwd,
            user=spec.user,
            group=spec.user,
            extra_groups=[] if spec.user else None,
            start_new_session=True,
            preexec_fn=die_with_guard,  # noqa: PLW1509 - no threads here
        )


def die_with_guard() -> None:
    """Runs in the child before its program: should the guard itself be killed, Linux ends the server."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _next_order(child: Started, parent: int) -> bytes | None:
    """Waits; returns the order to carry out, or None when the child ended by itself."""
    ended, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while child.poll() is None:
        ready, _, _ = select.select([0, ended], [], [], _POLL_SECONDS)
        if ended in ready:
            os.read(ended, 64)
        if 0 in ready:
            return os.read(0, 1) or STOP
        if os.getppid() != parent:
            return STOP
    return None


def _end(child: Started, spec: Spec, order: bytes) -> None:
    if order == STOP:
        child.send_signal(spec.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(spec.grace)
            return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _kill_descendants(group: int) -> None:
    """Kills the descendants of the server; as a subreaper the guard inherits children with their own sessions."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + _POLL_SECONDS
    while time.monotonic() < deadline:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        time.sleep(PAUSE_SECONDS)


def _children() -> list[int]:
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listing.read_text().split()] if listing.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
