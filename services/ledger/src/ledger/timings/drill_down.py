"""The executions behind a figure, and the steps late now: of the requester's own office, page after page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from jejak.contracts.tasks import TASKS
from jejak.platform import ids
from jejak.platform.errors import Malformed
from jejak.procedure.model import Sop
from jejak.procedure.task_words import task_name, words_at
from jejak.timekeeping import dates
from jejak.timekeeping.clocks.times import APPLICANT
from jejak.timekeeping.printed.words import duration_words, instant_words, working_words
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.timing_context import TimingContexts
from jejak.web.runtime import Runtime
from ledger.desk.authorisation import ByFiguresRequester, own_office
from ledger.timings import sql
from ledger.timings.api import ByFigureParams, Code, Kind, activity, figures_query, loaded_sheets, zone_of
from ledger.timings.date_ranges import Span
from ledger.timings.late import late_case, late_now
from ledger.timings.pages.figure_words import party_words
from ledger.timings.schemas import Executions, LateNow
from ledger.timings.sql import Clock, Only

_LISTED: Final = 100
_MOST: Final = 1000
_SMALL: Final = 2**31
# Longest first, unmeasured ones last; then the earliest. A page goes on after the last line of the page before.
_BEHIND: Final = f"""
SELECT t.stream, t.kind, t.office, t.sop, t.slot, t.langkah, t.tugas, t.who, t.owner, t.repetition, t.actor, t.due_at,
       t.ended_at, t.wait, t.touch, t.elapsed, t.wall, t.unmeasured, t.standard, t.within, t.wait_within, t.overdue,
       coalesce(-{{clock}}, 1) AS place
FROM view.step_time t WHERE {sql.WHERE} AND t.kind = $9 AND ($10::text IS NULL OR t.tugas = $10) AND {{only}}
  AND ($12::float8 IS NULL OR (coalesce(-{{clock}}, 1), t.ended_at, t.stream, t.slot, t.langkah, t.tugas, t.who,
                               t.repetition) > ($12, $13, $14, $15, $16, $17, $18, $19))
