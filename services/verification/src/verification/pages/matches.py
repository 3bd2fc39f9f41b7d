"""Pencocokan: the list of an SK matched with the registers by an official of the dinas, the urgent first.

The page of a running matching loads itself anew; no script is needed. The result has numbers of rows, no NIK and no
name, and each row says why it stands where it does.
"""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from jejak.platform.errors import Malformed, Missing, NotYours
from jejak.procedure.model import Sop
from jejak.timekeeping.printed.words import instant_words
from jejak.web.authorisation import ByRequester, Requester, UploadedTable, uploaded_table
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, file_of
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.requests.bodies import UPLOAD_BYTES
from jejak.web.runtime import Runtime
from verification.pages.schemas import (
    MatchBegun,
    MatchedRow,
    Matching,
    MatchingResult,
    Matchings,
    MatchUpload,
    State,
)
from verification.registers.match_jobs import KEPT, KEPT_DAYS, MOST_ROWS, MatchJobs, is_interrupted
from verification.registers.urgency import GROUP_WORDS, Group

SHOWN: Final = 50
"""Rows of a result on one page."""
_AGAIN_SECONDS: Final = 3
"""After how long the page of a running matching loads itself anew."""
_FIELDS: Final = "id, matched_by, service, begun_at, seen_at, fraction, rows, finished_at, fault, report"
_NEWEST: Final = f"SELECT {_FIELDS} FROM register.matching WHERE office = $1 ORDER BY begun_at DESC LIMIT $2"  # noqa: S608
_ONE: Final = f"SELECT {_FIELDS} FROM register.matching WHERE office = $1 AND id = $2"  # noqa: S608 - constants
_RESULT: Final = "SELECT result FROM register.matching WHERE office = $1 AND id = $2"

_OWN: Final = frozenset({"baris", "golongan", "alasan", "terdaftar di", "catatan"})
"""Columns of a result that are of the row itself, and of no register."""

type Upload = Annotated[UploadedTable[MatchUpload], Depends(uploaded_table(MatchUpload))]
type GroupAsked = Annotated[int | None, Query(ge=0, le=len(Group) - 1, description="Hanya golongan ini")]
type From = Annotated[int, Query(ge=0, le=MOST_ROWS, description="Lewati sekian baris")]


def routes(runtime: Runtime, jobs: MatchJobs) -> APIRouter:
    """`/pencocokan`: upload a list, see how far it is, read the result."""
    router = APIRouter(tags=["pencocokan"], dependencies=[NO_STORE])
    desk = _Desk(runtime, jobs, Pages(runtime, __package__))
    router.get("/pencocokan", summary="Cocokkan sebuah daftar; yang terbaru", response_model=Matchings, responses=PAGE)(
        desk.newest
    )
    router.post("/pencocokan", summary="Unggah daftar untuk dicocokkan (CSV, XLSX atau ODS)")(desk.upload)
    router.get(
        "/pencocokan/{matching}",
        summary="Sejauh mana sebuah pencocokan, dan hasilnya",
        response_model=MatchingResult,
        responses=PAGE,
    )(desk.shown)
    router.get(
        "/pencocokan/{matching}/hasil.csv",
        summary="Hasil sebuah pencocokan (CSV)",
        response_class=Response,
        responses=file_of("text/csv"),
    )(desk.file)
    return router


