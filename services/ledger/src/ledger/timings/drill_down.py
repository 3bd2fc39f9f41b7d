"""The executions behind a figure, and what is late now: an office's own, page after page; never another's."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from jejak.cases.event_descriptions import task_name
from jejak.contracts.tasks import TASKS
from jejak.platform import ids
from jejak.platform.errors import Malformed, Problem
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.timekeeping.clocks.times import APPLICANT
from jejak.timekeeping.words import duration_words, instant_words, working_words
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.timing_context import TimingContexts
from jejak.web.runtime import Runtime
from ledger.desk.authorisation import ByFiguresRequester, own_office
from ledger.timings import sql
from ledger.timings.api import Code, Kind, figures_query, late_case, late_now
from ledger.timings.date_ranges import Span
from ledger.timings.pages.figure_words import party_words
from ledger.timings.schemas import Executions, LateNow
from ledger.timings.sql import Clock, Only

_LISTED: Final = 100
_MOST: Final = 1000
_SMALL: Final = 2**31
# Longest first, what was not measured last; then the earliest. A page goes on after the last line of the one before.
BEHIND: Final = f"""
SELECT t.stream, t.kind, t.office, t.sop, t.slot, t.langkah, t.tugas, t.who, t.owner, t.repetition, t.actor, t.due_at,
       t.ended_at, t.wait, t.touch, t.elapsed, t.wall, t.unmeasured, t.standard, t.within, t.wait_within, t.overdue,
       coalesce(-{{clock}}, 1) AS place
FROM view.step_time t WHERE {sql.WHERE} AND t.kind = $9 AND ($10::text IS NULL OR t.tugas = $10) AND {{only}}
  AND ($12::float8 IS NULL OR (coalesce(-{{clock}}, 1), t.ended_at, t.stream, t.slot, t.langkah, t.tugas, t.who,
                               t.repetition) > ($12, $13, $14, $15, $16, $17, $18, $19))
