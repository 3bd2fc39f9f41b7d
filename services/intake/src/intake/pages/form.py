"""The application form of a sheet: its questions, its documents, and for whom each is required. Pure."""

from collections.abc import Mapping
from typing import Final

from intake.pages.schemas import AskedDocument, Choice, Question, ServiceOffered, SheetForm
from jejak.contracts.parts import FUNDINGS
from jejak.contracts.tasks import TASKS
from jejak.procedure.documents import Document
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, funding_of
from jejak.timekeeping.printed.words import date_words
from jejak.uploads import MAX_BYTES, MAX_FILES
from jejak.web.requests.bodies import UPLOAD_BYTES

_MB: Final = 1024 * 1024
_KINDS: Final = ("image/jpeg", "image/png", "application/pdf")


def form_of_sheet(sop: Sop, office: Kantor) -> SheetForm:
    """The answer of `GET /sops/{id}/form`."""
    return {
        "sop": sop.sha256,
        "layanan": sop.layanan,
        "nama": sop.nama,
        "nomor": sop.nomor,
        "kantor": {"kode": office.kode, "nama": office.nama},
        "pertanyaan": [*_questions(sop), *_routes(sop)],
        "persyaratan": [_document(sop, document) for document in sop.persyaratan.values()],
        "pendanaan": funding_of(None, sop, office),
        "pilihan_pendanaan": list(FUNDINGS),
        "pencatat": [office.post_name(post) for post in posts_submitting(sop)],
        "wilayah": [{"kode": code, "nama": name} for code, name in office.wilayah.items()],
        "batas": {
            "berkas": MAX_FILES,
            "mb_tiap_berkas": MAX_BYTES // _MB,
            "mb_semua": UPLOAD_BYTES // _MB,
            "jenis": list(_KINDS),
        },
        "kirim": "/cases",
        "kirim_sekeluarga": "/cases/families",
    }


def posts_submitting(sop: Sop) -> tuple[str, ...]:
    """The posts whose officials enter an application: whose task it is, or who records for the applicant."""
    return tuple(dict.fromkeys((*sop.pelaksana[sop.pemohon].jabatan, *sop.posts_recording(sop.pemohon))))


def _questions(sop: Sop) -> list[Question]:
    """Without choices, the answer is the question's own code or nothing; with choices it is one of them."""
    return [
        {
            "kode": question.kode,
            "teks": question.teks,
            "pilihan": [{"kode": name, "nama": _words(name)} for name in question.pilihan],
            "mendesak": sorted(question.mendesak),
        }
        for question in sop.pertanyaan.values()
    ]


def _routes(sop: Sop) -> list[Question]:
    """The sheet's routes, where no step of it chooses one: then the counter asks."""
    if not sop.jalur or any(TASKS[task.verb].by_route for task in sop.all_tasks()):
        return []
    choices: list[Choice] = [{"kode": route.kode, "nama": route.nama} for route in sop.jalur.values()]
    urgent = [route.kode for route in sop.jalur.values() if route.prioritas]
    return [{"kode": "jalur", "teks": "Jalur", "pilihan": choices, "mendesak": urgent}]


def _document(sop: Sop, document: Document) -> AskedDocument:
    return {
        "kode": document.kode,
        "nama": document.nama,
        "benar_bila": list(document.periksa),
        "bila": [{"nama": name, "kata": condition(sop, name)} for name in sorted(document.untuk)],
        "pengganti": [
            {"kode": other.kode, "nama": other.nama, "usia_di_bawah": other.usia_di_bawah}
            for other in document.salah_satu
        ],
    }


def condition(sop: Sop, name: str) -> str:
    """When a name holds, in words that follow "bila"."""
    for question in sop.pertanyaan.values():
        if name == question.kode and not question.pilihan:
            return f"jawaban atas «{question.teks}» ya"
        if name in question.pilihan:
            return f"jawaban atas «{question.teks}» {_words(name)}"
    if name in sop.jalur:
        return f"jalurnya {sop.jalur[name].nama}"
    if (period := sop.masa.get(name)) is not None:
        since = f" sejak {date_words(period.dari)}" if period.dari else ""
        until = f" sampai {date_words(period.sampai)}" if period.sampai else ""
        return f"diterima{since}{until}"
    return f"hasil pemeriksaannya {_words(name)}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def services(serving: Mapping[str, Sop]) -> list[ServiceOffered]:
    """What an office offers: each service with the address of its form."""
    return [
        {"layanan": name, "nama": sop.nama, "nomor": sop.nomor, "formulir": f"/sops/{sop.sha256}/form"}
        for name, sop in sorted(serving.items())
    ]
