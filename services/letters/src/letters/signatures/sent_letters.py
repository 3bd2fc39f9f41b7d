"""Letters sent to BSrE, in the database: a row before the request, its document's id, and its outcome.

A row without an outcome is of a process that ended meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from letters.numbering.numbers import Database
from letters.signatures.returned import SentLetter

type Outcome = Literal["tersimpan", "ditolak", "tidak_pasti", "dibuang"]
"""Stored; certainly not signed; perhaps signed; signed wrongly, and thrown away."""


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A letter whose document BSrE has: the row, the document's id, and the letter that was sent."""

    row: int
    document: str
    letter: SentLetter


async def note_sent(db: Database, case: UUID, surat: str, what: bytes, letter: SentLetter) -> int:
    """Record that a letter is about to be sent; returns its row."""
    row: int = await db.fetchval(
        "SELECT letters.note_sent($1, $2, $3, $4, $5)", case, surat, what, letter.sha256, letter.size
    )
    return row


async def note_document(db: Database, row: int, document: str) -> None:
    """Record the id under which BSrE holds the document."""
    await db.fetchval("SELECT letters.note_document($1, $2)", row, document)


async def note_outcome(db: Database, rows: Sequence[int], outcome: Outcome) -> None:
    """Record what became of letters."""
    for row in rows:
        await db.fetchval("SELECT letters.note_outcome($1, $2)", row, outcome)


async def sent_document(db: Database, case: UUID, surat: str, what: bytes) -> SentDocument | None:
    """The newest document at BSrE of a signature to be made whose result was not stored or thrown away.

    After an hour it is not asked for any more, so that a download that never works keeps no letter from its signature.
    """
    row = await db.fetchrow(
        """SELECT id, document, pdf_sha256, pdf_size FROM letters.sent
           WHERE "case" = $1 AND surat = $2 AND unsigned_sha256 = $3 AND document IS NOT NULL
             AND (outcome IS NULL OR outcome = 'tidak_pasti') AND sent_at > es.now() - interval '1 hour'
           ORDER BY id DESC LIMIT 1""",
        *(case, surat, what),
    )
    if row is None:
        return None
    return SentDocument(row["id"], row["document"], SentLetter(row["pdf_size"], row["pdf_sha256"]))
