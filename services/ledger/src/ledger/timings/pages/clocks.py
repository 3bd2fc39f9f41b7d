"""The clocks in a browser: an office's figures for a stretch of days, its sheet as a flowchart, and each step of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from jejak.platform.errors import Missing
from jejak.procedure.kantor import Kantor
from jejak.procedure.model import MAIN, Sop, Step
from jejak.procedure.totals import totals_of, totals_words
from jejak.timekeeping import dates
from jejak.web.authorisation import Requester
from jejak.web.pages.layout import Pages
from jejak.web.reading.timing_context import TimingContexts
from jejak.web.runtime import Runtime
from ledger.desk.authorisation import overseen_office
from ledger.timings.api import TimingsQuery, timings, without_cases
from ledger.timings.date_ranges import Span, usual
from ledger.timings.figures import FiguresQuery, figures
from ledger.timings.months import Months
from ledger.timings.pages.figure_words import LEVEL_RULES, LEVELS, end_words, line_words, mark_of
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

    async def page(self, request: Request, asker: Requester, asked: TimingsQuery) -> Response:
        """`GET /timings` for a browser: one sheet of one office, or one step of it."""
        if asker.office.provinsi and not asked.office:
            return RedirectResponse("/timings/kantor", _SEE_OTHER)
        office = overseen_office(asker, asked.office or None)
        span = span_of(asker, asked.first, asked.last)
        sheets = await self.sheets(office)
        sop = await self._chosen(office, sheets, span, asked.sop)
        if sop is None:
            return await self._page(request, "waktu_kosong.html", asker, await self.kantor(office, asker), span)
        slot = (asked.slot or MAIN) if asked.langkah else None
        wanted = FiguresQuery(office, sop.sha256, span.first, span.last, None, None, slot, asked.langkah or None)
        told = await timings(self.runtime, self.contexts, self.months, wanted, None)
        told = without_cases(told) if asker.office.provinsi else told
        kantor = await self.kantor(office, asker)
        place = Place(asker, office, sop.sha256, span)
        tren = await self._trend(wanted, span)
        if slot is None or not asked.langkah:
            values = _sheet_values(sop, told, place)
            others = [(one, Place(asker, office, one.sha256, span).address()) for one in sheets]
            return await self._page(request, "waktu.html", asker, kantor, span, lembar_lain=others, tren=tren, **values)
        values = _step_values(sop, slot, asked.langkah, told, place)
        return await self._page(request, "waktu_langkah.html", asker, kantor, span, tren=tren, **values)

    async def kantor(self, office: str, asker: Requester) -> Kantor:
        """The file of an office in force now. Missing for one that is not loaded."""
        return await self.runtime.procedures.kantor(office, asker.now)

    async def sheets(self, office: str) -> list[Sop]:
        """Every sheet of an office that is loaded, the newest first."""
        found = [await self.runtime.procedures.sop(one) for one in await self.runtime.store.list_sops(office)]
        return sorted(found, key=lambda one: (one.tanggal_efektif or date.max, one.edisi, one.sha256), reverse=True)

    async def _chosen(self, office: str, sheets: Sequence[Sop], span: Span, asked: str | None) -> Sop | None:
        """The sheet asked for, else the one most is done by, else the newest. None: the office has none."""
        if asked:
            found = next((one for one in sheets if one.sha256 == asked), None)
            if found is None:
                raise Missing("sop_tidak_ada", "Kantor ini tidak punya lembar itu. Pilih dari daftar lembarnya.")
            return found
        if len(sheets) > 1:
            done: dict[str, int] = {}
            for line in await figures(
                self.runtime.store.pool, self.months, FiguresQuery(office, None, span.first, span.last), None
            ):
                done[line.of["sop"]] = done.get(line.of["sop"], 0) + line.counts["jumlah"]
            return max(sheets, key=lambda one: done.get(one.sha256, 0))
        return next(iter(sheets), None)

    async def _trend(self, wanted: FiguresQuery, span: Span) -> dict[str, Any]:
        stretch, every = span.trend
        asked = FiguresQuery(
            wanted.office, wanted.sop, stretch.first, stretch.last, None, None, wanted.slot, wanted.langkah
        )
        lines = await figures(self.runtime.store.pool, self.months, asked, every)
        found = points(stretch, every, lines)
        by = judged_by(found)
        name = f"Bagian dalam {by} tiap {every}; angkanya pada tabel sesudah grafik"
        drawn = Markup(bars(found, by, name)) if by else None  # noqa: S704 - drawn by us, escaped
        return {"tiap": every, "ukuran": by, "grafik": drawn, "baris": rows(found)}

    async def _page(
        self, request: Request, name: str, asker: Requester, kantor: Kantor, span: Span, **values: Any
    ) -> HTMLResponse:
        today = asker.office.calendar.local_date(asker.now)
        return await self.pages.page(
            request,
            name,
            kantor=kantor,
            rentang=span,
            biasa=list(usual(today)),
            milik=not asker.office.provinsi,
            **values,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Which figures a page is about: makes the addresses of those beside it."""

    asker: Requester
    office: str
    sop: str
    span: Span

    def address(self, span: Span | None = None, **more: str) -> str:
        """The page of these figures for another stretch, or of one step of them."""
        own = {} if self.office == self.asker.actor.office else {"office": self.office}
        days = span or self.span
        asked = own | {"sop": self.sop, "from": days.first.isoformat(), "to": days.last.isoformat()} | more
        return f"/timings?{urlencode(asked)}"


