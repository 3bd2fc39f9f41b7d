"""Read answers from BPJS; say again what was said to it; keep the keys it is said to.

  jejak bpjs import jawaban.xlsx --office 13.99 --by staf-1
  jejak bpjs replay --since 2026-02-01T00:00:00+07:00 --to topic
  jejak bpjs key add kunci.json --consumer bpjs
  jejak bpjs signing make kunci-tanda-tangan.json
  jejak bpjs unknown list

Rows name a proposal (nomor_usulan), a NIK or a card, and say diterima, perbaiki, ditolak (with alasan) or aktif_sejak.
What cannot be placed is kept for a person: GET /bpjs/unmatched. The same file twice changes nothing.
"""

import argparse
import sys
from pathlib import Path

import asyncpg

from bpjs_sync.answers.importing import Importer, ImportResult
from bpjs_sync.outgoing import cli as outgoing
from bpjs_sync.outgoing import signingcli
from bpjs_sync.replies import unknown
from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import Actor
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.cli import CommandError
from jejak.contracts.codec import Keyring
from jejak.eventstore.store import Store
from jejak.platform import ids
from jejak.platform.errors import Problem
from jejak.platform.settings import Settings
from jejak.tables.reading import ReadingError
from jejak.web.http_app import RequestGate
from jejak.web.runtime import Runtime


def configure(parser: argparse.ArgumentParser) -> None:
    """Read what BPJS answered."""
    commands = parser.add_subparsers(metavar="COMMAND")
    load = commands.add_parser("import", help="read a CSV or XLSX file of answers")
    load.add_argument("file", type=Path, help="CSV or XLSX")
    load.add_argument("--office", required=True, help="kabupaten, such as 13.99")
    load.add_argument("--by", required=True, help="the official who records it, by his code in the kantor file")
    load.set_defaults(run=load_file)
    outgoing.configure(commands)
    signingcli.configure(commands)
    unknown.configure(commands)


async def load_file(arguments: argparse.Namespace) -> None:
    """Reads the file and prints what became of its rows."""
    data = _existing(arguments.file).read_bytes()
    told = Settings.read("bpjs_sync")
    try:
        async with await Store.connect(told.database_url, size=4, application="bpjs_sync") as store:
            procedures = ProcedureRegistry(store)
            command_handler = CommandHandler(store, procedures, Keyring(told.master_key, ids.random_bytes))
            runtime = Runtime(told, store, procedures, command_handler, RequestGate.of(told))
            actor = await _official(runtime, arguments.office, arguments.by)
            done = await Importer(runtime).load(actor, data)
    except (ReadingError, Problem) as error:
        raise CommandError(error.detail if isinstance(error, Problem) else str(error)) from None
    except (OSError, asyncpg.PostgresConnectionError):
        raise CommandError("Basis data tidak dapat dihubungi; jalankan dulu, lalu ulangi.") from None
    sys.stdout.write(_told(done))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CommandError(f"Berkas {path} tidak ada atau tidak boleh dibaca.")
    return path


async def _official(runtime: Runtime, office: str, code: str) -> Actor:
    """The official by his code, in the post he holds today."""
    now = await runtime.store.now()
    kantor = await runtime.procedures.kantor(office, now)
    today = kantor.calendar.local_date(now)
    posts = [one.jabatan for one in kantor.officials_at(today) if one.kode == code]
    if not posts:
        raise CommandError(f"{code} tidak tercatat sebagai pejabat kantor {office} hari ini.")
    return Actor(office, code, posts[0])


def _told(done: ImportResult) -> str:
    if done.again:
        return f"Berkas ini sudah pernah dimuat ({done.id}). Tidak ada yang diubah.\n"
    return f"{done.rows} baris dibaca: {done.applied} diterapkan, {done.unplaced} perlu dilihat orang ({done.id}).\n"
