"""Offices side by side, and two sheets: figures without persons and cases, for every office of a province."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from jejak.platform.errors import Missing
from jejak.procedure.load import parse_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.revision.diff import Difference, differences
from jejak.timekeeping.buckets import Percentiles
from jejak.timekeeping.printed.words import duration_words
from jejak.web.authorisation import Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import wants_page
from ledger.desk.authorisation import ByFiguresRequester
from ledger.timings.api import Code, FirstDay, LastDay, timings, without_cases
from ledger.timings.date_ranges import Span
from ledger.timings.figures import Figure, FiguresQuery, ends_of, figures
from ledger.timings.late import late_now
from ledger.timings.pages.clocks import Clocks, in_order, range_values, span_of
from ledger.timings.pages.figure_words import FEW, ends_words, share_words
from ledger.timings.pages.ratios import compared
from ledger.timings.schemas import (
    AllOffices,
    ComparedOffice,
    DatedSheet,
    Judged,
    Offices,
    Ratio,
    Share,
    Sheets,
    sheet_of,
    spread_of,
)


@dataclass(frozen=True, slots=True)
class OfficeSheet:
    """A sheet and its office."""

    kantor: Kantor
    sop: Sop

    @property
    def nama(self) -> str:
        """Its name in the list to choose from."""
        since = f", berlaku {self.sop.tanggal_efektif}" if self.sop.tanggal_efektif else ""
        edition = f", edisi {self.sop.edisi}" if self.sop.edisi > 1 else ""
        return f"{self.kantor.kode} {self.kantor.nama}: {self.sop.nomor or self.sop.nama}{since}{edition}"

    def answer(self) -> DatedSheet:
        """Its entry in the JSON answer."""
        since = self.sop.tanggal_efektif
        return {**sheet_of(self.kantor, self.sop), "tanggal_efektif": since.isoformat() if since else None}


def routes(clocks: Clocks) -> APIRouter:
    """`GET /timings/kantor` and `GET /timings/lembar`."""
    router = APIRouter(tags=["waktu"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/timings/kantor",
        summary="Kantor-kantor seprovinsi, masing-masing terhadap standarnya sendiri",
        response_model=Offices,
    )
    async def offices(
        requester: ByFiguresRequester, request: Request, first: FirstDay = None, last: LastDay = None
    ) -> dict[str, Any] | Response:
        span = span_of(requester, first, last)
        rows = await _compared(clocks, requester, span)
        codes = {sheet.kantor.kode for sheet, _ in rows}
        answers = [answer for _, answer in rows]
        total = _total(answers, await ends_of(clocks.runtime.store.pool, clocks.months, span, codes))
        if not wants_page(request):
            days = {"dari": span.first.isoformat(), "sampai": span.last.isoformat()}
            return days | {"kantor": answers, "seluruhnya": total}
        return await clocks.pages.page(
            request,
            "waktu_kantor.html",
            **range_values(requester, span),
            alamat=lambda other: f"/timings/kantor?{other.query}",
            provinsi=requester.office.nama if requester.office.provinsi else None,
            baris=[_row(requester, span, sheet, answer) for sheet, answer in rows],
            jumlah=_figures(total),
        )

    @router.get(
        "/timings/lembar",
        summary="Dua lembar berdampingan: apa bedanya, dan angka masing-masing",
        response_model=Sheets,
    )
    async def sheets(
        requester: ByFiguresRequester,
        request: Request,
        satu: Code = None,
        lain: Code = None,
        first: FirstDay = None,
        last: LastDay = None,
    ) -> dict[str, Any] | Response:
        span = span_of(requester, first, last)
        known = [
            OfficeSheet(kantor, sop)
            for kantor in await _kantors(clocks, requester)
            for sop in await clocks.sheets(kantor.kode)
        ]
        chosen = [_chosen(known, name) for name in (satu, lain) if name]
        pair = chosen if len(chosen) == 2 else []  # noqa: PLR2004
        sides = [await _side(clocks, requester, span, sheet) for sheet in pair]
        changes = _differences(*pair) if pair else None
        if not wants_page(request):
            return {
                "dari": span.first.isoformat(),
                "sampai": span.last.isoformat(),
                "lembar": [sheet.answer() for sheet in known],
                "perbedaan": [asdict(change) | {"kalimat": change.kalimat} for change in changes or ()],
                "angka": sides,
            }
        names = urlencode({name: value for name, value in (("satu", satu), ("lain", lain)) if value})
        return await clocks.pages.page(
            request,
            "waktu_lembar.html",
            **range_values(requester, span),
            alamat=lambda days: f"/timings/lembar?{days.query}&{names}",
            pilihan=[(sheet.sop.sha256, sheet.nama) for sheet in known],
            satu=satu,
            lain=lain,
            perbedaan=changes,
            sisi=[
                {
                    "kantor": sheet.kantor,
                    "lembar": sheet.sop,
                    **ends_words(side),
                    "baris": in_order(sheet.sop, side["langkah"]),
                }
                for sheet, side in zip(pair, sides, strict=True)
            ],
        )

    return router


async def _kantors(clocks: Clocks, requester: Requester) -> list[Kantor]:
    """The offices of the requester's province that work by sheets."""
    province = requester.office.kode[:2]
    codes = [code for code in await clocks.runtime.store.offices() if code.startswith(f"{province}.")]
    return [await clocks.kantor(code, requester) for code in codes]


