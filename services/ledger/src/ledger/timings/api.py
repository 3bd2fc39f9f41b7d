"""How long things took: counts, exact shares, percentiles from mergeable buckets; every figure leads to its cases."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Query, Request, Response

from jejak.cases.unreadable import skipping_unreadable
from jejak.eventstore.store import event_of_row
from jejak.platform import ids
from jejak.platform.errors import NotYours, Problem
from jejak.timekeeping import dates
from jejak.timekeeping.calendar import days_after
from jejak.timekeeping.clocks.times import OFFICE, case_times
from jejak.timekeeping.words import instant_words
from jejak.web.authorisation import Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import wants_page
from jejak.web.reading.timing_context import TimingContext, TimingContexts, received
from jejak.web.runtime import Runtime
from ledger.desk.authorisation import ByFiguresRequester, overseen_office
from ledger.timings import sql
from ledger.timings.figures import Figure, FiguresQuery, figures
from ledger.timings.months import Months
from ledger.timings.schemas import Timings
from ledger.timings.sql import HISTOGRAMS, Per
from ledger.timings.step_rows import EVENTS_OF_STREAMS

_DAYS: Final = 366
_EASTERNMOST: Final = timezone(timedelta(hours=9))
"""Where a day begins first: by default everything that ended is asked for."""
_LISTED: Final = 200
_NUMBERS_OF: Final = "SELECT key, stream_no FROM es.stream WHERE key = ANY ($1::uuid[])"

type Code = Annotated[str | None, Query(max_length=100)]
type Kind = Literal["tugas", "langkah", "selesai", "aktif", "nonaktif"]


@dataclass(frozen=True, slots=True)
class TimingsQuery:
    """What a browser asked of the clocks, as it was written; None where it is left out."""

    office: str | None
    sop: str | None
    first: date | None
    last: date | None
    slot: str | None
    langkah: str | None


type ClocksPage = Callable[[Request, Requester, TimingsQuery], Awaitable[Response]]
"""What a browser is shown of the clocks."""


def _link(wanted: FiguresQuery, of: Mapping[str, Any]) -> str:
    """Where the cases behind a line's figures are."""
    named = {
        "kind": of["kind"],
        "office": of["office"],
        "sop": of["sop"],
        "from": wanted.first.isoformat(),
        "to": wanted.last.isoformat(),
        "jalur": wanted.jalur,
        "pejabat": wanted.pejabat,
        "slot": of["slot"] or None,
        "langkah": of["langkah"] or None,
        "tugas": of["tugas"] or None,
    }
    return "/timings/cases?" + urlencode({name: value for name, value in named.items() if value is not None})


