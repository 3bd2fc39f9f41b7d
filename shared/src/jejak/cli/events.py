"""Write or check the description of the topics inside an installation.

jejak events write             docs/events: AsyncAPI, generated from the topics that the services publish
jejak events check             whether the file is up to date
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED
from jejak.cli._common import add_write_and_check, say
from jejak.contracts.published.yamltext import yaml_of
from jejak.messaging.document import document

FILE: Final = Path("docs/events/asyncapi.yaml")


def configure(parser: argparse.ArgumentParser) -> None:
    """`write` and `check`."""
    add_write_and_check(parser, "file", FILE, write, check)


def write(arguments: argparse.Namespace) -> int:
    """Generates the file."""
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    arguments.file.write_text(yaml_of(document()), encoding="utf-8")
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """Compares the file with the description of what is published."""
    text = arguments.file.read_text(encoding="utf-8") if arguments.file.exists() else None
    if text == yaml_of(document()):
        return DONE
    say(f"{arguments.file} is not what the services publish; `make contract` writes it.")
    return FAILED
