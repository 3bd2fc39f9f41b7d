"""Stand in for an outside system, as a process of its own.

  jejak simulate vclaim --port 9001     BPJS' participant look-up, with the participants of the offices' files
  jejak simulate dukcapil --port 9003   Dukcapil's check by elements, with the people of the offices' files
  jejak simulate bpjs                   BPJS itself: hears what offices ask, and answers by rules in a file
  jejak simulate bpjs check rules.toml  says what is wrong with a file of rules

Development only. `jejak up` starts the look-up by itself where an office has such a file and JEJAK_VCLAIM is not set,
and BPJS unless JEJAK_BPJS_SIMULATOR is off.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jejak.platform.settings import SettingsError, Source
from jejak_local.files import LOOPBACK

if TYPE_CHECKING:
    from fastapi import FastAPI


def configure(parser: argparse.ArgumentParser) -> None:
    """One subcommand for each system."""
    systems = parser.add_subparsers(metavar="SYSTEM")
    vclaim = systems.add_parser("vclaim", help="BPJS' participant look-up")
    vclaim.add_argument("--port", type=int, help="its port on this machine (default: JEJAK_PORT)")
    vclaim.set_defaults(run=run_vclaim)
    dukcapil = systems.add_parser("dukcapil", help="Dukcapil's check by elements")
    dukcapil.add_argument("--port", type=int, help="its port on this machine (default: JEJAK_PORT)")
    dukcapil.set_defaults(run=run_dukcapil)
    bpjs = systems.add_parser("bpjs", help="BPJS itself, answering by rules")
    bpjs.add_argument("--port", type=int, help="its port on this machine (default: JEJAK_PORT)")
    bpjs.set_defaults(run=run_bpjs)
    actions = bpjs.add_subparsers(metavar="check|key")
    checking = actions.add_parser("check", help="read a file of rules, and say what is wrong with it")
    checking.add_argument("file", type=Path)
    checking.set_defaults(run=check_rules)
    key = actions.add_parser("key", help="make a key pair: the private half for the simulator, the public for Jejak")
    key.add_argument("private", type=Path)
    key.add_argument("public", type=Path)
    key.set_defaults(run=make_keys)


def run_vclaim(arguments: argparse.Namespace) -> None:
    """Serves until it is told to stop."""
    from jejak_local.preparation import offices_folder  # noqa: PLC0415 - `jejak simulate --help` needs no server
    from jejak_tools.simulators.vclaim import Simulator, consumers, make_app, people  # noqa: PLC0415 - see above

    source = Source.of()
    simulator = Simulator(consumers(source.text("JEJAK_VCLAIM")), people(offices_folder(source.values)))
    _serve(make_app(simulator), arguments.port or source.integer("JEJAK_PORT", 9001))


def run_dukcapil(arguments: argparse.Namespace) -> None:
    """Serves until it is told to stop."""
    from jejak_local.preparation import offices_folder  # noqa: PLC0415 - see above
    from jejak_tools.simulators.dukcapil import Simulator, make_app, people, users  # noqa: PLC0415 - see above

    source = Source.of()
    simulator = Simulator(users(source.text("JEJAK_DUKCAPIL")), people(offices_folder(source.values)))
    _serve(make_app(simulator), arguments.port or source.integer("JEJAK_PORT", 9003))


def _serve(app: FastAPI, port: int) -> None:
    import uvicorn  # noqa: PLC0415 - see above

    uvicorn.run(app, host=LOOPBACK, port=port, log_config=None, access_log=False, lifespan="off")


def run_bpjs(arguments: argparse.Namespace) -> None:
    """Answers until it is told to stop."""
    import asyncio  # noqa: PLC0415 - see above

    from jejak.platform import log  # noqa: PLC0415 - see above
    from jejak_tools.simulators.bpjs import keys, rules  # noqa: PLC0415 - see above
    from jejak_tools.simulators.bpjs.plan import Plan  # noqa: PLC0415 - see above
    from jejak_tools.simulators.bpjs.process import Access, Simulator, serve  # noqa: PLC0415 - see above

    source = Source.of()
    way = source.text("JEJAK_BPJS_SIMULATOR", "kafka")
    if way not in ("kafka", "http"):
        raise SettingsError("JEJAK_BPJS_SIMULATOR must be kafka or http (or off, for `jejak up`).")
    access = Access(
        bootstrap=source.text("KAFKA_BOOTSTRAP_SERVERS"),
        prefix=source.text("JEJAK_TOPIC_PREFIX", "jejak"),
        url=source.text("JEJAK_PUBLIC_URL"),
        way="http" if way == "http" else "kafka",
        token=source.text("JEJAK_BPJS_SIMULATOR_TOKEN") if way == "http" else None,
        jwks=source.values.get("JEJAK_BPJS_SIMULATOR_JWKS"),
    )
    told = rules.read(Path(source.values.get("JEJAK_BPJS_SIMULATOR_RULES") or rules.DEFAULT))
    simulator = Simulator(access, keys.load(Path(source.text("JEJAK_BPJS_SIMULATOR_KEY"))), Plan(told))
    log.configure("bpjs_simulator")
    asyncio.run(serve(simulator, LOOPBACK, arguments.port or source.integer("JEJAK_PORT", 9002)))


def check_rules(arguments: argparse.Namespace) -> None:
    """Says how many rules there are. SettingsError names every mistake."""
    from jejak_tools.simulators.bpjs import rules  # noqa: PLC0415 - see above

    sys.stdout.write(f"{arguments.file}: {len(rules.read(arguments.file).rule)} rules\n")


def make_keys(arguments: argparse.Namespace) -> None:
    """A pair that is there already is left."""
    from jejak_tools.simulators.bpjs import keys  # noqa: PLC0415 - see above

    keys.make(arguments.private, arguments.public)
    sys.stdout.write(f"Give Jejak the public half: jejak bpjs key add {arguments.public} --consumer simulator\n")
