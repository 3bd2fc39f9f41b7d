"""Matches a list of NIKs with the registers that answer for an office, a chunk at a time, into a table.

The list is read as registers are; the result has no NIK and no name: the number of a row identifies it.
"""

import asyncio
import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, assert_never

import xlsxwriter

from jejak.procedure.meanings import SHIPPED, Words
from jejak.procedure.model import Sop
from jejak.tables.cells import escaped
from jejak.tables.files import IMPORTED, open_table
from jejak.uploads.parsing import Limits
from verification.registers.lookup import (
    Answering,
    Connection,
    MemberEntry,
    RegisterAnswers,
    RegisterEntry,
    RegisterKeys,
    RegisterKind,
    lookup,
    words_of_list,
)
from verification.registers.rows import HINT, BadRow, Entry, Field, find_columns, key_headings, read_row
from verification.registers.urgency import GROUP_WORDS, Group, Sheet, group_of

CHUNK_ROWS: Final = 5_000
XLSX_ROWS: Final = 1_048_576

type Progress = Callable[[float, int], None]
type _Write = Callable[[Sequence[str]], None]


class MatchRefusedError(Exception):
    """There is no result; the message says why and what to do, in Indonesian."""


@dataclass(frozen=True, slots=True)
class Request:
    """The list (a file, or its bytes), the office, the registers to match (none named: all), the file of the result."""

    path: Path | bytes
    out: Path
    office: str
    registers: tuple[str, ...] = ()
    mapping: Mapping[Field, str] = field(default_factory=dict)
    delimiter: str | None = None
    sheet: str | None = None
    words: Words = SHIPPED
    """The meanings of words by the office's kantor file."""
    sop: Sop | None = None
    """The sheet by whose rules the rows are grouped, the urgent ones first; None: in the order of the list."""
    at: datetime | None = None
    """When they would apply, where there is a sheet."""
    limits: Limits = IMPORTED
    most_rows: int | None = None
    """Refused beyond; None: as many as there are."""


@dataclass(slots=True)
class Report:
    """The registers matched; how many rows were matched, were wrong, are in any register; by register and by group."""

    registers: tuple[Answering, ...]
    office: str
    matched: int = 0
    bad: int = 0
    listed_anywhere: int = 0
    listed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    groups: Counter[Group] = field(default_factory=Counter)


async def match_list(
    connection: Connection, keys: RegisterKeys, request: Request, progress: Progress | None = None
) -> Report:
    """Writes a row for every row of the list that is not empty: one query a chunk, in bounded memory.

    In the order of the list; by a sheet's rules group by group, the urgent first (`verification.registers.urgency`).
    ReadingError or MatchRefusedError without a result: a half one is never left behind. 100,000 rows take some seconds,
    by a sheet half a minute.
    """
    report = Report(await _registers(connection, keys, request), request.office)
    table_of = open_table(
        *(request.path, key_headings(request.mapping), request.delimiter, request.sheet),
        hint=HINT,
        options=isinstance(request.path, Path),
        limits=request.limits,
    )
    with ExitStack() as stack:
        table = await asyncio.to_thread(stack.enter_context, table_of)
        write = stack.enter_context(_writing(request.out))
        sorted_write = stack.enter_context(_group_by_group(write))
        sheet = _sheet(request, report)
        only = [Field.NIK, *([Field.NEED] if sheet else [])]
        columns = find_columns(RegisterKind.RESIDENTS, table.header, request.mapping, only)
        write(_headings(report.registers, grouped=sheet is not None))
        read = (read_row(columns, number, cells) for number, cells in table.rows)
        rows = (row for row in read if row is not None)
        while chunk := await asyncio.to_thread(lambda: tuple(islice(rows, CHUNK_ROWS))):
            _check_length(request, report, len(chunk))
            answers = await _lookup_chunk(connection, keys, request, report, chunk)
            await asyncio.to_thread(_write_chunk, request, report, sheet, chunk, answers, (write, sorted_write))
            if progress is not None:
                progress(table.fraction(), report.matched + report.bad)
    return report


def _check_length(request: Request, report: Report, more: int) -> None:
    if request.most_rows is not None and report.matched + report.bad + more > request.most_rows:
        most = f"{request.most_rows:,}".replace(",", ".")
        raise MatchRefusedError(f"Daftar ini lebih dari {most} baris. Bagi daftarnya menjadi beberapa berkas.")