ORDER BY place, t.ended_at, t.stream, t.slot, t.langkah, t.tugas, t.who, t.repetition LIMIT $11
"""  # noqa: S608 - fixed fragments
_ONLY: Final[Mapping[Only, tuple[str, str]]] = {
    "semua": ("true", "semuanya"),
    "dalam": ("t.within", "yang memenuhi Mutu Baku"),
    "luar": ("NOT t.within", "yang melewati Mutu Baku"),
    "tidak_terukur": ("t.touch IS NULL", "yang tangannya tidak terukur"),
    "lewat_batas_tunggu": ("NOT t.wait_within", "yang menunggu melewati batas tunggu"),
}
"""Which executions: as a condition of the query, and in words."""
_CLOCKS: Final[Mapping[Clock, tuple[str, str]]] = {
    "tunggu": ("t.wait", "menunggu"),
    "sentuh": ("t.touch", "dikerjakan"),
    "berlalu": ("t.elapsed", "berlalu"),
    "dinding": ("t.wall", "menurut jam dinding"),
}
"""The clock of the order: its column, and in words."""
_ENDS: Final[Mapping[Kind, str]] = {
    "selesai": "SOP selesai",
    "aktif": "Kartu aktif",
    "nonaktif": "Kepesertaan berakhir",
}

type Onward = Annotated[str | None, Query(max_length=600, description="Penanda halaman berikutnya, dari header Link")]
type Limit = Annotated[int, Query(ge=1, le=_MOST)]


def executions_query(only: Only, clock: Clock) -> str:
    """The query of the executions behind a figure, the longest by a clock first."""
    return _BEHIND.format(only=_ONLY[only][0], clock=_CLOCKS[clock][0])


class Cursor(NamedTuple):
    """The columns a list is ordered by, each with its parser: their values in a row are the place of the next page."""

    columns: Mapping[str, Callable[[str], Any]]

    def key(self, row: asyncpg.Record) -> tuple[Any, ...]:
        """The place of a row."""
        return tuple(row[name] for name in self.columns)

    def text(self, row: asyncpg.Record) -> str:
        """The place of a row in an address."""
        return "~".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in self.key(row))

    def read(self, text: str | None) -> tuple[Any, ...]:
        """The place in an address; all None for the first page. Malformed for a text of another form."""
        if not text:
            return (None,) * len(self.columns)
        try:
            return tuple(parse(part) for parse, part in zip(self.columns.values(), text.split("~"), strict=True))
        except ValueError:
            detail = "Penanda halaman tidak dikenal. Mulai lagi dari halaman pertama."
            raise Malformed("penanda_salah", detail) from None


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("PostgreSQL stores no NUL")
    return text


def _repetition(text: str) -> int:
    if not 0 <= (number := int(text)) < _SMALL:
        raise ValueError("not a repetition")
    return number


EXECUTIONS: Final = Cursor(
    {
        "place": float,
        "ended_at": dates.cursor_instant,
        "stream": UUID,
        "slot": _text,
        "langkah": _text,
        "tugas": _text,
        "who": _text,
        "repetition": _repetition,
    }
)
LATE: Final = Cursor({"due_at": dates.cursor_instant, "stream": UUID, "slot": _text})


def routes(runtime: Runtime, contexts: TimingContexts, pages: Pages) -> APIRouter:
    """`GET /timings/cases` and `GET /timings/terlambat`."""
    router = APIRouter(tags=["waktu"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/timings/cases", summary="Berkas di balik satu angka, yang terlama lebih dahulu", response_model=Executions
    )
    async def cases(
        requester: ByFiguresRequester,
        params: ByFigureParams,
        request: Request,
        response: Response,
        kind: Kind = "langkah",
        tugas: Code = None,
        clock: Clock = "dinding",
        only: Only = "semua",
        limit: Limit = _LISTED,
        sesudah: Onward = None,
    ) -> dict[str, Any] | Response:
        own = own_office(requester, params.office)
        if tugas and tugas not in TASKS:
            raise Malformed("tugas_tidak_dikenal", "Tugas itu tidak ada. Mulai lagi dari halaman waktu.")
        query = await figures_query(runtime, own, params)
        arguments = (*query.arguments(), kind, tugas, limit, *EXECUTIONS.read(sesudah))
        rows = await runtime.store.pool.fetch(executions_query(only, clock), *arguments)
        onward = _onward(request, EXECUTIONS.text(rows[-1])) if len(rows) == limit else None
        if not wants_page(request):
            _link(response, onward)
            return {"berkas": [_execution(row) for row in rows]}
        sheets = await loaded_sheets(contexts, [row["sop"] for row in rows] + [params.sop or ""])
        zone = await zone_of(contexts, own)
        return await pages.page(
            request,
            "waktu_berkas.html",
            judul=_ENDS.get(kind) or (f"Langkah {params.langkah}" if params.langkah else "Semua langkah"),
            kegiatan=activity(sheets.get(params.sop or ""), params.slot, params.langkah),
            tugas=task_name(tugas) if tugas else None,
            rentang=Span(query.first, query.last).name,
            pilihan=_ONLY[only][1],
            urut=_CLOCKS[clock][1],
            akhir=kind in _ENDS,
            berkas=[_line(row, sheets.get(row["sop"]), zone) for row in rows],
            lanjut=onward,
        )

    @router.get(
        "/timings/terlambat",
        summary="Yang terlambat saat ini, yang terlama menunggu lebih dahulu",
        response_model=LateNow,
    )
    async def late(
        requester: ByFiguresRequester,
        request: Request,
        response: Response,
        office: Code = None,
        sop: Code = None,
        limit: Limit = _LISTED,
        sesudah: Onward = None,
    ) -> dict[str, Any] | Response:
        own, place = own_office(requester, office), LATE.read(sesudah)
        late = await late_now(runtime.store.pool, contexts, own, sop or None, await runtime.store.now())
        rows = sorted(late, key=LATE.key)
        rest = [row for row in rows if LATE.key(row) > place] if sesudah else rows
        shown = rest[:limit]
        onward = _onward(request, LATE.text(shown[-1])) if len(rest) > limit else None
        zone = await zone_of(contexts, own)
        answers = [late_case(row, zone) for row in shown]
        if not wants_page(request):
            _link(response, onward)
            return {"jumlah": len(rows), "berkas": answers}
        sheets = await loaded_sheets(contexts, [row["sop"] for row in shown])
        lines = [
            (
                answer,
                activity(sheets.get(row["sop"]), row["slot"], row["langkah"]),
                party_words(row["owner"]),
                instant_words(row["deadline"], zone) if row["deadline"] else None,
            )
            for answer, row in zip(answers, shown, strict=True)
        ]
        return await pages.page(request, "waktu_terlambat.html", jumlah=len(rows), berkas=lines, lanjut=onward)

    return router


def _link(response: Response, onward: str | None) -> None:
    if onward:
        response.headers["Link"] = f'<{onward}>; rel="next"'


def _onward(request: Request, place: str) -> str:
    query = {name: value for name, value in request.query_params.items() if name != "sesudah"}
    return f"{request.url.path}?{urlencode(query | {'sesudah': place})}"


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


def _name(row: asyncpg.Record, sop: Sop | None) -> str | None:
    """The name of its task on its sheet; None for a whole step or case."""
    if not row["tugas"]:
        return None
    return words_at(sop, row["slot"], row["langkah"], row["tugas"]) if sop else task_name(row["tugas"])


def _line(row: asyncpg.Record, sop: Sop | None, zone: str) -> dict[str, Any]:
    """An execution in words; the applicant's time has no office hours."""
    owners = duration_words if row["owner"] == APPLICANT else working_words
    return _execution(row) | {
        "kegiatan": activity(sop, row["slot"], row["langkah"]),
        "nama_tugas": _name(row, sop),
        "selesai": instant_words(row["ended_at"], zone),
        "tunggu": owners(round(row["wait"])),
        "sentuh": duration_words(None if row["touch"] is None else round(row["touch"])),
        "berlalu": owners(round(row["elapsed"])),
        "dinding": duration_words(round(row["wall"])),
    }
