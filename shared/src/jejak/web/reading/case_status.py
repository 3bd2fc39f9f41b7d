"""The status of a case: whose turn it is, since when and until when; people only for officials of its own office."""

from collections.abc import Collection
from typing import Any, Final

from jejak.cases.decision import LoadedCase, vacancy_of
from jejak.cases.engine import DueTask
from jejak.cases.event_descriptions import document_name
from jejak.cases.newer_findings import changed_findings
from jejak.cases.people.letter_names import letter_name
from jejak.cases.people.participants import differences, draft_overtaken
from jejak.cases.positions import letters_drafted
from jejak.eventstore.types import StoredDue
from jejak.procedure.documents import facts_in_words
from jejak.procedure.meanings import BY_HAND, UNKNOWN_WORD, WITHOUT_NIK, put_off_words
from jejak.procedure.model import Performer
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.vacancies import holders_of
from jejak.procedure.task_words import task_words
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.schemas import (
    CaseState,
    Deferral,
    DocumentFile,
    DraftDifference,
    DueNow,
    NewerFinding,
    Note,
    RecordedDocument,
)
from jejak.web.reading.task_limits import limits_of
from jejak.web.reading.timeline import case_head, instant, when

_RETRIED: Final = (
    "Sistem belum mendapat jawaban dan mencoba lagi sendiri. Bila mendesak, kerjakan dengan tangan: isi catatan."
)
_RETRIED_PUBLIC: Final = "Sistem belum mendapat jawaban dari luar dan mencoba lagi sendiri."
_IN_REVIEW: Final = "Hasil pengecekan sedang diperiksa petugas."
_FOR_A_PERSON: Final = (
    UNKNOWN_WORD, WITHOUT_NIK, BY_HAND,
    "_tanpa_riwayat_nonaktif", "_tanpa_unsur", "_orang_lain", "_bertentangan", "_belum_diimpor", "_belum_diatur"
)  # fmt: skip
"""Endings of the reasons that no retry resolves: an official looks into them, or imports the list."""


def case_status(case_view: CaseReadModel, *, own: bool) -> CaseState:
    """The answer of `GET /cases/{id}`."""
    case = case_view.case
    answer: CaseState = {
        **case_head(case_view),  # type: ignore[typeddict-item]  # the head has none of the optional keys
        "berakhir": case.ending.kind if case.ending else None,
        "diterima": when(case_view, case.application.received_at if case.application else None),
        "kartu_aktif": when(case_view, case.activated),
        "kepesertaan_berakhir": when(case_view, case.deactivated),
        "jatuh_tempo": [_due(case_view, due, own=own) for due in case_view.opened.due],
        "surat": [
            {
                "kode": name,
                "nama": letter_name(case_view.opened.sop, case, name),
                "nomor": letter.number,
                "sha256": letter.signed,
                "dicabut": letter.revoked,
                "gugur": draft_overtaken(case, (name,)),
            }
            for name, letter in case.letters.items()
        ],
        "jejak": f"/cases/{case.id}/timeline",
    }
    if own:
        answer["pemohon_dan_peserta"] = _people(case_view)
        answer["dokumen"] = _documents(case_view)
        answer["catatan_dokumen"] = _recorded(case_view)
        answer["catatan"] = _notes(case_view)
        answer["berbeda_dari_permohonan"] = draft_differences(case_view.opened)
        answer["temuan_baru"] = newer_findings(case_view.opened)
    return answer


def draft_differences(loaded: LoadedCase, letters: Collection[str] = ()) -> list[DraftDifference]:
    """Where the drafts of a task's letters differ from the application: for the officials who sign or initial them."""
    drafted = letters_drafted(loaded.sop, loaded.case, letters)
    return [
        {
            "unsur": difference.what,
            "permohonan": difference.applied,
            "surat": difference.written,
            "kata": difference.words,
        }
        for difference in differences(loaded.case, drafted)
    ]


def newer_findings(loaded: LoadedCase) -> list[NewerFinding]:
    """What lists imported since say against the look-ups of a case that has not ended."""
    if loaded.case.ending is not None:
        return []
    return [
        {
            "pengecekan": finding.done.tugas,
            "temuan": finding.found,
            "kata": finding.words,
            "akibat": finding.end,
            **instant(finding.at, loaded.office.zona),
        }
        for finding in changed_findings(loaded.sop, loaded.case)
    ]


