"""Who on a list attached to a letter is in which register: for its drafter, those who initial it, and its signer.

What BPJS and Dukcapil say of them is asked on request, where the sheet and the office ask them about a participant.
"""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from fastapi import APIRouter, Depends, Request, Response

from jejak.cases.decision import LoadedCase
from jejak.cases.people.listed import listed_on
from jejak.contracts import events as e
from jejak.contracts.parts import MOST_LISTED
from jejak.platform.errors import Missing, Refused
from jejak.timekeeping.printed.words import instant_words
from jejak.web.authorisation import EmptyCommand
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, own_case_read_model
from verification.outside.list_jobs import Asked, ListJobs
from verification.outside.listed_people import SYSTEMS, Question, look_ups, questions
from verification.registers.listed import Finding, finding_of, not_imported
from verification.registers.lookup import LookUp, RegisterKeys, lookup

_AGAIN_SECONDS = 3
"""After how long the page of a list that is asked about loads itself anew."""


class ListedFinding(TypedDict):
    """One person of the list, and what each register and system says of him."""

    nomor: int
    nama: str
    nik: str
    temuan: list[str]
    perlu_dilihat: bool


class AskedOutside(TypedDict):
    """How far BPJS and Dukcapil were asked: `belum`, `berjalan` or `selesai`."""

    sistem: list[str]
    keadaan: str
    sejak: str | None
    dijawab: int
    jumlah: int


class ListedFindings(TypedDict):
    """The people of the list, those first whom an official has to look at."""

    berkas: str
    kode: str
    jumlah: int
    perlu_dilihat: int
    daftar: list[str]
    belum_diimpor: list[str]
    ditanyakan: AskedOutside | None
    orang: list[ListedFinding]


class Begun(TypedDict):
    """The page that shows how far the asking is."""

    alamat: str


def routes(reader: CaseReader, jobs: ListJobs) -> APIRouter:
    """`GET /cases/{case}/daftar-terlampir`, and `POST` below it to ask BPJS and Dukcapil."""
    router, pages = APIRouter(tags=["pencocokan"], dependencies=[NO_STORE]), Pages(reader.runtime, __package__)

    @router.get(
        "/cases/{case}/daftar-terlampir",
        summary="Orang pada daftar terlampir, dan apa kata tiap daftar tentangnya",
        response_model=ListedFindings,
        responses=PAGE,
    )
    async def listed(
        case_view: Annotated[CaseReadModel, Depends(own_case_read_model(reader))], request: Request
    ) -> ListedFindings | Response:
        answer = await _findings(reader, jobs, case_view)
        if not wants_page(request):
            return answer
        page = await pages.page(request, "daftar_terlampir.html", **answer, terbanyak=MOST_LISTED + 1)
        if answer["ditanyakan"] and answer["ditanyakan"]["keadaan"] == "berjalan":
            page.headers["Refresh"] = str(_AGAIN_SECONDS)
        return page

    @router.post(
        "/cases/{case}/daftar-terlampir/tanyakan", summary="Tanyakan orang pada daftar terlampir ke BPJS dan Dukcapil"
    )
    async def ask(
        case_view: Annotated[CaseReadModel, Depends(own_case_read_model(reader))], sent: EmptyCommand
    ) -> Begun:
        loaded = case_view.opened
        asked = questions(loaded, _people(loaded))
        if not asked:
            raise Refused(
                "tidak_ditanyakan",
                "SOP dan berkas kantor ini tidak bertanya langsung kepada BPJS atau Dukcapil. Periksa sendiri.",
            )
        await jobs.begin(loaded, sent.actor, asked)
        return {"alamat": f"/cases/{case_view.code}/daftar-terlampir"}

    return router


def _people(loaded: LoadedCase) -> tuple[e.ListedPerson, ...]:
    """The people of the list. Missing for a case without one."""
    if people := listed_on(loaded.case):
        return people
    raise Missing("tanpa_daftar", "Surat berkas ini tidak punya daftar terlampir, atau datanya sudah dimusnahkan.")


async def _findings(reader: CaseReader, jobs: ListJobs, case_view: CaseReadModel) -> ListedFindings:
    """One query for all: a list has at most 499 people beside the participant. Missing for a case without a list."""
    loaded, runtime = case_view.opened, reader.runtime
    people = _people(loaded)
    names = {person.nik: person.name for person in people}
    async with runtime.store.pool.acquire() as connection:
        keys = RegisterKeys.of(runtime.settings)
        looked = await lookup(connection, keys, loaded.office.kode, list(names), names=names)
    verbs, asked = look_ups(loaded), await jobs.asked(loaded)
    rows = [_row(loaded, number, person, looked, verbs, asked) for number, person in enumerate(people, 2)]
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "jumlah": len(rows),
        "perlu_dilihat": sum(row["perlu_dilihat"] for row in rows),
        "daftar": [f"{name} per {row.as_of:%d-%m-%Y}" for name, row in sorted(looked.answering.items())],
        "belum_diimpor": list(not_imported(looked)),
        "ditanyakan": _progress(loaded, verbs, asked, questions(loaded, people)) if verbs else None,
        "orang": sorted(rows, key=lambda row: not row["perlu_dilihat"]),
    }


def _row(
    loaded: LoadedCase,
    number: int,
    person: e.ListedPerson,
    looked: LookUp,
    verbs: Sequence[str],
    asked: Asked | None,
) -> ListedFinding:
    finding = finding_of(loaded, person, looked)
    outside = [row for verb in verbs for row in _said(Question(verb, person), asked)] if asked else []
    return {
        "nomor": number,
        "nama": person.name,
        "nik": person.nik,
        "temuan": [*finding.words, *(row.words[0] for row in outside)],
        "perlu_dilihat": finding.look or any(row.look for row in outside),
    }


def _said(question: Question, asked: Asked) -> Sequence[Finding]:
    """What the system said of a person; that it did not answer, once nothing more is asked."""
    if row := asked.said.get(question.key):
        said, day = row
        return (Finding(question.person, (f"{said.words} ({day:%d-%m-%Y})",), said.look),)
    if asked.running:
        return ()
    return (Finding(question.person, (f"{SYSTEMS[question.verb]}: belum menjawab",), look=True),)


def _progress(loaded: LoadedCase, verbs: Sequence[str], asked: Asked | None, every: Sequence[Question]) -> AskedOutside:
    answered = sum(question.key in asked.said for question in every) if asked else 0
    running = asked is not None and asked.running
    return {
        "sistem": [SYSTEMS[verb] for verb in verbs],
        "keadaan": "berjalan" if running else "selesai" if asked else "belum",
        "sejak": instant_words(asked.begun, loaded.office.zona) if asked else None,
        "dijawab": asked.answered if asked and running else answered,
        "jumlah": asked.questions if asked and running else len(every),
    }
