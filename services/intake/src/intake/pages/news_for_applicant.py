"""Results to tell applicants: documents to bring, a letter that is ready, a refusal, an active card.

No sheet names the official who informs the applicant. The official who does so records it, so that no applicant is
informed twice, or never.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from intake.pages.schemas import Result, ToldRecord
from jejak.cases.case import NOT_ACTS
from jejak.cases.event_descriptions import NEWS_WORDS, TOLD_BY
from jejak.cases.notifications import Notification, good_end, notifications, ready_letters
from jejak.cases.people.letter_names import letter_name, sentence
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, clock_of
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.officials import official
from jejak.web.reading.sent_back import sent_back
from jejak.web.reading.task_limits import until_words
from jejak.web.reading.timeline import instant

_FOLLOWED: Final = frozenset({"aktif", "ingatkan"})
_BAD: Final = frozenset({"lengkapi", "ditolak", "dikembalikan"})


def news_of(case_view: CaseReadModel, since: datetime) -> Result | None:
    """The newest news for the applicant of a case, if it is not older than `since`."""
    notification = next(notifications(case_view.opened), None)
    if notification is None or notification.at < since:
        return None
    people = case_view.case.people
    printed = _printed(case_view, notification.kind)
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "pemohon": people.applicant.name if people else None,
        "peserta": people.subject.name if people else None,
        "telepon": people.applicant.phone if people else None,
        "jenis": notification.kind,
        "kabar": " ".join((_words(case_view, notification.kind), *_to_follow(case_view, notification.kind))),
        "sejak": instant(notification.at, case_view.opened.office.zona),
        "kembali": sent_back(case_view) if notification.kind in _BAD else None,
        "cetak": f"/cases/{case_view.code}/{printed}" if printed else None,
        "disampaikan": _heard(case_view, notification),
        "lihat": f"/cases/{case_view.case.id}",
    }


def _to_follow(case_view: CaseReadModel, kind: e.NewsKind) -> Iterator[str]:
    """What the applicant still has to do, and until when: told with the active card, and with each reminder."""
    sop = case_view.opened.sop
    for due in case_view.opened.due if kind in _FOLLOWED else ():
        if sop.reminders(due.slot) and due.owner == "pemohon" and due.tugas != COMPLETE:
            asked = sop.step(due.slot, due.langkah).kegiatan
            yield f"Yang masih perlu dikerjakan: {asked}{until_words(case_view, due)}."


def _words(case_view: CaseReadModel, kind: e.NewsKind) -> str:
    """What is to be told; of letters that are ready, which; of a good end, the sheet's own message."""
    opened = case_view.opened
    if kind == "selesai" and (message := good_end(opened)):
        return f"{NEWS_WORDS[kind]} {message}"
    ready = [name for due in opened.due if clock_of(due.tugas) == "pickup" for name in ready_letters(opened.case, due)]
    if kind != "siap_diambil" or not ready:
        return NEWS_WORDS[kind]
    names = " dan ".join(letter_name(opened.sop, opened.case, name) for name in dict.fromkeys(ready))
    return f"{sentence(names)} sudah ada. Minta pemohon mengambilnya."


def _heard(case_view: CaseReadModel, notification: Notification) -> ToldRecord | None:
    """By whom, when and how the applicant was informed; None while that is not recorded."""
    if notification.notified is None or not isinstance(notification.notified.data, e.ApplicantTold):
        return None
    at, record = notification.notified.at, notification.notified.data
    note = record.note if isinstance(record.note, str) else None
    return {
        **instant(at, case_view.opened.office.zona),
        "oleh": official(case_view.offices, notification.notified.actor or "", at)["nama"],
        "cara": TOLD_BY[record.way],
        "catatan": note,
    }


def _printed(case_view: CaseReadModel, kind: e.NewsKind) -> str | None:
    """What can be printed with it; the Daftar Kontrol where the last act found documents missing."""
    if kind in ("ditolak", "dikembalikan"):
        return "penolakan"
    last = next((event.data for event in reversed(case_view.history) if not isinstance(event.data, NOT_ACTS)), None)
    return "daftar-kontrol" if kind == "lengkapi" and isinstance(last, e.DocumentsMissing) else None
