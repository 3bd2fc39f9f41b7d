"""Buku Rekomendasi: every number that was ever reserved, with its letter, its case and how it ended."""

import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import asyncpg
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from jejak import ids
from jejak.clock.words import instant_words
from jejak.refusal import Malformed, NotYours
from jejak.runtime import Runtime
from jejak.sop.model import MAIN

_PAGE: Final = 500
NUMBERS: Final = """
SELECT n."case" AS berkas, n.surat, n.nomor, n.urut, n.year, n.reserved_at FROM letters.number n
WHERE n.office = $1 AND n.year = $2 AND (n.reserved_at, n.nomor) > ($3, $4) ORDER BY n.reserved_at, n.nomor LIMIT $5
"""
# What tells how a number ended. What is read of these payloads is never personal.
ENDINGS: Final = """
SELECT e.stream, e.type, e.slot, e.recorded_at, e.payload FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no
WHERE s.key = ANY ($1::uuid[])
  AND e.type IN ('LetterSigned', 'LetterRevoked', 'CaseClosed', 'CaseRefused', 'CaseReturned', 'ApplicationWithdrawn')
ORDER BY e.stream_no, e.version
"""
_BEGINNING: Final = "1970-01-01T00:00:00+00:00"
_ENDED: Final = {
    "CaseRefused": "permohonan ditolak",
    "CaseReturned": "berkas dikembalikan",
    "CaseClosed": "SOP selesai tanpa surat ini",
    "ApplicationWithdrawn": "permohonan ditarik oleh pemohon",
}


def routes(runtime: Runtime) -> APIRouter:
    """`GET /registers/{office}/buku`, for the office's own officials."""
    router = APIRouter(tags=["register"])

    @router.get("/registers/{office}/buku", summary="Buku Rekomendasi: tiap nomor surat dan akhirnya")
    async def book(
        office: Annotated[str, Path(max_length=20)],
        request: Request,
        tahun: Annotated[int | None, Query(ge=2000, le=2199)] = None,
        sesudah: Annotated[
            str | None, Query(max_length=200, description="Isi `lanjut` dari halaman sebelumnya")
        ] = None,
    ) -> JSONResponse:
        if runtime.door.actor(request).office != office:
            raise NotYours("kantor_lain", "Buku ini milik kantor lain.")
        now = await runtime.store.now()
        kantor = await runtime.books.kantor(office, now)
        year = tahun or kantor.calendar.local(now).year
        at, _, number = (sesudah or _BEGINNING).partition(" ")
        rows = await runtime.store.pool.fetch(NUMBERS, office, year, _instant(at), number, _PAGE)
        ends = await _endings(runtime, list({row["berkas"] for row in rows}))
        lines = [_line(row, ends.get(row["berkas"], ()), kantor.zona) for row in rows]
        last = rows[-1] if len(rows) == _PAGE else None
        following = f"{last['reserved_at'].isoformat()} {last['nomor']}" if last else None
        return JSONResponse({"kantor": office, "tahun": year, "nomor": lines, "lanjut": following})

    return router


@dataclass(frozen=True, slots=True)
class Ending:
    """One event that bears on a number; `letters` are those it names, none for the end of the case."""

    type: str
    slot: str
    at: datetime
    letters: frozenset[str]
    reasons: tuple[str, ...]


async def _endings(runtime: Runtime, cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Ending]]:
    found: dict[uuid.UUID, list[Ending]] = defaultdict(list)
    for row in await runtime.store.pool.fetch(ENDINGS, cases):
        said = json.loads(row["payload"])
        named = frozenset(one["letter"] if isinstance(one, dict) else one for one in said.get("letters", ()))
        reasons = tuple(one["text"] for one in said.get("reasons", ()))
        found[row["stream"]].append(Ending(row["type"], row["slot"], row["recorded_at"], named, reasons))
    return found


def _line(row: asyncpg.Record, endings: Sequence[Ending], zone: str) -> dict[str, Any]:
    state, at, reason = _end_of(row["surat"], endings)
    return {
        "nomor": row["nomor"],
        "urut": row["urut"],
        "surat": row["surat"],
        "berkas": str(row["berkas"]),
        "kode": ids.case_code(row["berkas"]),
        "dipesan": instant_words(row["reserved_at"], zone),
        "keadaan": state,
        "pada": instant_words(at, zone) if at else None,
        "sebab": reason,
        "jejak": f"/cases/{row['berkas']}/timeline",
    }


def _end_of(surat: str, endings: Sequence[Ending]) -> tuple[str, datetime | None, str | None]:
    """ditandatangani, dicabut, batal (the line ended without its signature), or proses."""
    signed = [one for one in endings if one.type == "LetterSigned" and surat in one.letters]
    revoked = [one for one in endings if one.type == "LetterRevoked" and surat in one.letters]
    over = [one for one in endings if one.type in _ENDED and one.slot == MAIN]
    if revoked:
        return "dicabut", revoked[-1].at, None
    if signed:
        return "ditandatangani", signed[-1].at, None
    if over:
        last = over[-1]
        return "batal", last.at, "; ".join(one.rstrip(".") for one in last.reasons) or _ENDED[last.type]
    return "proses", None, None


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Malformed("halaman_salah", "Nilai sesudah harus disalin dari `lanjut` halaman sebelumnya.")
    return found
