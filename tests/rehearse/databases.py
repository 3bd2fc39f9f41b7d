"""A PostgreSQL primary with a synchronous standby, promoted by hand. A lost server returns as the other's standby."""

from __future__ import annotations

import asyncio
import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jejak_local import postgres
from jejak_local.files import LOOPBACK, secret
from jejak_local.postgres import Postgres, connected

DATABASE: Final = "jejak"
_SYNCHRONOUS: Final = (
    "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'",
    "SELECT pg_reload_conf()",
)
_ALONE: Final = ("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
_FOLLOWS: Final = "SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state <> 'async'"
_LOOK_SECONDS: Final = 0.1
_WAL_MEGABYTES: Final = 320
_BLOCK: Final = 1024 * 1024


@dataclass(slots=True)
class Pair:
    """Two servers, of which one is the primary. `host` is the address that both listen on, beside the loopback."""

    host: str
    primary: Postgres
    standby: Postgres | None = None

    @classmethod
    def start(cls, folder: Path, host: str) -> Pair:
        """Both, with the database; every commit waits for the standby."""
        settings = {"listen_addresses": f"{LOOPBACK},{host}"} if host != LOOPBACK else {}
        # A log that is kept small fits onto the small disk of a rehearsal.
        server = Postgres(folder / "one", settings={**settings, "max_wal_size": "96MB", "min_wal_size": "64MB"})
        pair = cls(host, server)
        try:
            if host != LOOPBACK:
                _let_in(server, host)
            asyncio.run(_execute(server.url, f"CREATE DATABASE {DATABASE}"))
            pair.follow(folder / "two")
        except BaseException:
            pair.stop()
            raise
        return pair

    def url(self) -> str:
        """The administrator's, of both servers: a client finds the one that takes writes."""
        assert self.standby is not None
        places = ",".join(f"{self.host}:{server.port}" for server in (self.primary, self.standby))
        password = secret(self.primary.folder / "password")
        return f"postgresql://{postgres.ADMIN}:{password}@{places}/{DATABASE}?target_session_attrs=read-write"

    def follow(self, folder: Path, port: int | None = None) -> None:
        """A new standby in this folder, whose old content is deleted; from here on commits wait for it."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o711)
        self.standby = postgres.standby(self.primary, folder, port)
        asyncio.run(_follows(self.primary.url))

    def promote(self) -> None:
        """By hand: the standby becomes the primary, without a standby of its own. The lost server stays down."""
        assert self.standby is not None
        self.primary, self.standby = self.standby, None
        self.primary.promote()

    def go_alone(self) -> None:
        """By hand: commits no longer wait for the standby, which is lost."""
        asyncio.run(_execute(self.primary.url, *_ALONE))

    def replace(self, lost: Postgres) -> None:
        """The lost server returns empty, as the standby."""
        self.follow(lost.folder, lost.port)

    def stop(self) -> None:
        """The standby first: a primary waits for it at its end."""
        for server in (self.standby, self.primary):
            if server is not None:
                server.stop()


async def _follows(url: str) -> None:
    """Makes commits wait for the standby, and waits until it follows."""
    await _execute(url, *_SYNCHRONOUS)
    async with connected(url) as connection:
        while not await connection.fetchval(_FOLLOWS):  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(_LOOK_SECONDS)


async def _execute(url: str, *statements: str) -> None:
    async with connected(url) as connection:
        for statement in statements:
            await connection.execute(statement)


def _let_in(server: Postgres, host: str) -> None:
    """Logins from the other host, by password."""
    network = f"{host.rpartition('.')[0]}.0/24"
    with (server.folder / "data" / "pg_hba.conf").open("a", encoding="ascii") as file:
        file.write(f"host all all {network} scram-sha-256\n")
    asyncio.run(_execute(server.url, "SELECT pg_reload_conf()"))


@contextmanager
def small_disk(server: Postgres, folder: Path) -> Iterator[Path]:
    """The server's log (WAL) on a small disk of its own, a tmpfs, until the block is left. For root only.

    The server is restarted on both occasions.
    """
    log = server.folder / "data" / "pg_wal"
    folder.mkdir(mode=0o711)
    _run("mount", "-t", "tmpfs", "-o", f"size={_WAL_MEGABYTES}m,mode=0711", "tmpfs", str(folder))
    try:
        server.stop()
        _move(log, folder / "pg_wal")
        log.symlink_to(folder / "pg_wal")
        server.restart()
        yield folder
        server.stop()
        log.unlink()
        _move(folder / "pg_wal", log)
        server.restart()
    finally:
        _run("umount", "--lazy", str(folder))


def fill(folder: Path) -> Path:
    """Writes a file until the disk is full; gives the file."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(_BLOCK))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return ballast


def _move(before: Path, after: Path) -> None:
    """With its owner and modes, also onto another disk."""
    _run("mv", str(before), str(after))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
