"""A case between the office and BPJS, as the pages of the BPJS desk tell it: one line, from its own events."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from bpjs_sync.pages.schemas import CaseLine, DueLine, LastReply, SignedLetter
from jejak.cases.case import OpenedEvent
from jejak.cases.decision import Actor
from jejak.contracts import events as e
from jejak.contracts.task_bodies import VIA
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.timekeeping.words import date_words
from jejak.web.reading.case_read_model import CaseReadModel, may_do
from jejak.web.reading.case_status import case_status
from jejak.web.reading.timeline import STATUS, instant, status_of

WITH_BPJS: Final = tuple(verb for verb, kind in TASKS.items() if kind.service == "bpjs_sync")
"""What is due of a case on its way to BPJS, there, and back; so is COMPLETE once BPJS wants something mended."""
_MENDED: Final = "perbaiki"
_REPLIES: Final = {"diterima": "diterima", "perbaiki": "minta diperbaiki", "ditolak": "ditolak"}


def case_line(case_view: CaseReadModel, actor: Actor) -> CaseLine:
    """Who, which letter, sent when and how, what BPJS said, what is due and until when."""
    opened, calendar = case_view.opened, case_view.opened.office.calendar
    today = calendar.local_date(opened.now)
    sent = _last(case_view, e.SubmissionSent)
    day = calendar.local_date(_happened(sent)) if sent else None
    due = list(_due(case_view, actor))
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "peserta": _participant(case_view),
        "surat": list(_letters(case_view)),
        "dikirim": {"tanggal": day.isoformat(), "kata": date_words(day)} if day else None,
        "cara": _way(sent),
        "umur_hari": (today - day).days if day else None,
        "umur_hari_kerja": calendar.working_days_after(day, today) if day else None,
        "jawaban": _reply(case_view),
        "keadaan": STATUS[status_of(case_view)],
        "menunggu": due,
        "lewat": any(one["lewat"] for one in due),
    }


def mend_open(case_view: CaseReadModel) -> bool:
    """Whether BPJS asked for mending and nothing was sent since."""
    reply, sent = _last_reply(case_view), _last(case_view, e.SubmissionSent)
    return reply is not None and reply.hasil == _MENDED and (sent is None or sent.version < reply.version)


def was_sent(case_view: CaseReadModel) -> bool:
    """Whether it ever left the office."""
    return _last(case_view, e.SubmissionSent) is not None


def comparison_of(case_view: CaseReadModel, batch: uuid.UUID) -> OpenedEvent | None:
    """The comparison with BPJS that was made with a list, if there was one."""
    done = (one for one in case_view.history if one.tugas == "reconcile" and one.hasil)
    return next((one for one in done if getattr(one.data, "batch", None) == str(batch)), None)


def begun_by(case_view: CaseReadModel, slot: str) -> OpenedEvent | None:
    """Who last began the task of a slot, if nothing was done there since."""
    last = next((one for one in reversed(case_view.history) if one.slot == slot), None)
    return last if last and last.type == "WorkStarted" else None


def words_of(code: str) -> str:
    """A code of the sheet as words."""
    return code.replace("_", " ")


def period_words(period: str) -> str:
    """The period of a batch: its last day as letters write it, or which of those closed by hand it is."""
    by_hand = re.fullmatch(r"tangan-([0-9]+)", period)
    if by_hand:
        return f"tutup tangan ke-{by_hand[1]}"
    return f"sampai {date_words(date.fromisoformat(period))}"


def _due(case_view: CaseReadModel, actor: Actor) -> Iterator[DueLine]:
    mine = {one.slot for one in case_view.opened.due if may_do(case_view, actor, one)}
    parts = {one.slot: one.kumpulan for one in case_view.opened.due}
    for one in case_status(case_view, own=False)["jatuh_tempo"]:
        if one["tugas"] not in (*WITH_BPJS, COMPLETE):
            continue
        yield {
            "tugas": one["tugas"],
            "slot": one["slot"],
            "nama_tugas": one["nama_tugas"],
            "nama_pelaksana": one["nama_pelaksana"],
            "sejak": one["sejak"],
            "batas": one["batas"] or one["batas_tunggu"],
            "lewat": one["terlambat"],
            "kumpulan": parts[one["slot"]],
            "kerjakan": f"/cases/{case_view.case.id}/tasks/{one['tugas']}?slot={one['slot']}"
            if one["slot"] in mine
            else None,
        }


def _participant(case_view: CaseReadModel) -> str | None:
    application = case_view.case.application
    people = application.people if application else None
    return people.subject.name if isinstance(people, e.People) else None


def _letters(case_view: CaseReadModel) -> Iterator[SignedLetter]:
    """The signed letters that stand, with the day that is printed on them."""
    signed: dict[str, date] = {}
    for one in case_view.history:
        if isinstance(one.data, e.LetterSigned):
            signed |= {letter.letter: one.data.signed_on for letter in one.data.letters}
    for name, letter in case_view.case.letters.items():
        if letter.signed and not letter.revoked and name in signed:
            yield {
                "kode": name,
                "nomor": letter.number,
                "tanggal": signed[name].isoformat(),
                "kata": date_words(signed[name]),
                "alamat": f"/cases/{case_view.case.id}/letters/{name}",
            }


def _way(sent: OpenedEvent | None) -> str | None:
    if sent is None or not isinstance(sent.data, e.SubmissionSent):
        return None
    words = VIA[sent.data.via]
    return words[:1].upper() + words[1:]


def _reply(case_view: CaseReadModel) -> LastReply | None:
    """What BPJS last said of the proposal, and its reason."""
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
    return next((one for one in reversed(case_view.history) if one.tugas == "await_reply" and one.hasil), None)


def _last(case_view: CaseReadModel, kind: type[e.Act]) -> OpenedEvent | None:
    return next((one for one in reversed(case_view.history) if isinstance(one.data, kind)), None)


def _happened(event: OpenedEvent) -> datetime:
    return event.occurred_at or event.at
