"""Imports a register from an office's file: checked row by row, loaded in batches, switched over at once.

A failure before the switch leaves the previous list in place.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from itertools import batched
from pathlib import Path
from typing import Final, Literal, assert_never
from uuid import UUID

import asyncpg

from jejak.platform.ids import new_uuid, random_bytes
from jejak.privacy import nik as niks
from jejak.procedure.meanings import SHIPPED, Words
from jejak.tables.files import IMPORTED, open_table
from jejak.tables.reading import Table, file_sha256
from jejak.timekeeping import dates
from verification.registers.lookup import Connection, RegisterKeys, RegisterKind, name_index, seal_row, wrap_key
from verification.registers.rows import (
    HINT,
    BadRow,
    Entry,
    Field,
    find_columns,
    key_headings,
    read_row,
    swapped_birth_date,
)

BATCH_ROWS: Final = 5_000
NAMED_ROWS: Final = 10_000
_ERASE_ROWS: Final = 20_000
_SUSPECT_ROWS: Final = 20
_KEY_BYTES: Final = 32
_VARIANT_BYTES: Final = 8
_EASTERNMOST: Final = timezone(timedelta(hours=9))
_KINDS: Final[Mapping[str, RegisterKind]] = {
    **dict.fromkeys(("PBDT", "SISKADASATU", "DTKS", "DTSEN"), RegisterKind.POOR),
    **dict.fromkeys(("BPJS", "JKN", "KIS", "PBI"), RegisterKind.MEMBERS),
    "DUKCAPIL": RegisterKind.RESIDENTS,
}

type Progress = Callable[[float, int], None]


class ImportRefusedError(Exception):
    """Nothing was changed; the message says why and what to do, in Indonesian."""


@dataclass(frozen=True, slots=True)
class Request:
    """The file to import, and by whom. `again` imports a file that was imported before, is older, or looks wrong."""

    path: Path
    office: str
    register: str
    kind: RegisterKind
    by: str
    as_of: date | None = None
    mapping: Mapping[Field, str] = field(default_factory=dict)
    delimiter: str | None = None
    sheet: str | None = None
    again: bool = False
    words: Words = SHIPPED
    """The meanings of words by the office's kantor file."""


