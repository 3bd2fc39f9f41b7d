"""The submissions of an office that BPJS has not settled: neither as asked (active, or ended) nor refused."""

from datetime import date
from typing import Final, TypedDict

from bpjs_sync.domain import submissions
from jejak.cases.decision import LoadedCase
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform import ids
from jejak.procedure.office.kantor import Kantor, funding_of
from jejak.procedure.office.officials import Official

WITH_BPJS: Final = [
    *(verb for verb, kind in TASKS.items() if kind.service == "bpjs_sync" and kind.delivery != "sends"),
    COMPLETE,
]
"""The tasks that are due of a case that is with BPJS."""
OPEN: Final = """
SELECT stream, array_agg(tugas ORDER BY slot) AS tugas FROM es.due WHERE office = $1 AND tugas = ANY ($2::text[])
GROUP BY stream ORDER BY min(since)
"""


class OpenSubmission(TypedDict):
    """A case that was sent to BPJS and is not settled; `umur`: days since it was last sent."""

    berkas: str
    nomor_usulan: str
    dikirim: str
    umur_hari: int
    umur_hari_kerja: int
    kumpulan: str | None
    pendanaan: str
    jawaban: str | None


def is_in_area(official: Official, loaded: LoadedCase) -> bool:
    """Whether a case was entered in the area of this official."""
    application = loaded.case.application
    today = loaded.today.date()
    return application is not None and loaded.office.answers_for(official, application.entry_office, today)


def open_submission(kantor: Kantor, loaded: LoadedCase, today: date) -> OpenSubmission | None:
    """The line of a case that was sent to BPJS and is not settled; None for any other."""
    case, sent = loaded.case, submissions(loaded.history)
    over = case.ending is not None and case.ending.kind != "selesai"
    if not sent or over or case.activated is not None or case.deactivated is not None:
        return None
    event, last = sent[-1]
    day = kantor.calendar.local_date(event.occurred_at or event.at)
    return {
        "berkas": str(case.id),
        "nomor_usulan": ids.case_code(case.id),
        "dikirim": day.isoformat(),
        "umur_hari": (today - day).days,
        "umur_hari_kerja": kantor.calendar.working_days_after(day, today),
        "kumpulan": last.batch,
        "pendanaan": funding_of(case.application.funding if case.application else None, loaded.sop, kantor),
        "jawaban": next((task.hasil for task in reversed(case.completed) if task.tugas == "await_reply"), None),
    }
