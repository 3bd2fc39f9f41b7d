"""An office's numbers of letters, and its own letter form: a Typst file that is tried before it is stored.

  jejak letter put surat.typ --office 13.99                     for every kind of letter
  jejak letter put penolakan.typ --office 13.99 --jenis penolakan
  jejak letter list --office 13.99
  jejak letter drop --office 13.99                              back to the form that comes with the program
  jejak letter numbers --office 13.99 --year 2026               every number, and how it ended
  jejak letter skip-to 460/17/2026 --office 13.99 --year 2026   after a restore: numbers on paper are not given again
  jejak letter skip-lost                                        the same, as far as Kafka knows the lost letters

The file may use what services/letters/src/letters/printing/templates/bagian.typ offers (`#import "bagian.typ": *`)
and read nothing else. It counts from the next draft and signature on; signed letters stay as they are.
"""

import argparse
import asyncio
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from jejak.cli import CommandError
from jejak.cli._database import service_database
from jejak.platform.ids import case_code
from jejak.procedure.letter import TITLED
from jejak.timekeeping import dates
from letters.numbering import cli as skipping
from letters.numbering.numbers import ended_numbers
from letters.numbering.skipping import skipped_numbers
from letters.printing.forms import KINDS, MAX_BYTES, drop_template, store_template, templates_of
from letters.printing.letter import LetterData, Penandatangan, Peserta
from letters.printing.pdf import check_template

_ALL: Final = "*"


def configure(parser: argparse.ArgumentParser) -> None:
    """`put`, `list`, `drop`, `numbers`, `skip-to` and `skip-lost`."""
    commands = parser.add_subparsers(required=True, metavar="put|list|drop|numbers|skip-to|skip-lost")
    putting = commands.add_parser("put", help="try a form, and draw letters by it from now on")
    putting.add_argument("file", type=Path, help="Typst source")
    listing = commands.add_parser("list", help="the forms an office has of its own")
    dropping = commands.add_parser("drop", help="back to the form that comes with the program")
    counting = commands.add_parser("numbers", help="every number of a year, and how it ended")
    counting.add_argument("--year", type=int, choices=dates.YEARS, metavar="YEAR", required=True)
    for command, run in ((putting, put_file), (listing, list_forms), (dropping, drop_form), (counting, list_numbers)):
        command.add_argument("--office", required=True, help="kabupaten or kota, such as 13.99")
        command.set_defaults(run=run)
    skipping.configure(commands)
    for command in (putting, dropping):
        command.add_argument("--jenis", choices=KINDS, default=_ALL, help="kind of letter (every kind)")


async def put_file(arguments: argparse.Namespace) -> None:
    """Tries the form on a sample of every kind it is for, then stores it."""
    try:
        body = arguments.file.read_bytes()
    except OSError as error:
        raise CommandError(f"Berkas {arguments.file} tidak dapat dibaca: {error.strerror}.") from None
    if not 0 < len(body) <= MAX_BYTES:
        raise CommandError(f"Templat harus 1 sampai {MAX_BYTES} byte.")
    try:
        for jenis in KINDS[1:] if arguments.jenis == _ALL else (arguments.jenis,):
            await asyncio.to_thread(check_template, body, sample(jenis))
    except RuntimeError as error:
        raise CommandError(f"Templat tidak dapat dipakai, dan tidak disimpan: {error}") from None
    async with service_database("letters") as database:
        await store_template(database, arguments.office, arguments.jenis, body)
    sys.stdout.write(
        f"Surat kantor {arguments.office} ({arguments.jenis}) dicetak dengan templat ini mulai sekarang.\n"
    )


async def list_forms(arguments: argparse.Namespace) -> None:
    """Prints the forms that the office has."""
    async with service_database("letters") as database:
        rows: Any = await templates_of(database, arguments.office)
    if not rows:
        sys.stdout.write(f"Kantor {arguments.office} memakai bentuk surat bawaan.\n")
    for row in rows:
        sys.stdout.write(f"{row['jenis']:<14} {row['size']:>7} byte  {row['put_at'].isoformat(timespec='minutes')}\n")


async def drop_form(arguments: argparse.Namespace) -> None:
    """Removes a form."""
    async with service_database("letters") as database:
        if not await drop_template(database, arguments.office, arguments.jenis):
            raise CommandError(f"Kantor {arguments.office} tidak punya templat {arguments.jenis}.")
    sys.stdout.write(f"Surat kantor {arguments.office} ({arguments.jenis}) kembali ke bentuk bawaan.\n")


async def list_numbers(arguments: argparse.Namespace) -> None:
    """Prints the office's numbers of a year in the order in which they were reserved."""
    async with service_database("letters") as database:
        rows = await ended_numbers(database, arguments.office, arguments.year)
        skipped = await skipped_numbers(database, arguments.office, arguments.year)
    for row in rows:
        end = "berjalan" if row["open"] else "ditandatangani"
        if row["sebab"]:
            end = f"batal: {row['sebab']} {row['ended_at'].isoformat(timespec='minutes')}"
        sys.stdout.write(f"{row['nomor']}  {case_code(row['case'])}  {row['surat']}  {end}\n")
    for gap in skipped:
        sys.stdout.write(f"{gap['series']}  urut {gap['first']} sampai {gap['last']} dilewati: {gap['reason']}\n")
    if not rows and not skipped:
        sys.stdout.write(f"Kantor {arguments.office} belum memesan nomor pada {arguments.year}.\n")


def sample(jenis: str) -> LetterData:
    """A complete synthetic letter of a kind, to try a form on."""
    refusal = ("Syarat yang diminta belum terpenuhi.",) if jenis == "penolakan" else ()
    return LetterData.model_validate(
        {
            "jenis": jenis,
            "judul": f"Surat {jenis}" if jenis in TITLED else None,
            "tanda_tangan": "elektronik",
            "konsep": False,
            "dibuat": datetime(2026, 1, 5, 2, tzinfo=UTC),
            "kop": ("PEMERINTAH KABUPATEN CONTOH", "DINAS SOSIAL"),
            "tempat": "Contoh",
            "tanggal": date(2026, 1, 5),
            "nomor": "460/001/CONTOH/2026",
            "hal": "Contoh surat",
            "kepada": ("Kepala Contoh",),
            "peserta": (Peserta.model_validate(_PARTICIPANT),),
            "alasan_penolakan": refusal,
            "penandatangan": Penandatangan.model_validate(_SIGNER),
            "alamat_periksa": "https://jejak.example/periksa/contoh",
        }
    )


_PARTICIPANT: Final = {"nama": "Contoh", "nik": "1399010101800001", "alamat": "Jalan Contoh"}
_SIGNER: Final = {"jabatan": "Kepala Dinas", "nama": "Contoh", "pangkat": "Pembina", "nip": "197001011990011001"}
