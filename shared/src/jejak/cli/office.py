"""Load offices: their kantor files and SOP sheets.

  jejak office load shared/offices/13.01     every *.toml of the folder, checked first; all or nothing
  jejak office list                          the loaded offices and sheets

New cases run the newest sheet in force; running cases keep theirs. Loading the same file again changes nothing, and a
sheet that is loaded is never changed: a corrected transcription is a new edisi with its alasan_edisi.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jejak.cli import CommandError
from jejak.cli._common import kantor_files, open_store, say
from jejak.procedure.load import SopError, load_sop
from jejak.procedure.office.kantor import load_kantor
from jejak.procedure.office.same_office import other_office_mistakes
from jejak.procedure.office.vacancies import vacancy
from jejak.procedure.revision.editions import edition_mistakes, effective, named
from jejak.procedure.task_words import verb_words
from jejak.timekeeping.dates import is_far_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import asyncpg

    from jejak.procedure.model import Sop
    from jejak.procedure.office.kantor import Kantor

type Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
_ALWAYS: Final = date(1945, 8, 17)
"""A kantor file without a date has always been in force."""
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('jejak office load'))"
"""Of two loads at once, each would otherwise miss the other's sheets."""
_LOADED: Final = "SELECT sha256, body FROM es.sop WHERE dinas = ANY ($1::text[])"
_LOADED_KANTORS: Final = "SELECT body FROM es.kantor WHERE kode = ANY ($1::text[]) ORDER BY kode, berlaku_sejak"
_WAITING: Final = """
SELECT o.body, d.who, d.tugas, d.count, es.now() AS now FROM (
    SELECT s.sop, d.who, d.tugas, count(*) FROM es.due d JOIN es.stream s ON s.stream_no = d.stream_no
    WHERE d.office = $1 AND NOT d.automatic GROUP BY s.sop, d.who, d.tugas
) d JOIN es.sop o ON o.sha256 = d.sop ORDER BY d.who, d.tugas
"""
_PUT_KANTOR: Final = "SELECT es.put_kantor($1, $2, $3)"
_PUT_SOP: Final = "SELECT es.put_sop($1, $2)"


def configure(parser: argparse.ArgumentParser) -> None:
    """`load` and `list`."""
    commands = parser.add_subparsers(metavar="COMMAND")
    load = commands.add_parser("load", help="load the folders of offices")
    load.add_argument("folder", type=Path, nargs="+", help="a folder with the file of an office and its sheets")
    load.set_defaults(run=run_load)
    listing = commands.add_parser("list", help="list what is loaded")
    listing.set_defaults(run=run_list)


async def run_load(arguments: argparse.Namespace) -> None:
    """Checks every file against the others and against what is loaded, then stores all in one transaction."""
    folders = [_read(folder) for folder in arguments.folder]
    kantors = [kantor for versions, _ in folders for kantor in versions]
    sops = [sop for _, sheets in folders for sop in sheets]
    async with await open_store() as store, store.pool.acquire() as connection, connection.transaction():
        await connection.execute(_ONE_AT_A_TIME)
        rows = await connection.fetch(_LOADED, [*{sop.dinas for sop in sops}])
        known = {row["sha256"]: load_sop(row["body"], stored=True) for row in rows}
        bodies = await connection.fetch(_LOADED_KANTORS, [*{kantor.kode for kantor in kantors}])
        others = other_office_mistakes([load_kantor(row["body"]) for row in bodies], kantors)
        today = (await connection.fetchval("SELECT clock_timestamp()")).date()
        late = _far_ahead(kantors, sops, today)
        if mistakes := [*edition_mistakes(tuple(known.values()), sops), *others, *late]:
            raise CommandError("tidak ada yang dimuat.\n" + "\n".join(mistakes))
        for kantor in kantors:
            await connection.execute(_PUT_KANTOR, kantor.kode, kantor.berlaku_sejak or _ALWAYS, kantor.text)
        for sop in sops:
            await connection.execute(_PUT_SOP, sop.dinas, sop.text)
        vacant = [line for kantor in kantors for line in await _vacant(connection, kantor, kantors)]
    say(*(f"kantor {kantor.kode} {kantor.nama}" for kantor in kantors))
    for sop in sops:
        say(f"SOP {sop.nomor or sop.nama} {sop.sha256[:12]} {'sudah ada' if sop.sha256 in known else 'dimuat'}")
    say(*vacant)


