"""The counter's pages: the form of a new application and its one script, the receipt, and the notifications."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from markupsafe import Markup

from intake.notifications import NEWEST
from intake.pages import form
from intake.pages.news_for_applicant import news_of
from intake.pages.receipt import qr, receipt_of
from intake.pages.schemas import ListForm, NewApplication, ReceiptPrinted, Results, SheetForm
from jejak.cases.event_descriptions import TOLD_BY
from jejak.platform.errors import Malformed
from jejak.privacy.normalise import digits_pattern
from jejak.privacy.person_words import PERSON_LABELS
from jejak.procedure.model import Sop
from jejak.procedure.office.areas import known_areas
from jejak.tables.applicants import COLUMNS, MOST_ROWS, TITLES
from jejak.timekeeping.calendar import ZONES
from jejak.timekeeping.printed.words import instant_words
from jejak.web.authorisation import ByRequester, CaseName, Requester, optional_actor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE, file_of
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, is_own
from jejak.web.reading.related_cases import related_cases
from jejak.web.runtime import Runtime

_RELATIONS: Final = ("orang tua", "anak", "pasangan", "saudara", "wali", "pendamping", "petugas", "lainnya")
_MOST_NEWS: Final = 200

type Service = Annotated[str | None, Query(max_length=100, description="Layanan, bila kantor punya beberapa")]
type Members = Annotated[int, Query(ge=0, le=10, description="Isian untuk sekian peserta; 0 untuk satu berkas saja")]
type Days = Annotated[int, Query(ge=1, le=366, description="Kabar sekian hari terakhir")]
type Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 lembar SOP")]


def routes(runtime: Runtime, reader: CaseReader, pages: Pages) -> APIRouter:
    """`/cases/baru`, `/sops/{id}/form`, `/cases/daftar`, `/cases/kabar`, `/cases/{id}/tanda-terima`."""
    router = APIRouter(tags=["loket"])
    counter = _Counter(runtime, reader, pages)

    @router.get(
        "/sops/{sop}/form", summary="Formulir satu lembar SOP: pertanyaan, dokumen, dan apa yang perlu bagi siapa"
    )
    async def described(sop: Digest, response: Response) -> SheetForm:
        sheet = await runtime.procedures.sop(sop)
        office = await runtime.procedures.kantor(sheet.dinas, await runtime.store.now())
        response.headers["Cache-Control"] = "no-cache"
        return form.form_of_sheet(sheet, office)

    @router.get(
        "/cases/daftar/contoh.csv",
        summary="Judul kolom sebuah daftar pemohon, untuk diisi",
        response_class=Response,
        responses=file_of("text/csv"),
    )
    async def sample() -> Response:
        titles = ";".join(TITLES.values())
        headers = {"Content-Disposition": 'attachment; filename="daftar-pemohon.csv"'}
        return Response(f"\ufeff{titles}\r\n", media_type="text/csv", headers=headers)

    answers: tuple[tuple[str, str, type, Callable[..., Any]], ...] = (
        ("baru", "Formulir permohonan baru, menurut lembar SOP yang berlaku", NewApplication, counter.new),
        ("daftar", "Sedaftar pemohon: kolom yang dikenal, dan formulir untuk mengunggahnya", ListForm, counter.listed),
        (
            "kabar",
            "Hasil yang perlu disampaikan kepada pemohon kantor ini, atau kelurahan ini",
            Results,
            counter.results,
        ),
        ("{case}/tanda-terima", "Tanda terima, untuk dicetak", ReceiptPrinted, counter.receipt),
    )
    for address, summary, model, answer in answers:
        router.get(
            f"/cases/{address}",
            summary=summary,
            response_model=model,
            responses=PAGE,
            dependencies=[NO_STORE],
        )(answer)
    return router


@dataclass(frozen=True, slots=True)
class _Counter:
    """The endpoints that answer with a page or with JSON. Without docstrings, which OpenAPI would show."""

    runtime: Runtime
    reader: CaseReader
    pages: Pages

    async def new(
        self, requester: ByRequester, request: Request, layanan: Service = None, sekeluarga: Members = 0
    ) -> NewApplication | Response:
        # The form of the chosen service, or of the only one; else the services to choose from.
        serving = await self._serving(requester)
        chosen = layanan or (next(iter(serving)) if len(serving) == 1 else None)
        if chosen is not None and chosen not in serving:
            known = ", ".join(sorted(serving)) or "belum ada"
            raise Malformed("layanan_tidak_dikenal", f"Kantor ini tidak melayani itu. Yang dilayani: {known}.")
        described = form.form_of_sheet(serving[chosen], requester.office) if chosen else None
        answer: NewApplication = {"layanan": form.services(serving), "formulir": described}
        if not wants_page(request):
            return answer
        if chosen is None:
            return await self.pages.page(request, "layanan.html", **answer)
        may = requester.official.jabatan in form.posts_submitting(serving[chosen])
        values = {**answer, **_around(requester), "boleh": may, "sekeluarga": sekeluarga, "hubungan": _RELATIONS}
        today = requester.office.calendar.local_date(requester.now)
        values |= {
            "kata": PERSON_LABELS,
            "pola": digits_pattern,
            "pilihan_wilayah": known_areas(requester.office, requester.official, today),
        }
        return await self.pages.page(request, "baru.html", script="loket.js", **values)

    async def listed(self, requester: ByRequester, request: Request) -> ListForm | Response:
        # The services a list may be for, and its columns.
        serving = await self._serving(requester)
        answer: ListForm = {
            "layanan": form.services(serving),
            "kolom": [
                {"judul": column.title, "wajib": column.required}
                for column in COLUMNS
                if column.place in TITLES and len(column.places) == 1
            ],
            "paling_banyak": MOST_ROWS,
        }
        if not wants_page(request):
            return answer
        may = any(requester.official.jabatan in form.posts_submitting(sop) for sop in serving.values())
        return await self.pages.page(request, "daftar_pemohon.html", **answer, boleh=may)

    async def results(self, requester: ByRequester, request: Request, hari: Days = 30) -> Results | Response:
        # The news of the cases in the requester's area, the newest first.
        actor, official, _, now = requester
        since = now - timedelta(days=hari)
        rows = await self.runtime.store.pool.fetch(NEWEST, actor.office, requester.areas, since, _MOST_NEWS, now)
        cases = await self.reader.open_all([row["case"] for row in rows])
        results = [result for case_view in cases.values() if (result := news_of(case_view, since))]
        results.sort(key=lambda result: result["sejak"]["waktu"], reverse=True)
        listed: Results = {
            "wilayah": official.wilayah or actor.office,
            "hari": hari,
            "kabar": results,
            "tidak_terbaca": cases.unread_rows,
        }
        if not wants_page(request):
            return listed
        return await self.pages.page(request, "kabar.html", **listed, cara=TOLD_BY)

    async def receipt(self, case: CaseName, request: Request) -> ReceiptPrinted | Response:
        # For anybody who has the code; an official of the case's office sees the names too.
        case_view = await self.reader.open(case)
        actor = await optional_actor(self.runtime, request)
        own = is_own(case_view, actor)
        answer = receipt_of(case_view, self.runtime.settings.public_url, own=own)
        if own and actor is not None:
            others = await related_cases(self.runtime, case_view, actor)
            answer["berkas_berjalan"] = [other["kode"] for other in others if "kode" in other]
        if not wants_page(request):
            return answer
        code = Markup(qr(answer["alamat_lacak"]))  # noqa: S704 - an SVG of ours
        return await self.pages.page(request, "tanda_terima.html", **answer, qr=code)

    async def _serving(self, requester: Requester) -> dict[str, Sop]:
        """The services that the requester's office offers today."""
        today = requester.office.calendar.local_date(requester.now)
        return dict(await self.runtime.procedures.services_in_force(requester.office.kode, today))


def _around(requester: Requester) -> dict[str, Any]:
    """Fields of the page that are not of the sheet: the zone of typed times, the region of the office, and now."""
    office = requester.office
    region = requester.official.wilayah or office.kode
    return {
        "saya_kode": f"{office.kode}/{requester.actor.code}",
        "zona": f"{ZONES[office.zona]:+03d}:00",
        "sekarang": instant_words(requester.now, office.zona),
        "wilayah": region[:5].replace(".", ""),
    }
