"""How long things took: counts, exact shares, percentiles from mergeable buckets; every figure leads to its cases."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from jejak.platform.errors import NotYours, Problem
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.timekeeping.calendar import days_after
from jejak.timekeeping.clocks.times import OFFICE
from jejak.web.authorisation import Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import wants_page
from jejak.web.reading.timing_context import TimingContexts
from jejak.web.runtime import Runtime
from ledger.desk.authorisation import ByFiguresRequester, overseen_office
from ledger.timings.figures import Figure, FiguresQuery, deaths, figures
from ledger.timings.late import late_case, late_now
from ledger.timings.months import Months
from ledger.timings.schemas import Timings, share_of, spread_of
from ledger.timings.sql import HISTOGRAMS, Per

_DAYS: Final = 366
_EASTERNMOST: Final = timezone(timedelta(hours=9))
"""The zone in which a day begins first: by default the range includes everything that has ended."""
_LISTED: Final = 200

type Code = Annotated[str | None, Query(max_length=100)]
type Kind = Literal["tugas", "langkah", "selesai", "aktif", "nonaktif"]
type FirstDay = Annotated[dates.FigureDay | None, Query(alias="from")]
type LastDay = Annotated[dates.FigureDay | None, Query(alias="to")]


@dataclass(frozen=True, slots=True)
class FigureParams:
    """The query parameters that restrict figures, as sent; None where left out."""

    office: Code = None
    sop: Code = None
    first: FirstDay = None
    last: LastDay = None
    jalur: Code = None
    pejabat: Code = None
    slot: Code = None
    langkah: Code = None


type ByFigureParams = Annotated[FigureParams, Depends()]
type ClocksPage = Callable[[Request, Requester, FigureParams], Awaitable[Response]]
"""The page of `GET /timings`."""


def routes(runtime: Runtime, contexts: TimingContexts, months: Months, page: ClocksPage) -> APIRouter:
    """`GET /timings`, for officials and without a citizen's data."""
    router = APIRouter(tags=["waktu"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/timings",
        summary="Waktu tiap langkah terhadap Mutu Baku dan batas tunggu",
        response_model=Timings,
    )
    async def of_office(
        requester: ByFiguresRequester, params: ByFigureParams, request: Request, per: Per | None = None
    ) -> dict[str, Any] | Response:
        if wants_page(request):
            return await page(request, requester, params)
        if requester.office.provinsi and (params.pejabat or per == "pejabat"):
            raise NotYours("tanpa_berkas", "Provinsi melihat angka waktu, bukan berkas dan bukan orang.")
        query = await figures_query(runtime, overseen_office(requester, params.office), params)
        answer = await timings(runtime, contexts, months, query, per)
        return without_cases(answer) if requester.office.provinsi else answer

    return router


async def figures_query(runtime: Runtime, office: str, params: FigureParams) -> FiguresQuery:
    """The query of an office's figures; by default of the year that ends today. Malformed for an impossible range."""
    today = (await runtime.store.now()).astimezone(_EASTERNMOST).date()
    last = params.last or today
    first = params.first or days_after(last, -_DAYS).replace(day=1)
    dates.check(dates.query_range_fault(first, last), "rentang_salah")
    return FiguresQuery(office, params.sop, first, last, params.jalur, params.pejabat, params.slot, params.langkah)


async def timings(
    runtime: Runtime, contexts: TimingContexts, months: Months, query: FiguresQuery, per: Per | None = None
) -> dict[str, Any]:
    """The whole answer of `GET /timings`."""
    figure_lines = await figures(runtime.store.pool, months, query, per)
    sheets = await loaded_sheets(contexts, (line.of["sop"] for line in figure_lines))
    lines: dict[str, list[dict[str, Any]]] = {kind: [] for kind in get_args(Kind.__value__)}
    for line in figure_lines:
        lines[line.of["kind"]].append(_line(sheets.get(line.of["sop"]), query, line))
    late = await late_now(runtime.store.pool, contexts, query.office, query.sop, await runtime.store.now())
    listed = [late_case(row, await zone_of(contexts, row["office"])) for row in late[:_LISTED]]
    return {
        "kantor": query.office,
        "dari": query.first.isoformat(),
        "sampai": query.last.isoformat(),
        "per": per,
        "langkah": lines["langkah"],
        "tugas": lines["tugas"],
        "sop_selesai": lines["selesai"],
        "kartu_aktif": lines["aktif"],
        "kepesertaan_berakhir": lines["nonaktif"],
        "peserta_meninggal": await deaths(runtime.store.pool, query),
        "terlambat_kini": {"jumlah": len(late), "berkas": listed},
    }


def _line(sop: Sop | None, query: FiguresQuery, line: Figure) -> dict[str, Any]:
    row, link = {**line.of, **line.counts}, _link(query, line.of)
    standard = row["standard"] and {
        "tercetak": row["standard"],
        "jam": {"touch": "sentuh", "elapsed": "berlalu"}.get(row["clock"]),
        **share_of(row["dalam"], row["dinilai"]),
        "tidak_dinilai": row["tidak_dinilai"],
        "berkas_luar": f"{link}&only=luar",
    }
    waiting = {
        **share_of(row["tunggu_dalam"], row["tunggu_dinilai"]),
        "berkas_lewat": f"{link}&only=lewat_batas_tunggu",
    }
    spreads = {clock: spread_of(line.percentiles[clock]) for clock in HISTOGRAMS}
    return {
        "kantor": row["office"],
        "sop": row["sop"],
        "slot": row["slot"],
        "langkah": row["langkah"],
        "kegiatan": activity(sop, row["slot"], row["langkah"]),
        "tugas": row["tugas"] or None,
        "pihak": row["owner"],
        "kelompok": row["kelompok"],
        "jumlah": row["jumlah"],
        "mutu_baku": standard or None,
        "batas_tunggu": waiting if row["owner"] == OFFICE else None,
        "tidak_terukur": {"jumlah": row["tidak_terukur"], "berkas": f"{link}&only=tidak_terukur"},
        "terlambat": row["terlambat"],
        "berkas": link,
        **{clock: spread and {**spread, "berkas": f"{link}&clock={clock}"} for clock, spread in spreads.items()},
    }


def _link(query: FiguresQuery, of: Mapping[str, Any]) -> str:
    """The address of the cases behind a line's figures."""
    params = {
        "kind": of["kind"],
        "office": of["office"],
        "sop": of["sop"],
        "from": query.first.isoformat(),
        "to": query.last.isoformat(),
        "jalur": query.jalur,
        "pejabat": query.pejabat,
        "slot": of["slot"] or None,
        "langkah": of["langkah"] or None,
        "tugas": of["tugas"] or None,
    }
    return "/timings/cases?" + urlencode({name: value for name, value in params.items() if value is not None})


def without_cases(answer: dict[str, Any]) -> dict[str, Any]:
    """The same figures without anything that names a case or leads to one."""
    late = {"jumlah": answer["terlambat_kini"]["jumlah"]}
    return {name: _unlinked(value) for name, value in answer.items()} | {"terlambat_kini": late}


def _unlinked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unlinked(item) for item in value]
    if isinstance(value, dict):
        return {name: _unlinked(item) for name, item in value.items() if not name.startswith("berkas")}
    return value


async def loaded_sheets(contexts: TimingContexts, names: Iterable[str]) -> dict[str, Sop]:
    """The sheets of these SHA-256 that are loaded: figures outlive a sheet that no longer is."""
    sheets: dict[str, Sop] = {}
    for name in dict.fromkeys(names):
        try:
            sheets[name] = await contexts.procedures.sop(name)
        except Problem:
            continue
    return sheets


def activity(sop: Sop | None, slot: str | None, langkah: str | None) -> str | None:
    """The printed activity of a step; None where the sheet is not known or has no such step."""
    step = sop.steps.get((slot or "", langkah or "")) if sop else None
    return step.kegiatan if step else None


async def zone_of(contexts: TimingContexts, office: str) -> str:
    """The time zone of an office."""
    return (await contexts.procedures.kantors(office))[-1].zona