@dataclass(slots=True)
class Report:
    """Counts of the rows. The first 10,000 bad and repeated rows are named."""

    read: int = 0
    taken: int = 0
    bad: int = 0
    duplicates: int = 0
    unknown_regions: int = 0
    unlikes: int = 0
    swapped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    named: list[BadRow] = field(default_factory=list)
    columns: Mapping[Field, str] = field(default_factory=dict)
    missing: tuple[Field, ...] = ()
    unused: tuple[str, ...] = ()
    """Headings of the columns that were not read."""
    ends_in_zero: int = 0
    left_open: Counter[tuple[Field, str | None]] = field(default_factory=Counter)
    """Rows by column and word whose meaning is open: their look-ups wait for an official. A date has no word."""

    def refuse(self, row: BadRow) -> None:
        """Counts a row that was not taken."""
        self.bad += 1
        self._name(row)

    def repeat(self, row: int, first: int) -> None:
        """Counts a row that repeats another."""
        self.duplicates += 1
        self._name(BadRow(row, f"NIK dan isi sama dengan baris {first}; baris pertama yang dipakai"), "NIK berulang")

    def unlike(self, row: int, first: int) -> None:
        """Counts a row that differs from another of the same NIK (a second card, another status)."""
        self.unlikes += 1
        self._name(BadRow(row, f"NIK sama dengan baris {first}, isinya lain; keduanya dipakai"), "NIK sama, isi lain")

    def swap(self, row: int) -> None:
        """Counts a row whose date of birth was perhaps written month first."""
        self.swapped += 1
        self._name(BadRow(row, "hari dan bulan lahir tertukar menurut NIK; barisnya dipakai"))

    def _name(self, row: BadRow, reason: str | None = None) -> None:
        self.reasons[reason or row.reason] += 1
        if len(self.named) < NAMED_ROWS:
            self.named.append(row)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome. `same_file` was imported before: id, as_of and finished_at are those of that import."""

    outcome: Literal["imported", "same_file"]
    import_id: UUID
    as_of: date
    report: Report
    finished_at: datetime | None = None


def kind_of(register: str) -> RegisterKind | None:
    """The kind of a register by its name ("DTKS", "BPJS-PROVINSI"); None for an unknown name."""
    return _KINDS.get(register.partition("-")[0])


async def import_register(
    connection: Connection, keys: RegisterKeys, request: Request, progress: Progress | None = None
) -> ImportResult:
    """Imports one file. The connection must be a session of its own: it holds the lock of the running import.

    ReadingError or ImportRefusedError when nothing was imported. 100,000 rows take a few seconds, in bounded memory.
    """
    if request.as_of is not None:
        today = (await connection.fetchval("SELECT es.now()")).astimezone(_EASTERNMOST).date()
        if wrong := dates.list_date_fault(request.as_of, today):
            raise ImportRefusedError(f"{wrong} Perbaiki --as-of.")
    sha256 = await asyncio.to_thread(file_sha256, request.path)
    import_id, key = new_uuid(), random_bytes(_KEY_BYTES)
    begun = await _begin(connection, request, import_id, sha256, wrap_key(keys, import_id, key, random_bytes))
    if begun["outcome"] == "same_file":
        return ImportResult("same_file", begun["import_id"], begun["as_of"], Report(), begun["finished_at"])
    if begun["outcome"] == "older":
        raise _older(request.register, begun["as_of"])
    number: int = begun["import_no"]
    sealing = _Sealing(keys.index, import_id, key, request.kind)
    try:
        report = await _load(connection, request, number, begun["as_of"], sealing, progress)
        _judge(report, request)
        await _finish(connection, request, number, report)
    except BaseException:
        if not connection.is_closed():
            await asyncio.shield(connection.execute("SELECT register.abandon_import($1)", number))
        raise
    await _forget(connection)
    return ImportResult("imported", import_id, begun["as_of"], report)


async def _begin(
    connection: Connection, request: Request, import_id: UUID, sha256: bytes, wrapped_key: bytes
) -> asyncpg.Record:
    row = await connection.fetchrow(
        "SELECT * FROM register.begin_import($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        *(import_id, request.office, request.register, request.kind, request.as_of, request.path.name),
        *(sha256, request.by, wrapped_key, request.again),
    )
    assert row is not None
    return row


async def _load(
    connection: Connection,
    request: Request,
    number: int,
    as_of: date,
    sealing: "_Sealing",
    progress: Progress | None,
) -> Report:
    report = Report()
    with open_table(
        *(request.path, key_headings(request.mapping), request.delimiter, request.sheet),
        hint=HINT,
        options=True,
        limits=IMPORTED,
    ) as table:
        for batch in batched(_rows(table, request, report, as_of), BATCH_ROWS, strict=False):
            entries = [row for row in batch if isinstance(row, Entry)]
            repeated = await connection.fetch(_LOAD, number, *sealing.columns(entries)) if entries else []
            for row_no, first_row, is_taken in repeated:
                (report.unlike if is_taken else report.repeat)(row_no, first_row)
            report.taken += len(entries) - sum(not is_taken for _, _, is_taken in repeated)
            if unread := [row for row in batch if isinstance(row, BadRow)]:
                await connection.execute(_LOAD_UNREAD, number, *sealing.unread(unread))
            if progress is not None:
                progress(table.fraction(), report.read)
    return report


def _rows(table: Table, request: Request, report: Report, as_of: date) -> Iterator[Entry | BadRow]:
    """The rows to store: those that are right, and the others whose NIK or name could be read."""
    columns = replace(find_columns(request.kind, table.header, request.mapping), as_of=as_of)
    report.columns = columns.titles
    report.missing = columns.missing(request.kind)
    report.unused = columns.layout.unused
    for number, cells in table.rows:
        match read_row(columns, number, cells):
            case Entry() as entry:
                report.read += 1
                report.unknown_regions += not niks.known_region(entry.nik)
                report.ends_in_zero += entry.nik.endswith("0")
                if swapped_birth_date(entry):
                    report.swap(entry.row)
                report.left_open.update(_left_open(entry, request, as_of))
                yield entry
            case BadRow() as bad:
                report.read += 1
                report.refuse(bad)
                if bad.nik or bad.name:
                    yield bad
            case None:
                pass


def _left_open(entry: Entry, request: Request, as_of: date) -> Iterator[tuple[Field, str | None]]:
    """The columns whose words leave this row open, with the word (None for a date)."""
    words = request.words
    match request.kind:
        case RegisterKind.MEMBERS:
            if open_word := words.open_word(entry.status, entry.segmen, entry.tanggal_nonaktif, as_of):
                column = Field(open_word[0])
                yield column, None if column is Field.DEACTIVATED else open_word[1]
            elif (open_reason := words.open_reason(entry.alasan_nonaktif)) and not words.active(
                entry.status, entry.tanggal_nonaktif
            ):
                yield Field.REASON, open_reason[1]
        case RegisterKind.RESIDENTS:
            if entry.status is not None and words.living(entry.status) is None:
                yield Field.STATUS, entry.status
        case RegisterKind.POOR:
            if words.listed(entry.status) is None:
                yield Field.STATUS, entry.status
            if entry.kata_desil is not None and words.desil(entry.kata_desil) is None:
                yield Field.DESIL, entry.kata_desil
        case _ as unknown:
            assert_never(unknown)


def _judge(report: Report, request: Request) -> None:
    """Refuses a file that is mostly wrong: the old list is better than a broken new one."""
    right = report.read - report.bad
    if not right:
        raise ImportRefusedError(f"Tidak ada satu pun baris yang benar.{_commonest(report)} Daftar lama tetap dipakai.")
    if request.again:
        return
    if report.bad > right:
        raise ImportRefusedError(
            f"{report.bad} dari {report.read} baris salah.{_commonest(report)} Daftar lama tetap dipakai. "
            "Periksa judul kolomnya, atau ulangi dengan --again bila memang begitu."
        )
    if right >= _SUSPECT_ROWS and report.ends_in_zero == right:
        raise ImportRefusedError(
            "Semua NIK berakhir dengan 0: digit terakhirnya hilang karena pernah dibuka sebagai angka. "
            "Minta berkas asli dengan kolom NIK bertipe Teks. Daftar lama tetap dipakai."
        )


def _commonest(report: Report) -> str:
    reason = next(iter(report.reasons.most_common(1)), None)
    return f" Paling sering: {reason[0]} ({reason[1]} baris)." if reason else ""


async def _finish(connection: Connection, request: Request, number: int, report: Report) -> None:
    finished = await connection.fetchrow(
        "SELECT * FROM register.finish_import($1, $2, $3, $4, $5)",
        *(number, report.read, report.bad, report.duplicates, request.again),
    )
    assert finished is not None
    if finished["outcome"] == "older":
        raise _older(request.register, finished["as_of"])


async def _forget(connection: Connection) -> None:
    """Erases, in small steps, the rows of superseded imports; their key is already gone."""
    while await connection.fetchval("SELECT register.forget_entries($1)", _ERASE_ROWS):
        pass


def _older(register: str, as_of: date) -> ImportRefusedError:
    return ImportRefusedError(
        f"Daftar {register} yang dipakai sekarang lebih baru (per {as_of:%d-%m-%Y}), jadi berkas ini tidak diimpor. "
        "Periksa --as-of, atau ulangi dengan --again bila daftar ini memang harus menggantikannya."
    )


_LOAD: Final = """
SELECT row_no, first_row, kept FROM register.load_entries(
  $1, $2::bytea[], $3::bytea[], $4::integer[], $5::smallint[], $6::text[], $7::text[], $8::date[], $9::smallint[],
  $10::bytea[])
