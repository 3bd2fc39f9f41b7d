"""Rebuild the views from the event store.

  jejak views rebuild

Step times, activity and the index of names are folded into copies, which replace those in use at once when complete. A
rebuild may run at any time; events appended meanwhile are folded afterwards.
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
    """Rebuild the views from the event store."""
    parser.description = __doc__
    commands = parser.add_subparsers(metavar="COMMAND")
    rebuilding = commands.add_parser("rebuild", help="rebuild step times, activity and the index of names")
    rebuilding.set_defaults(run=rebuild)


async def rebuild(_arguments: argparse.Namespace) -> None:
    """Rebuilds, with a bar on a terminal."""
    sys.stdout.write(f"{await rebuilt(Source.of())}\n")


async def rebuilt(source: Source) -> str:
    """Rebuilds the views of an installation; returns a line with the position reached and the time taken."""
    url = source.direct_database_url("ledger")
    names = Names(source.key("JEJAK_HMAC_KEY"), Keyring(source.master_keys(), ids.random_bytes))
    began = time.perf_counter()
    async with await Store.connect(url, application="jejak-views") as store:
        position = await Views(store, TimingContexts(ProcedureRegistry(store)), names).rebuild(show)
    seconds = time.perf_counter() - began
    rate = position / seconds if seconds else 0
    return f"views rebuilt up to position {position} in {seconds:.1f} s ({rate:,.0f} events/s)"
