"""Bring the database and its logins up to date.

Takes an administrator's JEJAK_DATABASE_URL and the services' passwords (JEJAK_DB_PASSWORD_INTAKE and so on). It may run
at any time, several times at once; a schema that is up to date is left as it is. A file that was changed or removed
after it had been applied is refused.

Each service's package brings its own schema: an entry point of the group `jejak.migrations` names its folder of .sql
files. Those of the event store come first, then those of the installed packages.
"""

from __future__ import annotations

import argparse

from jejak.cli import CommandError
from jejak.cli._common import say
from jejak.platform.settings import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything comes from the environment."""
    parser.set_defaults(run=run)


async def run(_arguments: argparse.Namespace) -> None:
    """Applies the missing files and prints their names."""
    from jejak.eventstore.postgres.migrate import migrate  # noqa: PLC0415 - `jejak migrate --help` needs no driver

    source = Source.of()
    url, passwords = source.database_url(), source.service_passwords()
    try:
        applied = await migrate(url, passwords, development=source.env == "development")
    except RuntimeError as error:
        raise CommandError(f"{error}.") from None
    say(*(applied or ["nothing to do"]))