"""
_LOAD_UNREAD: Final = "SELECT register.load_unread($1, $2::bytea[], $3::integer[], $4::text[])"


@dataclass(frozen=True, slots=True)
class _Sealing:
    """The stored form of a row: its NIK as an index, its personal values sealed under the import's key."""

    index_key: bytes
    import_id: UUID
    key: bytes
    kind: RegisterKind

    def columns(self, batch: Sequence[Entry]) -> tuple[list[object], ...]:
        """The batch by columns, as `register.load_entries` takes them."""
        rows = [self._row(entry) for entry in batch]
        return tuple(list(column) for column in zip(*rows, strict=True))

    def unread(self, batch: Sequence[BadRow]) -> tuple[list[object], ...]:
        """Rows with a fault by columns, as `register.load_unread` takes them."""
        rows = [(self._index_of(bad), bad.row, bad.reason) for bad in batch]
        return tuple(list(column) for column in zip(*rows, strict=True))

    def _index_of(self, bad: BadRow) -> bytes:
        return niks.index(self.index_key, bad.nik) if bad.nik else name_index(self.index_key, bad.name or "")

    def _row(self, entry: Entry) -> tuple[object, ...]:
        index = niks.index(self.index_key, entry.nik)
        sealed = seal_row(self.key, self.import_id, index, self._personal(entry), random_bytes)
        facts = (entry.desil, entry.segmen, entry.status, entry.tanggal_nonaktif, entry.jumlah_nonaktif)
        return index, self._variant(entry), entry.row, *facts, sealed

    def _variant(self, entry: Entry) -> bytes:
        """A digest of the values that decide a look-up: equal rows of one NIK count once."""
        values: tuple[object, ...]
        match self.kind:
            case RegisterKind.MEMBERS:
                values = (entry.kartu, entry.segmen, entry.status, entry.tanggal_nonaktif, entry.jumlah_nonaktif)
                values += (entry.sk_nonaktif, entry.alasan_nonaktif)
            case RegisterKind.RESIDENTS:
                values = (entry.status, entry.kk, entry.nama, entry.tanggal_lahir)
            case RegisterKind.POOR:
                values = (entry.desil, entry.kata_desil, entry.status, entry.nomor)
        return niks.index(self.index_key, f"{values}")[:_VARIANT_BYTES]

    def _personal(self, entry: Entry) -> dict[str, str]:
        born = entry.tanggal_lahir.isoformat() if entry.tanggal_lahir else None
        values = {"name": entry.nama, "number": entry.nomor, "card": entry.kartu, "kk": entry.kk, "born": born}
        values |= {"decree": entry.sk_nonaktif, "reason": entry.alasan_nonaktif, "desil": entry.kata_desil}
        return {name: value for name, value in values.items() if value is not None}
