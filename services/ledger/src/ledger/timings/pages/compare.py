"""Offices beside each other, and two sheets: figures without persons and cases, for every office of a province."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from jejak.platform.errors import Missing
from jejak.procedure.diff import Difference, differences
from jejak.procedure.kantor import Kantor
from jejak.procedure.load import parse_sop
from jejak.procedure.model import Sop
from jejak.timekeeping.buckets import Percentiles
from jejak.timekeeping.words import duration_words
from jejak.web.authorisation import Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import wants_page
from ledger.desk.authorisation import ByFiguresRequester
from ledger.timings.api import Code, late_now, timings, without_cases
from ledger.timings.date_ranges import Span, usual
from ledger.timings.figures import Figure, FiguresQuery, figures
from ledger.timings.pages.clocks import Clocks, in_order, span_of
from ledger.timings.pages.figure_words import FEW, end_words, share_words
from ledger.timings.pages.ratios import END_NAMES, Compared, Ratio, compared, end_told
from ledger.timings.province import ends_of
from ledger.timings.schemas import Offices, Sheets

type From = Annotated[date | None, Query(alias="from")]
type To = Annotated[date | None, Query(alias="to")]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet and its office."""

    kantor: Kantor
    sop: Sop

    @property
    def nama(self) -> str:
        """As a list names it."""
        since = f", berlaku {self.sop.tanggal_efektif}" if self.sop.tanggal_efektif else ""
        edition = f", edisi {self.sop.edisi}" if self.sop.edisi > 1 else ""
        return f"{self.kantor.kode} {self.kantor.nama}: {self.sop.nomor or self.sop.nama}{since}{edition}"

    def told(self) -> dict[str, Any]:
        """As a program is told."""
        since = self.sop.tanggal_efektif
        return {
            "kantor": self.kantor.kode,
            "nama_kantor": self.kantor.nama,
            "sop": self.sop.sha256,
            "nomor": self.sop.nomor,
            "nama_sop": self.sop.nama,
            "tanggal_efektif": since.isoformat() if since else None,
        }


