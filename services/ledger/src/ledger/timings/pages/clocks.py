"""The clocks in a browser: an office's figures for a range of days, its sheet as a flowchart, and each step of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from jejak.platform.errors import Missing
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.totals import totals_of, totals_words
from jejak.timekeeping import dates
from jejak.web.authorisation import Requester
from jejak.web.pages.layout import Pages
from jejak.web.reading.timing_context import TimingContexts
from jejak.web.runtime import Runtime
from ledger.desk.authorisation import overseen_office
from ledger.timings.api import FigureParams, timings, without_cases
from ledger.timings.date_ranges import Span, usual
from ledger.timings.figures import FiguresQuery, figures
from ledger.timings.months import Months
from ledger.timings.pages.figure_words import LEVEL_RULES, LEVELS, ends_words, line_words, mark_of
from ledger.timings.pages.flow import flow_of, listed
from ledger.timings.pages.flowchart import Mark, flowchart
from ledger.timings.pages.trend import bars, judged_by, points, rows

_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the pages of the clocks read from."""

    runtime: Runtime
    contexts: TimingContexts
    months: Months
    pages: Pages

    async def page(self, request: Request, requester: Requester, params: FigureParams) -> Response:
        """`GET /timings` for a browser: a sheet of an office, or a step of it."""
        if requester.office.provinsi and not params.office:
            return RedirectResponse("/timings/kantor", _SEE_OTHER)
        office = overseen_office(requester, params.office or None)
        kantor, span = await self.kantor(office, requester), span_of(requester, params.first, params.last)
        sheets = await self.sheets(office)
        sop = await self._chosen(office, sheets, span, params.sop)
        if sop is None:
            return await self._page(request, "waktu_kosong.html", requester, kantor, span)
        langkah = params.langkah or None
        slot = (params.slot or MAIN) if langkah else None
        query = FiguresQuery(office, sop.sha256, span.first, span.last, slot=slot, langkah=langkah)
        answer = await timings(self.runtime, self.contexts, self.months, query)
        answer = without_cases(answer) if requester.office.provinsi else answer
        trend, place = await self._trend(query, span), Place(requester, office, sop.sha256, span)
        if slot and langkah:
            values = _step_values(sop, slot, langkah, answer, place)
            return await self._page(request, "waktu_langkah.html", requester, kantor, span, tren=trend, **values)
        values = _sheet_values(sop, answer, place)
        values["lembar_lain"] = [(sheet, Place(requester, office, sheet.sha256, span).address()) for sheet in sheets]
        return await self._page(request, "waktu.html", requester, kantor, span, tren=trend, **values)

    async def kantor(self, office: str, requester: Requester) -> Kantor:
        """The office's file in force now. Missing for an office that is not loaded."""
        return await self.runtime.procedures.kantor(office, requester.now)

    async def sheets(self, office: str) -> list[Sop]:
        """Every loaded sheet of an office, the newest first."""
        sheets = [await self.runtime.procedures.sop(name) for name in await self.runtime.store.list_sops(office)]
        return sorted(sheets, key=lambda sop: (sop.tanggal_efektif or date.max, sop.edisi, sop.sha256), reverse=True)

    async def _chosen(self, office: str, sheets: Sequence[Sop], span: Span, name: str | None) -> Sop | None:
        """The named sheet, else the one with the most executions, else the newest. None: the office has none."""
        if name:
            sheet = next((sheet for sheet in sheets if sheet.sha256 == name), None)
            if sheet is None:
                raise Missing("sop_tidak_ada", "Kantor ini tidak punya lembar itu. Pilih dari daftar lembarnya.")
            return sheet
        executions = Counter[str]()
        if len(sheets) > 1:
            query = FiguresQuery(office, None, span.first, span.last)
            for line in await figures(self.runtime.store.pool, self.months, query, None):
                executions[line.of["sop"]] += line.counts["jumlah"]
        return max(sheets, key=lambda sheet: executions[sheet.sha256], default=None)

    async def _trend(self, query: FiguresQuery, span: Span) -> dict[str, Any]:
        wide, every = span.trend
        query = replace(query, first=wide.first, last=wide.last)
        trend = points(wide, every, await figures(self.runtime.store.pool, self.months, query, every))
        limit = judged_by(trend)
        name = f"Bagian dalam {limit} tiap {every}; angkanya pada tabel sesudah grafik"
        drawn = Markup(bars(trend, limit, name)) if limit else None  # noqa: S704 - drawn by us, escaped
        return {"tiap": every, "ukuran": limit, "grafik": drawn, "baris": rows(trend)}

    async def _page(
        self, request: Request, name: str, requester: Requester, kantor: Kantor, span: Span, **values: Any
    ) -> HTMLResponse:
        own = not requester.office.provinsi
        return await self.pages.page(request, name, kantor=kantor, milik=own, **range_values(requester, span), **values)


