"""Check the ledger: `jejak ledger verify` recomputes every chain.

Reads the database of JEJAK_DATABASE_URL. Exit status 1 names the first event that is not what was recorded.
"""

from __future__ import annotations

import argparse

from jejak.cli import DONE, FAILED
from jejak.cli._common import say
from jejak.eventstore.integrity.verify import verify
from jejak.platform.settings import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """The action `verify`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="verify")
    action = actions.add_parser("verify", help="recompute every hash chain and name the first broken event")
    action.add_argument("--database", help="PostgreSQL URL (default: JEJAK_DATABASE_URL)")
    action.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Prints what was checked, and the first fault if there is one."""
    result = await verify(arguments.database or Source.of().database_url("ledger"))
    say(f"{result.streams} streams, {result.events} events checked")
    if (broken := result.broken) is None:
        say("every chain holds")
        return DONE
    position = "none" if broken.position is None else broken.position
    say(f"BROKEN: stream {broken.stream}, version {broken.version}, position {position}: {broken.fault}")
    return FAILED
