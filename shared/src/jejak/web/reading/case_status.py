"""A case as it stands: who holds it, since when and until when; the person only for his own office's officials."""

from typing import Any, Final

from jejak.cases.case import Case
from jejak.cases.engine import DueTask
from jejak.cases.event_descriptions import document_name, task_name
from jejak.cases.people import differences
from jejak.contracts import events as e
from jejak.eventstore.types import StoredDue
from jejak.procedure.kantor import Kantor
from jejak.procedure.meanings import UNKNOWN_WORD, put_off_words
from jejak.procedure.model import Performer
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.schemas import CaseState, Deferral, DocumentFile, DraftDifference, DueNow, Note
from jejak.web.reading.task_limits import limits_of
from jejak.web.reading.timeline import instant, office_words, sop_words, status_of, when

_NO_ANSWER: Final = (
    "Sistem belum mendapat jawaban dan mencoba lagi sendiri. Bila mendesak, kerjakan dengan tangan: isi catatan."
)
_TOLD: Final = "Sistem belum mendapat jawaban dari luar dan mencoba lagi sendiri."
_SEEN_TO: Final = "Hasil pengecekan sedang diperiksa petugas."
_FOR_A_PERSON: Final = (
    UNKNOWN_WORD, "_tanpa_riwayat_nonaktif", "_orang_lain", "_bertentangan", "_belum_diimpor", "_belum_diatur"
)  # fmt: skip
"""How the reasons end that no further try mends: an official looks, or imports the list."""


def case_status(case_view: CaseReadModel, *, own: bool) -> CaseState:
    """The answer of `GET /cases/{id}`."""
    case = case_view.case
    answer: CaseState = {
        "berkas": str(case.id),
        "kode": case_view.code,
        "kantor": office_words(case_view),
        "sop": sop_words(case_view),
        "versi": case.acted,
        "status": status_of(case_view),
        "berakhir": case.ending.kind if case.ending else None,
        "diterima": when(case_view, case.application.received_at if case.application else None),
        "kartu_aktif": when(case_view, case.activated),
        "kepesertaan_berakhir": when(case_view, case.deactivated),
        "jatuh_tempo": [_due(case_view, one, own=own) for one in case_view.opened.due],
        "surat": [
            {"kode": name, "nomor": letter.number, "sha256": letter.signed, "dicabut": letter.revoked}
            for name, letter in case.letters.items()
        ],
        "jejak": f"/cases/{case.id}/timeline",
    }
    if own:
        answer["pemohon_dan_peserta"] = _people(case_view)
        answer["dokumen"] = _documents(case_view)
        answer["catatan"] = _notes(case_view)
        answer["berbeda_dari_permohonan"] = draft_differences(case)
    return answer


def draft_differences(case: Case) -> list[DraftDifference]:
    """What the draft says otherwise than the application: for whoever puts his name to it."""
    return [
        {"unsur": one.what, "permohonan": one.applied, "surat": one.written, "kata": one.words}
        for one in differences(case)
    ]


def _due(case_view: CaseReadModel, due: DueTask, *, own: bool) -> DueNow:
    office = case_view.opened.office
    performer = case_view.opened.sop.pelaksana[due.who]
    row = next((one for one in case_view.opened.rows if one.slot == due.slot), None)
    to = limits_of(case_view, due)
    return {
        "slot": due.slot,
        "langkah": due.langkah,
        "kegiatan": case_view.opened.sop.step(due.slot, due.langkah).kegiatan,
        "tugas": due.tugas,
        "nama_tugas": task_name(due.tugas),
        "layanan": due.service,
        "pelaksana": due.who,
        "nama_pelaksana": performer.nama,
        "jabatan": [office.post_name(post) for post in performer.jabatan],
        "pejabat": _holders(case_view, office, performer),
        "pihak": due.owner,
        "sejak": instant(due.since, office.zona),
        "batas_tunggu": when(case_view, to.waiting),
        "batas": when(case_view, to.stay.deadline if to.stay else None),
        "terlambat": to.late,
        "tidak_sebelum": when(case_view, due.not_before),
        "otomatis": due.automatic,
        "mendesak": due.urgent,
        "ditahan": row.parked if row else None,
        "ditunda": _put_off(case_view, row, own=own),
    }


def _put_off(case_view: CaseReadModel, row: StoredDue | None, *, own: bool) -> Deferral | None:
    """Why the system has not done it yet, when it tries again, and that an official need not wait for that.

    What a list says of the person is for his own office's officials; others are told whose turn it is.
    """
    if row is None or row.deferred is None:
        return None
    if own:
        words = put_off_words(row.deferred) or _NO_ANSWER
        return {"sebab": row.deferred, "coba_lagi": when(case_view, row.retry_at), "kata": words}
    code = row.deferred.partition(":")[0]
    words = deferral_notice(code)
    return {"sebab": code, "coba_lagi": when(case_view, row.retry_at) if words == _TOLD else None, "kata": words}


def deferral_notice(code: str) -> str:
    """What the citizen is told of a check that is put off: the system asks again, or it is an official's turn."""
    return _SEEN_TO if code.endswith(_FOR_A_PERSON) else _TOLD


def _holders(case_view: CaseReadModel, office: Kantor, performer: Performer) -> list[str]:
    """Who holds the posts today: whom to ask."""
    day = office.calendar.local(case_view.opened.now).date()
    return list(dict.fromkeys(one.nama for post in performer.jabatan for one in office.holders(post, day)))


def _people(case_view: CaseReadModel) -> dict[str, Any] | None:
    application = case_view.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        return None
    return application.people.model_dump(mode="json")


def _notes(case_view: CaseReadModel) -> list[Note]:
    """What officials wrote beside their acts, newest last: instructions of a disposition, what is to be corrected."""
    return [
        {
            "langkah": one.langkah,
            "tugas": one.tugas,
            "hasil": one.hasil,
            "oleh": one.actor or one.recorder,
            **instant(one.at, case_view.opened.office.zona),
            "catatan": note,
        }
        for one in case_view.history
        if isinstance(note := getattr(one.data, "note", None), str)
    ]


def _documents(case_view: CaseReadModel) -> list[DocumentFile]:
    return [
        {
            "dokumen": name,
            "nama": document_name(case_view.opened.sop, name),
            "sha256": one.sha256,
            "jenis": one.media_type,
            "ukuran": one.size,
            "alamat": f"/cases/{case_view.case.id}/documents/{one.sha256}",
        }
        for name, files in case_view.case.documents.items()
        for one in files
    ]
