"""The lines of a register: rows of the ledger as an official would have written them into the book."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import asyncpg

from jejak import ids
from jejak.clock.marks import parse_due
from jejak.clock.words import date_words, instant_words
from jejak.runtime import Runtime
from jejak.sentences import task_words
from jejak.sop.model import Sop
from ledger.people import official
from ledger.register_kinds import ARSIP, BUKU, KENDALI
from ledger.register_rows import Book, Letters, Place, keys_of, letters_of, opened, rows_of, words

BATCHES: Final = "SELECT id, kumpulan, period FROM bpjs.batch WHERE id = ANY ($1::uuid[])"
_WAYS: Final = {"manual": "dilihat petugas", "impor": "berkas", "http": "sistem"}
_NO_LONGER: Final = ("dicabut", "batal")
"""A number that ended so is struck through, as in the book."""

type Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and where the next page begins; None behind the last."""

    lines: Sequence[Line]
    following: Place | None


async def page_of(runtime: Runtime, book: Book, after: Place | None, limit: int) -> Page:
    """The lines of at most `limit` rows. A row may be several lines (letters of one archiving), or none."""
    rows = await rows_of(runtime, book, after, limit)
    last = rows[-1] if len(rows) == limit else None
    following = Place(last["at"], str(last["mark"])) if last else None
    if book.register.kind is KENDALI:
        return Page(await _handed_on(runtime, book, rows), following)
    letters = await letters_of(runtime, {row["stream"] for row in rows})
    if book.register.kind is BUKU:
        return Page([_number(book, row, letters[row["stream"]]) for row in rows], following)
    if book.register.kind is ARSIP:
        return Page([line for row in rows for line in _archived(book, row, letters[row["stream"]])], following)
    batches = await _batches(runtime, rows)
    return Page([_compared(book, row, letters[row["stream"]], batches) for row in rows], following)


def _number(book: Book, row: asyncpg.Record, letters: Letters) -> Line:
    state, at, why = letters.end_of(row["surat"])
    return {
        "nomor": row["nomor"],
        "urut": row["urut"],
        "surat": row["surat"],
        "jenis_surat": _letter_words(book, row["sop"], row["surat"]),
        "nama": letters.name,
        **_case(row["stream"]),
        "dipesan": instant_words(row["at"], book.office.zona),
        "keadaan": state,
        "pada": instant_words(at, book.office.zona) if at else None,
        "sebab": why,
        "dicoret": state in _NO_LONGER,
    }


def _archived(book: Book, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
    """One line a letter that was archived then."""
    names = _letters_then(book, row, letters)
    shown = [one["sha256"] for one in json.loads(row["payload"]).get("evidence", ())]
    for name in names:
        signed = letters.signed[name]
        state, _, why = letters.end_of(name)
        yield {
            "waktu": instant_words(row["happened"], book.office.zona),
            "nomor": signed.number,
            "surat": name,
            "jenis_surat": _letter_words(book, row["sop"], name),
            "nama": letters.name,
            **_case(row["stream"]),
            "sidik": signed.sha256,
            "bukti": " ".join(shown) or None,
            "oleh": _who(book, row),
            "keadaan": state,
            "sebab": why,
            "dicoret": state in _NO_LONGER,
        }


def _letters_then(book: Book, row: asyncpg.Record, letters: Letters) -> list[str]:
    """Which letters an archiving was of: those its task names (all, if none) that were signed by then."""
    task = book.sops[row["sop"]].task(row["slot"], row["langkah"], row["tugas"])
    if row["type"] == "LetterSigned":
        return [name for name, one in letters.signed.items() if one.version == row["version"]]
    return [
        name
        for name, one in letters.signed.items()
        if one.version < row["version"] and (not task.surat or name in task.surat)
    ]


async def _handed_on(runtime: Runtime, book: Book, rows: Sequence[asyncpg.Record]) -> list[Line]:
    """Rows after which the file lay with somebody else, or with which something was written."""
    keys = await keys_of(runtime, {row["stream"] for row in rows})
    found: list[Line] = []
    for row in rows:
        sop = book.sops[row["sop"]]
        note = words(getattr(opened(row, keys[row["stream"]]), "note", None))
        receiver = _receiver(sop, row)
        if receiver == row["oleh"] and note is None:
            continue
        found.append(
            {
                "waktu": instant_words(row["happened"], book.office.zona),
                **_case(row["stream"]),
                "langkah": row["langkah"],
                "tindakan": f"{task_words(row['tugas'])}: {_said(row['hasil'])}",
                "dari": _who(book, row),
                "kepada": sop.pelaksana[receiver].nama if receiver else "selesai",
                "petunjuk": note,
                "dicoret": False,
            }
        )
    return found


def _receiver(sop: Sop, row: asyncpg.Record) -> str | None:
    """Who is to do something next in the same line; in another, where it ended; nobody once nothing is due."""
    tokens = parse_due(row["due"] or "")
    own = next((one for one in tokens if one.slot == row["slot"]), None) or next(iter(tokens), None)
    return own.who if own is not None and own.who in sop.pelaksana else None


def _compared(book: Book, row: asyncpg.Record, letters: Letters, batches: Mapping[str, str]) -> Line:
    said = json.loads(row["payload"])
    source = said.get("source") or {}
    since = said.get("active_since") or said.get("inactive_since")
    return {
        "waktu": instant_words(row["happened"], book.office.zona),
        "hari": date_words(book.office.calendar.local_date(row["happened"])),
        "kumpulan": batches.get(said.get("batch") or ""),
        "nama": letters.name,
        **_case(row["stream"]),
        "pemeriksaan": task_words(row["tugas"]),
        "hasil": _said(row["hasil"]),
        "sejak": date_words(date.fromisoformat(since)) if since else None,
        "sumber": " ".join(filter(None, (_WAYS.get(source.get("way", "")), source.get("reference")))) or None,
        "oleh": _who(book, row),
        "dicoret": False,
    }


async def _batches(runtime: Runtime, rows: Sequence[asyncpg.Record]) -> dict[str, str]:
    """The name and period of each batch that these rows were done with."""
    named = {json.loads(row["payload"]).get("batch") for row in rows} - {None}
    found = await runtime.store.pool.fetch(BATCHES, [uuid.UUID(one) for one in named])
    return {str(row["id"]): f"{_said(row['kumpulan'])} {row['period']}" for row in found}


def _case(case: uuid.UUID) -> Line:
    return {"berkas": str(case), "kode": ids.case_code(case), "jejak": f"/cases/{case}/timeline"}


def _letter_words(book: Book, sop: str | None, name: str) -> str:
    """The letter in the sheet's word for its kind; its own name where no sheet has it any more."""
    sheet = book.sops.get(sop or "")
    letter = sheet.surat.get(name) if sheet else None
    return letter.jenis if letter else name


def _who(book: Book, row: asyncpg.Record) -> str:
    """The official, by name and post; for somebody outside his column of the sheet; else the system."""
    performer = book.sops[row["sop"]].pelaksana.get(row["oleh"] or "")
    if row["actor"] is None:
        return performer.nama if performer and row["recorder"] else "otomatis"
    found = official(book.offices, row["actor"], _instant(row), performer.jabatan if performer else ())
    return f"{found['nama']} ({found['jabatan']})" if found["jabatan"] else str(found["nama"])


def _instant(row: asyncpg.Record) -> datetime:
    at: datetime = row["at"]
    return at


def _said(code: str | None) -> str:
    """A code of the sheet as words."""
    return (code or "").replace("_", " ")
