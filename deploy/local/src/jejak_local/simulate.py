"""Stand in for an outside system, as a process of its own.

  jejak simulate vclaim --port 9001     BPJS' participant look-up, with the participants of the offices' files

Development only. `jejak up` starts it by itself where an office has such a file and JEJAK_VCLAIM is not set.
"""

from __future__ import annotations

import argparse

from jejak.settings import Source
from jejak_local.files import LOOPBACK


def configure(parser: argparse.ArgumentParser) -> None:
    """One subcommand for each system."""
    systems = parser.add_subparsers(metavar="SYSTEM")
    vclaim = systems.add_parser("vclaim", help="BPJS' participant look-up")
    vclaim.add_argument("--port", type=int, help="its port on this machine (default: JEJAK_PORT)")
    vclaim.set_defaults(run=run_vclaim)


def run_vclaim(arguments: argparse.Namespace) -> None:
    """Serves until it is told to stop."""
    import uvicorn  # noqa: PLC0415 - `jejak simulate --help` needs no server

    from jejak_local.preparation import offices_folder  # noqa: PLC0415 - see above
    from jejak_local.vclaim import Simulator, consumers, make_app, people  # noqa: PLC0415 - see above

    source = Source.of()
    simulator = Simulator(consumers(source.text("JEJAK_VCLAIM")), people(offices_folder(source.values)))
    port = arguments.port or source.integer("JEJAK_PORT", 9001)
    uvicorn.run(make_app(simulator), host=LOOPBACK, port=port, log_config=None, access_log=False, lifespan="off")