def _due(case_view: CaseReadModel, due: DueTask, *, own: bool) -> DueNow:
    office = case_view.opened.office
    performer = case_view.opened.sop.pelaksana[due.who]
    row = next((row for row in case_view.opened.rows if row.slot == due.slot), None)
    opened_late = due.promised and due.not_before and due.not_before <= case_view.opened.now
    limits, gap = limits_of(case_view, due), None if due.automatic else vacancy_of(case_view.opened, due)
    return {
        "slot": due.slot,
        "langkah": due.langkah,
        "kegiatan": case_view.opened.sop.step(due.slot, due.langkah).kegiatan,
        "tugas": due.tugas,
        "nama_tugas": task_words(case_view.opened.sop, due.task, due.tugas),
        "layanan": due.service,
        "pelaksana": due.who,
        "nama_pelaksana": performer.nama,
        "jabatan": [office.post_name(post) for post in performer.jabatan],
        "pejabat": _holders(case_view, office, performer),
        "kosong": gap.words if gap else None,
        "pihak": due.owner,
        "sejak": instant(due.since, office.zona),
        "batas_tunggu": when(case_view, limits.waiting),
        "batas": when(case_view, limits.stay.deadline if limits.stay else None),
        "terlambat": limits.late,
        "tidak_sebelum": when(case_view, None if opened_late else due.not_before),
        "diingatkan": due.owner == "pemohon" and bool(case_view.opened.sop.reminders(due.slot)),
        "otomatis": due.automatic,
        "mendesak": due.urgent,
        "ditahan": row.parked if row else None,
        "ditunda": _deferral(case_view, row, own=own),
    }


def _deferral(case_view: CaseReadModel, row: StoredDue | None, *, own: bool) -> Deferral | None:
    """Why an automatic task is deferred, when the system tries again, and that an official may do it before.

    The finding of a register is for officials of the own office; others read whose turn it is.
    """
    if row is None or row.deferred is None:
        return None
    if own:
        words = put_off_words(row.deferred) or _RETRIED
        return {"sebab": row.deferred, "coba_lagi": when(case_view, row.retry_at), "kata": words}
    code = row.deferred.partition(":")[0]
    words = deferral_notice(code)
    return {
        "sebab": code,
        "coba_lagi": when(case_view, row.retry_at) if words == _RETRIED_PUBLIC else None,
        "kata": words,
    }


def deferral_notice(code: str) -> str:
    """What the citizen reads of a deferred check: the system retries, or an official looks into it."""
    return _IN_REVIEW if code.endswith(_FOR_A_PERSON) else _RETRIED_PUBLIC


def _holders(case_view: CaseReadModel, office: Kantor, performer: Performer) -> list[str]:
    """The names of the officials who hold the posts today, and answer for the case's kelurahan."""
    holders = holders_of(office, performer.jabatan, _area(case_view), case_view.opened.today.date())
    return list(dict.fromkeys(holder.nama for holder in holders))


def _area(case_view: CaseReadModel) -> str | None:
    application = case_view.case.application
    return application.entry_office if application else None


def _people(case_view: CaseReadModel) -> dict[str, Any] | None:
    people = case_view.case.people
    return people.model_dump(mode="json") if people else None


def _notes(case_view: CaseReadModel) -> list[Note]:
    """The notes of officials on their acts, newest last: instructions of a disposition, requested corrections."""
    return [
        {
            "langkah": event.langkah,
            "tugas": event.tugas,
            "hasil": event.hasil,
            "oleh": event.actor or event.recorder,
            **instant(event.at, case_view.opened.office.zona),
            "catatan": note,
        }
        for event in case_view.history
        if isinstance(note := getattr(event.data, "note", None), str)
    ]


def _recorded(case_view: CaseReadModel) -> list[RecordedDocument]:
    """What the newest complete check recorded of documents; nothing once it is forgotten."""
    return [
        {
            "dokumen": name,
            "nama": document_name(case_view.opened.sop, name),
            **facts.model_dump(mode="json"),  # type: ignore[typeddict-item]  # the fields of DocumentFacts
            "kata": facts_in_words(facts),
        }
        for name, facts in case_view.case.facts.items()
    ]


def _documents(case_view: CaseReadModel) -> list[DocumentFile]:
    return [
        {
            "dokumen": name,
            "nama": document_name(case_view.opened.sop, name),
            "sha256": file.sha256,
            "jenis": file.media_type,
            "ukuran": file.size,
            "alamat": f"/cases/{case_view.case.id}/documents/{file.sha256}",
        }
        for name, files in case_view.case.documents.items()
        for file in files
    ]