def _chosen(known: Sequence[OfficeSheet], name: str) -> OfficeSheet:
    sheet = next((sheet for sheet in known if sheet.sop.sha256 == name), None)
    if sheet is None:
        raise Missing("sop_tidak_ada", "Lembar itu tidak ada pada kantor di provinsi ini. Pilih dari daftar lembarnya.")
    return sheet


async def _compared(clocks: Clocks, requester: Requester, span: Span) -> list[tuple[OfficeSheet, ComparedOffice]]:
    """Every sheet of every office that has figures, late steps or is in force; late steps are those of now."""
    of: dict[tuple[str | None, str | None], list[Figure]] = defaultdict(list)
    query = FiguresQuery(None, None, span.first, span.last)
    for line in await figures(clocks.runtime.store.pool, clocks.months, query, None):
        of[line.of["office"], line.of["sop"]].append(line)
    late_steps = await late_now(clocks.runtime.store.pool, clocks.contexts, None, None, requester.now)
    late = Counter((row["office"], row["sop"]) for row in late_steps)
    rows: list[tuple[OfficeSheet, ComparedOffice]] = []
    for kantor in await _kantors(clocks, requester):
        serving = await clocks.runtime.procedures.services_in_force(
            kantor.kode, kantor.calendar.local_date(requester.now)
        )
        current = {sop.sha256 for sop in serving.values()}
        for sop in await clocks.sheets(kantor.kode):
            key = (kantor.kode, sop.sha256)
            if key in of or key in late or sop.sha256 in current:
                rows.append((OfficeSheet(kantor, sop), compared(kantor, sop, of.get(key, ()), late[key])))
    return rows


def _row(requester: Requester, span: Span, sheet: OfficeSheet, answer: ComparedOffice) -> dict[str, Any]:
    """A row in words, with a link to its figures where the requester may see them."""
    own = answer["kantor"] == requester.actor.office
    params = ({} if own else {"office": answer["kantor"]}) | {"sop": answer["sop"]}
    return {
        **_figures(answer),
        "kantor": sheet.kantor,
        "lembar": sheet.sop,
        "sendiri": own,
        "alamat": f"/timings?{urlencode(params)}&{span.query}" if own or requester.office.provinsi else None,
        "kecil": 0 < answer["langkah"] < FEW,
        "rasio": ratio_words(answer["mutu_baku"]["rasio"]),
        "rasio_tunggu": ratio_words(answer["batas_tunggu"]["rasio"]),
    }


def _figures(answer: ComparedOffice | AllOffices) -> dict[str, Any]:
    """The figures of a row in words."""
    return {
        "langkah": answer["langkah"],
        "mutu_baku": share_words(answer["mutu_baku"]["dalam"], answer["mutu_baku"]["dinilai"]),
        "batas_tunggu": share_words(answer["batas_tunggu"]["dalam"], answer["batas_tunggu"]["dinilai"]),
        "terlambat_kini": answer["terlambat_kini"],
        "selesai": _end_words(answer["sop_selesai"]),
        "aktif": _end_words(answer["kartu_aktif"]),
        "berakhir": _end_words(answer["kepesertaan_berakhir"]),
    }


def _end_words(spread: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if spread is None:
        return None
    words = {name: duration_words(round(spread[name])) for name in ("p50", "p90", "p99")}
    return {"jumlah": spread["jumlah"], "kecil": spread["jumlah"] < FEW, **words}


def ratio_words(ratio: Ratio | None) -> dict[str, Any] | None:
    """As "0,42 kali", of how many; None where nothing was measured or promised."""
    if ratio is None:
        return None
    longer = ratio["bagian"] > 1
    return {
        "kata": f"{ratio['bagian']:.2f} kali".replace(".", ","),
        "lebih": longer,
        "arti": "lebih lama dari yang dijanjikan" if longer else "tidak lebih lama",
        "jumlah": ratio["jumlah"],
        "kecil": ratio["jumlah"] < FEW,
    }


def _total(answers: Sequence[ComparedOffice], ends: Mapping[str, Percentiles]) -> AllOffices:
    """All offices together: what can be added up, and how long cases took; ratios to several sheets cannot be."""

    def judged(shares: Sequence[Share]) -> Judged:
        return {
            "dinilai": sum(share["dinilai"] for share in shares),
            "dalam": sum(share["dalam"] for share in shares),
        }

    return {
        "langkah": sum(answer["langkah"] for answer in answers),
        "mutu_baku": judged([answer["mutu_baku"] for answer in answers]),
        "batas_tunggu": judged([answer["batas_tunggu"] for answer in answers]),
        "terlambat": sum(answer["terlambat"] for answer in answers),
        "terlambat_kini": sum(answer["terlambat_kini"] for answer in answers),
        "sop_selesai": spread_of(ends.get("selesai")),
        "kartu_aktif": spread_of(ends.get("aktif")),
        "kepesertaan_berakhir": spread_of(ends.get("nonaktif")),
    }


async def _side(clocks: Clocks, requester: Requester, span: Span, sheet: OfficeSheet) -> dict[str, Any]:
    """The figures of a sheet; those of the requester's own office lead to its cases."""
    query = FiguresQuery(sheet.kantor.kode, sheet.sop.sha256, span.first, span.last)
    answer = await timings(clocks.runtime, clocks.contexts, clocks.months, query)
    return answer if sheet.kantor.kode == requester.actor.office else without_cases(answer)


def _differences(first: OfficeSheet, second: OfficeSheet) -> tuple[Difference, ...]:
    """The differences of the second sheet from the first, as `jejak sop diff` lists them."""
    before, after = (parse_sop(sheet.sop.text, stored=True).file for sheet in (first, second))
    return differences(before, after) if before and after else ()
