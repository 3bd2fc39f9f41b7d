"""A process that has imported what every service imports, and forks itself for each module that is to run.

So the services of an installation read the same modules once instead of eight times, and share them in memory.
`python -m jejak_local.launcher DESCRIPTOR` serves the process that started it, and ends with it.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import math
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

from setproctitle import setproctitle, setthreadtitle

from jejak_local import guard

_SHARED: Final = ("jejak.service", "jejak.web.tasks.routes")
"""Every service imports them. What only one service imports brings its metrics, which the others do not have."""
_REQUEST_BYTES: Final = 128 * 1024


class ForkedGuard:
    """A guard that the launcher forked, with the methods of `Popen` that its parent uses."""

    def __init__(self, spec: guard.Spec, env: Mapping[str, str]) -> None:
        """Starts it. LocalError when the launcher has ended."""
        request = {"spec": asdict(spec) | {"cwd": spec.cwd or str(Path.cwd())}, "env": dict(env)}
        orders, given = os.pipe()
        read, reports = os.pipe()
        self.stdin: IO[bytes] = os.fdopen(given, "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(read, "rb", buffering=0)
        try:
            _LAUNCHER.send(json.dumps(request).encode(), (orders, reports))
        finally:
            os.close(orders)
            os.close(reports)
        self.pid = int(self.stdout.readline() or 0)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs; then its exit status."""
        if self.returncode is None and select.select([self.stdout], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Its exit status when it has ended; as of a killed process, if it ended without a word."""
        if self.returncode is None:
            self.returncode = int(self.stdout.readline() or -signal.SIGKILL)
        return self.returncode


class _Launcher:
    """The launcher of this process, started by the first request and again after it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    def send(self, request: bytes, descriptors: Sequence[int]) -> None:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            assert self._connection is not None
            try:
                socket.send_fds(self._connection, [request], descriptors)
            except OSError as error:
                raise guard.LocalError(f"the launcher of services does not take a request: {error}") from error

    def _start(self) -> None:
        self.end()
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-u", "-m", __name__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "SPT_NOENV": "1"},  # a title takes no room from the environment
                start_new_session=True,
            )

    def end(self) -> None:
        if self._connection is not None and self._process is not None:
            self._connection.close()
            self._process.wait()


_LAUNCHER: Final = _Launcher()
atexit.register(_LAUNCHER.end)


def serve(connection: socket.socket) -> None:
    """Forks a guard for each request, until there is nobody to ask."""
    _set_title(f"-m {__spec__.name}")  # the first call looks for its place beside the first environment
    for module in _SHARED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the guards
    while True:
        request, descriptors, _, _ = socket.recv_fds(connection, _REQUEST_BYTES, 2)
        if not request:
            return
        if os.fork() == 0:
            connection.close()
            _guard(json.loads(request), *descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)


def _guard(request: dict[str, Any], orders: int, reports: int) -> None:
    """The life of a guard, and then of the module's process: this returns when the module is done."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for descriptor, standard in ((orders, 0), (reports, 1)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    sys.stdout.write(f"{os.getpid()}\n")
    spec = guard.Spec(**request["spec"])
    module = spec.command[0]
    parent = guard.become_guard()
    if child := _fork(spec):
        _set_title(f"guard.py {module}")
        status = guard.watch(child, spec, parent)
        with contextlib.suppress(BrokenPipeError):  # its parent is gone
            sys.stdout.write(f"{status}\n")
        os._exit(status)
    _set_title(f"-m {module}")
    sys.argv = list(spec.command)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _set_title(words: str) -> None:
    setproctitle(f"python {words}")
    setthreadtitle("jejak")  # without spaces: by them the interpreter counts what Linux says of a process


class Fork:
    """A child by fork, with the methods of `Popen` that a guard uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def poll(self) -> int | None:
        """None while it runs; then its exit status, -n when signal n ended it."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def wait(self, seconds: float | None = None) -> int:
        """Its exit status when it has ended. subprocess.TimeoutExpired when it has not, after so many seconds."""
        end = time.monotonic() + (math.inf if seconds is None else seconds)
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), seconds or 0)
            time.sleep(guard.PAUSE_SECONDS)
        return status

    def send_signal(self, number: int) -> None:
        """To a child that has ended, nothing."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _fork(spec: guard.Spec) -> Fork | None:
    """The child, for the guard; None in the child."""
    with guard.open_log(spec) as out, Path(os.devnull).open("rb") as nothing:
        if pid := os.fork():
            return Fork(pid)
        for file, standard in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(file.fileno(), standard)
    os.setsid()
    guard.die_with_guard()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(spec.cwd or ".")
    return None


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
