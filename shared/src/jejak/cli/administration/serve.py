"""Run one service until it is stopped.

The settings come from the environment; `jejak up` sets them for every service, and so does a deployment.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys

from jejak.cli import CommandError
from jejak.platform.settings import SERVICES, module_of

NAMES = tuple(name.replace("_", "-") for name in (*SERVICES, "ledger", "relay"))


def configure(parser: argparse.ArgumentParser) -> None:
    """The one argument: which service."""
    parser.add_argument("service", choices=NAMES, help="which service", metavar="SERVICE")
    parser.epilog = f"SERVICE is one of {', '.join(NAMES)}."
    parser.set_defaults(run=serve)


def serve(arguments: argparse.Namespace) -> int:
    """Becomes the service: same process, so that signals and the exit status are its own."""
    module = module_of(str(arguments.service).replace("-", "_"))
    if importlib.util.find_spec(f"{module}.__main__") is None:
        raise CommandError(f"the package of {arguments.service} is not installed here.")
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - our own interpreter