@dataclass(frozen=True, slots=True)
class _Desk:
    runtime: Runtime
    jobs: MatchJobs
    pages: Pages

    async def newest(self, request: Request, who: ByRequester) -> Matchings | Response:
        # The form, and the newest matchings of the office.
        _of_the_dinas(who)
        serving = await self._serving(who)
        rows = await self.runtime.store.pool.fetch(_NEWEST, who.office.kode, KEPT)
        answer: Matchings = {
            "layanan": sorted(serving),
            "paling_banyak_baris": MOST_ROWS,
            "paling_besar_mb": UPLOAD_BYTES // 1024**2,
            "disimpan_hari": KEPT_DAYS,
            "pencocokan": [_matching(row, who) for row in rows],
        }
        if not wants_page(request):
            return answer
        names = {name: sop.nama for name, sop in serving.items()}
        return await self.pages.page(request, "pencocokan.html", **answer, nama=names, terbanyak=KEPT)

    async def upload(self, who: ByRequester, table: Upload) -> MatchBegun:
        # Begins a matching; the answer names its page.
        _of_the_dinas(who)
        service, sop = _chosen(await self._serving(who), table.body.layanan)
        identity = await self.jobs.begin(who, service, sop, table.body.kebutuhan, table.data)
        return {"kode": str(identity), "alamat": f"/pencocokan/{identity}"}

    async def shown(
        self, matching: UUID, request: Request, who: ByRequester, golongan: GroupAsked = None, dari: From = 0
    ) -> MatchingResult | Response:
        # While it runs, the page loads itself anew.
        _of_the_dinas(who)
        row = await self.runtime.store.pool.fetchrow(_ONE, who.office.kode, matching)
        if row is None:
            raise _unknown()
        answer: MatchingResult = {**_matching(row, who), "hasil": [], "berikut": None}
        if answer["keadaan"] == "selesai":
            result = await self.runtime.store.pool.fetchval(_RESULT, who.office.kode, matching)
            rows = await asyncio.to_thread(rows_of, result, golongan, dari, SHOWN + 1)
            answer["hasil"] = rows[:SHOWN]
            if len(rows) > SHOWN:
                only = "" if golongan is None else f"golongan={golongan}&"
                answer["berikut"] = f"/pencocokan/{matching}?{only}dari={dari + SHOWN}"
        if not wants_page(request):
            return answer
        values: dict[str, Any] = {**answer, "golongan": golongan, "dari": dari}
        page = await self.pages.page(request, "pencocokan_hasil.html", **values)
        if answer["keadaan"] == "berjalan":
            page.headers["Refresh"] = str(_AGAIN_SECONDS)
        return page

    async def file(self, matching: UUID, who: ByRequester) -> Response:
        # The whole result, for a spreadsheet.
        _of_the_dinas(who)
        result = await self.runtime.store.pool.fetchval(_RESULT, who.office.kode, matching)
        if result is None:
            raise _unknown()
        data = await asyncio.to_thread(gzip.decompress, result)
        headers = {"Content-Disposition": f'attachment; filename="pencocokan-{str(matching)[:8]}.csv"'}
        return Response(data, media_type="text/csv", headers=headers)

    async def _serving(self, who: Requester) -> Mapping[str, Sop]:
        """The sheets by whose rules a list may be ordered today."""
        return await self.runtime.procedures.services_in_force(who.office.kode, who.office.calendar.local_date(who.now))


def _of_the_dinas(who: Requester) -> None:
    if who.official.wilayah is not None:
        raise NotYours("wilayah_lain", "Daftar dicocokkan untuk seluruh kantor. Mintalah kepada dinas.")


def _unknown() -> Missing:
    return Missing("pencocokan_tidak_ada", "Hasil pencocokan ini tidak ada, atau sudah dihapus. Unggah daftarnya lagi.")


def _chosen(serving: Mapping[str, Sop], service: str | None) -> tuple[str | None, Sop | None]:
    """The sheet by whose rules the list is ordered; the only one where none is named. None where there are no rules."""
    if service is None and len(serving) > 1:
        raise Malformed("layanan_perlu", f"Pilih layanannya: {', '.join(sorted(serving))}.")
    name = service or next(iter(serving), None)
    if name is not None and name not in serving:
        raise Malformed("layanan_tidak_dikenal", f"Kantor ini tidak melayani itu. Pilih: {', '.join(sorted(serving))}.")
    return name, serving[name] if name else None


def _matching(row: Any, who: Requester) -> Matching:
    state: State = "gagal" if row["fault"] else "selesai" if row["finished_at"] else "berjalan"
    if is_interrupted(row["finished_at"], row["seen_at"], who.now):
        state = "terhenti"
    return {
        "kode": str(row["id"]),
        "alamat": f"/pencocokan/{row['id']}",
        "oleh": row["matched_by"],
        "nama": next((held.nama for held in who.office.pejabat if held.kode == row["matched_by"]), row["matched_by"]),
        "layanan": row["service"],
        "mulai": instant_words(row["begun_at"], who.office.zona),
        "keadaan": state,
        "persen": 100 if state == "selesai" else min(99, int(row["fraction"] * 100)),
        "baris": row["rows"],
        "masalah": row["fault"],
        "laporan": json.loads(row["report"]) if row["report"] else None,
    }


def rows_of(result: bytes, group: int | None, start: int, count: int) -> list[MatchedRow]:
    """Some rows of a stored result: of one group, or of all in its order; `start` rows are passed over."""
    with gzip.open(io.BytesIO(result), "rt", encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=";")
        headings = next(lines)
        only = None if group is None else GROUP_WORDS[Group(group)]
        rows = (_row(headings, cells) for cells in lines)
        return [*islice((row for row in rows if only in (None, row["golongan"])), start, start + count)]


def _row(headings: Sequence[str], cells: Sequence[str]) -> MatchedRow:
    values = dict(zip(headings, cells, strict=False))
    return {
        "baris": int(values["baris"]),
        "golongan": values.get("golongan"),
        "alasan": values.get("alasan") or values.get("catatan") or "",
        "rincian": [*_details(values)],
    }


def _details(values: Mapping[str, str]) -> Iterator[str]:
    """What the registers say, without what they leave empty."""
    for heading, value in values.items():
        if value and heading not in _OWN:
            yield f"{heading}: {value}"
