"""Helpers of a local installation: secret files, free ports, users, waiting."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from jejak_local.guard import LocalError

LOOPBACK = "127.0.0.1"
# Below the range of outgoing connections (Linux from 32768, macOS from 49152): no connection takes a port found free
# here before our server listens on it, nor while a killed service is restarted.
_QUIET_PORTS = range(15_000, 32_000)
_TRIES = 50


def free_port(preferred: int | None = None) -> int:
    """A free TCP port of the loopback address; the preferred one if it is free."""
    candidates = [*([preferred] if preferred else []), *(secrets.choice(_QUIET_PORTS) for _ in range(_TRIES)), 0]
    for port in candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LocalError("no TCP port is free on 127.0.0.1")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    return free_port(port) == port


def secret(path: Path, length: int = 32) -> str:
    """The secret kept in this file (mode 0600); made on first use. URL-safe text of `length` random bytes."""
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    value = secrets.token_urlsafe(length)
    write_private(path, value)
    return value


def write_private(path: Path, text: str) -> None:
    """Writes a file only its owner may read, atomically: no reader sees a part of it or a laxer mode."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Polls until the condition holds; False when it does not within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def system_user(name: str) -> str:
    """A login-less user of that name, made if it is missing. Only root may call this."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        try:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed command
        except (OSError, subprocess.CalledProcessError) as error:
            raise LocalError(f"root runs this server as the user {name!r}, who could not be made") from error
    return name


def let_through(path: Path) -> list[Path]:
    """Lets other users pass (not list) the folders above `path`; returns those whose mode was changed."""
    changed = []
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            changed.append(folder)
    return changed
