"""What bpjs-sync decides: what was sent, what came back, and whether the membership is as asked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from jejak.cases.case import Case, OpenedEvent
from jejak.cases.decision import Decision
from jejak.cases.engine import DueTask, activation_way, conditions_met
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Via
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.model import Route, Sop, Task
from jejak.procedure.parties import BPJS
from jejak.timekeeping import dates

_VIA: Final[dict[str, Via]] = {"xlsx": "berkas", "csv": "berkas", "lembar_daring": "lembar_daring"}


def via_of(bentuk: str | None) -> Via:
    """How a batch leaves the office by its `bentuk`; one without a form is brought, with its list as the receipt."""
    return _VIA.get(bentuk or "", "diantar")


def submissions(history: Iterable[OpenedEvent]) -> list[tuple[OpenedEvent, e.SubmissionSent]]:
    """The events of a case by which it was submitted, with their data, in order."""
    return [(event, event.data) for event in history if isinstance(event.data, e.SubmissionSent)]


def submission_sent_alone(case: Case, due: DueTask, via: Via, act: e.Act) -> Decision:
    """As `submission_sent`, by hand. Refused for what the sheet sends as a batch: it would be sent twice."""
    if due.kumpulan is not None:
        raise Refused(
            "dalam_kumpulan", f"Berkas ini dikirim bersama kumpulan {due.kumpulan}, begitu kumpulan itu ditutup."
        )
    return submission_sent(case, due.task, via, act)


def submission_sent(case: Case, task: Task, via: Via, act: e.Act) -> Decision:
    """The submission left for its addressee, with the letters that were signed."""
    letters = tuple(name for name, letter in case.letters.items() if letter.signed and not letter.revoked)
    event = e.SubmissionSent(
        via=via,
        to=task.kepada or BPJS,
        letters=letters,
        note=act.note,
        evidence=act.evidence,
        batch=act.batch,
        batch_closed_at=act.batch_closed_at,
    )
    return Decision(event, "terkirim")


def reply_received(
    hasil: str, reference: str | None, act: e.Act, source: e.Source | None = None, word: str | None = None
) -> Decision:
    """The addressee's answer, in the addressee's words; `word` is that of a file, where its meaning is known."""
    event = e.ReplyReceived(reference=reference, source=source, word=word, note=act.note, evidence=act.evidence)
    return Decision(event, hasil)


@dataclass(frozen=True, slots=True)
class ObservedStatus:
    """Whether a membership is active, and since when; where the sheet asks for it to end, as a state-paid one."""

    active: bool
    since: date | None = None
    word: str | None = None
    """The source's own word, where its meaning is known."""


def status_confirmed(
    sop: Sop, case: Case, status: ObservedStatus, source: e.Source, act: e.Act, today: date
) -> Decision:
    """The membership is as the sheet asks, active or ended, or not yet: then the task stays due and is asked again.

    Malformed for a day in the future, which is only a promise, and for one before JKN began.
    """
    if status.since:
        dates.check(dates.status_date_fault(status.since, "Tanggal aktif" if status.active else "Tanggal nonaktif"))
    if status.active == sop.inverse:
        not_yet = e.MembershipNotYetDeactivated if sop.inverse else e.MembershipNotYetActive
        return Decision(not_yet(source=source, status=status.word, note=act.note, evidence=act.evidence), "belum")
    if status.since and status.since > today:
        what = "nonaktif" if sop.inverse else "aktif"
        raise Malformed(f"{what}_nanti", f"Tanggal {what} masih di depan. Catat «belum», lalu catat lagi pada harinya.")
    if sop.inverse:
        ended = e.MembershipDeactivated(
            inactive_since=status.since,
            source=source,
            why=end_reason(sop, case),
            status=status.word,
            note=act.note,
            evidence=act.evidence,
        )
        return Decision(ended, "sesuai")
    activated = e.MembershipActivated(
        means=activation_way(sop, conditions_met(sop, case)),
        active_since=status.since,
        source=source,
        status=status.word,
        note=act.note,
        evidence=act.evidence,
    )
    return Decision(activated, "sesuai")


def end_reason(sop: Sop, case: Case) -> str | None:
    """Why a membership was asked to end: by the case's route, else the applicant's words; None once forgotten."""
    application = case.application
    if application is None or case.people is None:
        return None
    if route := route_of(sop, conditions_met(sop, case)):
        return route.nama
    return application.purpose if isinstance(application.purpose, str) else None


def route_of(sop: Sop, held: frozenset[str]) -> Route | None:
    """The route a case has taken."""
    return next((route for route in sop.jalur.values() if route.kode in held), None)
