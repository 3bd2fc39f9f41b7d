"""What somebody takes home from the counter: his code, what he brought, what is missing, and how to ask.

Nothing on it says who he is, because anybody who finds the paper can read it: an official prints the name as well.
"""

import uuid
from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Final
from urllib.parse import quote

import segno

from intake.pages.schemas import MissingDocument, ReceiptPrinted
from jejak.cases import engine
from jejak.cases.event_descriptions import document_name
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.privacy import nik
from jejak.procedure.model import Document
from jejak.timekeeping.words import instant_words
from jejak.web.reading.case_read_model import CaseReadModel

_QR_ERRORS: Final = "m"


def receipt_of(case_view: CaseReadModel, public_url: str, *, own: bool) -> ReceiptPrinted:
    """The answer of `GET /cases/{id}/tanda-terima`; with `own`, name, doubts and family too."""
    loaded, case = case_view.opened, case_view.case
    office = loaded.office
    address = f"{public_url}/cases/{quote(case_view.code)}"
    held = engine.conditions_met(loaded.sop, case)
    required = [
        document
        for document in loaded.sop.persyaratan.values()
        if not document.untuk or not held.isdisjoint(document.untuk)
    ]
    answer: ReceiptPrinted = {
        "berkas": str(case.id),
        "kode": case_view.code,
        "alamat_lacak": address,
        "kantor": {
            "nama": office.nama,
            "kop": list(office.kop),
            "alamat": office.alamat,
            "telepon": office.telepon,
            "pengaduan": office.pengaduan,
        },
        "layanan": loaded.sop.nama,
        "diterima": instant_words(case.application.received_at, office.zona) if case.application else None,
        "dokumen_diterima": [
            {"kode": name, "nama": document_name(loaded.sop, name), "lembar": len(files)}
            for name, files in case.documents.items()
        ],
        "dokumen_belum": [_wanted(document) for document in required if not _shown(document, case.documents.keys())],
    }
    if own:
        answer |= {
            "pemohon": _applicant(case_view),
            "periksa_lagi": list(_doubts(case_view)),
            "keluarga": _family(case_view),
        }
    return answer


def qr(address: str) -> str:
    """An address as a QR code: the text of an SVG, as wide as the page lets it be."""
    svg = BytesIO()
    code = segno.make(address, error=_QR_ERRORS, micro=False)
    code.save(svg, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return svg.getvalue().decode()


def _shown(document: Document, names: Collection[str]) -> bool:
    return any(name in names for name in (document.kode, *(other.kode for other in document.salah_satu)))


def _wanted(document: Document) -> MissingDocument:
    instead = [
        f"{other.nama} (di bawah {other.usia_di_bawah} tahun)" if other.usia_di_bawah else other.nama
        for other in document.salah_satu
    ]
    return {"kode": document.kode, "nama": document.nama, "atau": instead, "benar_bila": list(document.periksa)}


def people_of(case_view: CaseReadModel) -> e.People | None:
    """Applicant and participant; None once they are forgotten."""
    application = case_view.case.application
    return None if application is None or isinstance(application.people, e.Forgotten) else application.people


def _applicant(case_view: CaseReadModel) -> str | None:
    people = people_of(case_view)
    return people.applicant.name if people else None


def _doubts(case_view: CaseReadModel) -> Iterator[str]:
    """What the official should look at again while the citizen still stands before him."""
    people = people_of(case_view)
    if people is None:
        return
    for who, person in (("pemohon", people.applicant), ("peserta", people.participant)):
        if person is not None:
            yield from (f"Data {who}: {doubt}" for doubt in nik.doubts(person.nik, person.born))


def _family(case_view: CaseReadModel) -> list[str]:
    """The codes of the other cases that came in the same request."""
    submitted = next(
        (event.data for event in case_view.history if isinstance(event.data, e.ApplicationSubmitted)), None
    )
    family = submitted.family if submitted else None
    return [ids.case_code(uuid.UUID(case)) for case in family or () if case != str(case_view.case.id)]
