"""What an office has sent and BPJS has not settled: neither as asked (active, or ended) nor refused."""

from datetime import date
from typing import Final, TypedDict

from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform import ids
from jejak.procedure.kantor import Kantor, Official, funding_of

ASKED: Final = [
    *(verb for verb, kind in TASKS.items() if kind.service == "bpjs_sync" and kind.delivery != "sends"),
    COMPLETE,
]
"""What is due of a case that is with BPJS."""
OPEN: Final = """
SELECT stream, array_agg(tugas ORDER BY slot) AS tugas FROM es.due WHERE office = $1 AND tugas = ANY ($2::text[])
GROUP BY stream ORDER BY min(since)
"""


class OpenSubmission(TypedDict):
    """A case that BPJS has had and not settled; `umur`: days since it was last sent."""

    berkas: str
    nomor_usulan: str
    dikirim: str
    umur_hari: int
    umur_hari_kerja: int
    kumpulan: str | None
    pendanaan: str
    jawaban: str | None


def is_in_area(official: Official, opened: LoadedCase) -> bool:
    """Whether a case was entered where this official answers for."""
    application = opened.case.application
    return application is not None and official.answers_for(application.entry_office)


def open_submission(kantor: Kantor, opened: LoadedCase, today: date) -> OpenSubmission | None:
    """A case that BPJS has had and not settled; None for any other."""
    case = opened.case
    sent = [one for one in opened.history if isinstance(one.data, e.SubmissionSent)]
    over = case.ending is not None and case.ending.kind != "selesai"
    if not sent or over or case.activated is not None or case.deactivated is not None:
        return None
    at = sent[-1].occurred_at or sent[-1].at
    day = kantor.calendar.local_date(at)
    last = sent[-1].data
    return {
        "berkas": str(case.id),
        "nomor_usulan": ids.case_code(case.id),
        "dikirim": day.isoformat(),
        "umur_hari": (today - day).days,
        "umur_hari_kerja": kantor.calendar.working_days_after(day, today),
        "kumpulan": last.batch if isinstance(last, e.SubmissionSent) else None,
        "pendanaan": funding_of(case.application.funding if case.application else None, opened.sop, kantor),
        "jawaban": next((done.hasil for done in reversed(case.trail) if done.tugas == "await_reply"), None),
    }