def _write_chunk(
    request: Request,
    report: Report,
    sheet: Sheet | None,
    chunk: Sequence[Entry | BadRow],
    answers: Mapping[str, RegisterAnswers],
    writes: tuple[_Write, Callable[[Group, Sequence[str]], None]],
) -> None:
    """Writes the rows of a chunk, in the order of the list or each to its group; counts them in the report."""
    write, sorted_write = writes
    for row in chunk:
        cells = _answer(row, answers, report, request.words)
        if sheet is None:
            write(cells)
        else:
            group, why = _group(sheet, row, answers)
            report.groups[group] += 1
            sorted_write(group, [cells[0], GROUP_WORDS[group], escaped(why), *cells[1:]])


def _sheet(request: Request, report: Report) -> Sheet | None:
    """The sheet with the registers that its rules name. Refused for one that was not imported, or is not matched."""
    if request.sop is None or request.at is None:
        return None
    answering = {register.register: register for register in report.registers}
    if missing := [name for name in request.sop.daftar if name not in answering]:
        raise MatchRefusedError(f"SOP menyebut daftar {', '.join(missing)}, yang tidak ikut dicocokkan: impor dahulu.")
    return Sheet(request.sop, request.at, request.words, answering, request.office)


def _group(sheet: Sheet, row: Entry | BadRow, answers: Mapping[str, RegisterAnswers]) -> tuple[Group, str]:
    if isinstance(row, BadRow):
        return Group.WRONG, row.reason
    return group_of(sheet, answers[row.nik], row.kebutuhan)


@contextmanager
def _group_by_group(write: _Write) -> Iterator[Callable[[Group, Sequence[str]], None]]:
    """Keeps the rows of each group in a file until all are read, then writes one group after the other."""
    with ExitStack() as stack:
        files = {group: stack.enter_context(TemporaryFile("w+", encoding="utf-8", newline="")) for group in Group}
        writers = {group: csv.writer(file) for group, file in files.items()}
        yield lambda group, cells: writers[group].writerow(cells)
        for file in files.values():
            file.seek(0)
            for cells in csv.reader(file):
                write(cells)


async def _registers(connection: Connection, keys: RegisterKeys, request: Request) -> tuple[Answering, ...]:
    """The imports to match, by register."""
    answering = (await lookup(connection, keys, request.office, [])).answering
    missing = [name for name in request.registers if name not in answering]
    if missing:
        raise MatchRefusedError(f"Daftar {', '.join(missing)} belum diimpor untuk {request.office}.")
    chosen = tuple(answering[name] for name in request.registers or sorted(answering))
    if not chosen:
        raise MatchRefusedError(f"Belum ada daftar yang diimpor untuk {request.office}.")
    return chosen


async def _lookup_chunk(
    connection: Connection, keys: RegisterKeys, request: Request, report: Report, chunk: Sequence[Entry | BadRow]
) -> Mapping[str, RegisterAnswers]:
    """The answers for a chunk. Refused when an import has changed since the first row."""
    looked = await lookup(
        connection,
        keys,
        request.office,
        [row.nik for row in chunk if isinstance(row, Entry)],
        {register.kind for register in report.registers},
    )
    if any(looked.answering.get(register.register) != register for register in report.registers):
        raise MatchRefusedError("Selagi dicocokkan, sebuah daftar diganti dengan impor baru. Ulangi perintah ini.")
    return looked.answers


_OF_MEMBERS: Final = ("segmen", "nonaktif sejak", "kali nonaktif", "SK nonaktif")


def _headings(registers: Sequence[Answering], *, grouped: bool) -> list[str]:
    names = ["baris", *(["golongan", "alasan"] if grouped else []), "terdaftar di", "catatan"]
    for register in registers:
        names.append(f"{register.register} per {register.as_of:%d-%m-%Y}")
        match register.kind:
            case RegisterKind.POOR:
                names.append(f"desil {register.register}")
            case RegisterKind.MEMBERS:
                names += [f"{what} {register.register}" for what in _OF_MEMBERS]
            case RegisterKind.RESIDENTS:
                names.append(f"status {register.register}")
            case _ as unknown:
                assert_never(unknown)
    return names


def _answer(row: Entry | BadRow, answers: Mapping[str, RegisterAnswers], report: Report, known: Words) -> list[str]:
    """One row of the result; the words of registers are escaped against formulas."""
    if isinstance(row, BadRow):
        report.bad += 1
        report.reasons[row.reason] += 1
        return [str(row.row), "", row.reason]
    report.matched += 1
    cells: list[str] = []
    listed: list[str] = []
    for register in report.registers:
        words = words_of_list(known, report.office, register.office)
        standing, *details = _standing(register, answers[row.nik], words)
        is_unread = any(unread.source == register for unread in answers[row.nik].unread)
        if standing not in (None, "tidak terdaftar") and not is_unread:
            listed.append(register.register)
        cells += [standing or "tidak terdaftar", *details]
    report.listed_anywhere += bool(listed)
    report.listed.update(listed)
    return [str(row.row), ", ".join(listed), "", *map(escaped, cells)]


