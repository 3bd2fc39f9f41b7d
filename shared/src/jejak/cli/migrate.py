"""Bring the database and its logins up to date.

Takes an administrator's JEJAK_DATABASE_URL and the services' passwords (JEJAK_DB_PASSWORD_INTAKE and so on). It may be
run at any time, by any number at once; what is up to date is left as it is. A file that was changed or removed after
it had been applied is refused.

Each service's package brings its own schema: an entry point of the group `jejak.migrations` names its folder of .sql
files. The event store's come first, then those of the packages installed here.
"""

from __future__ import annotations

import argparse
import sys

from jejak.cli import CommandError
from jejak.platform.settings import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything comes from the environment."""
    parser.set_defaults(run=run)


async def run(_arguments: argparse.Namespace) -> None:
    """Applies what is missing and names it."""
    from jejak.eventstore.postgres.migrate import migrate  # noqa: PLC0415 - `jejak migrate --help` needs no driver

    source = Source.of()
    url, passwords = source.database_url(), source.service_passwords()
    try:
        applied = await migrate(url, passwords, development=source.env == "development")
    except RuntimeError as error:
        raise CommandError(f"{error}.") from None
    sys.stdout.writelines(f"{name}\n" for name in applied or ["nothing to do"])
