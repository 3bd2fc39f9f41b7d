"""The receipt that the applicant takes home: the code, the documents brought and missing, and where to ask.

It has no name, because a finder of the paper could read it, unless an official prints it.
"""

import uuid
from collections.abc import Iterator
from io import BytesIO
from typing import Final
from urllib.parse import quote

import segno

from intake.domain import document_names
from intake.pages.schemas import MissingDocument, ReceiptPrinted
from jejak.cases import engine
from jejak.cases.event_descriptions import document_name
from jejak.cases.people.newborn import to_follow
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.privacy import nik
from jejak.procedure.documents import Document
from jejak.timekeeping.printed.words import instant_words
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.promised_total import total_words

_QR_ERRORS: Final = "m"


def receipt_of(case_view: CaseReadModel, public_url: str, *, own: bool) -> ReceiptPrinted:
    """The answer of `GET /cases/{id}/tanda-terima`; with `own`, name, doubts and family too."""
    loaded, case = case_view.opened, case_view.case
    office = loaded.office
    address = f"{public_url}/cases/{quote(case_view.code)}"
    held = engine.conditions_met(loaded.sop, case)
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
        "selesai": total_words(case_view),
        "dokumen_diterima": [
            {"kode": name, "nama": document_name(loaded.sop, name), "lembar": len(files)}
            for name, files in case.documents.items()
        ],
        "dokumen_belum": [
            _missing(document)
            for document in loaded.sop.documents_for(held)
            if case.documents.keys().isdisjoint(document_names(document))
        ],
    }
    if own:
        answer |= {
            "pemohon": case.people.applicant.name if case.people else None,
            "periksa_lagi": list(_doubts(case_view)),
            "keluarga": _family(case_view),
        }
    if case.people and (follows := to_follow(case.people.subject, loaded.today.date(), dated=own)):
        answer["menyusul"] = follows
    return answer


def qr(address: str) -> str:
    """An address as a QR code: the text of an SVG that fills the width it is given."""
    svg = BytesIO()
    code = segno.make(address, error=_QR_ERRORS, micro=False)
    code.save(svg, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return svg.getvalue().decode()


def _missing(document: Document) -> MissingDocument:
    instead = [
        f"{other.nama} (di bawah {other.usia_di_bawah} tahun)" if other.usia_di_bawah else other.nama
        for other in document.salah_satu
    ]
    return {"kode": document.kode, "nama": document.nama, "atau": instead, "benar_bila": list(document.periksa)}


def _doubts(case_view: CaseReadModel) -> Iterator[str]:
    """What the official should check again while the applicant is still at the counter."""
    people = case_view.case.people
    if people is None:
        return
    for who, person in (("pemohon", people.applicant), ("peserta", people.participant)):
        if person is not None and person.nik is not None:
            yield from (f"Data {who}: {doubt}" for doubt in nik.doubts(person.nik, person.born))


def _family(case_view: CaseReadModel) -> list[str]:
    """The codes of the other cases that came in the same request."""
    submitted = next(
        (event.data for event in case_view.history if isinstance(event.data, e.ApplicationSubmitted)), None
    )
    family = submitted.family if submitted else None
    return [ids.case_code(uuid.UUID(case)) for case in family or () if case != str(case_view.case.id)]
