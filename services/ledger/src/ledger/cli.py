"""Fold the views again from the ledger.

  jejak views rebuild

Step times, activity and the index of names are made anew beside those in use, and take their place at once when they
are complete. It may be run at any time; what is written meanwhile is folded afterwards.
"""

import argparse
import sys
import time

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.codec import Keyring
from jejak.eventstore.store import Store
from jejak.platform import ids
from jejak.platform.progress import show
from jejak.platform.settings import Source
from jejak.web.reading.timing_context import TimingContexts
from ledger.audit.names import Names
from ledger.timings.projections import Views


def configure(parser: argparse.ArgumentParser) -> None:
    """Fold the views again from the ledger."""
    parser.description = __doc__
    commands = parser.add_subparsers(metavar="COMMAND")
    rebuilding = commands.add_parser("rebuild", help="make step times, activity and the index of names anew")
    rebuilding.set_defaults(run=rebuild)


async def rebuild(_arguments: argparse.Namespace) -> None:
    """Rebuilds, with a bar on a terminal."""
    sys.stdout.write(f"{await rebuilt(Source.of())}\n")


async def rebuilt(source: Source) -> str:
    """Rebuilds the views of an installation; how much it was and how long it took, in one line."""
    url = source.database_url("ledger")
    names = Names(source.key("JEJAK_HMAC_KEY"), Keyring(source.key("JEJAK_MASTER_KEY"), ids.random_bytes))
    began = time.perf_counter()
    async with await Store.connect(url, application="jejak-views") as store:
        position = await Views(store, TimingContexts(ProcedureRegistry(store)), names).rebuild(show)
    seconds = time.perf_counter() - began
    rate = position / seconds if seconds else 0
    return f"views rebuilt up to position {position} in {seconds:.1f} s ({rate:,.0f} events/s)"
