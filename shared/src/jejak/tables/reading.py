"""Foreign tables: CSV in any of its dialects, or XLSX; their rows as a spreadsheet shows them.

Nothing here knows what the columns mean. What cannot be read is a `ReadingError`: one Indonesian sentence that says
what to do, without a value of the file.
"""

import codecs
import csv
import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import reduce
from pathlib import Path
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

type Cell = str | int | float | bool | date | datetime | time | timedelta
type IsHeader = Callable[[Sequence[Cell]], bool]

DELIMITERS: Final = (",", ";", "\t", "|")
HEADER_WITHIN: Final = 20
_CHUNK: Final = 1 << 20
_HEAD_CHARACTERS: Final = 1 << 16
_XLSX_FILE_LIMIT: Final = 128 << 20
_XLSX_UNPACKED_LIMIT: Final = 768 << 20
_XLSX_CELL_LIMIT: Final = 20_000_000
_CELL_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_PLACE_BYTES: Final = 64
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ReadingError(Exception):
    """The file cannot be read as a table; the message is for the person who imports it."""


@dataclass(slots=True)
class Table:
    """An opened table. `rows` are those after the header, with their number in the file (the first line is 1)."""

    header: tuple[str, ...]
    header_row: int
    rows: Iterator[tuple[int, Sequence[Cell]]]
    fraction: Callable[[], float] = field(default=lambda: 1.0)


@dataclass(frozen=True, slots=True)
class _HeaderSearch:
    """How the header is recognised, and the words for its absence. `options`: sheet and separator can be chosen."""

    is_header: IsHeader
    key: str
    hint: str
    options: bool

    def missing(self) -> ReadingError:
        return ReadingError(f"Kolom {self.key} tidak ditemukan pada {HEADER_WITHIN} baris pertama. {self.hint}")


def file_sha256(path: Path) -> bytes:
    """SHA-256 of the file as it lies on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def read_table(
    file: BinaryIO,
    is_header: IsHeader,
    delimiter: str | None,
    sheet: str | None,
    key: str,
    hint: str,
    *,
    options: bool,
) -> Table:
    """Reads CSV, XLSX or ODS by what the file contains. Runs in a process of its own (`jejak.tables.files`).

    The header is the first row `is_header` accepts, within the first 20. ReadingError when there is none; it names the
    `key` column that was looked for, and says `hint`. `options` of a command are named only where there is one.
    """
    search = _HeaderSearch(is_header, key, hint, options)
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        return _xlsx(file, search, sheet)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise ReadingError(
            "Berkas ini Excel lama (.xls) atau bersandi. Simpan ulang sebagai .xlsx tanpa sandi, atau sebagai CSV."
        )
    try:
        return _csv(file, io.TextIOWrapper(file, encoding=_encoding(file), newline=""), search, delimiter)
    except UnicodeDecodeError:
        raise _no_text() from None


def _csv(file: BinaryIO, text: io.TextIOWrapper, search: _HeaderSearch, delimiter: str | None) -> Table:
    size = os.fstat(file.fileno()).st_size
    text.seek(0)
    head = text.read(_HEAD_CHARACTERS)
    chosen, header_row = _dialect(head, search, delimiter)
    text.seek(0)
    rows = _records(text, chosen)
    return Table(_titled(_header(rows, header_row)), header_row, rows, lambda: file.tell() / size)


def _titled(header: tuple[str, ...]) -> tuple[str, ...]:
    """The header without the empty titles at its end: what lies under them came there by a separator within a cell."""
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    return header[:width]


def _header(rows: Iterator[tuple[int, Sequence[Cell]]], header_row: int) -> tuple[str, ...]:
    """The titles in the header's row; leaves the rows at the one after it."""
    return next(tuple(map(str, cells)) for number, cells in rows if number == header_row)


def _encoding(file: BinaryIO) -> str:
    """UTF-8 when the whole file is; else what Windows writes. UTF-16 only when it says so. Leaves the file at 0."""
    start = file.read(4)
    file.seek(0)
    if start.startswith(_UTF16):
        return "utf-16"
    tried = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "cp1252", "latin-1")}
    while chunk := file.read(_CHUNK):
        if b"\0" in chunk:
            raise _no_text()
        for name, decoder in list(tried.items()):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                del tried[name]
    if "utf-8-sig" in tried and not _whole(tried["utf-8-sig"]):
        del tried["utf-8-sig"]
    file.seek(0)
    return next(iter(tried))


def _whole(decoder: codecs.IncrementalDecoder) -> bool:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _dialect(head: str, search: _HeaderSearch, delimiter: str | None) -> tuple[str, int]:
    """The separator under which a header is found, the one that makes most columns of it; and the header's row."""
    headers = {}
    for candidate in dict.fromkeys((*DELIMITERS, *([delimiter] if delimiter else []))):
        for number, cells in _first_records(head, candidate):
            if search.is_header(cells):
                headers[candidate] = (len(cells), number)
                break
    if delimiter is not None and delimiter not in headers and headers:
        better = max(headers, key=headers.__getitem__)
        raise ReadingError(
            f"Pemisah {_shown(delimiter)} tidak cocok: berkas ini memakai {_shown(better)}. "
            f"Ulangi dengan --delimiter {_shown(better)} atau tanpa --delimiter."
        )
    if not headers:
        raise _no_header(head, search)
    best = delimiter if delimiter is not None else max(headers, key=lambda name: headers[name][0])
    return best, headers[best][1]


