"""Write or check what installs Jejak: the example of an environment.

jejak deploy write             .env.example, written from deploy/environment.toml
jejak deploy check             whether the files are up to date
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import add_write_and_check, say
from jejak_tools.deployment import environment, example

ROOT: Final = Path()


def configure(parser: argparse.ArgumentParser) -> None:
    """`write` and `check`."""
    add_write_and_check(parser, "root", ROOT, write, check)


def write(arguments: argparse.Namespace) -> int:
    """Generates every file. CommandError where the tables describe what cannot work."""
    for path, text in files(arguments.root).items():
        file = arguments.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """Prints each file that is not what the tables give."""
    lines = list(wrong(arguments.root))
    say(*lines)
    return FAILED if lines else DONE


def files(root: Path) -> Mapping[str, str]:
    """Path below `root` → text."""
    try:
        groups = environment.read(root / "deploy" / "environment.toml")
    except environment.EnvironmentTableError as error:
        raise CommandError(str(error)) from None
    return {".env.example": example.text_of(groups)}


def wrong(root: Path) -> Iterator[str]:
    """One sentence for each file that is stale."""
    for path, text in files(root).items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            yield f"{path} is not what deploy/environment.toml gives; `make contract` writes it."