def span_of(asker: Requester, first: date | None, last: date | None) -> Span:
    """The days asked for; this month where none are. Malformed for days that no figures can be of."""
    month = Span.months(asker.office.calendar.local_date(asker.now), 1)
    span = Span(
        first or (min(month.first, last) if last else month.first), last or max(month.last, first or month.last)
    )
    dates.check(dates.query_range_fault(span.first, span.last), "rentang_salah")
    return span


def in_order(sop: Sop, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of steps in the sheet's own order; a step whose latest task was with others has a line for each."""
    places = {place: number for number, place in enumerate(sop.steps)}
    ordered = sorted(lines, key=lambda one: places.get((one["slot"], one["langkah"]), len(places)))
    return [line_words(one) for one in ordered]


def _sheet_values(sop: Sop, told: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What the page of a whole sheet shows."""
    flow, marks = flow_of(sop), marks_of(sop, told["langkah"], place)
    drawn = flowchart(flow, marks, name=f"Bagan alur {sop.nama}")
    return {
        "lembar": sop,
        "tempat": place,
        "janji": totals_words(totals_of(sop)),
        "selesai": end_words(told["sop_selesai"]),
        "aktif": end_words(told["kartu_aktif"]),
        "berakhir": end_words(told["kepesertaan_berakhir"]),
        "terlambat_kini": told["terlambat_kini"]["jumlah"],
        "baris": in_order(sop, told["langkah"]),
        "alamat_langkah": lambda one: place.address(slot=one["slot"], langkah=one["langkah"]),
        "bagan": Markup(drawn),  # noqa: S704 - drawn by us, escaped
        "daftar": [(part, list(listed(part, flow.columns))) for part in flow.parts],
        "tanda": marks,
        "tingkat": LEVELS,
        "aturan": LEVEL_RULES,
    }


def _step_values(sop: Sop, slot: str, langkah: str, told: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What the page of one step shows. Missing for a step the sheet does not have."""
    step = sop.steps.get((slot, langkah))
    if step is None:
        raise Missing("langkah_tidak_ada", "Lembar ini tidak punya langkah itu. Pilih dari bagan alurnya.")
    return {
        "lembar": sop,
        "tempat": place,
        "langkah": step,
        "slot": slot,
        "utama": slot == MAIN,
        "alamat_ini": lambda span: place.address(span, slot=slot, langkah=langkah),
        "baris": [line_words(one) for one in told["langkah"]],
        "tugas": tasks_in_order(step, told["tugas"]),
    }


def tasks_in_order(step: Step, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a step's tasks in the order in which they are done."""
    places = {task.verb: number for number, task in reversed(list(enumerate(step.tasks)))}
    return [line_words(one) for one in sorted(lines, key=lambda one: places.get(one["tugas"], len(places)))]


def marks_of(sop: Sop, lines: Sequence[Mapping[str, Any]], place: Place) -> dict[tuple[str, str], Mark]:
    """How every step of a sheet does, and where its figures are."""
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = {step: [] for step in sop.steps}
    for line in lines:
        of.setdefault((line["slot"], line["langkah"]), []).append(line)
    return {
        (slot, langkah): mark_of(some, place.address(slot=slot, langkah=langkah))
        for (slot, langkah), some in of.items()
    }
