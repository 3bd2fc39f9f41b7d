"""List the tasks that were set aside, and put them back.

A task is parked when its handler raised an error: every sweep skips it until an operator has removed the cause. Only a
reason code is stored; the service's log has the same code.

  jejak parked list
  jejak parked replay 7K3M-9QXA-2BCD     the tasks of one case, by the code on the receipt
  jejak parked replay --all

Connects to the database of JEJAK_DATABASE_URL as its administrator. The next sweep takes the tasks that are put back.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from jejak.cli import CommandError
from jejak.cli._common import open_store, say
from jejak.platform import ids

if TYPE_CHECKING:
    from jejak.eventstore.types import StoredDue

_COLUMNS: Final = ("Berkas", "Kantor", "Layanan", "Tugas", "Langkah", "Slot", "Sejak", "Alasan")


def configure(parser: argparse.ArgumentParser) -> None:
    """`list` and `replay`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|replay")
    listing = actions.add_parser("list", help="every parked task, the oldest first")
    listing.set_defaults(run=run_list)
    replay = actions.add_parser("replay", help="put parked tasks back, as if they were new")
    replay.add_argument("cases", metavar="CODE", nargs="*", help="code on the receipt, or the case's identity")
    replay.add_argument("--all", action="store_true", help="every parked task")
    replay.add_argument("--service", help="only the tasks of this service")
    replay.set_defaults(run=run_replay)


async def run_list(_: argparse.Namespace) -> None:
    """Prints the parked tasks, or that there are none."""
    async with await open_store() as store:
        parked = await store.parked()
    say(*(table(parked) if parked else ["nothing is parked"]))


async def run_replay(arguments: argparse.Namespace) -> None:
    """Prints the tasks that were put back. CommandError for a case that has nothing parked."""
    if bool(arguments.cases) == arguments.all:
        raise CommandError("name the cases to put back, or --all.")
    async with await open_store() as store:
        parked = [due for due in await store.parked() if arguments.service in (None, due.service)]
        chosen = parked if arguments.all else chosen_of(parked, arguments.cases)
        replayed = [due for due in chosen if await store.unpark(due.stream, due.slot)]
    say(*(table(replayed) if replayed else []), f"{len(replayed)} put back")


def chosen_of(parked: Sequence[StoredDue], codes: Sequence[str]) -> list[StoredDue]:
    """The parked tasks of these cases. CommandError names a code that stands for none of them."""
    chosen = []
    for code in codes:
        tasks = [due for due in parked if code.upper() in (ids.case_code(due.stream), str(due.stream).upper())]
        if not tasks:
            raise CommandError(f"nothing of {code} is parked; `jejak parked list` shows what is.")
        chosen += tasks
    return chosen


def table(rows: Sequence[StoredDue]) -> list[str]:
    """A heading and one line a task, in columns."""
    lines = [_COLUMNS, *(_cells(due) for due in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def _cells(due: StoredDue) -> tuple[str, ...]:
    since = f"{due.since:%Y-%m-%d %H:%M}Z"
    code = ids.case_code(due.stream)
    return code, due.office, due.service, due.tugas, due.langkah, due.slot, since, due.parked or ""
