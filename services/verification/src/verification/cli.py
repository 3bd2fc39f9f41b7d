"""Import a register (DTKS, DTSEN, PBDT, BPJS, Dukcapil) for an office, or match a list against all that were.

  jejak register import dtks.csv --office 13.01 --register DTKS --as-of 2026-03-31
  jejak register list --office 13.01
  jejak register match usulan.xlsx --office 13.01 --out hasil.csv
  jejak register match sk.xlsx --office 13.98 --sop reaktivasi-pbi-jk --map kebutuhan=Penyakit --out urutan.csv

The format of a file, CSV or XLSX, is known by its content. Wrong rows are reported by number and reason, and skipped.
"""

import argparse
import csv
import getpass
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypedDict

from jejak.cli import CommandError
from jejak.cli._database import service_database
from jejak.platform.settings import Source
from jejak.procedure.load import load_sop
from jejak.procedure.meanings import SHIPPED, Words, quoted_words
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor
from jejak.procedure.revision.editions import in_force
from jejak.tables.reading import ReadingError
from jejak.timekeeping.dates import LIST, typed_day
from jejak.timekeeping.regions import local_day
from verification.registers import matching
from verification.registers.importing import (
    ImportRefusedError,
    ImportResult,
    Progress,
    Report,
    Request,
    import_register,
    kind_of,
)
from verification.registers.lookup import Connection, RegisterKeys, RegisterKind, offices_answering
from verification.registers.rows import Field
from verification.registers.urgency import GROUP_WORDS

