"""List the tasks that were set aside, and put them back.

A task is parked when doing it raised an error: it is skipped by all until somebody has looked at the cause. Only a
reason code is kept; the service's log has the same line.

  jejak parked list
  jejak parked replay 7K3M-9QXA-2BCD     this case's, by the code on the receipt
  jejak parked replay --all

Speaks to the database of JEJAK_DATABASE_URL as its administrator. What is put back is taken up by the next sweep.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from jejak.cli import CommandError
from jejak.platform import ids
from jejak.platform.settings import Source

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
    replay.add_argument("--all", action="store_true", help="all that are parked")
    replay.add_argument("--service", help="only what this service does")
    replay.set_defaults(run=run_replay)


async def run_list(_: argparse.Namespace) -> None:
    """Prints them; says so when there is none."""
    from jejak.eventstore.store import Store  # noqa: PLC0415 - `jejak parked --help` needs no driver

    async with await Store.connect(Source.of().database_url(), size=1) as store:
        parked = await store.parked()
    sys.stdout.write(table(parked) if parked else "nothing is parked\n")


async def run_replay(arguments: argparse.Namespace) -> None:
    """Prints what was put back. CommandError for a case that has nothing parked."""
    from jejak.eventstore.store import Store  # noqa: PLC0415 - see run_list

    if bool(arguments.cases) == arguments.all:
        raise CommandError("name the cases to put back, or --all.")
    async with await Store.connect(Source.of().database_url(), size=1) as store:
        parked = [one for one in await store.parked() if arguments.service in (None, one.service)]
        chosen = parked if arguments.all else chosen_of(parked, arguments.cases)
        back = [one for one in chosen if await store.unpark(one.stream, one.slot)]
    sys.stdout.write(table(back) if back else "")
    sys.stdout.write(f"{len(back)} put back\n")


def chosen_of(parked: Sequence[StoredDue], codes: Sequence[str]) -> list[StoredDue]:
    """The parked tasks of these cases. CommandError names a code that stands for none of them."""
    chosen = []
    for code in codes:
        found = [one for one in parked if code.upper() in (ids.case_code(one.stream), str(one.stream).upper())]
        if not found:
            raise CommandError(f"nothing of {code} is parked; `jejak parked list` shows what is.")
        chosen += found
    return chosen


def table(rows: Sequence[StoredDue]) -> str:
    """One line a task, in columns."""
    lines = [_COLUMNS, *(_line(one) for one in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(_COLUMNS))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def _line(one: StoredDue) -> tuple[str, ...]:
    since = f"{one.since:%Y-%m-%d %H:%M}Z"
    code = ids.case_code(one.stream)
    return code, one.office, one.service, one.tugas, one.langkah, one.slot, since, one.parked or ""
