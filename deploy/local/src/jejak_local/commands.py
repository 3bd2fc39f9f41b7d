"""The commands a local installation adds to `jejak`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from jejak.cli import CommandError
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
    """Returns 0 after a signal to stop."""
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


class Stopped(BaseException):
    """A signal to stop. Not an Exception, so that no handler on the way takes it for a failure."""


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
    """The text printed when everything is ready: the address, and commands to try next."""
    from jejak_local.preparation import sample_official  # noqa: PLC0415 - see run_up

    office, official = sample_official(installation.environment)
    folder = Path(sys.argv[0]).parent
    jejak = shutil.which("jejak") or str(folder / "jejak")
    if Path(jejak).is_relative_to(Path.cwd()):
        jejak = str(Path(jejak).relative_to(Path.cwd()))
    here = installation.data == Path(DEFAULT_DATA).absolute()
    command = jejak if here else f"JEJAK_DATA={installation.data} {jejak}"
    return f"""
Jejak answers at {installation.url}
  Ctrl-C stops it; data, keys and logs stay in {installation.data}

To try next, in another terminal:
  {command} office list
  {command} token {office} {official}
  {jejak} demo
"""
