"""The browser of the page tests: Debian's Chromium where there is or can be one, else Playwright's."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Error, sync_playwright

from jejak_local.guard import LocalError

_WITHIN: Final = 900
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_APT: Final = (
    ("apt-get", "update", "--quiet"),
    ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"),
)
_OWN: Final = ((sys.executable, "-m", "playwright", "install", "chromium-headless-shell"),)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, installed first where the machine has none.

    LocalError, with the installer's last words, when it cannot be installed or does not start.
    """
    program = _program_on_path() or _installed()
    # Chromium's sandbox refuses to run as root; the tests show it only pages of the project.
    switches = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=switches)
        except Error as error:
            raise LocalError(f"Chromium does not start: {error.message}") from error
        try:
            yield browser
        finally:
            browser.close()


def _program_on_path() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _installed() -> str | None:
    """Installs a Chromium, one process at a time; returns its path, or None for Playwright's own."""
    with (Path(tempfile.gettempdir()) / f"jejak-chromium-{os.geteuid()}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if os.geteuid() == 0 and _is_debian():
            if _program_on_path() is None:
                _run(_APT, {"DEBIAN_FRONTEND": "noninteractive"})
            return _program_on_path()
        _run(_OWN, {})
        return None


def _is_debian() -> bool:
    """Whether the system is Debian; elsewhere a package of this name may be a stub that only points to a shop."""
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def _run(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> None:
    for command in commands:
        try:
            subprocess.run(
                command,
                env=os.environ | environment,
                check=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_WITHIN,
            )
        except (subprocess.SubprocessError, OSError) as error:
            output = getattr(error, "stdout", None) or ""
            raise LocalError(f"{' '.join(command)} failed: {error}\n{output[-2000:]}") from error
