"""A case between the office and BPJS in one line of the BPJS desk, from its own events."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from bpjs_sync.domain import submissions
from bpjs_sync.pages.schemas import CaseLine, DueLine, LastReply, SignedLetter
from jejak.cases.case import OpenedEvent
from jejak.cases.decision import Actor
from jejak.contracts import events as e
from jejak.contracts.task_bodies import VIA
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.parties import BPJS, party_of
from jejak.timekeeping.printed.words import date_words
from jejak.web.reading.case_read_model import CaseReadModel, may_do
from jejak.web.reading.case_status import case_status
from jejak.web.reading.timeline import STATUS, instant, status_of

WITH_BPJS: Final = tuple(verb for verb, kind in TASKS.items() if kind.service == "bpjs_sync")
"""Tasks of a case on its way to BPJS, there, and back; so is COMPLETE once BPJS asks for mending."""
_MENDED: Final = "perbaiki"
_REPLIES: Final = {"diterima": "diterima", "perbaiki": "minta diperbaiki", "ditolak": "ditolak"}


def case_line(case_view: CaseReadModel, actor: Actor) -> CaseLine:
    """The participant, letters, submission, BPJS's answer, due tasks and their deadlines."""
    loaded, calendar = case_view.opened, case_view.opened.office.calendar
    today = calendar.local_date(loaded.now)
    sent = _last_submission(case_view)
    day = calendar.local_date(_happened(sent[0])) if sent else None
    due = list(_due(case_view, actor))
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "peserta": _participant(case_view),
        "pihak": _party(case_view, sent[1] if sent else None),
        "surat": list(_letters(case_view)),
        "dikirim": {"tanggal": day.isoformat(), "kata": date_words(day)} if day else None,
        "cara": _way(sent[1]) if sent else None,
        "umur_hari": (today - day).days if day else None,
        "umur_hari_kerja": calendar.working_days_after(day, today) if day else None,
        "jawaban": _reply(case_view),
        "keadaan": STATUS[status_of(case_view)],
        "menunggu": due,
        "lewat": any(task["lewat"] for task in due),
    }


def mend_open(case_view: CaseReadModel) -> bool:
    """Whether BPJS asked for mending and nothing was sent since."""
    reply, sent = _last_reply(case_view), _last_submission(case_view)
    return reply is not None and reply.hasil == _MENDED and (sent is None or sent[0].version < reply.version)


def was_sent(case_view: CaseReadModel) -> bool:
    """Whether the case was ever submitted."""
    return _last_submission(case_view) is not None


def comparison_of(case_view: CaseReadModel, batch: uuid.UUID) -> OpenedEvent | None:
    """The event by which a case was compared with BPJS by a list, if it was."""
    compared = (event for event in case_view.history if event.tugas == "reconcile" and event.hasil)
    return next((event for event in compared if getattr(event.data, "batch", None) == str(batch)), None)


def begun_by(case_view: CaseReadModel, slot: str) -> OpenedEvent | None:
    """The event by which the task of a slot was begun, if nothing was done in the slot since."""
    last = next((event for event in reversed(case_view.history) if event.slot == slot), None)
    return last if last and last.type == "WorkStarted" else None


def words_of(code: str) -> str:
    """A code of the sheet as words."""
    return code.replace("_", " ")


def period_words(period: str) -> str:
    """The period of a batch: its last day as letters write it, or the number of a batch closed by hand."""
    by_hand = re.fullmatch(r"tangan-([0-9]+)", period)
    if by_hand:
        return f"tutup tangan ke-{by_hand[1]}"
    return f"sampai {date_words(date.fromisoformat(period))}"


def _due(case_view: CaseReadModel, actor: Actor) -> Iterator[DueLine]:
    due = {task.slot: task for task in case_view.opened.due}
    for line in case_status(case_view, own=False)["jatuh_tempo"]:
        if line["tugas"] not in (*WITH_BPJS, COMPLETE):
            continue
        slot = line["slot"]
        address = f"/cases/{case_view.case.id}/tasks/{line['tugas']}?slot={slot}"
        yield {
            "tugas": line["tugas"],
            "slot": slot,
            "nama_tugas": line["nama_tugas"],
            "nama_pelaksana": line["nama_pelaksana"],
            "sejak": line["sejak"],
            "batas": line["batas"] or line["batas_tunggu"],
            "lewat": line["terlambat"],
            "kumpulan": due[slot].kumpulan,
            "kerjakan": address if may_do(case_view, actor, due[slot]) else None,
        }


def _party(case_view: CaseReadModel, sent: e.SubmissionSent | None) -> str:
    """To whom the case was sent last; before, to whom it is to be sent."""
    sop = case_view.opened.sop
    named = sent.to if sent else next((due.task.party for due in case_view.opened.due if due.task.party), BPJS)
    return party_of(sop.pelaksana, named).words


def _participant(case_view: CaseReadModel) -> str | None:
    people = case_view.case.people
    return people.subject.name if people else None


def _letters(case_view: CaseReadModel) -> Iterator[SignedLetter]:
    """The signed letters that stand, with the day that is printed on them."""
    signed: dict[str, date] = {}
    for event in case_view.history:
        if isinstance(event.data, e.LetterSigned):
            signed |= {letter.letter: event.data.signed_on for letter in event.data.letters}
    for name, letter in case_view.case.letters.items():
        if letter.signed and not letter.revoked and name in signed:
            yield {
                "kode": name,
                "nomor": letter.number,
                "tanggal": signed[name].isoformat(),
                "kata": date_words(signed[name]),
                "alamat": f"/cases/{case_view.case.id}/letters/{name}",
            }


def _way(sent: e.SubmissionSent) -> str:
    words = VIA[sent.via]
    return words[:1].upper() + words[1:]


def _reply(case_view: CaseReadModel) -> LastReply | None:
    """The last answer of BPJS to the proposal, and its reason."""
    reply = _last_reply(case_view)
    if reply is None or reply.hasil is None:
        return None
    note = getattr(reply.data, "note", None)
    return {
        "hasil": reply.hasil,
        "kata": _REPLIES.get(reply.hasil, words_of(reply.hasil)),
        **instant(_happened(reply), case_view.opened.office.zona),
        "alasan": note if isinstance(note, str) else None,
    }


def _last_reply(case_view: CaseReadModel) -> OpenedEvent | None:
    return next((event for event in reversed(case_view.history) if event.tugas == "await_reply" and event.hasil), None)


def _last_submission(case_view: CaseReadModel) -> tuple[OpenedEvent, e.SubmissionSent] | None:
    return next(reversed(submissions(case_view.history)), None)


def _happened(event: OpenedEvent) -> datetime:
    return event.occurred_at or event.at
