"""Results to tell people: who has to bring something, whose letter lies ready, who was refused, whose card is on.

Nothing on a sheet says who is to be told; whoever has told somebody records it, so that nobody is told twice, or never.
"""

from datetime import datetime
from typing import Final

from intake.pages.schemas import Result, ToldRecord
from jejak.cases.case import GLANCES
from jejak.cases.event_descriptions import NEWS_WORDS, TOLD_BY
from jejak.cases.notifications import Notification, notifications
from jejak.contracts import events as e
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.officials import official
from jejak.web.reading.sent_back import sent_back
from jejak.web.reading.timeline import instant

_BAD: Final = frozenset({"lengkapi", "ditolak", "dikembalikan"})


def news_of(case_view: CaseReadModel, since: datetime) -> Result | None:
    """What there is to tell the applicant of a case that came about since then; None for nothing."""
    notification = next(notifications(case_view.opened), None)
    if notification is None or notification.at < since:
        return None
    application = case_view.case.application
    people = application.people if application and isinstance(application.people, e.People) else None
    printed = _printed(case_view, notification.kind)
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "pemohon": people.applicant.name if people else None,
        "peserta": people.subject.name if people else None,
        "telepon": people.applicant.phone if people else None,
        "jenis": notification.kind,
        "kabar": NEWS_WORDS[notification.kind],
        "sejak": instant(notification.at, case_view.opened.office.zona),
        "kembali": sent_back(case_view) if notification.kind in _BAD else None,
        "cetak": f"/cases/{case_view.code}/{printed}" if printed else None,
        "disampaikan": _heard(case_view, notification),
        "lihat": f"/cases/{case_view.case.id}",
    }


def _heard(case_view: CaseReadModel, notification: Notification) -> ToldRecord | None:
    """By whom, when and how he was told; None when nobody has said so."""
    if notification.told is None or not isinstance(notification.told.data, e.ApplicantTold):
        return None
    at, record = notification.told.at, notification.told.data
    note = record.note if isinstance(record.note, str) else None
    return {
        **instant(at, case_view.opened.office.zona),
        "oleh": official(case_view.offices, notification.told.actor or "", at)["nama"],
        "cara": TOLD_BY[record.way],
        "catatan": note,
    }


def _printed(case_view: CaseReadModel, kind: e.NewsKind) -> str | None:
    """What can be printed beside it. The Daftar Kontrol is where documents are missing: the last act found it so."""
    if kind in ("ditolak", "dikembalikan"):
        return "penolakan"
    last = next((event.data for event in reversed(case_view.history) if not isinstance(event.data, GLANCES)), None)
    return "daftar-kontrol" if kind == "lengkapi" and isinstance(last, e.DocumentsMissing) else None
