"""Check the ledger: `jejak ledger verify` recomputes every chain.

Reads the database of JEJAK_DATABASE_URL. Exit status 1 names the first event that is not what was recorded.
"""

from __future__ import annotations

import argparse
import sys

from jejak.cli import DONE, FAILED
from jejak.eventstore.integrity.verify import verify
from jejak.platform.settings import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """The one action so far."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="verify")
    action = actions.add_parser("verify", help="recompute every hash chain and name the first broken event")
    action.add_argument("--database", help="PostgreSQL URL (default: JEJAK_DATABASE_URL)")
    action.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Prints what was checked, and the first fault if there is one."""
    url = arguments.database or Source.of().database_url("ledger")
    found = await verify(url)
    sys.stdout.write(f"{found.streams} streams, {found.events} events checked\n")
    if found.broken is None:
        sys.stdout.write("every chain holds\n")
        return DONE
    position = "none" if found.broken.position is None else str(found.broken.position)
    place = f"stream {found.broken.stream}, version {found.broken.version}, position {position}"
    sys.stdout.write(f"BROKEN: {place}: {found.broken.fault}\n")
    return FAILED
