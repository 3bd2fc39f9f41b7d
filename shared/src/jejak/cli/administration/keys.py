"""Change the master key: count what each key still wraps, and wrap it anew under the writing key.

  jejak keys status              which master key wraps how many keys, by table; exit status 1 while another is needed
  jejak keys rewrap              wraps them under JEJAK_MASTER_KEY; services go on meanwhile, and it may be repeated
  jejak keys rewrap --dry-run    opens them all and changes none

Reads JEJAK_MASTER_KEY, JEJAK_MASTER_KEY_NEXT and JEJAK_MASTER_KEYS_OLD, and the database of JEJAK_DATABASE_URL (an
administrator's login). docs/operations/backup.md has the steps of a change.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import say
from jejak.cli._database import owner_database
from jejak.contracts.wrapped_keys import WrappedKeys
from jejak.eventstore.key_rotation import BATCH, UNOPENED, counted, rewrap, tables_of
from jejak.platform.key_settings import MasterKeys, key_id
from jejak.platform.progress import show
from jejak.platform.settings import Source

_PASSES: Final = 5
"""A pass leaves rows that another run or an erasure holds at that moment."""
_WIDTH: Final = 18
_LARGEST_BATCH: Final = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    """The actions `status` and `rewrap`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="status|rewrap")
    counting = actions.add_parser("status", help="which master key wraps how many keys")
    rewrapping = actions.add_parser("rewrap", help="wrap every key under the writing key")
    rewrapping.add_argument("--dry-run", action="store_true", help="open every key, change none")
    rewrapping.add_argument("--batch", type=int, default=BATCH, help=f"rows of one transaction (default {BATCH})")
    for action, run in ((counting, status), (rewrapping, rewrap_all)):
        action.add_argument("--database", help="an administrator's PostgreSQL URL (default: JEJAK_DATABASE_URL)")
        action.set_defaults(run=run)


async def status(arguments: argparse.Namespace) -> int:
    """Prints the counts, and whether a key other than the writing key is still needed."""
    masters = Source.of().master_keys()
    async with owner_database(arguments.database) as connection:
        return await _report(connection, masters, await tables_of(connection))


async def rewrap_all(arguments: argparse.Namespace) -> int:
    """Wraps anew, table by table, and reports as `status` does."""
    if not 0 < arguments.batch <= _LARGEST_BATCH:
        raise CommandError(f"--batch must be a number from 1 to {_LARGEST_BATCH}.")
    masters = Source.of().master_keys()
    if not masters.names_keys:
        raise CommandError(
            "The ring holds one key, so there is nothing to wrap anew: put the former key into JEJAK_MASTER_KEYS_OLD."
        )
    async with owner_database(arguments.database) as connection:
        tables = await tables_of(connection)
        for table in tables:
            await _rewrap_table(connection, masters, table, arguments)
        return await _report(connection, masters, tables)


async def _rewrap_table(
    connection: asyncpg.Connection[Any], masters: MasterKeys, table: WrappedKeys, arguments: argparse.Namespace
) -> None:
    rows, left = 0, Counter[str]()
    for _ in range(1 if arguments.dry_run else _PASSES):
        result = await rewrap(connection, masters, table, show, batch=arguments.batch, write=not arguments.dry_run)
        rows, left = rows + result.rows, result.left
        if not result.rows:
            break
    say(f"{table.table:<{_WIDTH}} {rows} rows {'would be' if arguments.dry_run else 'were'} wrapped anew")
    say(*(f"{'':<{_WIDTH}} {count} rows are left: {reason}" for reason, count in sorted(left.items())))


async def _report(connection: asyncpg.Connection[Any], masters: MasterKeys, tables: Sequence[WrappedKeys]) -> int:
    needed: Counter[str] = Counter()
    for table in tables:
        counts = await counted(connection, masters, table)
        needed.update(counts)
        say(*_lines(masters, table.table, counts))
    writing = key_id(masters.writing).hex()
    others = sorted(name for name in needed if name != writing)
    known = {name.hex() for name in masters.by_id}
    if not others:
        say(f"Every key is wrapped under the writing key {writing}; no other master key is needed.")
        return DONE
    if missing := [name for name in others if name and name not in known]:
        say(f"The ring lacks the master keys {', '.join(missing)}: put them into JEJAK_MASTER_KEYS_OLD.")
    if UNOPENED in others:
        say(f"{needed[UNOPENED]} keys open with no key of the ring: a former one is missing, or they are damaged.")
    if still := [name for name in others if name in known]:
        say(f"The master keys {', '.join(still)} are still needed; `jejak keys rewrap` wraps under {writing}.")
    return FAILED


def _lines(masters: MasterKeys, table: str, counts: Mapping[str, int]) -> Sequence[str]:
    """One line a key: the table, the key's id, what the ring knows of it, the count."""
    roles = {key_id(key).hex(): "opens" for key in masters.others}
    roles |= {key_id(masters.writing).hex(): "writes", UNOPENED: "opens with none"}
    rows = sorted(counts.items()) or [("", 0)]
    return [
        f"{table:<{_WIDTH}} {name or '-':<8}  {roles.get(name, 'not in the ring') if count else '':<15} {count:>10}"
        for name, count in rows
    ]