def routes(runtime: Runtime, contexts: TimingContexts, months: Months, page: ClocksPage) -> APIRouter:
    """`GET /timings`, for officials and without a citizen's data."""
    router = APIRouter(tags=["waktu"])

    @router.get(
        "/timings",
        summary="Waktu tiap langkah terhadap Mutu Baku dan batas tunggu",
        response_model=Timings,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def answer(
        asker: ByFiguresRequester,
        request: Request,
        office: Code = None,
        sop: Code = None,
        first: Annotated[date | None, Query(alias="from")] = None,
        last: Annotated[date | None, Query(alias="to")] = None,
        jalur: Code = None,
        pejabat: Code = None,
        slot: Code = None,
        langkah: Code = None,
        per: Per | None = None,
    ) -> dict[str, Any] | Response:
        if wants_page(request):
            return await page(request, asker, TimingsQuery(office, sop, first, last, slot, langkah))
        if asker.office.provinsi and (pejabat or per == "pejabat"):
            raise NotYours("tanpa_berkas", "Provinsi melihat angka waktu, bukan berkas dan bukan orang.")
        asked = await figures_query(
            runtime, overseen_office(asker, office), sop, first, last, jalur, pejabat, slot, langkah
        )
        told = await timings(runtime, contexts, months, asked, per)
        return without_cases(told) if asker.office.provinsi else told

    return router


async def figures_query(
    runtime: Runtime, office: str, sop: str | None, first: date | None, last: date | None, *more: str | None
) -> FiguresQuery:
    """What is asked for; without days, the year that ends today. Malformed for days that nothing can be of."""
    today = (await runtime.store.now()).astimezone(_EASTERNMOST).date()
    last = last or today
    first = first or days_after(last, -_DAYS).replace(day=1)
    dates.check(dates.query_range_fault(first, last), "rentang_salah")
    return FiguresQuery(office, sop, first, last, *more)


async def timings(
    runtime: Runtime, contexts: TimingContexts, months: Months, wanted: FiguresQuery, per: Per | None
) -> dict[str, Any]:
    """The whole answer of `GET /timings`."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in get_args(Kind.__value__)}
    for line in await figures(runtime.store.pool, months, wanted, per):
        found[line.of["kind"]].append(await _figure(contexts, wanted, line))
    now = await runtime.store.now()
    return {
        "kantor": wanted.office,
        "dari": wanted.first.isoformat(),
        "sampai": wanted.last.isoformat(),
        "per": per,
        "langkah": found["langkah"],
        "tugas": found["tugas"],
        "sop_selesai": found["selesai"],
        "kartu_aktif": found["aktif"],
        "kepesertaan_berakhir": found["nonaktif"],
        "terlambat_kini": await overdue_now(runtime, contexts, wanted, now),
    }


async def _figure(contexts: TimingContexts, wanted: FiguresQuery, line: Figure) -> dict[str, Any]:
    row, link = {**line.of, **line.counts}, _link(wanted, line.of)
    answer: dict[str, Any] = {
        "kantor": row["office"],
        "sop": row["sop"],
        "slot": row["slot"],
        "langkah": row["langkah"],
        "kegiatan": await _kegiatan(contexts, row),
        "tugas": row["tugas"] or None,
        "pihak": row["owner"],
        "kelompok": row["kelompok"],
        "jumlah": row["jumlah"],
        "mutu_baku": {
            "tercetak": row["standard"],
            "jam": {"touch": "sentuh", "elapsed": "berlalu"}.get(row["clock"]),
            **_share(row["dalam"], row["dinilai"]),
            "tidak_dinilai": row["tidak_dinilai"],
            "berkas_luar": f"{link}&only=luar",
        }
        if row["standard"]
        else None,
        "batas_tunggu": {
            **_share(row["tunggu_dalam"], row["tunggu_dinilai"]),
            "berkas_lewat": f"{link}&only=lewat_batas_tunggu",
        }
        if row["owner"] == OFFICE
        else None,
        "tidak_terukur": {"jumlah": row["tidak_terukur"], "berkas": f"{link}&only=tidak_terukur"},
        "terlambat": row["terlambat"],
        "berkas": link,
    }
    for clock in HISTOGRAMS:
        measured = line.percentiles[clock]
        answer[clock] = measured and {
            "jumlah": measured.number,
            "p50": measured.p50,
            "p90": measured.p90,
            "p99": measured.p99,
            "berkas": f"{link}&clock={clock}",
        }
    return answer


def without_cases(told: dict[str, Any]) -> dict[str, Any]:
    """The same figures for whoever may see no case: nothing that names one, or leads to one."""
    late = {"jumlah": told["terlambat_kini"]["jumlah"]}
    return {name: _unlinked(value) for name, value in told.items()} | {"terlambat_kini": late}


def _unlinked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unlinked(one) for one in value]
    if isinstance(value, dict):
        return {name: _unlinked(one) for name, one in value.items() if not name.startswith("berkas")}
    return value


def _share(kept: int, judged: int) -> dict[str, Any]:
    """Counted, never read from buckets."""
    return {"dinilai": judged, "dalam": kept, "bagian": kept / judged if judged else None}


async def _kegiatan(contexts: TimingContexts, row: Mapping[str, Any]) -> str | None:
    if not row["langkah"]:
        return None
    try:
        step = (await contexts.procedures.sop(row["sop"])).steps.get((row["slot"], row["langkah"]))
    except Problem:
        return None
    return step.kegiatan if step else None


async def overdue_now(
    runtime: Runtime, contexts: TimingContexts, wanted: FiguresQuery, now: datetime
) -> dict[str, Any]:
    """What is past its standard or its waiting limit at this moment, longest due first."""
    late = await late_now(runtime, contexts, wanted.office, wanted.sop, now)
    return {"jumlah": len(late), "berkas": [await late_case(contexts, row) for row in late[:_LISTED]]}


async def late_now(
    runtime: Runtime, contexts: TimingContexts, office: str | None, sop: str | None, now: datetime
) -> list[asyncpg.Record]:
    """The open steps that are late at this moment, of an office or of all, longest due first."""
    rows = await runtime.store.pool.fetch(sql.OPEN, office, now, sop)
    running = await _late_by_hands(runtime, contexts, [row for row in rows if row["ask_the_clock"]], now)
    return [row for row in rows if not row["ask_the_clock"] or (row["stream"], row["slot"]) in running]


async def late_case(contexts: TimingContexts, row: asyncpg.Record) -> dict[str, Any]:
    """One of them, as an answer lists it."""
    return {
        "berkas": str(row["stream"]),
        "kode": ids.case_code(row["stream"]),
        "kantor": row["office"],
        "slot": row["slot"],
        "langkah": row["langkah"],
        "pihak": row["owner"],
        "sejak": instant_words(row["due_at"], await _zone(contexts, row["office"])),
        "batas": row["deadline"].isoformat() if row["deadline"] else None,
        "jejak": f"/cases/{row['stream']}/timeline",
    }


async def _zone(contexts: TimingContexts, office: str) -> str:
    return (await contexts.procedures.kantors(office))[-1].zona


async def _late_by_hands(
    runtime: Runtime, contexts: TimingContexts, rows: Sequence[asyncpg.Record], now: datetime
) -> set[tuple[Any, str]]:
    """Of steps that somebody has opened: those whose hands have run past the standard by now. Folded, to be exact."""
    if not rows:
        return set()
    heads = await runtime.store.pool.fetch(_NUMBERS_OF, [row["stream"] for row in rows])
    numbers = {one["stream_no"]: one["key"] for one in heads}
    events: dict[Any, list[Any]] = defaultdict(list)
    for row in await runtime.store.pool.fetch(EVENTS_OF_STREAMS, list(numbers), 2**62):
        events[numbers[row["stream_no"]]].append(row)
    found: set[tuple[Any, str]] = set()
    for row in rows:
        with skipping_unreadable(row["stream"]):
            history = [event_of_row(one) for one in events[row["stream"]]]
            context: TimingContext = await contexts.of(row["office"], row["sop"], received(history))
            steps = case_times(history, context.book, now).steps
            found |= {(row["stream"], one.slot) for one in steps if one.state == "terbuka" and one.overdue}
    return found