def routes(clocks: Clocks) -> APIRouter:
    """`GET /timings/kantor` and `GET /timings/lembar`."""
    router = APIRouter(tags=["waktu"])

    @router.get(
        "/timings/kantor",
        summary="Kantor-kantor seprovinsi, masing-masing terhadap standarnya sendiri",
        response_model=Offices,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def offices(
        asker: ByFiguresRequester, request: Request, first: From = None, last: To = None
    ) -> dict[str, Any] | Response:
        span = span_of(asker, first, last)
        found = await _compared(clocks, asker, span)
        codes = {one.kantor.kode for one in found}
        together = _together(found, await ends_of(clocks.runtime.store.pool, clocks.months, span, codes))
        if not wants_page(request):
            return {
                "dari": span.first.isoformat(),
                "sampai": span.last.isoformat(),
                "kantor": [one.told() for one in found],
                "seluruhnya": together,
            }
        return await clocks.pages.page(
            request,
            "waktu_kantor.html",
            rentang=span,
            biasa=list(usual(asker.office.calendar.local_date(asker.now))),
            alamat=lambda other: f"/timings/kantor?{other.query}",
            provinsi=asker.office.nama if asker.office.provinsi else None,
            baris=[_row(asker, span, one) for one in found],
            jumlah=together
            | {
                "mutu_baku": _share_row(together["mutu_baku"]),
                "batas_tunggu": _share_row(together["batas_tunggu"]),
                **{name: _end_row(together[name]) for name in END_NAMES},
            },
        )

    @router.get(
        "/timings/lembar",
        summary="Dua lembar berdampingan: apa bedanya, dan angka masing-masing",
        response_model=Sheets,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def sheets(
        asker: ByFiguresRequester,
        request: Request,
        satu: Code = None,
        lain: Code = None,
        first: From = None,
        last: To = None,
    ) -> dict[str, Any] | Response:
        span, known = span_of(asker, first, last), await _sheets(clocks, asker)
        chosen = [_of(known, name) for name in (satu, lain)]
        one, other = chosen
        sides, found = [], None
        if one and other:
            sides = [await _side(clocks, asker, span, sheet) for sheet in (one, other)]
            found = _differences(one, other)
        if not wants_page(request):
            return {
                "dari": span.first.isoformat(),
                "sampai": span.last.isoformat(),
                "lembar": [sheet.told() for sheet in known],
                "perbedaan": [asdict(each) | {"kalimat": each.kalimat} for each in found or ()],
                "angka": sides,
            }
        return await clocks.pages.page(
            request,
            "waktu_lembar.html",
            rentang=span,
            biasa=list(usual(asker.office.calendar.local_date(asker.now))),
            alamat=lambda days: f"/timings/lembar?{days.query}&{_chosen(satu, lain)}",
            pilihan=[(sheet.sop.sha256, sheet.nama) for sheet in known],
            satu=satu,
            lain=lain,
            perbedaan=found,
            sisi=[_words(sheet, side) for sheet, side in zip(chosen, sides, strict=False) if sheet],
        )

    return router


async def _kantors(clocks: Clocks, asker: Requester) -> list[Kantor]:
    """The offices of the asker's province that work by sheets."""
    province = asker.office.kode.partition(".")[0]
    codes = [one for one in await clocks.runtime.store.offices() if one.startswith(f"{province}.")]
    return [await clocks.kantor(one, asker) for one in codes]


async def _sheets(clocks: Clocks, asker: Requester) -> list[Sheet]:
    return [Sheet(one, sop) for one in await _kantors(clocks, asker) for sop in await clocks.sheets(one.kode)]


def _of(known: Sequence[Sheet], name: str | None) -> Sheet | None:
    if not name:
        return None
    found = next((one for one in known if one.sop.sha256 == name), None)
    if found is None:
        raise Missing("sop_tidak_ada", "Lembar itu tidak ada pada kantor di provinsi ini. Pilih dari daftar lembarnya.")
    return found


async def _compared(clocks: Clocks, asker: Requester, span: Span) -> list[Compared]:
    """Every sheet of every office that has figures, or serves; late steps are counted as of now."""
    of: dict[tuple[str | None, str | None], list[Figure]] = {}
    store = clocks.runtime.store
    for line in await figures(store.pool, clocks.months, FiguresQuery(None, None, span.first, span.last), None):
        of.setdefault((line.of["office"], line.of["sop"]), []).append(line)
    open_late = await late_now(clocks.runtime, clocks.contexts, None, None, asker.now)
    late = Counter((row["office"], row["sop"]) for row in open_late)
    found: list[Compared] = []
    for kantor in await _kantors(clocks, asker):
        serving = await clocks.runtime.procedures.services_in_force(kantor.kode, kantor.calendar.local_date(asker.now))
        current = {one.sha256 for one in serving.values()}
        for sop in await clocks.sheets(kantor.kode):
            place = (kantor.kode, sop.sha256)
            if place in of or place in late or sop.sha256 in current:
                found.append(compared(kantor, sop, of.get(place, ()), late[place]))
    return found


def _row(asker: Requester, span: Span, one: Compared) -> dict[str, Any]:
    """One row in words, with the way to its figures where they are the asker's to see."""
    own = one.kantor.kode == asker.actor.office
    asked = ({} if own else {"office": one.kantor.kode}) | {"sop": one.sop.sha256}
    told = one.told()
    return {
        "kantor": one.kantor,
        "lembar": one.sop,
        "sendiri": own,
        "alamat": f"/timings?{urlencode(asked)}&{span.query}" if own or asker.office.provinsi else None,
        "langkah": told["langkah"],
        "kecil": 0 < told["langkah"] < FEW,
        "mutu_baku": share_words(one.counts["dalam"], one.counts["dinilai"]),
        "rasio": ratio_words(one.standard),
        "batas_tunggu": share_words(one.counts["tunggu_dalam"], one.counts["tunggu_dinilai"]),
        "rasio_tunggu": ratio_words(one.waiting),
        "terlambat_kini": one.late,
        "selesai": _end_row(told["sop_selesai"]),
        "aktif": _end_row(told["kartu_aktif"]),
        "berakhir": _end_row(told["kepesertaan_berakhir"]),
    }


def _end_row(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    spread = {name: duration_words(round(told[name])) for name in ("p50", "p90", "p99") if name in told}
    return {"jumlah": told["jumlah"], "kecil": told["jumlah"] < FEW, **spread}


def ratio_words(ratio: Ratio | None) -> dict[str, Any] | None:
    """As "0,42 kali", of how many; None where nothing was measured or promised."""
    if ratio is None:
        return None
    return {
        "kata": f"{ratio.bagian:.2f} kali".replace(".", ","),
        "lebih": ratio.bagian > 1,
        "arti": "lebih lama dari yang dijanjikan" if ratio.bagian > 1 else "tidak lebih lama",
        "jumlah": ratio.jumlah,
        "kecil": ratio.jumlah < FEW,
    }


def _together(found: Sequence[Compared], ends: Mapping[str, Percentiles]) -> dict[str, Any]:
    """All offices together: what can be added up, and how long cases took; ratios to several sheets cannot be."""
    counts = Counter[str]()
    for one in found:
        counts.update(one.counts)
    return {
        "langkah": counts["jumlah"],
        "mutu_baku": {"dinilai": counts["dinilai"], "dalam": counts["dalam"]},
        "batas_tunggu": {"dinilai": counts["tunggu_dinilai"], "dalam": counts["tunggu_dalam"]},
        "terlambat": counts["terlambat"],
        "terlambat_kini": sum(one.late for one in found),
        **{name: end_told(ends.get(kind)) for name, kind in END_NAMES.items()},
    }


def _share_row(told: Mapping[str, int]) -> dict[str, Any]:
    return share_words(told["dalam"], told["dinilai"])


async def _side(clocks: Clocks, asker: Requester, span: Span, sheet: Sheet) -> dict[str, Any]:
    """The figures of one sheet; those of the asker's own office lead to its cases."""
    wanted = FiguresQuery(sheet.kantor.kode, sheet.sop.sha256, span.first, span.last)
    told = await timings(clocks.runtime, clocks.contexts, clocks.months, wanted, None)
    return told if sheet.kantor.kode == asker.actor.office else without_cases(told)


def _words(sheet: Sheet, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kantor": sheet.kantor,
        "lembar": sheet.sop,
        "selesai": end_words(told["sop_selesai"]),
        "aktif": end_words(told["kartu_aktif"]),
        "berakhir": end_words(told["kepesertaan_berakhir"]),
        "terlambat_kini": told["terlambat_kini"]["jumlah"],
        "baris": in_order(sheet.sop, told["langkah"]),
    }


def _differences(one: Sheet, other: Sheet) -> tuple[Difference, ...]:
    """What the second sheet has otherwise than the first, as `jejak sop diff` says it."""
    before, after = (parse_sop(sheet.sop.text).file for sheet in (one, other))
    return differences(before, after) if before and after else ()


def _chosen(one: str | None, other: str | None) -> str:
    return urlencode({name: value for name, value in (("satu", one), ("lain", other)) if value})
