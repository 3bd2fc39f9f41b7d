"""The lines of a register: rows of the event store in the form in which an official writes them into the book."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import asyncpg

from jejak.cases.unreadable import UNREAD, UnreadRow, skipping_unreadable, unread_row
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import parse_due
from jejak.platform import ids
from jejak.procedure.model import Sop
from jejak.procedure.task_words import words_at
from jejak.timekeeping.printed.words import date_words, instant_words
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
SELECT s.key AS id, b.content ->> 'batch' AS kumpulan, b.content ->> 'period' AS period
FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no AND e.version = 1 AND e.type = 'BatchClosed'
CROSS JOIN LATERAL (SELECT es.readable(e.payload) AS content OFFSET 0) AS b
WHERE s.key = ANY ($1::uuid[])
"""
_WAYS: Final = {"manual": "dilihat petugas", "impor": "berkas", "http": "sistem"}
_NO_LONGER: Final = ("dicabut", "batal")
"""States in which a number is struck through, as in the book."""

type Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines of a register, and where the next page begins (None: no more)."""

    lines: Sequence[Line]
    following: Place | None
    unread: Sequence[UnreadRow] = ()
    """Cases that do not open; their lines show what the row itself holds."""


async def page_of(runtime: Runtime, book: RegisterYear, after: Place | None, limit: int) -> LinePage:
    """The lines of at most `limit` rows. A row may be several lines (the letters of an archiving), or none."""
    rows = await rows_of(runtime, book, after, limit)
    last = rows[-1] if len(rows) == limit else None
    following = Place(last["at"], str(last["mark"])) if last else None
    cases = list(dict.fromkeys(row["stream"] for row in rows))
    kind = book.register.kind
    if kind is KENDALI:
        lines = list(_lines(book, rows, await keys_of(runtime, cases), _handed_on))
    else:
        made = {BUKU: _number, ARSIP: _archived}.get(kind) or partial(_compared, await _batches(runtime, rows))
        lines = list(_lines(book, rows, await letters_of(runtime, cases), made))
    unread = dict.fromkeys(uuid.UUID(line["berkas"]) for line in lines if "tidak_terbaca" in line)
    return LinePage(lines, following, [unread_row(case) for case in unread])


def _lines[T](
    book: RegisterYear,
    rows: Sequence[asyncpg.Record],
    opened: Mapping[uuid.UUID, T],
    made: Callable[[RegisterYear, asyncpg.Record, T], Iterable[Line]],
) -> Iterator[Line]:
    """The lines made of each row; a case that does not open has a line made of the row alone."""
    for row in rows:
        case, lines = row["stream"], None
        if case in opened:
            with skipping_unreadable(case):
                lines = list(made(book, row, opened[case]))
        yield from [_unread(book, row)] if lines is None else lines


def _unread(book: RegisterYear, row: asyncpg.Record) -> Line:
    """A row of a case that does not open: its instant, and what its columns hold."""
    keys = [column.kunci for column in book.register.kind.kolom]
    known: Line = {name: row[name] for name in ("nomor", "urut", "langkah") if name in row and name in keys}
    at = instant_words(row["happened" if "happened" in row else "at"], book.office.zona)
    when = "dipesan" if book.register.kind is BUKU else "waktu"
    notice = {when: at, "nama" if "nama" in keys else "petunjuk": UNREAD}
    return dict.fromkeys(keys) | known | notice | _case(row) | {"tidak_terbaca": True}


def _number(book: RegisterYear, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
    state, at, why = letters.end_of(row["surat"])
    yield {
        "nomor": row["nomor"],
        "urut": row["urut"],
        "surat": row["surat"],
        "jenis_surat": _letter_words(book, row["sop"], row["surat"]),
        "nama": letters.name,
        **_case(row),
        "dipesan": instant_words(row["at"], book.office.zona),
        "keadaan": state,
        "pada": instant_words(at, book.office.zona) if at else None,
        "sebab": why,
        "dicoret": state in _NO_LONGER,
    }


def _archived(book: RegisterYear, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
    """A line for each letter archived by the event."""
    evidence = [document["sha256"] for document in json.loads(row["payload"]).get("evidence", ())]
    for name in _archived_letters(book, row, letters):
        signed = letters.signed[name]
        state, _, why = letters.end_of(name)
        yield {
            "waktu": instant_words(row["happened"], book.office.zona),
            "nomor": signed.number,
            "surat": name,
            "jenis_surat": _letter_words(book, row["sop"], name),
            "nama": letters.name,
            **_case(row),
            "sidik": signed.sha256,
            "bukti": " ".join(evidence) or None,
            "oleh": _who(book, row),
            "keadaan": state,
            "sebab": why,
            "dicoret": state in _NO_LONGER,
        }


def _archived_letters(book: RegisterYear, row: asyncpg.Record, letters: Letters) -> list[str]:
    """The letters an archiving covers: those its task names (all, if none) that were signed before it."""
    version, signed = row["version"], letters.signed.items()
    if row["type"] == "LetterSigned":
        return [name for name, letter in signed if letter.version == version]
    names = book.sops[row["sop"]].task(row["slot"], row["langkah"], row["tugas"]).surat
    return [name for name, letter in signed if letter.version < version and (not names or name in names)]


def _handed_on(book: RegisterYear, row: asyncpg.Record, keys: CaseKeys) -> Iterator[Line]:
    """A row after which the file lies with another party, or that carries a note."""
    sop = book.sops[row["sop"]]
    note = words(getattr(opened_payload(row, keys), "note", None))
    receiver = _receiver(sop, row)
    if receiver == row["oleh"] and note is None:
        return
    yield {
        "waktu": instant_words(row["happened"], book.office.zona),
        **_case(row),
        "langkah": row["langkah"],
        "tindakan": f"{_task_words(book, row)}: {_code_words(row['hasil'])}",
        "dari": _who(book, row),
        "kepada": sop.pelaksana[receiver].nama if receiver else "selesai",
        "petunjuk": note,
    }


def _task_words(book: RegisterYear, row: asyncpg.Record) -> str:
    return words_at(book.sops[row["sop"]], row["slot"], row["langkah"], row["tugas"], row["oleh"])


def _receiver(sop: Sop, row: asyncpg.Record) -> str | None:
    """The party of the next task in the same line, or in another where this one has ended; None if nothing is due."""
    tokens = parse_due(row["due"] or "")
    due = next((token for token in tokens if token.slot == row["slot"]), None) or next(iter(tokens), None)
    return due.who if due is not None and due.who in sop.pelaksana else None


def _compared(batches: Mapping[str, str], book: RegisterYear, row: asyncpg.Record, letters: Letters) -> Iterator[Line]:
    check = json.loads(row["payload"])
    source = check.get("source") or {}
    since = check.get("active_since") or check.get("inactive_since")
    yield {
        "waktu": instant_words(row["happened"], book.office.zona),
        "hari": date_words(book.office.calendar.local_date(row["happened"])),
        "kumpulan": batches.get(check.get("batch") or ""),
        "nama": letters.name,
        **_case(row),
        "pemeriksaan": _task_words(book, row),
        "hasil": _code_words(row["hasil"]),
        "sejak": date_words(date.fromisoformat(since)) if since else None,
        "sumber": " ".join(filter(None, (_WAYS.get(source.get("way", "")), source.get("reference")))) or None,
        "oleh": _who(book, row),
    }


async def _batches(runtime: Runtime, rows: Sequence[asyncpg.Record]) -> dict[str, str]:
    """The name and period of each batch named by these rows, by its identity."""
    named: set[uuid.UUID] = set()
    for row in rows:
        with skipping_unreadable(row["stream"]):
            if batch := json.loads(row["payload"]).get("batch"):
                named.add(uuid.UUID(batch))
    batches = await runtime.store.pool.fetch(BATCHES, list(named))
    return {str(row["id"]): f"{_code_words(row['kumpulan'])} {row['period']}" for row in batches}


def _case(row: asyncpg.Record) -> Line:
    """The fields every line has: the case of its row, and that it is not struck through."""
    case = row["stream"]
    return {"berkas": str(case), "kode": ids.case_code(case), "jejak": f"/cases/{case}/timeline", "dicoret": False}


def _letter_words(book: RegisterYear, sop: str | None, name: str) -> str:
    """The letter's name on the sheet, else its kind; its code where no sheet has it any more."""
    sheet = book.sops.get(sop or "")
    letter = sheet.surat.get(name) if sheet else None
    return (letter.nama or letter.jenis) if letter else name


def _who(book: RegisterYear, row: asyncpg.Record) -> str:
    """The official by name and post; for a party outside the office its column of the sheet; else the system."""
    performer = book.sops[row["sop"]].pelaksana.get(row["oleh"] or "")
    if row["actor"] is None:
        return performer.nama if performer and row["recorder"] else "otomatis"
    person = official(book.offices, row["actor"], row["at"], performer.jabatan if performer else ())
    return f"{person['nama']} ({person['jabatan']})" if person["jabatan"] else person["nama"]


def _code_words(code: str | None) -> str:
    return (code or "").replace("_", " ")
