"""Check the ledger: `jejak ledger verify` recomputes every chain.

Reads the database with the ledger's login (JEJAK_DATABASE_URL_LEDGER). Exit status 1 names the first event that is not
what was recorded. Streams are checked in the order of their numbers; a check that was interrupted goes on with --from.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Final

import asyncpg

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import say
from jejak.eventstore.integrity.verify import LedgerReport, verify_ranges
from jejak.eventstore.postgres.outage import LOST
from jejak.platform.settings import Source

_EVERY_SECONDS: Final = 10.0


def configure(parser: argparse.ArgumentParser) -> None:
    """The action `verify`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="verify")
    action = actions.add_parser("verify", help="recompute every hash chain and name the first broken event")
    action.add_argument("--database", help="PostgreSQL URL (default: JEJAK_DATABASE_URL_LEDGER)")
    action.add_argument(
        "--from", type=int, dest="after", metavar="STREAM", help="go on after the stream of this number"
    )
    action.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Prints what was checked, and the first fault if there is one; every ten seconds, how far it has come."""
    url = arguments.database or Source.of().direct_database_url("ledger")
    report, clock = LedgerReport(reached=arguments.after or 0), asyncio.get_running_loop().time
    shown = clock()
    try:
        async for report in verify_ranges(url, arguments.after):
            if clock() - shown > _EVERY_SECONDS:
                shown = clock()
                sys.stderr.write(f"{report.streams} streams, {report.events} events; reached stream {report.reached}\n")
    except (*LOST, asyncpg.PostgresError) as error:
        _show(report)
        again = f"go on with `jejak ledger verify --from {report.reached}`"
        raise CommandError(f"PostgreSQL ended the check ({type(error).__name__}); {again}.") from None
    _show(report)
    if report.broken is not None:
        return FAILED
    say("every chain holds")
    return DONE


def _show(report: LedgerReport) -> None:
    say(f"{report.streams} streams, {report.events} events checked")
    if (broken := report.broken) is not None:
        position = "none" if broken.position is None else broken.position
        say(f"BROKEN: stream {broken.stream}, version {broken.version}, position {position}: {broken.fault}")
