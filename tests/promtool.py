"""Prometheus's own checker for tests: the program on PATH, else that of Debian's package, unpacked, not installed."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest

TOOLS: Final = Path(__file__).parents[1] / "build" / "tools"
_INSIDE: Final = "./usr/bin/promtool"
_WITHIN: Final = 300


class _MissingError(Exception):
    """The program cannot be loaded, with the reason."""


def promtool() -> Path:
    """The program. Where it cannot be loaded, its tests are skipped with the reason; in CI they fail."""
    if program := shutil.which("promtool"):
        return Path(program)
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "promtool.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        kept = TOOLS / "promtool"
        try:
            if not kept.exists():
                _unpack(kept)
        except _MissingError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"promtool COULD NOT BE HAD, no alert rule was tested: {error}")
    return kept


def _unpack(kept: Path) -> None:
    """Unpacks this one program of 19 MB; apt has checked the package's signature."""
    if not shutil.which("apt-get"):
        raise _MissingError("install Prometheus so that promtool is on PATH (only on Debian is it fetched)")
    with tempfile.TemporaryDirectory(dir=TOOLS) as scratch:
        folder = Path(scratch)
        try:
            package = _download(folder)
        except _MissingError:
            if os.geteuid() != 0:
                raise
            _run(folder, "apt-get", "update")  # a new machine has no package lists
            package = _download(folder)
        _run(folder, "sh", "-c", f'dpkg-deb --fsys-tarfile "$0" | tar -x {_INSIDE}', str(package))
        (folder / _INSIDE).replace(kept)


def _download(folder: Path) -> Path:
    _run(folder, "apt-get", "-o", "APT::Sandbox::User=root", "download", "prometheus")
    return next(folder.glob("prometheus_*.deb"))


def _run(folder: Path, *command: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=_WITHIN)
    except subprocess.TimeoutExpired:
        raise _MissingError(f"{command[0]} took longer than {_WITHIN} s") from None
    if done.returncode:
        raise _MissingError(f"{' '.join(command[:4])}: {done.stderr.strip()[-300:]}")
