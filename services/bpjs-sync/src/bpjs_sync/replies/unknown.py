"""Answers to submissions that no office has made: the operator of the installation dismisses them.

jejak bpjs unknown list
jejak bpjs unknown dismiss --client bpjs --reason "lingkungan uji BPJS"
"""

import argparse
import sys
from typing import Any, Final

import asyncpg

from bpjs_sync.command_errors import command_errors
from jejak.platform.settings import Source

COUNTED: Final = """
SELECT coalesce(client, topic, '-') AS sender, kind, count(*) AS count, min(received_at) AS oldest,
       (array_agg(submission::text ORDER BY received_at))[1:3] AS some
FROM bpjs.reply WHERE state = 'kept' AND office IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
DISMISSED: Final = "SELECT bpjs.dismiss_unknown($1, $2)"


def configure(commands: Any) -> None:
    """Adds it to `jejak bpjs`."""
    parser = commands.add_parser("unknown", help="answers to submissions that no office here made")
    actions = parser.add_subparsers(required=True, metavar="list|dismiss")
    actions.add_parser("list", help="how many, of which sender, since when").set_defaults(run=show)
    dismissing = actions.add_parser("dismiss", help="set all of one sender aside")
    dismissing.add_argument("--client", required=True, help="the sender as `list` names it")
    dismissing.add_argument("--reason", required=True, help="the reason to be noted")
    dismissing.set_defaults(run=dismiss)


async def show(_: argparse.Namespace) -> None:
    """Prints a line for each sender and kind."""
    rows = await _fetch(COUNTED)
    for row in rows:
        since = row["oldest"].isoformat(timespec="seconds")
        sys.stdout.write(f"{row['sender']:<24} {row['kind']:<16} {row['count']:>8}  sejak {since}\n")
        sys.stdout.writelines(f"    kiriman {submission}\n" for submission in row["some"])
    if not rows:
        sys.stdout.write("Tidak ada jawaban untuk kiriman yang tidak dikenal.\n")


async def dismiss(arguments: argparse.Namespace) -> None:
    """Dismisses the answers of one sender; each keeps its record with the reason, and loses its text."""
    [row] = await _fetch(DISMISSED, arguments.client, arguments.reason)
    sys.stdout.write(f"{row[0]} jawaban dikesampingkan.\n")


async def _fetch(query: str, *arguments: str) -> list[asyncpg.Record]:
    with command_errors():
        connection = await asyncpg.connect(Source.of().direct_database_url("bpjs_sync"))
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()