_SHOWN_ROWS: Final = 20
_BAR: Final = 30
_OFFICE: Final = re.compile(r"\d{2}(\.\d{2})?", re.ASCII)
_REGISTER: Final = re.compile(r"[A-Z][A-Z0-9-]{1,31}", re.ASCII)
_DELIMITERS: Final = {"tab": "\t", "\\t": "\t"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Import a register (DTKS, DTSEN, PBDT, BPJS, Dukcapil) for an office, list imports, or match a list."""
    commands = parser.add_subparsers(metavar="COMMAND")
    load = commands.add_parser("import", help="read a CSV or XLSX file; from then on it answers")
    load.add_argument("file", type=Path, help="CSV or XLSX")
    load.add_argument("--office", type=_office, required=True, help="kabupaten (13.99), or province for all of it (13)")
    load.add_argument(
        "--register", type=_register, required=True, help="DTKS, DTSEN, PBDT, BPJS, BPJS-PROVINSI, DUKCAPIL …"
    )
    load.add_argument(
        "--kind", type=RegisterKind, choices=list(RegisterKind), help="for a register of another name: what it lists"
    )
    map_help = f"heading of a field that is not recognised; fields: {', '.join(Field)}"
    _add_table_options(load, "FIELD=HEADING[,…]", map_help)
    load.add_argument("--as-of", type=_list_day, help="date of the list, YYYY-MM-DD (default: today, WIB)")
    load.add_argument("--by", default=None, help="who imports (default: the system's user)")
    load.add_argument("--bad-rows", type=Path, help="write row numbers and reasons to this new CSV file")
    load.add_argument("--again", action="store_true", help="import although it was before, is older, or looks wrong")
    load.set_defaults(run=load_file)
    imports = commands.add_parser("list", help="the imports of an office, newest first")
    imports.add_argument("--office", type=_office, required=True)
    imports.set_defaults(run=list_imports)
    match = commands.add_parser("match", help="who of a list is in which register, as a table without NIKs")
    match.add_argument("file", type=Path, help="CSV or XLSX with a NIK column")
    match.add_argument("--office", type=_office, required=True)
    match.add_argument(
        "--register", type=_register, action="append", default=[], help="only this one; may be repeated (default: all)"
    )
    match.add_argument(
        "--sop",
        metavar="LAYANAN",
        help="group the rows by the rules of this service's sheet, the urgent first; a column of needs "
        "(--map kebutuhan=HEADING) answers what the counter would ask",
    )
    match.add_argument("--out", type=Path, required=True, help="new file, .csv or .xlsx: a row for every row")
    _add_table_options(match, "nik=HEADING", "heading of the NIK column, where it is not recognised")
    match.set_defaults(run=match_list)


def _add_table_options(parser: argparse.ArgumentParser, metavar: str, help_: str) -> None:
    parser.add_argument("--map", type=_mapping, action="append", default=[], metavar=metavar, help=help_)
    parser.add_argument("--delimiter", type=_delimiter, help="column separator, where it is not recognised (or: tab)")
    parser.add_argument("--sheet", help="sheet of the workbook, where several have a NIK column")


async def load_file(arguments: argparse.Namespace) -> int:
    """Imports the file and prints how many of its rows were taken."""
    request = _request(arguments)
    _readable(request.path)
    if arguments.bad_rows is not None and arguments.bad_rows.exists():
        raise CommandError(f"Berkas {arguments.bad_rows} sudah ada; sebutkan nama lain untuk --bad-rows.")
    async with _importing(request.office) as (connection, keys, words, progress):
        request = replace(request, words=words)
        imported = await import_register(connection, keys, request, progress)
    sys.stdout.write(_summary(request, imported))
    if arguments.bad_rows is not None:
        _write_named(arguments.bad_rows, imported.report)
    return 0


async def list_imports(arguments: argparse.Namespace) -> int:
    """Prints the imports that answer for an office, and those they superseded."""
    async with service_database("verification") as connection:
        rows = await connection.fetch(_LIST, list(offices_answering(arguments.office)))
    for row in rows:
        state = "dipakai" if row["status"] == "answering" else "digantikan"
        sys.stdout.write(
            f"{row['register']:<16} {row['office']:<6} per {row['as_of']:%d-%m-%Y}  {state:<10} "
            f"{row['rows_kept']:>9} baris  diimpor {row['finished_at']:%d-%m-%Y %H:%M} oleh {row['imported_by']}  "
            f"{row['id']}  sha256 {row['sha256'].hex()[:16]}\n"
        )
    if not rows:
        sys.stdout.write(f"Belum ada daftar yang diimpor untuk {arguments.office}.\n")
    return 0


_LIST: Final = """
SELECT id, office, register, as_of, finished_at AT TIME ZONE 'Asia/Jakarta' AS finished_at, status, rows_kept,
       imported_by, sha256
FROM register.import WHERE office = ANY($1::text[]) AND status IN ('answering', 'superseded') ORDER BY no DESC
"""


_NEWEST: Final = "SELECT body FROM es.kantor WHERE kode = $1 ORDER BY berlaku_sejak DESC LIMIT 1"


async def match_list(arguments: argparse.Namespace) -> int:
    """Writes the result and prints how many of the list each register has."""
    _readable(arguments.file)
    request = matching.Request(
        path=arguments.file,
        out=arguments.out,
        office=arguments.office,
        registers=tuple(dict.fromkeys(arguments.register)),
        mapping={field: heading for given in arguments.map for field, heading in given.items()},
        delimiter=arguments.delimiter,
        sheet=arguments.sheet,
    )
    async with _importing(request.office) as (connection, keys, words, progress):
        if arguments.sop is not None:
            request = replace(request, **await _sheet_of(connection, request.office, arguments.sop))
        report = await matching.match_list(connection, keys, replace(request, words=words), progress)
    lines = [
        f"{_count(report.listed_anywhere)} dari {_count(report.matched)} NIK terdaftar; hasilnya di {request.out}."
    ]
    lines += [
        f"  {_count(report.listed[register.register]):>9}  {register.register} per {register.as_of:%d-%m-%Y}"
        for register in report.registers
    ]
    lines += [f"  {_count(count):>9}  {GROUP_WORDS[group]}" for group, count in sorted(report.groups.items())]
    if report.bad:
        lines.append(f"{_count(report.bad)} baris salah tidak dicocokkan:")
        lines += [f"  {_count(count):>9}  {reason}" for reason, count in report.reasons.most_common()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


class _BySheet(TypedDict):
    sop: Sop
    at: datetime


async def _sheet_of(connection: Connection, office: str, service: str) -> _BySheet:
    """The sheet of a service that serves new cases of this office today. CommandError where it has none."""
    now: datetime = await connection.fetchval("SELECT es.now()")
    kantors = [
        load_kantor(row["body"], stored=True)
        for row in await connection.fetch("SELECT body FROM es.kantor WHERE kode = $1 ORDER BY berlaku_sejak", office)
    ]
    sops = [
        load_sop(row["body"], stored=True)
        for row in await connection.fetch("SELECT body FROM es.sop WHERE dinas = $1 ORDER BY put_at, sha256", office)
    ]
    serving = in_force(sops, kantors, local_day(now, office)) if kantors else {}
    if service not in serving:
        known = ", ".join(sorted(serving)) or "belum ada; muat dengan jejak office load"
        raise CommandError(f"Layanan {service} tidak dikenal di kantor {office}; yang berlaku: {known}.")
    return {"sop": serving[service], "at": now}


def _readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError:
        raise CommandError(f"Berkas {path} tidak ada atau tidak boleh dibaca.") from None


@asynccontextmanager
async def _importing(office: str) -> AsyncIterator[tuple[Connection, RegisterKeys, Words, Progress | None]]:
    """What reading a list needs; its errors become one sentence, its progress bar is wiped at the end.

    The words are those of the office's newest kantor file; the shipped ones where none is loaded yet.
    """
    source, terminal = Source.of(), sys.stderr.isatty()
    keys = RegisterKeys(source.key("JEJAK_HMAC_KEY"), source.master_keys())
    async with service_database("verification") as connection:
        try:
            body = await connection.fetchval(_NEWEST, office)
            yield (
                connection,
                keys,
                SHIPPED if body is None else load_kantor(body, stored=True).kata,
                _bar if terminal else None,
            )
        except (ReadingError, ImportRefusedError, matching.MatchRefusedError) as error:
            raise CommandError(str(error)) from None
        finally:
            if terminal:
                sys.stderr.write("\r\x1b[K")


def _request(arguments: argparse.Namespace) -> Request:
    kind = arguments.kind or kind_of(arguments.register)
    if kind is None:
        raise CommandError(
            f"Daftar {arguments.register} tidak dikenal; sebutkan isinya dengan --kind ({', '.join(RegisterKind)})."
        )
    return Request(
        path=arguments.file,
        office=arguments.office,
        register=arguments.register,
        kind=kind,
        by=arguments.by or getpass.getuser(),
        as_of=arguments.as_of,
        mapping={field: heading for given in arguments.map for field, heading in given.items()},
        delimiter=arguments.delimiter,
        sheet=arguments.sheet,
        again=arguments.again,
    )


def _summary(request: Request, imported: ImportResult) -> str:
    if imported.outcome == "same_file":
        return (
            f"Berkas ini sudah pernah diimpor sebagai {request.register} {request.office} "
            f"(per {imported.as_of:%d-%m-%Y}, impor {imported.import_id}). Tidak ada yang diubah.\n"
        )
    report = imported.report
    lines = [
        (
            f"{request.register} {request.office} per {imported.as_of:%d-%m-%Y}: {_count(report.taken)} baris dipakai "
            f"dari {_count(report.read)} (impor {imported.import_id})."
        ),
        "Kolom: " + ", ".join(f"{field} = '{heading}'" for field, heading in report.columns.items()) + ".",
    ]
    if report.missing:
        lines.append(f"Tidak ada di berkas: {', '.join(report.missing)}. Bila ada, sebutkan judulnya dengan --map.")
    if report.unused:
        lines.append(f"Kolom yang tidak dipakai: {', '.join(report.unused)}. Isinya tidak memutuskan apa pun.")
    if report.unknown_regions:
        lines.append(
            f"Catatan: {_count(report.unknown_regions)} NIK berkode provinsi yang tidak dikenal (tetap dipakai)."
        )
    for (column, word), count in report.left_open.most_common():
        if column is Field.DEACTIVATED:
            lines.append(
                f"{_count(count)} baris dengan tanggal nonaktif pada peserta aktif, atau sesudah tanggal daftar: "
                "sistem tidak memutuskan dengan tanggal itu, petugas memeriksanya."
            )
            continue
        lines.append(
            f"{_count(count)} baris dengan {column} {quoted_words([word])}: sistem tidak memutuskan dengan kata itu, "
            f"petugas memeriksanya. Bila artinya jelas bagi kantor, tulis pada [kata.{_vocabulary(request, column)}] "
            "berkas kantor."
        )
    if report.reasons:
        lines.append(
            f"{_count(report.bad)} baris salah dan {_count(report.duplicates)} baris berulang dilewati; "
            f"{_count(report.unlikes)} baris yang NIK-nya sama dan isinya lain (misalnya kartu kedua) dipakai juga."
        )
        lines += [f"  {_count(count):>9}  {reason}" for reason, count in report.reasons.most_common()]
        lines += [f"  baris {bad.row}: {bad.reason}" for bad in report.named[:_SHOWN_ROWS]]
        if sum(report.reasons.values()) > _SHOWN_ROWS:
            lines.append("  … selebihnya dengan --bad-rows BERKAS")
    return "\n".join(lines) + "\n"


def _vocabulary(request: Request, column: Field) -> str:
    """The key of [kata] under which an office gives the words of a column their meaning."""
    return column if column in (Field.SEGMENT, Field.DESIL) else request.kind


def _write_named(path: Path, report: Report) -> None:
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("baris", "alasan"))
        writer.writerows((bad.row, bad.reason) for bad in report.named)


def _bar(fraction: float, rows: int) -> None:
    filled = round(_BAR * min(fraction, 1.0))
    sys.stderr.write(f"\r{'█' * filled}{'░' * (_BAR - filled)} {min(fraction, 1.0):4.0%}  {_count(rows)} baris")
    sys.stderr.flush()


def _count(number: int) -> str:
    """A number as Indonesians write it: 100.000."""
    return f"{number:,}".replace(",", ".")


def _office(text: str) -> str:
    if not _OFFICE.fullmatch(text):
        raise argparse.ArgumentTypeError("a Kemendagri code such as 13.99 (for every office there), or 13")
    return text


def _list_day(text: str) -> date:
    try:
        return typed_day(text, LIST)
    except ValueError:
        msg = f"a date such as 2026-09-30, not before {LIST.first.isoformat()}"
        raise argparse.ArgumentTypeError(msg) from None


def _register(text: str) -> str:
    name = text.upper()
    if not _REGISTER.fullmatch(name):
        raise argparse.ArgumentTypeError("letters, digits and hyphens, such as DTKS or BPJS-PROVINSI")
    return name


def _delimiter(text: str) -> str:
    character = _DELIMITERS.get(text.lower(), text)
    if len(character) != 1 or character in '\r\n"\0':
        raise argparse.ArgumentTypeError("one character, or the word tab")
    return character


def _mapping(text: str) -> Mapping[Field, str]:
    mapping = {}
    for pair in text.split(","):
        name, equals, heading = pair.partition("=")
        if not equals or not heading.strip() or name.strip().lower() not in set(Field):
            raise argparse.ArgumentTypeError(f"FIELD=HEADING with a field of: {', '.join(Field)}")
        mapping[Field(name.strip().lower())] = heading.strip()
    return mapping
