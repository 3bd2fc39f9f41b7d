"""Bring the database and its logins up to date.

Takes an administrator's JEJAK_DATABASE_URL and the services' passwords (JEJAK_DB_PASSWORD_INTAKE and so on). It may run
at any time, several times at once; a schema that is up to date is left as it is. A file that was changed or removed
after it had been applied is refused, and a database that is newer than this version.

With JEJAK_ROLES=managed others make the logins: they are only checked, and what is missing is printed as SQL.

Each service's package brings its own schema: an entry point of the group `jejak.migrations` names its folder of .sql
files. Those of the event store come first, then those of the installed packages. Each file is applied in a transaction
of its own, which waits for locks for two seconds at a time; after an error the next run goes on from there.

Exit status of --check: 0 up to date, 1 cannot be compared, 3 behind this version, 4 ahead of it.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

from jejak.cli import DONE, CommandError
from jejak.cli._common import say
from jejak.platform.settings import Source

if TYPE_CHECKING:
    from jejak.eventstore.postgres.migration_files import Standing

BEHIND: Final = 3
AHEAD: Final = 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Servers and secrets come from the environment."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="compare the database with this version, without a change")
    how.add_argument("--roles-sql", metavar="LOGIN", help="print the SQL by which an administrator makes all roles")
    parser.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Applies the missing files and names each; or compares, or prints the roles."""
    # `jejak migrate --help` needs no driver.
    from jejak.eventstore.postgres import migrate, roles  # noqa: PLC0415
    from jejak.eventstore.postgres.migration_files import MigrationError, NewerDatabaseError  # noqa: PLC0415

    if arguments.roles_sql:
        say(*(f"{statement};" for statement in roles.script(arguments.roles_sql)))
        return DONE
    source = Source.of()
    url, managed = source.database_url(), source.roles_managed
    try:
        if arguments.check:
            return _compared(await migrate.standing_of(url))
        passwords = {} if managed else source.service_passwords()
        development = source.env == "development"
        applied = await migrate.migrate(url, passwords, development=development, managed=managed, say=say)
    except NewerDatabaseError as error:
        sys.stderr.write(f"jejak migrate: {error.text}\n")
        return AHEAD
    except MigrationError as error:
        raise CommandError(error.text) from None
    say(*([] if applied else ["nothing to do"]))
    return DONE


def _compared(standing: Standing) -> int:
    """Prints each difference, and gives the exit status."""
    say(*(f"not applied yet: {file.name}" for file in standing.behind))
    say(*(f"not known to this version: {name}" for name in standing.ahead))
    if standing.ahead:
        return AHEAD
    if standing.behind:
        return BEHIND
    say("up to date")
    return DONE
