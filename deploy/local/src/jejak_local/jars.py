"""Kafka's jars: exactly those of `kafka.lock.toml`, each checked against its SHA-256 before it is used.

`python -m jejak_local.jars` resolves the endpoint and writes the lock file; everything else only reads it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jejak_local.guard import LocalError

LOCK = Path(__file__).with_name("kafka.lock.toml")
KAFKA = "4.3.0"
# slf4j-simple and not log4j: the latter's managed versions pull kafka-clients down to 3.9, and the broker dies.
_BROKER = f"org.apache.kafka:kafka_2.13:{KAFKA}+org.apache.kafka:kafka-clients:{KAFKA}"
ENDPOINT = f"{_BROKER}+org.slf4j:slf4j-simple:1.7.36@kafka.Kafka"
_PROGRAM = f"Apache Kafka {KAFKA}"
_FETCHERS = 8
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar, or archive of another kind: Maven coordinates and the SHA-256 of its bytes."""

    group: str
    artifact: str
    version: str
    sha256: str
    packaging: str = "jar"

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.{self.packaging}"


def cache_folder() -> Path:
    """The jars shared by all installations of a user; JEJAK_CACHE names another folder."""
    if given := os.environ.get("JEJAK_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jejak"


def locked() -> tuple[Jar, ...]:
    """The jars of the lock file, in class path order."""
    entries = tomllib.loads(LOCK.read_text(encoding="utf-8"))["jar"]
    named = ((entry["maven"].split(":"), entry["sha256"]) for entry in entries)
    return tuple(Jar(group, artifact, version, sha256) for (group, artifact, version), sha256 in named)


@functools.cache
def class_path() -> str:
    """Java's class path of the broker. See `path_of`."""
    return path_of(locked())


def path_of(jars: Sequence[Jar], folder_name: str = f"kafka-{KAFKA}", program: str = _PROGRAM) -> str:
    """These jars as a class path; fetches what is missing into a folder of the cache, with a progress line on stderr.

    Raises LocalError when a jar cannot be fetched or its bytes are not those that were locked.
    """
    folder = cache_folder() / folder_name
    missing = [jar for jar in jars if not ((path := folder / jar.name).exists() and _sha256(path) == jar.sha256)]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(missing, folder, program)
    return os.pathsep.join(str(folder / jar.name) for jar in jars)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(jars: Sequence[Jar], folder: Path, program: str) -> None:
    total = len(jars)
    with (
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        ThreadPoolExecutor(_FETCHERS, "jars") as pool,
    ):
        try:
            for done, _ in enumerate(pool.map(lambda jar: _fetch_one(jar, folder, Path(scratch)), jars), 1):
                _progress(f"downloading {program}: {done} of {total} files", last=done == total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            _progress("", last=True)
            raise


def _fetch_one(jar: Jar, folder: Path, scratch: Path) -> None:
    """One artifact, without its dependencies: the lock file names them all."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - half a second, needed once

    problem: Exception | None = None
    for attempt in range(_ATTEMPTS):
        cache = scratch / f"{jar.name}.{attempt}"
        context = MavenContext(resolver=PythonResolver(), repo_cache=cache, timeout=30)
        try:
            artifact = (
                context.project(jar.group, jar.artifact).at_version(jar.version).artifact(packaging=jar.packaging)
            )
            fetched = artifact.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            problem = error
            continue
        if _sha256(fetched) == jar.sha256:
            fetched.replace(folder / jar.name)
            return
        problem = LocalError("its bytes are not those of the lock file")
    raise LocalError(
        f"{jar.name} could not be fetched from Maven Central ({problem}); "
        "check the network (for the broker's jars, KAFKA_BOOTSTRAP_SERVERS may name a broker of your own)"
    )


def _progress(line: str, *, last: bool) -> None:
    """One line that overwrites itself on a terminal; elsewhere only the last state is written."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}" + ("\n" if last and line else ""))
        sys.stderr.flush()
    elif last and line:
        sys.stderr.write(f"{line}\n")


def _resolve() -> Iterable[Jar]:
    """Asks Maven Central for the endpoint's dependencies. The class path's order is that of the answer."""
    from jgo.env import EnvironmentBuilder  # noqa: PLC0415 - see _fetch_one
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(resolver=PythonResolver(), repo_cache=Path(scratch, "maven"), timeout=30)
        environment = EnvironmentBuilder(context, Path(scratch, "environments")).from_endpoint(ENDPOINT)
        lockfile = environment.lockfile
        if lockfile is None:
            raise LocalError("jgo resolved no dependencies")
        for entry in lockfile.dependencies:
            if entry.sha256 is None:
                raise LocalError(f"{entry.artifactId} has no file")
            yield Jar(entry.groupId, entry.artifactId, entry.version, entry.sha256)


def write_lock() -> None:
    """Resolves the endpoint and writes the lock file; refuses a broker with a client library of another version."""
    jars = list(_resolve())
    versions = {jar.version for jar in jars if jar.group == "org.apache.kafka"}
    if versions != {KAFKA}:
        raise LocalError(f"Kafka's jars are of different versions: {sorted(versions)}")
    head = f'# Written by `python -m jejak_local.jars`. Every jar the broker runs on.\nendpoint = "{ENDPOINT}"\n'
    body = "".join(
        f'\n[[jar]]\nmaven = "{jar.group}:{jar.artifact}:{jar.version}"\nsha256 = "{jar.sha256}"\n' for jar in jars
    )
    LOCK.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    write_lock()