async def _vacant(connection: Connection, kantor: Kantor, kantors: Sequence[Kantor]) -> list[str]:
    """What waits in running cases for posts without an official, by the version in force today, and who may do it."""
    lines = []
    for row in await connection.fetch(_WAITING, kantor.kode):
        day = kantor.calendar.local_date(row["now"])
        if kantor is not max(kantors, key=lambda other: _in_force(other, kantor.kode, day)):
            return []
        sop = load_sop(row["body"])
        if gap := vacancy(sop, kantor, row["who"], row["tugas"], kantor.kode, day):
            lines.append(
                f"peringatan: {row['count']} berkas menunggu {verb_words(sop, row['tugas'], row['who'])}. {gap.words}"
            )
    return lines


def _in_force(kantor: Kantor, kode: str, day: date) -> tuple[bool, bool, date]:
    since = kantor.berlaku_sejak or _ALWAYS
    return kantor.kode == kode, since <= day, since if since <= day else _ALWAYS


def _far_ahead(kantors: Sequence[Kantor], sops: Sequence[Sop], today: date) -> Iterator[str]:
    """Files that would only count more than a year from now, by the real clock."""
    begins = [(f"kantor {kantor.kode}", "berlaku_sejak", kantor.berlaku_sejak) for kantor in kantors]
    begins += [(named(sop), "tanggal_efektif", sop.tanggal_efektif) for sop in sops]
    for file, key, day in begins:
        if day is not None and is_far_ahead(day, today):
            yield f"{file}: {key} {day} lebih dari setahun lagi — periksa tahunnya"


def _read(folder: Path) -> tuple[list[Kantor], list[Sop]]:
    paths = kantor_files(folder)
    if not paths:
        raise CommandError(f"{folder} tidak berisi berkas kantor (kantor.toml).")
    sheets = [path for path in sorted(folder.glob("*.toml")) if path not in paths]
    mistakes: list[str] = []
    kantors, sops = [], []
    for path in (*paths, *sheets):
        try:
            if path in paths:
                kantors.append(load_kantor(path.read_bytes()))
            else:
                sops.append(load_sop(path.read_bytes()))
        except SopError as error:
            mistakes.extend(f"{path}: {line}" for line in error.mistakes)
    if not mistakes:
        mistakes.extend(f"{folder}: {line}" for line in _mistakes_of_folder(kantors, sops))
    if mistakes:
        raise CommandError("tidak ada yang dimuat.\n" + "\n".join(mistakes))
    return kantors, sops


def _mistakes_of_folder(kantors: Sequence[Kantor], sops: Sequence[Sop]) -> Iterator[str]:
    """Files that would be stored and never serve: another office's, and undated sheets without an office's date."""
    for other in kantors[1:]:
        if other.kode != kantors[0].kode:
            yield f"kantor {other.kode} dan {kantors[0].kode} dalam satu folder — pindahkan salah satunya"
    for sop in sops:
        if sop.dinas != kantors[0].kode:
            yield f"{named(sop)} milik {sop.dinas}, foldernya milik {kantors[0].kode} — pindahkan"
        if effective(sop, kantors) is None:
            yield f"{named(sop)}: tulis sop_berlaku_sejak di kantor.toml, sejak kapan kantor bekerja menurut lembar ini"


async def run_list(_: argparse.Namespace) -> None:
    """Prints offices and their sheets."""
    async with await open_store() as store:
        for office in await store.offices():
            say(office)
            for sha256 in await store.list_sops(office):
                text = await store.get_sop(sha256)
                if text is not None:
                    sop = load_sop(text, stored=True)
                    edition = f"  edisi {sop.edisi}" if sop.edisi > 1 else ""
                    since = sop.tanggal_efektif or "tanpa tanggal"
                    say(f"  {sha256[:12]}  {since}  {sop.nomor or '-'}  {sop.nama}{edition}")
