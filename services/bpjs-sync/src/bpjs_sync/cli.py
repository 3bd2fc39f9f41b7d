"""Import answers of BPJS, replay messages to it, and keep the keys that they are encrypted to.

  jejak bpjs import jawaban.xlsx --office 13.99 --by staf-1
  jejak bpjs replay --since 2026-02-01T00:00:00+07:00 --to topic
  jejak bpjs key add kunci.json --consumer bpjs
  jejak bpjs signing make kunci-tanda-tangan.json
  jejak bpjs unknown list

Rows name a proposal (nomor_usulan), a NIK or a card, and say diterima, perbaiki, ditolak (with alasan) or aktif_sejak.
Rows that cannot be placed wait for a person: GET /bpjs/unmatched. The same file twice changes nothing.
"""

import argparse
import sys
from pathlib import Path

from bpjs_sync.answers.importing import Importer
from bpjs_sync.command_errors import command_errors
from bpjs_sync.outgoing import cli as outgoing
from bpjs_sync.outgoing import signingcli
from bpjs_sync.replies import unknown
from jejak.cases.decision import Actor
from jejak.cli import CommandError
from jejak.eventstore.store import Store
from jejak.platform.settings import Settings
from jejak.web.runtime import Runtime


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the commands of `jejak bpjs`."""
    commands = parser.add_subparsers(metavar="COMMAND")
    load = commands.add_parser("import", help="read a CSV or XLSX file of answers")
    load.add_argument("file", type=Path, help="CSV or XLSX")
    load.add_argument("--office", required=True, help="kabupaten, such as 13.99")
    load.add_argument("--by", required=True, help="the official who records it, by the code in the kantor file")
    load.set_defaults(run=load_file)
    outgoing.configure(commands)
    signingcli.configure(commands)
    unknown.configure(commands)


async def load_file(arguments: argparse.Namespace) -> None:
    """Imports the file and prints what became of its rows."""
    if not arguments.file.is_file():
        raise CommandError(f"Berkas {arguments.file} tidak ada atau tidak boleh dibaca.")
    data = arguments.file.read_bytes()
    settings = Settings.read("bpjs_sync")
    with command_errors():
        async with await Store.connect(settings.direct_database_url, size=4, application="bpjs_sync") as store:
            runtime = Runtime.of(settings, store)
            actor = await _official(runtime, arguments.office, arguments.by)
            result = await Importer(runtime).load(actor, data)
    if result.again:
        sys.stdout.write(f"Berkas ini sudah pernah dimuat ({result.id}). Tidak ada yang diubah.\n")
    else:
        counts = f"{result.applied} diterapkan, {result.unplaced} perlu dilihat orang"
        sys.stdout.write(f"{result.rows} baris dibaca: {counts} ({result.id}).\n")


async def _official(runtime: Runtime, office: str, code: str) -> Actor:
    """The official with this code, in today's post."""
    now = await runtime.store.now()
    kantor = await runtime.procedures.kantor(office, now)
    today = kantor.calendar.local_date(now)
    posts = [official.jabatan for official in kantor.officials_at(today) if official.kode == code]
    if not posts:
        raise CommandError(f"{code} tidak tercatat sebagai pejabat kantor {office} hari ini.")
    return Actor(office, code, posts[0])
