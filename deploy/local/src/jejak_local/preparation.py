"""What an installation needs before its services start, each by the command a person would type.

The one place that knows them. Every command may be repeated: what is loaded already is left as it is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

from jejak_local.guard import LocalError

type Say = Callable[[str], None]


def steps() -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is said, and the arguments of `jejak`."""
    yield "database migrated", ("migrate",)


def prepare(environment: Mapping[str, str], say: Say) -> None:
    """Runs every step in order. Raises LocalError with what the command said when one fails."""
    for done, arguments in steps():
        result = subprocess.run(  # noqa: S603 - our own interpreter and commands
            [sys.executable, "-c", "from jejak.cli import main; raise SystemExit(main())", *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise LocalError(f"`jejak {' '.join(arguments)}` failed:\n{result.stdout}{result.stderr}".rstrip())
        say(done)
