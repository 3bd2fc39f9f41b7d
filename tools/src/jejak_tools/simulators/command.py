"""Simulate an outside system, in a process of its own.

  jejak simulate vclaim --port 9001     BPJS' participant look-up, with the participants of the offices' files
  jejak simulate dukcapil --port 9003   Dukcapil's check by elements, with the people of the offices' files
  jejak simulate bsre --port 9004       BSrE's Esign Client Service, with the signers of JEJAK_BSRE
  jejak simulate bpjs                   BPJS itself: reads submissions, and answers by rules in a file
  jejak simulate bpjs check rules.toml  names the mistakes in a file of rules

Development only. `jejak up` starts the look-up by itself where an office has such a file and JEJAK_VCLAIM is not set,
and BPJS unless JEJAK_BPJS_SIMULATOR is off.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jejak.platform.settings import SettingsError, Source
from jejak_local.files import LOOPBACK


def configure(parser: argparse.ArgumentParser) -> None:
    """One subcommand for each system."""
    systems = parser.add_subparsers(metavar="SYSTEM")
    for name, run, port, words in (
        ("vclaim", run_look_up, 9001, "BPJS' participant look-up"),
        ("dukcapil", run_look_up, 9003, "Dukcapil's check by elements"),
        ("bsre", run_look_up, 9004, "BSrE's Esign Client Service"),
        ("bpjs", run_bpjs, 9002, "BPJS itself, answering by rules"),
    ):
        system = systems.add_parser(name, help=words)
        system.add_argument("--port", type=int, help=f"its port on this machine (default: JEJAK_PORT or {port})")
        system.set_defaults(run=run, system=name, usual_port=port)
    actions = system.add_subparsers(metavar="check|key")
    check = actions.add_parser("check", help="read a file of rules, and say what is wrong with it")
    check.add_argument("file", type=Path)
    check.set_defaults(run=check_rules)
    key = actions.add_parser("key", help="make a key pair: the private half for the simulator, the public for Jejak")
    key.add_argument("private", type=Path)
    key.add_argument("public", type=Path)
    key.set_defaults(run=make_keys)


def _port(arguments: argparse.Namespace, source: Source) -> int:
    port: int = arguments.port or source.integer("JEJAK_PORT", arguments.usual_port)
    return port


def run_look_up(arguments: argparse.Namespace) -> None:
    """Serves until a signal stops it."""
    import uvicorn  # noqa: PLC0415 - `jejak simulate --help` needs no server

    from jejak_local.preparation import offices_folder  # noqa: PLC0415 - see above
    from jejak_tools.simulators import bsre, dukcapil, vclaim  # noqa: PLC0415 - see above

    source = Source.of()
    offices = offices_folder(source.values)
    match arguments.system:
        case "vclaim":
            app = vclaim.Simulator.of(source, offices).app()
        case "bsre":
            app = bsre.Simulator.of(source, offices).app()
        case _:
            app = dukcapil.Simulator.of(source, offices).app()
    uvicorn.run(app, host=LOOPBACK, port=_port(arguments, source), log_config=None, access_log=False, lifespan="off")


def run_bpjs(arguments: argparse.Namespace) -> None:
    """Answers until a signal stops it."""
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
        kafka=source.kafka(),
        prefix=source.text("JEJAK_TOPIC_PREFIX", "jejak"),
        url=source.text("JEJAK_PUBLIC_URL"),
        way="http" if way == "http" else "kafka",
        token=source.text("JEJAK_BPJS_SIMULATOR_TOKEN") if way == "http" else None,
        jwks=source.values.get("JEJAK_BPJS_SIMULATOR_JWKS"),
    )
    plan = Plan(rules.read(Path(source.values.get("JEJAK_BPJS_SIMULATOR_RULES") or rules.DEFAULT)))
    simulator = Simulator(access, keys.load(Path(source.text("JEJAK_BPJS_SIMULATOR_KEY"))), plan)
    log.configure("bpjs_simulator")
    asyncio.run(serve(simulator, LOOPBACK, _port(arguments, source)))


def check_rules(arguments: argparse.Namespace) -> None:
    """Prints the number of rules. SettingsError names every mistake."""
    from jejak_tools.simulators.bpjs import rules  # noqa: PLC0415 - see above

    sys.stdout.write(f"{arguments.file}: {len(rules.read(arguments.file).rule)} rules\n")


def make_keys(arguments: argparse.Namespace) -> None:
    """Makes the pair unless it exists."""
    from jejak_tools.simulators.bpjs import keys  # noqa: PLC0415 - see above

    keys.make(arguments.private, arguments.public)
    sys.stdout.write(f"Give Jejak the public half: jejak bpjs key add {arguments.public} --consumer simulator\n")
