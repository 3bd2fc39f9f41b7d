"""`jejak demo` and `jejak load`: whole cases, played and loaded."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

from jejak.cli import INTERRUPTED, CommandError
from jejak_local.commands import Stopped, say, stop_on_signals


def demo(parser: argparse.ArgumentParser) -> None:
    """Play whole cases on an installation of its own, and check the ledger.

    Starts everything on free ports with data that is thrown away, plays each story through the public address, prints
    it as a timeline, verifies the ledger's chains, compares the ledger with what Kafka delivered, and stops everything.
    Exit status 1 and one line when anything differs. Servers and settings of other installations are not used.
    """
    parser.set_defaults(run=run_demo)


def run_demo(_arguments: argparse.Namespace) -> int:
    """Returns 0 when everything was as it should be."""
    from jejak_tools.demo import run  # noqa: PLC0415 - `jejak demo --help` needs no database driver

    return _until_stopped(lambda: run(say), "stopped")


def _until_stopped(work: Callable[[], object], farewell: str) -> int:
    from jejak_local.guard import LocalError  # noqa: PLC0415 - see above

    stop_on_signals()
    try:
        work()
    except LocalError as error:
        raise CommandError(str(error)) from None
    except Stopped:
        say(farewell)
        return INTERRUPTED
    return 0


def load(parser: argparse.ArgumentParser) -> None:
    """Load years of synthetic cases, to see pages and answers of a full installation.

    Development only, and only while no `jejak up` runs on the data: its services would carry out today what is dated
    long ago. Starts PostgreSQL unless JEJAK_DATABASE_URL names one; the next `jejak up` publishes everything to Kafka.

    Offices are copies of the shipped ones under synthetic names and codes; people, delays and outcomes follow --seed.
    The services' own deciders make the events, sealed under keys of each case, chained, and appended at the times they
    would have happened in the last --years, up to now: some files wait, some came back, some were refused, some are
    open. Then the views are rebuilt. The same seed ending on the same day gives the same cases.

    It may be run again: loaded cases stay, missing ones are added, open ones go on.

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
    from jejak_tools.load.command import LoadRequest, load  # noqa: PLC0415 - see above

    if min(arguments.cases, arguments.offices, arguments.processes) < 1:
        raise CommandError("--cases, --offices and --processes are whole numbers above zero")
    request = LoadRequest(*(getattr(arguments, field.name) for field in fields(LoadRequest)))
    farewell = "stopped; what is loaded stays, and the same command goes on from there"
    return _until_stopped(lambda: load(request, arguments.data, os.environ, say), farewell)
