"""Make a development token for an official of an office.

The token names office, person and post, and is signed with the installation's token key (JEJAK_TOKEN_KEY, which
`jejak up` leaves for other terminals). It is refused unless JEJAK_ENV=development.

  jejak token 13.01 kadis-1              with the post that the kantor file gives
  jejak token 13.01 staf-1 --jabatan staf --hours 2
  jejak token --client bpjs              for a machine, such as the BPJS integration
"""

from __future__ import annotations

import argparse

from jejak.cli import CommandError
from jejak.cli._common import open_store, say
from jejak.platform.settings import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Office, person, and the post of a person who holds several."""
    parser.add_argument("office", nargs="?", help="kode kantor, misalnya 13.99")
    parser.add_argument("person", nargs="?", help="kode pejabat pada kantor.toml, misalnya staf-1")
    parser.add_argument("--client", help="name of a machine instead of an official, such as bpjs")
    parser.add_argument("--jabatan", help="post, where the person holds several")
    parser.add_argument("--hours", type=float, default=12.0, help="how long it is valid (default 12)")
    parser.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> None:
    """Prints the token."""
    from jejak.cases.decision import Actor  # noqa: PLC0415
    from jejak.procedure.office.kantor import load_kantor  # noqa: PLC0415
    from jejak.web.access import clients  # noqa: PLC0415
    from jejak.web.access.tokens import issue  # noqa: PLC0415

    source = Source.of()
    if source.env != "development":
        raise CommandError("development tokens exist only where JEJAK_ENV=development.")
    if arguments.client:
        say(clients.issue(source.key("JEJAK_TOKEN_KEY"), arguments.client, hours=arguments.hours))
        return
    if not (arguments.office and arguments.person):
        raise CommandError("name an office and an official, or a machine with --client.")
    async with await open_store("ledger") as store:
        texts = await store.get_kantors(arguments.office)
    if not texts:
        raise CommandError(f"kantor {arguments.office} belum dimuat; jejak office load memuatnya.")
    officials = load_kantor(texts[-1], stored=True).pejabat
    posts = sorted({official.jabatan for official in officials if official.kode == arguments.person})
    if not posts:
        known = ", ".join(sorted({official.kode for official in officials}))
        raise CommandError(f"{arguments.person} is no official of {arguments.office}; known: {known}.")
    post = arguments.jabatan or posts[0]
    if post not in posts or (arguments.jabatan is None and len(posts) > 1):
        raise CommandError(f"name the post with --jabatan: {', '.join(posts)}.")
    actor = Actor(arguments.office, arguments.person, post)
    say(issue(source.key("JEJAK_TOKEN_KEY"), actor, hours=arguments.hours))
