"""`jejak letter skip-to` and `skip-lost`: after a restore, numbers that lost letters bear are not given again."""

import argparse
import sys
from typing import Any, Final

import asyncpg
from aiokafka.errors import KafkaError

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import instant
from jejak.cli._database import service_database
from jejak.cli.administration.restore import RESTORED_TO
from jejak.messaging.publishing.lost_events import lost_events
from jejak.platform.settings import Source
from jejak.timekeeping import dates
from letters.numbering.skipping import MOST, LostNumber, Skip, count_in, lost_numbers, series_of, skip, skips_of

_REASON: Final = "dipakai surat yang hilang karena pemulihan basis data"
_LONGEST: Final = 200


def configure(commands: Any) -> None:
    """The two actions, among those of `jejak letter`."""
    one = commands.add_parser("skip-to", help="leave out all numbers of a book up to this one")
    one.add_argument("number", help="the last number on paper, as it is written there")
    one.add_argument("--office", required=True, help="kabupaten or kota, such as 13.99")
    one.add_argument("--year", type=int, choices=dates.YEARS, metavar="YEAR", required=True)
    one.add_argument("--series", help="the template of the numbers, where several fit or none is known yet")
    one.set_defaults(run=skip_to)
    lost = commands.add_parser("skip-lost", help="leave out the numbers that Kafka knows of letters that are lost")
    lost.add_argument("--restored-to", type=instant, metavar="TIME", help=RESTORED_TO)
    lost.set_defaults(run=skip_lost)
    for command in (one, lost):
        command.add_argument("--reason", type=_reason, default=_REASON, help=f"why (default: {_REASON})")


async def skip_to(arguments: argparse.Namespace) -> None:
    """Moves the counter of one series on."""
    office, number = arguments.office, arguments.number
    async with service_database("letters") as database:
        known = [arguments.series] if arguments.series else await series_of(database, office)
        fitting = {series: count for series in known if (count := count_in(series, number))}
        if len(fitting) != 1:
            shown = "; ".join(fitting or known) or "belum ada"
            raise CommandError(
                f"Nomor {number} harus cocok dengan tepat satu susunan nomor kantor {office} ({shown});"
                " sebutkan susunannya dengan --series."
            )
        [(series, count)] = fitting.items()
        await _skip(database, Skip(office, series, arguments.year, count), arguments.reason)


async def skip_lost(arguments: argparse.Namespace) -> int:
    """Moves on every counter whose later numbers lost events name; names those that must be done by hand."""
    source = Source.of()
    topic = f"{source.text('JEJAK_TOPIC_PREFIX', 'jejak')}.cases"
    async with service_database("letters") as database:
        try:
            found = await lost_events(database, source.kafka(), topic, arguments.restored_to)
        except KafkaError as error:
            raise CommandError(f"Kafka tidak dapat dibaca ({error}); pakai `jejak letter skip-to`.") from None
        numbers = lost_numbers(found.events)
        series = {office: await series_of(database, office) for office in {number.office for number in numbers}}
        skips, unplaced = skips_of(numbers, series)
        for each in skips:
            await _skip(database, each, arguments.reason)
    if not numbers:
        since = found.since.isoformat(timespec="minutes")
        sys.stdout.write(f"Tidak ada nomor surat pada peristiwa yang hilang sejak {since}.\n")
    sys.stdout.writelines(map(_by_hand, unplaced))
    return FAILED if unplaced else DONE


async def _skip(database: Any, each: Skip, reason: str) -> None:
    try:
        skipped = await skip(database, each, reason)
    except asyncpg.CheckViolationError:
        raise CommandError(
            f"Sampai {each.last} lebih dari {MOST} nomor akan dilewati ({each.series}); periksa nomor itu."
        ) from None
    book = f"{each.series} tahun {each.year}, kantor {each.office}"
    if skipped:
        sys.stdout.write(f"{skipped} nomor sampai {each.last} dilewati: {book}.\n")
    else:
        sys.stdout.write(f"Penghitung sudah melewati {each.last}: {book}.\n")


def _by_hand(number: LostNumber) -> str:
    return (
        f"Susunan nomor {number.number} (kantor {number.office}, {number.year}) tidak dikenal; jalankan: "
        f"jejak letter skip-to '{number.number}' --office {number.office} --year {number.year} --series SUSUNAN\n"
    )


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= _LONGEST:
        raise ValueError
    return text.strip()
