"""What several commands share: their output, the store they read, the actions `write` and `check`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jejak.cli import CommandError
from jejak.platform.settings import Source
from jejak.procedure.kind import is_kantor
from jejak.timekeeping.dates import MESSAGE, typed_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from jejak.eventstore.store import Store


def file_bytes(path: Path) -> bytes:
    """The bytes of a file that was named; CommandError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} tidak dapat dibaca: {error.strerror}.") from None


def kantor_files(folder: Path) -> list[Path]:
    """The kantor files of an office's folder, known by what is in them; every other *.toml is a sheet."""
    return [path for path in sorted(folder.glob("*.toml")) if is_kantor(file_bytes(path), path.name)]


def instant(text: str) -> datetime:
    """An argument that names a moment with its zone."""
    try:
        return typed_instant(text, MESSAGE)
    except ValueError:
        years = f"{MESSAGE.first.year} to {MESSAGE.last.year}"
        wanted = f"needs an instant of the years {years} with its zone, such as 2026-02-01T00:00+07:00"
        raise argparse.ArgumentTypeError(wanted) from None


def say(*lines: str) -> None:
    """Prints lines."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


def show(data: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Prints a result as JSON or as lines."""
    say(*([json.dumps(data, ensure_ascii=False, indent=2)] if as_json else lines))


async def open_store(service: str | None = None) -> Store:
    """The event store, with the login of a service or of the administrator. Only a command that runs needs a driver.

    CommandError, in one sentence, when it is not reached or refuses.
    """
    from asyncpg import InvalidAuthorizationSpecificationError  # noqa: PLC0415

    from jejak.eventstore.postgres.outage import LOST  # noqa: PLC0415
    from jejak.eventstore.store import Store  # noqa: PLC0415

    try:
        return await Store.connect(Source.of().database_url(service), size=1)
    except InvalidAuthorizationSpecificationError:
        raise CommandError("PostgreSQL refuses this login; check the name and the password in its URL.") from None
    except LOST:
        raise CommandError("The database cannot be reached; check its URL, then repeat.") from None


def add_write_and_check(
    parser: argparse.ArgumentParser,
    target: str,
    default: Path,
    write: Callable[[argparse.Namespace], int],
    check: Callable[[argparse.Namespace], int],
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """The actions of a command that generates files: `write` them, or `check` that they are up to date.

    The result takes further actions.
    """
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    for run, summary in ((write, f"generate the {target}"), (check, "compare without a change")):
        action = actions.add_parser(run.__name__, help=summary)
        action.add_argument(target, nargs="?", type=Path, default=default, help=f"default {default}")
        action.set_defaults(run=run)
    return actions
