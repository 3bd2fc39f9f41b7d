"""Numbers and signed letters: their rows come before print and events.

A number is unique by (office, series, year, number) and by (case, letter), so a retry or a new draft gets the same one;
a number without a signed letter stays, and is void (`batal`, `letters.numbering.settling`).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from jejak.contracts import events as e
from jejak.eventstore.types import Blob

type Database = (
    asyncpg.Pool[asyncpg.Record] | asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
)

AGENDA: Final = "agenda"
"""Series of the numbers that people type."""

_COUNTER: Final = re.compile(r"\{urut(?::0([1-9]))?\}")
_ONE_COUNTER: Final = 3  # before, width, after
_LONGEST: Final = 100
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


class NumberTaken(Exception):
    """Another letter of the office has this number this year."""

    def __init__(self, nomor: str) -> None:
        super().__init__(f"Nomor {nomor} sudah dipakai surat lain tahun ini; periksa buku agenda.")
        self.nomor = nomor


class NumberStays(Exception):
    """The letter has a number already, and another one was typed."""

    def __init__(self, nomor: str) -> None:
        super().__init__(f"Surat ini sudah bernomor {nomor}; nomor yang sudah dicatat tidak diganti.")
        self.nomor = nomor


@dataclass(frozen=True, slots=True)
class NumberTemplate:
    """A number without its counter: the text before, the counter's width (0: no padding), the text after."""

    before: str
    width: int
    after: str


def filled_template(template: str, day: date) -> NumberTemplate:
    """Fill an office's template for a letter of `day` (the blanks are described in the kantor file).

    ValueError, with a sentence for the office, unless `{urut}` stands in it exactly once.
    """
    parts = _COUNTER.split(template)
    if len(parts) != _ONE_COUNTER:
        raise ValueError("susunan nomor surat harus memuat {urut} tepat satu kali")
    before, width, after = parts
    blanks = {"tahun": day.year, "bulan": f"{day.month:02}", "bulan_romawi": _ROMAN[day.month - 1]}
    return NumberTemplate(before.format_map(blanks), int(width or 0), after.format_map(blanks))


@dataclass(frozen=True, slots=True)
class ReservedNumber:
    """A number reserved for one letter. `urut` is None when it was typed; `fresh` when this call reserved it."""

    nomor: str
    urut: int | None
    series: str
    year: int
    reserved_at: datetime
    fresh: bool

    def of(self, letter: str) -> e.DraftLetter:
        """The letter with this number, as events name it."""
        reserved = e.Reservation(year=self.year, count=self.urut, at=self.reserved_at)
        return e.DraftLetter(letter=letter, number=self.nomor, reserved=reserved)


async def reserve(db: Database, *, office: str, template: str, day: date, case: UUID, surat: str) -> ReservedNumber:
    """Give the letter `surat` of `case` the next number of its series in the year of `day`, or the one it has.

    The series is the template's text: letters with the same template share a counter. Gapless: a failed call uses no
    number. ValueError as `filled_template`.
    """
    form = filled_template(template, day)
    row = await db.fetchrow(
        "SELECT * FROM letters.reserve($1, $2, $3, $4, $5, $6, $7, $8)",
        *(office, template, day.year, case, surat, form.before, form.width, form.after),
    )
    return _reserved(row)


async def reserve_typed(db: Database, *, office: str, nomor: str, day: date, case: UUID, surat: str) -> ReservedNumber:
    """Record a number typed from the office's agenda, with its white space normalised.

    Raises NumberTaken, and NumberStays when the letter has another number; the same number again is the same row.
    ValueError when it cannot be printed: empty, longer than 100 characters, or with control characters.
    """
    typed = " ".join(nomor.split())
    if not typed or len(typed) > _LONGEST or not typed.isprintable():
        raise ValueError(f"Nomor surat diisi 1 sampai {_LONGEST} huruf, angka, dan tanda baca.")
    row = await db.fetchrow(
        "SELECT * FROM letters.reserve_typed($1, $2, $3, $4, $5, $6)", office, AGENDA, day.year, case, surat, typed
    )
    if row is not None and row["outcome"] == "taken":
        raise NumberTaken(row["nomor"])
    reserved = _reserved(row)
    if reserved.nomor.lower() != typed.lower():
        raise NumberStays(reserved.nomor)
    return reserved


async def number_of(db: Database, case: UUID, surat: str) -> ReservedNumber | None:
    """Return the letter's number, if it has one."""
    return (await numbers_of(db, case)).get(surat)


async def numbers_of(db: Database, case: UUID) -> dict[str, ReservedNumber]:
    """The numbers of a case, by letter."""
    rows = await db.fetch(
        """SELECT surat, 'kept' AS outcome, nomor, urut, series, year, reserved_at
           FROM letters.number WHERE "case" = $1 ORDER BY reserved_at, surat""",
        case,
    )
    return {row["surat"]: _reserved(row) for row in rows}


async def ended_numbers(db: Database, office: str, year: int) -> list[asyncpg.Record]:
    """The numbers of an office and year in the order of reservation, each with its end; `open` until that is known."""
    return await db.fetch(
        """SELECT n.nomor, n."case", n.surat, v.sebab, v.ended_at, o."case" IS NOT NULL AS open
           FROM letters.number n LEFT JOIN letters.void v USING ("case", surat)
                LEFT JOIN letters.open_number o USING ("case", surat)
           WHERE n.office = $1 AND n.year = $2 ORDER BY n.reserved_at, n.nomor""",
        *(office, year),
    )


def _reserved(row: asyncpg.Record | None) -> ReservedNumber:
    if row is None:
        raise LookupError("the database gave no number")
    return ReservedNumber(
        nomor=row["nomor"],
        urut=row["urut"],
        series=row["series"],
        year=row["year"],
        reserved_at=row["reserved_at"],
        fresh=row["outcome"] == "reserved",
    )


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A signed letter: the SHA-256 of its bytes, by which LetterSigned names it and the case stores it."""

    sha256: bytes
    kept_at: datetime
    fresh: bool


async def store_signed(db: Database, *, case: UUID, surat: str, unsigned_sha256: bytes, signed: Blob) -> StoredLetter:
    """Store a signed letter; the first writer wins, every caller gets the stored one. Name only the returned `sha256`.

    `unsigned_sha256` (32 bytes) names the signature to be made: a retry has the same one, even after midnight, when it
    would print another date.
    """
    row = await db.fetchrow(
        "SELECT * FROM letters.keep_signed($1, $2, $3, $4, $5, $6, $7)",
        *(case, surat, unsigned_sha256, bytes.fromhex(signed.sha256), signed.sealed, signed.media_type, signed.size),
    )
    if row is None:
        raise LookupError("the database kept no letter")
    return StoredLetter(row["sha256"], row["kept_at"], row["fresh"])


async def stored_signature(db: Database, *, case: UUID, surat: str, unsigned_sha256: bytes) -> StoredLetter | None:
    """Return the stored signature of this name, if any: asked before signing, so that a retry does not sign twice."""
    row = await db.fetchrow(
        """SELECT sha256, kept_at FROM letters.signed
           WHERE "case" = $1 AND surat = $2 AND unsigned_sha256 = $3""",
        *(case, surat, unsigned_sha256),
    )
    return None if row is None else StoredLetter(row["sha256"], row["kept_at"], fresh=False)
