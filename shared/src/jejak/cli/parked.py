"""Automatic tasks that were set aside because a rule raised: list them, and put them back.

  jejak parked list
  jejak parked replay 7K3M-9QXA-2BCD
  jejak parked replay --all

Listing reads as the ledger service; putting back takes the administrator's JEJAK_DATABASE_URL.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from jejak import ids
from jejak.cli import MISUSED, CommandError
from jejak.settings import Source
from jejak.store.store import Store
from jejak.store.types import DueRead

_HEADINGS: Final = ("Berkas", "Kantor", "Slot", "Langkah", "Tugas", "Sejak", "Sebab")


def configure(parser: argparse.ArgumentParser) -> None:
    """`list` and `replay`."""
    commands = parser.add_subparsers(metavar="COMMAND")
    listing = commands.add_parser("list", help="what is set aside, and why")
    listing.set_defaults(run=show)
    replaying = commands.add_parser("replay", help="put back: tried again at once")
    replaying.add_argument("case", nargs="?", metavar="CASE", help="code on the receipt, or the case's identity")
    replaying.add_argument("--all", action="store_true", help="everything that is set aside")
    replaying.set_defaults(run=replay)


async def show(_arguments: argparse.Namespace) -> None:
    """Prints what is parked, oldest first."""
    async with await Store.connect(Source.of().database_url("ledger"), size=2, application="jejak-parked") as store:
        rows = await store.parked()
    sys.stdout.write(table(rows) if rows else "nothing is parked\n")


async def replay(arguments: argparse.Namespace) -> int:
    """Puts back what is named; 2 when nothing, or both, is."""
    if bool(arguments.case) == arguments.all:
        sys.stderr.write("jejak parked replay: name a case, or --all.\n")
        return MISUSED
    async with await Store.connect(Source.of().database_url(), size=2, application="jejak-parked") as store:
        rows = await store.parked()
        if arguments.case:
            low, high = _range(arguments.case)
            rows = [row for row in rows if low <= row.stream <= high]
            if not rows:
                raise CommandError(f"nothing of case {arguments.case} is parked.")
        for row in rows:
            if await store.unpark(row.stream, row.slot):
                sys.stdout.write(f"put back: {ids.case_code(row.stream)} {row.tugas} ({row.slot})\n")
    return 0


def _range(case: str) -> tuple[UUID, UUID]:
    try:
        return UUID(case), UUID(case)
    except ValueError:
        pass
    try:
        return ids.code_range(case)
    except ValueError as error:
        raise CommandError(str(error)) from None


def table(rows: Sequence[DueRead]) -> str:
    """Parked tasks in aligned columns."""
    lines = [
        (
            ids.case_code(row.stream),
            row.office,
            row.slot,
            row.langkah,
            row.tugas,
            f"{row.since:%Y-%m-%d %H:%M} UTC",
            row.parked or "",
        )
        for row in rows
    ]
    widths = [max(len(line[n]) for line in (_HEADINGS, *lines)) for n in range(len(_HEADINGS))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in (_HEADINGS, *lines)
    )
