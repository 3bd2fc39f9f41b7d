"""The commands a local installation adds to `jejak`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from dataclasses import fields
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from jejak.cli import INTERRUPTED, CommandError
from jejak.platform.settings import DEFAULT_DATA, Source

if TYPE_CHECKING:
    from jejak_local.installation import Installation

PORT: Final = 8080


def up(parser: argparse.ArgumentParser) -> None:
    """Start everything on this machine and serve it at one address.

    PostgreSQL and Apache Kafka are started from packages unless JEJAK_DATABASE_URL (an administrator's) and
    KAFKA_BOOTSTRAP_SERVERS name others. Data, keys and logs stay in the data folder; a second start finds them again.
    Ctrl-C stops everything that was started.
    """
    parser.add_argument("--port", type=int, help=f"the address's port (default: JEJAK_PORT or {PORT})")
    parser.add_argument("--data", type=Path, help="the data folder (default: JEJAK_DATA or .jejak)")
    parser.set_defaults(run=run_up)


def run_up(arguments: argparse.Namespace) -> int:
    """Returns 0 when it was asked to stop."""
    from jejak_local.guard import LocalError  # noqa: PLC0415 - `jejak up --help` needs no database driver
    from jejak_local.installation import Installation  # noqa: PLC0415

    port = arguments.port or Source(os.environ).integer("JEJAK_PORT", PORT)
    stop_on_signals()
    try:
        with Installation(arguments.data, port).start(say) as installation:
            say(welcome(installation))
            installation.keep_running(say)
    except LocalError as error:
        raise CommandError(str(error)) from None
    except Stopped:
        say("stopped")
    return 0


def demo(parser: argparse.ArgumentParser) -> None:
    """Play whole cases on an installation of its own, and check the ledger.

    Starts everything on free ports with data that is thrown away, plays each story through the public address, prints
    it as a timeline, verifies the ledger's chains, compares the ledger with what Kafka delivered, and stops everything.
    Exit status 1 and one line when anything differs. Servers and settings of other installations are not used.
    """
    parser.set_defaults(run=run_demo)


def run_demo(_arguments: argparse.Namespace) -> int:
    """Returns 0 when everything was as it should be."""
    from jejak_local.demo import run  # noqa: PLC0415 - `jejak demo --help` needs no database driver
    from jejak_local.guard import LocalError  # noqa: PLC0415

    stop_on_signals()
    try:
        run(say)
    except LocalError as error:
        raise CommandError(str(error)) from None
    except Stopped:
        say("stopped")
        return INTERRUPTED
    return 0


def load(parser: argparse.ArgumentParser) -> None:
    """Load years of synthetic cases, to see how everything looks and answers when it is full.

    Development only, and only while no `jejak up` runs on the data: its services would do today what is made to have
    happened long ago. Starts PostgreSQL unless JEJAK_DATABASE_URL names one; Kafka is told everything at the next
    `jejak up`.

    Offices are the shipped ones again under synthetic names and codes; people, delays and outcomes come of --seed. The
    services' own deciders make the events, sealed under keys of each case, chained, appended in whatever order and at
    whatever hour they would have happened in the last --years, up to now: some files wait, some came back, some were
    refused, some are open. Then the views are made anew. The same seed ending on the same day tells the same.

    It may be run again: what is loaded already stays, what is missing is added, what was left open goes on.

      jejak load --cases 10000 --data .jejak-besar
      jejak up --data .jejak-besar
    """
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--cases", type=int, default=10_000, help="how many cases in all (default: 10000)")
    parser.add_argument("--offices", type=int, default=20, help="over how many offices (default: 20)")
    parser.add_argument("--years", type=int, choices=(1, 2), default=2, help="over how many years (default: 2)")
    parser.add_argument("--seed", type=int, default=1, help="another number gives other cases (default: 1)")
    parser.add_argument("--until", type=date.fromisoformat, help="the day on which it ends (default: now)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="(default: one a processor)")
    parser.add_argument("--data", type=Path, help="the data folder (default: JEJAK_DATA or .jejak)")
    parser.set_defaults(run=run_load)


def run_load(arguments: argparse.Namespace) -> int:
    """Returns 0 when everything is loaded."""
    from jejak_local.guard import LocalError  # noqa: PLC0415 - `jejak load --help` needs no database driver
    from jejak_local.load.command import Wanted, load  # noqa: PLC0415

    if min(arguments.cases, arguments.offices, arguments.processes) < 1:
        raise CommandError("--cases, --offices and --processes are whole numbers above zero")
    given = (getattr(arguments, one.name) for one in fields(Wanted))
    wanted = Wanted(*given)
    stop_on_signals()
    try:
        load(wanted, arguments.data, os.environ, say)
    except LocalError as error:
        raise CommandError(str(error)) from None
    except Stopped:
        say("stopped; what is loaded stays, and the same command goes on from there")
        return INTERRUPTED
    return 0


class Stopped(BaseException):
    """Somebody asked us to stop. Not an Exception: no handler on the way may take it for a failure."""


def stop_on_signals() -> None:
    """Ctrl-C, SIGTERM or a closed terminal raises Stopped in the main thread, once; later ones change nothing."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in signals:
        signal.signal(number, stop)


def say(line: str) -> None:
    """One line for the person who started it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def welcome(installation: Installation) -> str:
    """What is printed when everything is ready: the address, and what to try next."""
    from jejak_local.preparation import somebody  # noqa: PLC0415 - see run_up

    office, official = somebody(installation.environment)
    folder = Path(sys.argv[0]).parent
    jejak = shutil.which("jejak") or str(folder / "jejak")
    if Path(jejak).is_relative_to(Path.cwd()):
        jejak = str(Path(jejak).relative_to(Path.cwd()))
    here = installation.data == Path(DEFAULT_DATA).absolute()
    told = jejak if here else f"JEJAK_DATA={installation.data} {jejak}"
    return f"""
Jejak answers at {installation.url}
  Ctrl-C stops it; data, keys and logs stay in {installation.data}

To try next, in another terminal:
  {told} office list
  {told} token {office} {official}
  {jejak} demo
"""
