"""Who on a list attached to a letter is in which register: for its drafter, those who initial it, and its signer."""

from typing import Annotated, TypedDict

from fastapi import APIRouter, Depends, Request, Response

from jejak.cases.people.listed import listed_on
from jejak.contracts.parts import MOST_LISTED
from jejak.platform.errors import Missing
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, own_case_read_model
from verification.registers.listed import finding_of, not_imported
from verification.registers.lookup import RegisterKeys, lookup


class ListedFinding(TypedDict):
    """One person of the list, and what each register says of him."""

    nomor: int
    nama: str
    nik: str
    temuan: list[str]
    perlu_dilihat: bool


class ListedFindings(TypedDict):
    """The people of the list, those first whom an official has to look at."""

    berkas: str
    kode: str
    jumlah: int
    perlu_dilihat: int
    daftar: list[str]
    belum_diimpor: list[str]
    orang: list[ListedFinding]


def routes(reader: CaseReader) -> APIRouter:
    """`GET /cases/{case}/daftar-terlampir`."""
    router, pages = APIRouter(tags=["pencocokan"]), Pages(reader.runtime, __package__)

    @router.get(
        "/cases/{case}/daftar-terlampir",
        summary="Orang pada daftar terlampir, dan apa kata tiap daftar tentangnya",
        response_model=ListedFindings,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def listed(
        case_view: Annotated[CaseReadModel, Depends(own_case_read_model(reader))], request: Request
    ) -> ListedFindings | Response:
        answer = await _findings(reader, case_view)
        if not wants_page(request):
            return answer
        return await pages.page(request, "daftar_terlampir.html", **answer, terbanyak=MOST_LISTED + 1)

    return router


async def _findings(reader: CaseReader, case_view: CaseReadModel) -> ListedFindings:
    """One query for all: a list has at most 499 people beside the participant. Missing for a case without a list."""
    loaded, runtime = case_view.opened, reader.runtime
    people = listed_on(loaded.case)
    if not people:
        raise Missing("tanpa_daftar", "Surat berkas ini tidak punya daftar terlampir, atau datanya sudah dimusnahkan.")
    names = {person.nik: person.name for person in people}
    async with runtime.store.pool.acquire() as connection:
        keys = RegisterKeys.of(runtime.settings)
        looked = await lookup(connection, keys, loaded.office.kode, list(names), names=names)
    rows: list[ListedFinding] = [
        {
            "nomor": number,
            "nama": finding.person.name,
            "nik": finding.person.nik,
            "temuan": list(finding.words),
            "perlu_dilihat": finding.look,
        }
        for number, finding in enumerate((finding_of(loaded, person, looked) for person in people), 2)
    ]
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "jumlah": len(rows),
        "perlu_dilihat": sum(row["perlu_dilihat"] for row in rows),
        "daftar": [f"{name} per {row.as_of:%d-%m-%Y}" for name, row in sorted(looked.answering.items())],
        "belum_diimpor": list(not_imported(looked)),
        "orang": sorted(rows, key=lambda row: not row["perlu_dilihat"]),
    }