ORDER BY place, t.ended_at, t.stream, t.slot, t.langkah, t.tugas, t.who, t.repetition LIMIT $11
"""  # noqa: S608 - fixed fragments
_ONLY: Final[Mapping[Only, str]] = {
    "semua": "semuanya",
    "dalam": "yang memenuhi Mutu Baku",
    "luar": "yang melewati Mutu Baku",
    "tidak_terukur": "yang tangannya tidak terukur",
    "lewat_batas_tunggu": "yang menunggu melewati batas tunggu",
}
_CLOCKS: Final[Mapping[Clock, str]] = {
    "tunggu": "menunggu",
    "sentuh": "dikerjakan",
    "berlalu": "berlalu",
    "dinding": "menurut jam dinding",
}
_ENDS: Final[Mapping[Kind, str]] = {
    "selesai": "SOP selesai",
    "aktif": "Kartu aktif",
    "nonaktif": "Kepesertaan berakhir",
}

type Onward = Annotated[str | None, Query(max_length=600, description="Penanda halaman berikutnya, dari header Link")]
type Limit = Annotated[int, Query(ge=1, le=_MOST)]


class Place(NamedTuple):
    """After which line a page goes on: by what the list is ordered."""

    place: float
    ended_at: datetime
    stream: UUID
    slot: str
    langkah: str
    tugas: str
    who: str
    repetition: int

    @classmethod
    def read(cls, text: str | None) -> "Place | tuple[None, ...]":
        """From an address; all None for the first page. Malformed for what is no such text."""
        if not text:
            return (None,) * len(cls._fields)
        place, ended_at, stream, slot, langkah, tugas, who, repetition = _parts(text, len(cls._fields))
        try:
            return cls(
                float(place),
                dates.cursor_instant(ended_at),
                UUID(stream),
                slot,
                langkah,
                tugas,
                who,
                _small(int(repetition)),
            )
        except ValueError:
            raise _strange() from None

    @classmethod
    def of(cls, row: asyncpg.Record) -> str:
        """As it stands in an address."""
        return "~".join(
            value.isoformat() if isinstance(value, datetime) else str(value)
            for value in (row[name] for name in cls._fields)
        )


def routes(runtime: Runtime, contexts: TimingContexts, pages: Pages) -> APIRouter:
    """`GET /timings/cases` and `GET /timings/terlambat`."""
    router = APIRouter(tags=["waktu"])

    @router.get(
        "/timings/cases",
        summary="Berkas di balik satu angka, yang terlama lebih dahulu",
        response_model=Executions,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def cases(
        asker: ByFiguresRequester,
        request: Request,
        response: Response,
        kind: Kind = "langkah",
        office: Code = None,
        sop: Code = None,
        first: Annotated[date | None, Query(alias="from")] = None,
        last: Annotated[date | None, Query(alias="to")] = None,
        jalur: Code = None,
        pejabat: Code = None,
        slot: Code = None,
        langkah: Code = None,
        tugas: Code = None,
        clock: Clock = "dinding",
        only: Only = "semua",
        limit: Limit = _LISTED,
        sesudah: Onward = None,
    ) -> dict[str, Any] | Response:
        own = own_office(asker, office)
        if tugas and tugas not in TASKS:
            raise Malformed("tugas_tidak_dikenal", "Tugas itu tidak ada. Mulai lagi dari halaman waktu.")
        asked = await figures_query(runtime, own, sop, first, last, jalur, pejabat, slot, langkah)
        query = BEHIND.format(only=sql.restricted_to(only), clock=sql.ordered_by(clock))
        arguments = (*asked.arguments(), kind, tugas, limit, *Place.read(sesudah))
        rows = await runtime.store.pool.fetch(query, *arguments)
        onward = _onward(request, Place.of(rows[-1])) if len(rows) == limit else None
        if not wants_page(request):
            _link(response, onward)
            return {"berkas": [_execution(row) for row in rows]}
        sheets = await _sheets(contexts, [row["sop"] for row in rows])
        zone = (await contexts.procedures.kantors(own))[-1].zona
        step = await _step(contexts, sop, slot, langkah)
        return await pages.page(
            request,
            "waktu_berkas.html",
            judul=_ENDS.get(kind) or (f"Langkah {langkah}" if langkah else "Semua langkah"),
            kegiatan=step,
            tugas=task_name(tugas) if tugas else None,
            rentang=Span(asked.first, asked.last).name,
            pilihan=_ONLY[only],
            urut=_CLOCKS[clock],
            akhir=kind in _ENDS,
            berkas=[_line(row, sheets.get(row["sop"]), zone) for row in rows],
            lanjut=onward,
        )

    @router.get(
        "/timings/terlambat",
        summary="Yang terlambat saat ini, yang terlama menunggu lebih dahulu",
        response_model=LateNow,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def late(
        asker: ByFiguresRequester,
        request: Request,
        response: Response,
        office: Code = None,
        sop: Code = None,
        limit: Limit = _LISTED,
        sesudah: Onward = None,
    ) -> dict[str, Any] | Response:
        own = own_office(asker, office)
        rows = await late_now(runtime, contexts, own, sop or None, await runtime.store.now())
        rest = _after(rows, sesudah)
        shown = rest[:limit]
        onward = _onward(request, _late_place(shown[-1])) if len(rest) > limit else None
        cases = [await late_case(contexts, row) for row in shown]
        if not wants_page(request):
            _link(response, onward)
            return {"jumlah": len(rows), "berkas": cases}
        sheets = await _sheets(contexts, [row["sop"] for row in shown])
        steps = [_kegiatan(sheets.get(row["sop"]), row["slot"], row["langkah"]) for row in shown]
        zone = (await contexts.procedures.kantors(own))[-1].zona
        limits = [instant_words(row["deadline"], zone) if row["deadline"] else None for row in shown]
        parties = [party_words(row["owner"]) for row in shown]
        lines = zip(cases, steps, parties, limits, strict=True)
        return await pages.page(request, "waktu_terlambat.html", jumlah=len(rows), berkas=list(lines), lanjut=onward)

    return router


def _link(response: Response, onward: str | None) -> None:
    if onward:
        response.headers["Link"] = f'<{onward}>; rel="next"'


def _onward(request: Request, place: str) -> str:
    asked = {name: value for name, value in request.query_params.items() if name != "sesudah"}
    return f"{request.url.path}?{urlencode(asked | {'sesudah': place})}"


def _late_key(row: asyncpg.Record) -> tuple[datetime, UUID, str]:
    return row["due_at"], row["stream"], row["slot"]


def _late_place(row: asyncpg.Record) -> str:
    due, stream, slot = _late_key(row)
    return f"{due.isoformat()}~{stream}~{slot}"


def _after(rows: Sequence[asyncpg.Record], place: str | None) -> list[asyncpg.Record]:
    """What comes after a place, longest due first."""
    ordered = sorted(rows, key=_late_key)
    if not place:
        return ordered
    due, stream, slot = _parts(place, 3)
    try:
        reached = dates.cursor_instant(due), UUID(stream), slot
    except ValueError:
        raise _strange() from None
    return [row for row in ordered if _late_key(row) > reached]


def _parts(text: str, count: int) -> list[str]:
    parts = text.split("~")
    if len(parts) != count or "\0" in text:
        raise _strange()
    return parts


def _small(number: int) -> int:
    if not 0 <= number < _SMALL:
        raise ValueError("not a repetition")
    return number


def _strange() -> Malformed:
    return Malformed("penanda_salah", "Penanda halaman tidak dikenal. Mulai lagi dari halaman pertama.")


async def _sheets(contexts: TimingContexts, names: Sequence[str]) -> dict[str, Sop]:
    found: dict[str, Sop] = {}
    for name in dict.fromkeys(names):
        try:
            found[name] = await contexts.procedures.sop(name)
        except Problem:  # figures outlive a sheet that is no longer loaded
            continue
    return found


async def _step(contexts: TimingContexts, sop: str | None, slot: str | None, langkah: str | None) -> str | None:
    if not (sop and slot and langkah):
        return None
    return _kegiatan((await _sheets(contexts, [sop])).get(sop), slot, langkah)


def _kegiatan(sop: Sop | None, slot: str, langkah: str) -> str | None:
    step = sop.steps.get((slot, langkah)) if sop else None
    return step.kegiatan if step else None


def _execution(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "berkas": str(row["stream"]),
        "kode": ids.case_code(row["stream"]),
        "kantor": row["office"],
        "slot": row["slot"],
        "langkah": row["langkah"],
        "tugas": row["tugas"] or None,
        "ulangan": row["repetition"],
        "pejabat": row["actor"],
        "jatuh_tempo": row["due_at"].isoformat(),
        "selesai": row["ended_at"].isoformat(),
        "tunggu": row["wait"],
        "sentuh": row["touch"],
        "berlalu": row["elapsed"],
        "dinding": row["wall"],
        "tidak_terukur": row["unmeasured"],
        "mutu_baku": row["standard"],
        "dalam_mutu_baku": row["within"],
        "dalam_batas_tunggu": row["wait_within"],
        "terlambat": row["overdue"],
        "jejak": f"/cases/{row['stream']}/timeline",
    }


def _line(row: asyncpg.Record, sop: Sop | None, zone: str) -> dict[str, Any]:
    """One execution in words; the applicant has no office hours."""
    told = _execution(row)
    owners = duration_words if row["owner"] == APPLICANT else working_words
    return told | {
        "kegiatan": _kegiatan(sop, row["slot"], row["langkah"]),
        "nama_tugas": task_name(row["tugas"]) if row["tugas"] else None,
        "selesai": instant_words(row["ended_at"], zone),
        "tunggu": owners(round(row["wait"])),
        "sentuh": duration_words(None if row["touch"] is None else round(row["touch"])),
        "berlalu": owners(round(row["elapsed"])),
        "dinding": duration_words(round(row["wall"])),
    }