@dataclass(frozen=True, slots=True)
class Place:
    """The figures a page is about; makes the addresses of related pages."""

    requester: Requester
    office: str
    sop: str
    span: Span

    def address(self, span: Span | None = None, **more: str) -> str:
        """The page of these figures for another range of days, or of a step of them."""
        own = {} if self.office == self.requester.actor.office else {"office": self.office}
        days = span or self.span
        params = own | {"sop": self.sop, "from": days.first.isoformat(), "to": days.last.isoformat()} | more
        return f"/timings?{urlencode(params)}"


def span_of(requester: Requester, first: date | None, last: date | None) -> Span:
    """The range of days asked for, by default this month. Malformed for a range that no figures can be of."""
    month = Span.months(requester.office.calendar.local_date(requester.now), 1)
    span = Span(
        first or (min(month.first, last) if last else month.first), last or max(month.last, first or month.last)
    )
    dates.check(dates.query_range_fault(span.first, span.last), "rentang_salah")
    return span


def range_values(requester: Requester, span: Span) -> dict[str, Any]:
    """The range of a page, and the usual ranges to choose from."""
    return {"rentang": span, "biasa": list(usual(requester.office.calendar.local_date(requester.now)))}


def in_order(sop: Sop, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of steps in the sheet's own order; a step has a line for each party that did its latest task."""
    places = {place: number for number, place in enumerate(sop.steps)}
    ordered = sorted(lines, key=lambda line: places.get((line["slot"], line["langkah"]), len(places)))
    return [line_words(line, sop) for line in ordered]


def _sheet_values(sop: Sop, answer: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The values of the page of a whole sheet."""
    flow, marks = flow_of(sop), _marks(sop, answer["langkah"], place)
    drawn = flowchart(flow, marks, name=f"Bagan alur {sop.nama}")
    return {
        "lembar": sop,
        "tempat": place,
        "janji": totals_words(totals_of(sop)),
        **ends_words(answer),
        "baris": in_order(sop, answer["langkah"]),
        "alamat_langkah": lambda line: place.address(slot=line["slot"], langkah=line["langkah"]),
        "bagan": Markup(drawn),  # noqa: S704 - drawn by us, escaped
        "daftar": [(part, list(listed(part, flow.columns))) for part in flow.parts],
        "tanda": marks,
        "tingkat": LEVELS,
        "aturan": LEVEL_RULES,
    }


def _step_values(sop: Sop, slot: str, langkah: str, answer: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The values of the page of a step, its tasks in their order. Missing for a step the sheet does not have."""
    step = sop.steps.get((slot, langkah))
    if step is None:
        raise Missing("langkah_tidak_ada", "Lembar ini tidak punya langkah itu. Pilih dari bagan alurnya.")
    verbs = [task.verb for task in step.tasks]
    tasks = sorted(answer["tugas"], key=lambda line: [*verbs, line["tugas"]].index(line["tugas"]))
    return {
        "lembar": sop,
        "tempat": place,
        "langkah": step,
        "slot": slot,
        "utama": slot == MAIN,
        "alamat_ini": lambda span: place.address(span, slot=slot, langkah=langkah),
        "baris": [line_words(line, sop) for line in answer["langkah"]],
        "tugas": [line_words(line, sop) for line in tasks],
    }


def _marks(sop: Sop, lines: Sequence[Mapping[str, Any]], place: Place) -> dict[tuple[str, str], Mark]:
    """How each step of a sheet does, and the address of its figures."""
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list, {step: [] for step in sop.steps})
    for line in lines:
        of[line["slot"], line["langkah"]].append(line)
    return {
        (slot, langkah): mark_of(of_step, place.address(slot=slot, langkah=langkah))
        for (slot, langkah), of_step in of.items()
    }