def _standing(register: Answering, answers: RegisterAnswers, known: Words) -> tuple[str | None, *tuple[str, ...]]:
    """The standing of a NIK in a register, None where it is not listed; then the register's own columns.

    Every row of the person is shown: where they differ an official sees it, and a row that was not taken is named.
    """
    if unread := [row for row in answers.unread if row.source == register]:
        return f"tidak terbaca: baris {', '.join(str(row.row) for row in unread)}", *_BLANK[register.kind]
    match register.kind:
        case RegisterKind.POOR:
            entries = [entry for entry in answers.listed if entry.source == register]
            deciles = [entry.desil_word or ("" if entry.desil is None else str(entry.desil)) for entry in entries]
            return _each(_listing_word(entry, known) for entry in entries), _each(deciles) or ""
        case RegisterKind.MEMBERS:
            members = [member for member in answers.members if member.source == register]
            words = [_status_word(member, known) for member in members]
            return (
                " dan ".join(words) or None,
                ", ".join(member.segment or "" for member in members),
                *_history(members),
            )
        case RegisterKind.RESIDENTS:
            residents = [resident for resident in answers.residents if resident.source == register]
            return "terdaftar" if residents else None, _each(row.status or "" for row in residents) or ""
        case _ as unknown:
            assert_never(unknown)


_BLANK: Final[Mapping[RegisterKind, tuple[str, ...]]] = {
    RegisterKind.POOR: ("",),
    RegisterKind.MEMBERS: ("",) * len(_OF_MEMBERS),
    RegisterKind.RESIDENTS: ("",),
}


def _each(words: Iterable[str]) -> str | None:
    """Different words, each once; None without any."""
    return " / ".join(dict.fromkeys(words)) or None


def _listing_word(entry: RegisterEntry, known: Words) -> str:
    """Listed or not by the register's word, else the word itself."""
    match known.listed(entry.status):
        case True:
            return "terdaftar"
        case False:
            return "tidak terdaftar"
        case None:
            return entry.status or "status kosong"


def _status_word(member: MemberEntry, known: Words) -> str:
    """Active or not by the list's word and date, else the word itself."""
    if known.open_word(member.status, None, member.deactivated_on, member.source.as_of):
        return member.status or "terdaftar"
    return "aktif" if known.active(member.status, member.deactivated_on) else "nonaktif"


def _history(members: Sequence[MemberEntry]) -> tuple[str, str, str]:
    """Dates, counts and decrees (SK) of deactivation, of each card that has them."""
    since = (f"{member.deactivated_on:%d-%m-%Y}" for member in members if member.deactivated_on is not None)
    times = (str(member.deactivations) for member in members if member.deactivations is not None)
    return ", ".join(since), ", ".join(times), ", ".join(member.decree for member in members if member.decree)


@contextmanager
def _writing(out: Path) -> Iterator[_Write]:
    """The result, CSV or XLSX by its name; the file appears only when it is complete."""
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise MatchRefusedError("Nama hasil harus berakhir dengan .csv atau .xlsx.")
    if out.exists():
        raise MatchRefusedError(f"Berkas {out} sudah ada; sebutkan nama lain untuk --out.")
    part = out.with_name(f".{out.name}.part")
    try:
        with (_xlsx if out.suffix.lower() == ".xlsx" else _csv)(part) as write:
            yield write
        part.rename(out)
    except OSError as error:
        raise MatchRefusedError(f"Hasil tidak dapat ditulis ke {out}: {os.strerror(error.errno or 0)}.") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _csv(path: Path) -> Iterator[_Write]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield csv.writer(file, delimiter=";").writerow


@contextmanager
def _xlsx(path: Path) -> Iterator[_Write]:
    """Written row by row to disk, in constant memory."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with path.open("wb") as file, xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("hasil")
        sheet.freeze_panes(1, 0)
        number = 0

        def write(cells: Sequence[str]) -> None:
            nonlocal number
            if number == XLSX_ROWS:
                raise MatchRefusedError(f"XLSX hanya muat {XLSX_ROWS} baris; pakai hasil .csv.")
            for column, value in enumerate(cells):
                sheet.write_string(number, column, value)
            number += 1

        yield write
