"""`make rehearse`: an installation as a region runs it loses things under load. A table, and build/rehearse.json.

  python -m tests.rehearse                     every loss, one after the other
  python -m tests.rehearse broker primary      these
  python -m tests.rehearse --list              their names

Three Kafka nodes, two PostgreSQL servers (synchronous), two hosts with every service and a relay, Caddy: all processes
of this machine, on a folder of their own. Five cases a second come in through the one address. As root the second host
has a network namespace of its own; without it that host cannot be cut off, and no disk can be filled.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

from jejak_local.guard import LocalError
from jejak_tools.demo import token_key_of
from tests.bench.offices import BY_PEN
from tests.rehearse import counter, report
from tests.rehearse.losses import LOSSES
from tests.rehearse.network import two_hosts
from tests.rehearse.region import Region, running
from tests.rehearse.report import Row
from tests.rehearse.stage import Loss, rehearse

BUILD: Final = Path(__file__).parents[2] / "build"


def main() -> int:
    names = [loss.name for loss in LOSSES]
    parser = argparse.ArgumentParser(prog="python -m tests.rehearse", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("loss", nargs="*", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--list", action="store_true", help="print the losses and end")
    parser.add_argument("--json", type=Path, default=BUILD / "rehearse.json")
    arguments = parser.parse_args()
    if strange := set(arguments.loss) - set(names):
        parser.error(f"no such loss: {', '.join(sorted(strange))}")
    chosen = [loss for loss in LOSSES if loss.name in (arguments.loss or names)]
    if arguments.list:
        sys.stdout.writelines(f"{loss.name:14} {loss.what}\n" for loss in chosen)
        return 0
    signal.signal(signal.SIGTERM, _interrupted)
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": report.machine()}
    rows: list[Row] = []
    try:
        carry_out(chosen, rows)
    finally:
        report.write(rows, about, arguments.json)
    sys.stdout.write(report.table(rows))
    return 0 if all(row.kept for row in rows) else 1


def carry_out(losses: Sequence[Loss], rows: list[Row]) -> None:
    """Adds a row for every loss; after one that was not mended, the next is on a region of its own."""
    with two_hosts() as network:
        while len(rows) < len(losses):
            try:
                with running(network, _say) as region:
                    asyncio.run(_on(region, losses[len(rows) :], rows))
            except LocalError as error:
                if len(rows) == len(losses):
                    raise
                rows.append(Row(losses[len(rows)].name, losses[len(rows)].what, error=str(error)))
                _say(report.table(rows[-1:]))


async def _on(region: Region, losses: Sequence[Loss], rows: list[Row]) -> None:
    """Losses on one region, until one of them is not mended."""
    async with counter.opened(region.url, region.offices / BY_PEN, token_key_of(region.environment)) as people:
        for loss in losses:
            _say(f"lost: {loss.what} …")
            rows.append(row := await rehearse(loss, region, people))
            _say(report.table([row]))
            if row.error and not row.error.startswith("not rehearsed"):
                break


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _interrupted(*_: object) -> NoReturn:
    """Ends like Ctrl-C, so that everything is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
