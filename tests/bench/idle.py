"""What an installation costs while nobody asks anything of it: processor time of all its processes, by who spends it.

Processor time does not depend on what else the machine does, so the figure holds on a busy one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jejak_local.files import free_port, wait_until
from jejak_tools.demo import own_environment
from tests.bench import cpu
from tests.processes import command, tree

SETTLE_SECONDS: Final = 20.0
"""Groups form, views come abreast, Python and Java have compiled what they need: the start is not rest."""
REST_SECONDS: Final = 60.0
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 60.0


def measure(folder: Path) -> dict[str, float]:
    """Percent of one core, by process; PostgreSQL's and the guards' together as one each."""
    with _running(folder) as root:
        time.sleep(SETTLE_SECONDS)
        before, began = _seconds(root), time.monotonic()
        time.sleep(REST_SECONDS)
        after, lasted = _seconds(root), time.monotonic() - began
    return {name: 100 * (after[name] - before.get(name, 0.0)) / lasted for name in sorted(after)}


@contextmanager
def _running(folder: Path) -> Iterator[int]:
    """`jejak up` on a folder of its own, as people start it; gives its process id."""
    folder.mkdir(mode=0o711)
    port = str(free_port())
    jejak = str(Path(sys.executable).parent / "jejak")
    command = [jejak, "up", "--port", port, "--data", str(folder)]
    with (folder.parent / "idle.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=own_environment(os.environ))
        try:
            if not wait_until(lambda: process.poll() is not None or _is_up(folder), seconds=_START_SECONDS, pause=0.2):
                raise TimeoutError("the installation did not start in time")
            assert process.poll() is None, (folder.parent / "idle.log").read_text(encoding="utf-8")
            yield process.pid
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _is_up(folder: Path) -> bool:
    """The environment for other terminals is left when everything is ready."""
    return (folder / "env").exists()


def _seconds(root: int) -> Mapping[str, float]:
    """Seconds used so far, by who uses them."""
    used: defaultdict[str, float] = defaultdict(float)
    for pid in tree(root):
        if name := _name(pid, root):
            used[name] += cpu.seconds([pid])
    return used


def _name(pid: int, root: int) -> str | None:
    """Whose process it is; None for one that has just ended."""
    words = command(pid).split()
    if not words:
        return None
    if pid == root:
        return "jejak up"
    program = Path(words[0].partition(":")[0]).name
    if any(word.endswith("guard.py") for word in words):
        return "guards"
    return words[words.index("-m") + 1] if "-m" in words else program
