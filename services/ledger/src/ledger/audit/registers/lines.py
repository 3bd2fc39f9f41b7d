"""The lines of a register: rows of the ledger as an official would have written them into the book."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import asyncpg

from jejak.cases.event_descriptions import task_name
from jejak.cases.unreadable import UNREAD, UnreadRow, skipping_unreadable, unread_row
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import parse_due
from jejak.platform import ids
from jejak.procedure.model import Sop
from jejak.timekeeping.words import date_words, instant_words
from jejak.web.reading.officials import official
from jejak.web.runtime import Runtime
from ledger.audit.registers.kinds import ARSIP, BUKU, KENDALI
from ledger.audit.registers.rows import (
    Letters,
    Place,
    RegisterYear,
    keys_of,
    letters_of,
    opened_payload,
    rows_of,
    words,
)

BATCHES: Final = """
SELECT s.key AS id, said ->> 'batch' AS kumpulan, said ->> 'period' AS period
FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no AND e.version = 1 AND e.type = 'BatchClosed'
CROSS JOIN LATERAL (SELECT es.readable(e.payload) AS said OFFSET 0) AS p
WHERE s.key = ANY ($1::uuid[])
"""
_WAYS: Final = {"manual": "dilihat petugas", "impor": "berkas", "http": "sistem"}
_NO_LONGER: Final = ("dicabut", "batal")
"""A number that ended so is struck through, as in the book."""

type Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LinePage:
    """Some lines, and where the next page begins; None behind the last."""

    lines: Sequence[Line]
    following: Place | None
    unread: Sequence[UnreadRow] = ()
    """Cases that do not open: of each such row there is a line with what else is known of it."""


async def page_of(runtime: Runtime, book: RegisterYear, after: Place | None, limit: int) -> LinePage:
    """The lines of at most `limit` rows. A row may be several lines (letters of one archiving), or none."""
    rows = await rows_of(runtime, book, after, limit)
    last = rows[-1] if len(rows) == limit else None
    following = Place(last["at"], str(last["mark"])) if last else None
    cases = list(dict.fromkeys(row["stream"] for row in rows))
    if book.register.kind is KENDALI:
        found = _lines(book, rows, await keys_of(runtime, cases), _handed_on)
    elif book.register.kind is BUKU:
        found = _lines(book, rows, await letters_of(runtime, cases), _number)
    elif book.register.kind is ARSIP:
        found = _lines(book, rows, await letters_of(runtime, cases), _archived)
    else:
        found = _lines(book, rows, await letters_of(runtime, cases), partial(_compared, await _batches(runtime, rows)))
    lines = list(found)
    unread = dict.fromkeys(uuid.UUID(one["berkas"]) for one in lines if "tidak_terbaca" in one)
    return LinePage(lines, following, [unread_row(case) for case in unread])


def _lines[T](
    book: RegisterYear,
    rows: Sequence[asyncpg.Record],
    opened: Mapping[uuid.UUID, T],
    made: Callable[[RegisterYear, asyncpg.Record, T], Iterable[Line]],
) -> Iterator[Line]:
    """What each row says; of a case that does not open, its row alone."""
    for row in rows:
        case, lines = row["stream"], None
        if case in opened:
            with skipping_unreadable(case):
                lines = list(made(book, row, opened[case]))
        yield from [_unread(book, row)] if lines is None else lines


def _unread(book: RegisterYear, row: asyncpg.Record) -> Line:
    """A row of a case that does not open: when it was, and what stands in its columns."""
    keys = [one.kunci for one in book.register.kind.kolom]
    known: Line = {name: row[name] for name in ("nomor", "urut", "langkah") if name in row and name in keys}
    at = instant_words(row["happened" if "happened" in row else "at"], book.office.zona)
    unknown: Line = dict.fromkeys(keys)
    said = {"dipesan" if book.register.kind is BUKU else "waktu": at, "nama" if "nama" in keys else "petunjuk": UNREAD}
    return {**unknown, **known, **said, **_case(row["stream"]), "dicoret": False, "tidak_terbaca": True}


def _number(book: RegisterYear, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
    state, at, why = letters.end_of(row["surat"])
    yield {
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


def _archived(book: RegisterYear, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
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


def _letters_then(book: RegisterYear, row: asyncpg.Record, letters: Letters) -> list[str]:
    """Which letters an archiving was of: those its task names (all, if none) that were signed by then."""
    task = book.sops[row["sop"]].task(row["slot"], row["langkah"], row["tugas"])
    if row["type"] == "LetterSigned":
        return [name for name, one in letters.signed.items() if one.version == row["version"]]
    return [
        name
        for name, one in letters.signed.items()
        if one.version < row["version"] and (not task.surat or name in task.surat)
    ]


def _handed_on(book: RegisterYear, row: asyncpg.Record, keys: CaseKeys) -> Iterator[Line]:
    """A row after which the file lay with somebody else, or with which something was written."""
    sop = book.sops[row["sop"]]
    note = words(getattr(opened_payload(row, keys), "note", None))
    receiver = _receiver(sop, row)
    if receiver == row["oleh"] and note is None:
        return
    yield {
        "waktu": instant_words(row["happened"], book.office.zona),
        **_case(row["stream"]),
        "langkah": row["langkah"],
        "tindakan": f"{task_name(row['tugas'])}: {_said(row['hasil'])}",
        "dari": _who(book, row),
        "kepada": sop.pelaksana[receiver].nama if receiver else "selesai",
        "petunjuk": note,
        "dicoret": False,
    }


def _receiver(sop: Sop, row: asyncpg.Record) -> str | None:
    """Who is to do something next in the same line; in another, where it ended; nobody once nothing is due."""
    tokens = parse_due(row["due"] or "")
    own = next((one for one in tokens if one.slot == row["slot"]), None) or next(iter(tokens), None)
    return own.who if own is not None and own.who in sop.pelaksana else None


def _compared(batches: Mapping[str, str], book: RegisterYear, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
    said = json.loads(row["payload"])
    source = said.get("source") or {}
    since = said.get("active_since") or said.get("inactive_since")
    yield {
        "waktu": instant_words(row["happened"], book.office.zona),
        "hari": date_words(book.office.calendar.local_date(row["happened"])),
        "kumpulan": batches.get(said.get("batch") or ""),
        "nama": letters.name,
        **_case(row["stream"]),
        "pemeriksaan": task_name(row["tugas"]),
        "hasil": _said(row["hasil"]),
        "sejak": date_words(date.fromisoformat(since)) if since else None,
        "sumber": " ".join(filter(None, (_WAYS.get(source.get("way", "")), source.get("reference")))) or None,
        "oleh": _who(book, row),
        "dicoret": False,
    }


async def _batches(runtime: Runtime, rows: Sequence[asyncpg.Record]) -> dict[str, str]:
    """The name and period of each batch that these rows were done with."""
    named: set[uuid.UUID] = set()
    for row in rows:
        with skipping_unreadable(row["stream"]):
            if batch := json.loads(row["payload"]).get("batch"):
                named.add(uuid.UUID(batch))
    found = await runtime.store.pool.fetch(BATCHES, list(named))
    return {str(row["id"]): f"{_said(row['kumpulan'])} {row['period']}" for row in found}


def _case(case: uuid.UUID) -> Line:
    return {"berkas": str(case), "kode": ids.case_code(case), "jejak": f"/cases/{case}/timeline"}


def _letter_words(book: RegisterYear, sop: str | None, name: str) -> str:
    """The letter in the sheet's word for its kind; its own name where no sheet has it any more."""
    sheet = book.sops.get(sop or "")
    letter = sheet.surat.get(name) if sheet else None
    return letter.jenis if letter else name


def _who(book: RegisterYear, row: asyncpg.Record) -> str:
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
