"""Write or check the description of the topics inside an installation.

jejak events write             docs/events: AsyncAPI, made from what the services publish
jejak events check             whether it is what they publish
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED
from jejak.contracts.published.yamltext import yaml_of
from jejak.messaging.document import document

FILE: Final = Path("docs/events/asyncapi.yaml")


def configure(parser: argparse.ArgumentParser) -> None:
    """`write` and `check`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="write|check")
    for name, run, says in (("write", write, "make the file anew"), ("check", check, "look, and change nothing")):
        action = actions.add_parser(name, help=says)
        action.add_argument("file", nargs="?", type=Path, default=FILE, help=f"default {FILE}")
        action.set_defaults(run=run)


def write(arguments: argparse.Namespace) -> int:
    """Makes the file anew."""
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    arguments.file.write_text(yaml_of(document()), encoding="utf-8")
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """Says whether the file is what is published."""
    found = arguments.file.read_text(encoding="utf-8") if arguments.file.exists() else None
    if found == yaml_of(document()):
        return DONE
    sys.stdout.write(f"{arguments.file} is not what the services publish; `make contract` writes it.\n")
    return FAILED
