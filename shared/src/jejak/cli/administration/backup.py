"""Make the note that belongs to a backup, and check a restored copy.

  jejak backup note FILE                        counts the event store; keep a copy apart from the database
  jejak backup verify --database URL --note FILE --max-age 26
                                                checks a restored copy: every chain, the counts of the note, the age of
                                                the newest event in hours, the master keys

`verify` reads only. Exit status 0: the copy is whole; 1: it is not, or it is too old; 2: settings are missing.
docs/operations/backup.md says how a backup is made and restored.
"""

from __future__ import annotations

import argparse
import math
from datetime import timedelta
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import say
from jejak.cli._database import owner_database, refusals
from jejak.eventstore.integrity.backup_check import Expected, check
from jejak.eventstore.integrity.backup_note import BackupNote, note_of, parsed
from jejak.platform.settings import Source

_MARKS: Final = {True: "ok    ", False: "WRONG "}


def configure(parser: argparse.ArgumentParser) -> None:
    """The actions `note` and `verify`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="note|verify")
    noting = actions.add_parser("note", help="count the event store into a file")
    noting.add_argument("file", type=Path, help="the note to be written; an existing file is kept")
    noting.set_defaults(run=note)
    verifying = actions.add_parser("verify", help="check a restored copy")
    verifying.add_argument("--note", type=Path, help="the note that was made with the backup")
    verifying.add_argument("--max-age", type=_hours, metavar="HOURS", help="how old the newest event may be")
    verifying.add_argument("--without-keys", action="store_true", help="do not try the master keys")
    verifying.set_defaults(run=run_verify)
    for action in (noting, verifying):
        action.add_argument("--database", help="an administrator's PostgreSQL URL (default: JEJAK_DATABASE_URL)")


async def note(arguments: argparse.Namespace) -> None:
    """Writes the note, and prints what it counts."""
    if arguments.file.exists():
        raise CommandError(f"{arguments.file} exists already; name another file.")
    async with owner_database(arguments.database) as connection:
        made = await note_of(connection)
    try:
        with arguments.file.open("x", encoding="utf-8") as file:
            file.write(made.text())
    except OSError as error:
        raise CommandError(f"{arguments.file} cannot be written: {error.strerror}.") from None
    counts = made.measured
    say(f"{counts.streams} streams, {counts.events} events up to position {counts.position} are noted")


async def run_verify(arguments: argparse.Namespace) -> int:
    """Prints each finding, and a conclusion."""
    source = Source.of()
    masters = None if arguments.without_keys else source.master_keys()
    expected = Expected(_read(arguments.note), arguments.max_age, masters)
    wrong = 0
    with refusals():
        async for finding in check(arguments.database or source.database_url(), expected):
            say(f"{_MARKS[finding.holds]}{finding.sentence}")
            wrong += not finding.holds
    say("The copy is whole." if not wrong else "Do not use this copy before what is wrong is understood.")
    return FAILED if wrong else DONE


def _hours(text: str) -> timedelta:
    hours = float(text)
    if not 0 < hours < math.inf:
        raise ValueError
    return timedelta(hours=hours)


def _read(path: Path | None) -> BackupNote | None:
    if path is None:
        return None
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CommandError(f"{path} is not a note of `jejak backup note`.") from None