def _no_header(head: str, search: _HeaderSearch) -> ReadingError:
    """A header that stays in one piece under every separator has an unknown one."""
    for line in head.splitlines()[:HEADER_WITHIN]:
        words = re.search(rf"\b{re.escape(search.key)}\b", line, re.IGNORECASE)
        if words and not any(mark in line for mark in DELIMITERS):
            choose = ", atau sebutkan pemisahnya dengan --delimiter" if search.options else ""
            return ReadingError(
                "Pemisah kolom berkas ini tidak dikenali. Simpan ulang sebagai CSV dengan pemisah titik koma (;), "
                f"koma (,), tab atau garis tegak (|){choose}."
            )
    return search.missing()


def _first_records(head: str, delimiter: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The first records under a separator. A wrong one may break the quoting: then there are fewer."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    for number in range(1, HEADER_WITHIN + 1):
        try:
            yield number, next(reader)
        except (StopIteration, csv.Error):
            return


def _records(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), start=1):
            yield number, cells
    except UnicodeDecodeError:
        raise _no_text() from None
    except csv.Error:
        raise ReadingError(
            f"Tanda kutip pada baris {number + 1} tidak ditutup atau salah letak. Perbaiki baris itu, lalu impor lagi."
        ) from None


def _shown(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"'{delimiter}'"


def _xlsx(file: BinaryIO, search: _HeaderSearch, sheet: str | None) -> Table:
    _check_package(file)
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        chosen, header_row = _only_sheet(workbook, search, sheet)
    except CalamineError:
        raise _unreadable() from None
    total = max(chosen.total_height, 1)
    rows = enumerate(chosen.iter_rows(), start=1)
    header = _header(rows, header_row)
    done = header_row

    def counted() -> Iterator[tuple[int, Sequence[Cell]]]:
        nonlocal done
        for number, cells in rows:
            done = number
            yield number, cells

    return Table(header, header_row, counted(), lambda: done / total)


def _only_sheet(workbook: CalamineWorkbook, search: _HeaderSearch, sheet: str | None) -> tuple[CalamineSheet, int]:
    """The sheet with a header, and its row: the one that was named, else the only visible one."""
    if sheet is not None and sheet not in workbook.sheet_names:
        names = ", ".join(f"'{name}'" for name in workbook.sheet_names)
        raise ReadingError(f"Lembar '{sheet}' tidak ada. Lembar di berkas ini: {names}.")
    visible = [meta.name for meta in workbook.sheets_metadata if meta.visible is SheetVisibleEnum.Visible]
    headed = list(_headed_sheets(workbook, search.is_header, visible if sheet is None else [sheet]))
    if len(headed) == 1:
        return headed[0]
    if not headed:
        hidden = [name for name in workbook.sheet_names if name not in visible and sheet is None]
        if any(_headed_sheets(workbook, search.is_header, hidden)):
            raise ReadingError(
                f"Lembar dengan kolom {search.key} tersembunyi. Tampilkan lembar yang benar, lalu coba lagi."
            )
        raise search.missing()
    names = ", ".join(f"'{sheet.name}'" for sheet, _ in headed)
    choose = "Pilih satu dengan --sheet." if search.options else "Sisakan satu, hapus atau sembunyikan yang lain."
    raise ReadingError(f"Berkas ini punya beberapa lembar dengan kolom {search.key}: {names}. {choose}")


def _headed_sheets(
    workbook: CalamineWorkbook, is_header: IsHeader, names: Sequence[str]
) -> Iterator[tuple[CalamineSheet, int]]:
    for name in names:
        candidate = workbook.get_sheet_by_name(name)
        for number, cells in zip(range(1, HEADER_WITHIN + 1), candidate.iter_rows(), strict=False):
            if is_header(cells):
                yield candidate, number
                break


def _check_package(file: BinaryIO) -> None:
    """Refuses what would not fit in memory once unpacked.

    The reader holds every cell up to the last row and column, so that one stray cell far below and far right costs as
    much as a full sheet.
    """
    if os.fstat(file.fileno()).st_size > _XLSX_FILE_LIMIT:
        raise _too_large()
    unpacked = 0
    try:
        with zipfile.ZipFile(file) as package:
            if sum(part.file_size for part in package.infolist()) > _XLSX_UNPACKED_LIMIT:
                raise _too_large()
            for part in package.infolist():
                width = height = 0
                with package.open(part) as stream:
                    tail = b""
                    while chunk := stream.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > _XLSX_UNPACKED_LIMIT:
                            raise _too_large()
                        width, height = _extent(tail + chunk, width, height)
                        tail = chunk[-_PLACE_BYTES:]
                if width * height > _XLSX_CELL_LIMIT:
                    raise _too_large()
    except _DAMAGED:
        raise _unreadable() from None


def _extent(chunk: bytes, width: int, height: int) -> tuple[int, int]:
    places = _CELL_PLACE.findall(chunk)
    columns = {letters.upper() for letters, _ in places}
    if places:
        width = max(width, *(_column(letters) for letters in columns), 0)
        height = max(height, *(int(row) for _, row in places), 0)
    return width, height


def _column(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    return reduce(lambda number, letter: number * 26 + letter - ord("A") + 1, letters, 0)


def _no_text() -> ReadingError:
    return ReadingError("Berkas ini bukan tabel teks. Simpan sebagai CSV (UTF-8) atau .xlsx, lalu impor lagi.")


def _unreadable() -> ReadingError:
    return ReadingError(
        "Berkas Excel ini rusak atau bersandi. Simpan ulang sebagai .xlsx tanpa sandi, lalu impor lagi."
    )


def _too_large() -> ReadingError:
    return ReadingError(
        "Berkas Excel ini terlalu besar bila dibuka. Hapus baris dan kolom kosong yang jauh di luar tabel, "
        "atau simpan sebagai CSV, lalu impor lagi."
    )
