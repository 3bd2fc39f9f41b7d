"""Around a decision: who asks, what he sees, whether he may, and which events come of it. Pure.

The deciders of the services take and give these; `jejak.cases.command_handler` reads and appends.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, evolve
from jejak.cases.engine import DueTask
from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.tasks import TASKS
from jejak.eventstore.types import StoredDue
from jejak.platform import ids
from jejak.platform.errors import Malformed, NotYours, Refused, Stale
from jejak.procedure.kantor import Kantor, Official
from jejak.procedure.model import MAIN, Sop
from jejak.timekeeping import dates
from jejak.timekeeping.words import instant_words

BESIDE: Final = "samping"
"""The slot of what is recorded of a case and moves nothing in it: nobody's work is begun or ended by it."""
_BESIDE: Final = (e.ApplicantTold, e.LetterNumbered)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, as the verified token says: office, person and post."""

    office: str
    code: str
    post: str


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One request: who, by which route, and what makes it the same request when it comes again."""

    actor: Actor
    route: str
    key: str | None
    body_hash: str
    if_match: int | None = None

    def event_id(self, n: int) -> uuid.UUID:
        """The id of the n-th event this request causes: the same request always names the same event."""
        return self._derived(n)

    def case_id(self) -> uuid.UUID:
        """The case this request makes: the same request always the same one."""
        return self._derived()

    def _derived(self, *parts: int) -> uuid.UUID:
        """Officials of two offices have the same codes, and programs count their keys: the office tells them apart."""
        if not self.key:
            return ids.new_uuid()
        return ids.derived_uuid(self.actor.office, self.actor.code, self.route, self.key, *parts)


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """A case as read now, with all that a decision needs."""

    case: Case
    sop: Sop
    office: Kantor
    keys: CaseKeys
    now: datetime
    history: tuple[OpenedEvent, ...]
    due: tuple[DueTask, ...]
    rows: tuple[StoredDue, ...] = ()

    @property
    def today(self) -> datetime:
        """Now in the office's zone."""
        return self.office.calendar.local(self.now)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decider's answer: what happened, and the outcome of the task it ends (None outside the line).

    `actor` names who did it where that is neither the asker nor nobody: who signed by pen what another records.
    """

    data: e.AnyEvent
    hasil: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who did it and who typed it in; `occurred_at` is when it happened, if that was elsewhere or earlier."""

    actor: str | None = None
    recorder: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a request: the case's new version and what is due now."""

    case: uuid.UUID
    version: int
    due: tuple[DueTask, ...]
    ending: str | None
    repeated: bool = False


def resulting_events(
    opened: LoadedCase, decided: Decision, due: DueTask | None, by: Attribution, asked: CommandRequest | None
) -> list[OpenedEvent]:
    """The events of one append: what was decided, then what the procedure lets follow from it."""
    case = opened.case
    made: list[OpenedEvent] = []

    def add(data: e.AnyEvent, task: DueTask | None, hasil: str | None, doer: Attribution) -> None:
        nonlocal case
        version = opened.case.version + len(made) + 1
        identity = asked.event_id(len(made)) if asked else ids.derived_uuid(case.id, version, e.type_of(data))
        one = OpenedEvent(
            id=identity,
            version=version,
            type=e.type_of(data),
            data=data,
            at=opened.now,
            slot=task.slot if task else BESIDE if isinstance(data, _BESIDE) else MAIN,
            langkah=task.langkah if task else None,
            tugas=task.tugas if task else None,
            hasil=hasil,
            oleh=task.who if task else None,
            actor=doer.actor,
            recorder=doer.recorder,
            occurred_at=doer.occurred_at,
        )
        made.append(one)
        case = evolve(case, one)

    data = _as_led(opened, decided, due)
    data = data.model_copy(update={"request": asked.body_hash}) if asked and asked.key else data
    add(data, due, decided.hasil, replace(by, actor=decided.actor) if decided.actor else by)
    while after := engine.next_consequence(opened.sop, case, opened.office, opened.now):
        add(after.data, after.task, after.hasil, Attribution())
    return made


def _as_led(opened: LoadedCase, decided: Decision, due: DueTask | None) -> e.AnyEvent:
    """A refusal ends the case only where the sheet leads it there; elsewhere it asks for a correction."""
    data = decided.data
    if not isinstance(data, e.CaseRefused) or due is None or decided.hasil is None:
        return data
    if engine.event_of(opened.sop, due, decided.hasil) == "CaseRefused":
        return data
    return e.CorrectionRequested(note=data.note, evidence=data.evidence)


def receipt(opened: LoadedCase, *, repeated: bool = False) -> Receipt:
    """What the asker is told."""
    ending = opened.case.ending.kind if opened.case.ending else None
    return Receipt(opened.case.id, opened.case.acted, opened.due, ending, repeated)


def repeated_receipt(opened: LoadedCase, asked: CommandRequest) -> Receipt | None:
    """The answer to an official's request that was carried out before.

    NotYours, before anything of the case is told, if he may not see it any more; Malformed if the key now comes with
    another body.
    """
    if _first_event(opened, asked) is None:
        return None
    check_office(opened, asked.actor)
    return earlier_receipt(opened, asked)


def earlier_receipt(opened: LoadedCase, asked: CommandRequest) -> Receipt | None:
    """As `repeated`, where no official asks, or his permission was checked already."""
    before = _first_event(opened, asked)
    if before is None:
        return None
    if before.data.request != asked.body_hash:
        raise Malformed(
            "kunci_dipakai", "Idempotency-Key ini sudah dipakai untuk isi yang lain. Pakai kunci baru untuk isi baru."
        )
    return receipt(opened, repeated=True)


def _first_event(opened: LoadedCase, asked: CommandRequest) -> OpenedEvent | None:
    """The first event this request caused when it came before."""
    if asked.key is None:
        return None
    first = asked.event_id(0)
    return next((one for one in opened.history if one.id == first), None)


def check_version(opened: LoadedCase, asked: CommandRequest) -> None:
    """Stale if the asker saw an older version than the last act; says what happened since, by whom and when."""
    if asked.if_match is not None and asked.if_match != opened.case.acted:
        missed = (one for one in opened.history if one.version > asked.if_match)
        raise Stale(opened.case.acted, [_told(opened, one) for one in missed])


def _told(opened: LoadedCase, one: OpenedEvent) -> dict[str, object]:
    """An event in a sentence that names nobody's data, with who did it: an official, somebody outside, or nobody."""
    performer = opened.sop.pelaksana.get(one.oleh or "")
    official = next((who.nama for who in opened.office.pejabat if who.kode == one.actor), one.actor)
    outside = performer.nama if performer and one.recorder else "otomatis"
    return {
        "versi": one.version,
        "waktu": one.at.isoformat(),
        "setempat": instant_words(one.at, opened.office.zona),
        "kalimat": describe_event(one, opened.sop),
        "oleh": official or outside,
    }


def check_office(opened: LoadedCase, actor: Actor) -> None:
    """NotYours for another office's file, for a post that is not held, and for another kelurahan's citizen."""
    if actor.office != opened.case.office:
        raise NotYours("kantor_lain", "Berkas ini milik kantor lain.")
    official = check_post(opened.office, actor, opened.now)
    application = opened.case.application
    if application is not None and not official.answers_for(application.entry_office):
        raise NotYours(
            "wilayah_lain",
            "Berkas ini tidak diajukan dari wilayah Anda. Mintalah petugas kelurahan asalnya mengerjakannya.",
        )


def check_post(office: Kantor, actor: Actor, now: datetime) -> Official:
    """The official, by the kantor file; NotYours unless it says that this person holds this post today."""
    day = office.calendar.local(now).date()
    for one in office.officials_at(day):
        if one.kode == actor.code and one.jabatan == actor.post:
            return one
    raise NotYours("bukan_pejabat", "Nama dan jabatan pada token tidak tercatat sebagai pejabat kantor ini hari ini.")


def check_post_in_sheet(sop: Sop, actor: Actor) -> None:
    """NotYours for a post that the sheet does not name: such an official, an inspector, reads and changes nothing."""
    if not post_in_any_sheet((sop,), actor):
        raise NotYours("bukan_tugas_anda", "Jabatan Anda tidak disebut pada lembar SOP ini: Anda hanya membaca.")


def post_in_any_sheet(sops: Iterable[Sop], actor: Actor) -> bool:
    """Whether one of these sheets names the actor's post."""
    performers = ((sop, one) for sop in sops for one in sop.pelaksana.values())
    return any(actor.post in (*one.jabatan, *sop.posts_recording(one.kode)) for sop, one in performers)


def admitted_task(opened: LoadedCase, asked: CommandRequest, verb: str, slot: str | None) -> DueTask:
    """The due task that this official may do now."""
    check_office(opened, asked.actor)
    check_version(opened, asked)
    found = [one for one in opened.due if one.tugas == verb and slot in (None, one.slot)]
    if not found:
        raise Refused("tidak_jatuh_tempo", _not_due(opened, verb), jatuh_tempo=[one.tugas for one in opened.due])
    if len(found) > 1:
        raise Malformed("slot_perlu", "Tugas ini menunggu di beberapa tempat; sebutkan slot-nya pada alamat (?slot=…).")
    return found[0]


def _not_due(opened: LoadedCase, verb: str) -> str:
    if opened.case.ending:
        return f"Tugas {verb} tidak dapat dikerjakan: berkas ini sudah berakhir ({opened.case.ending.kind})."
    waiting = ", ".join(f"{one.tugas} oleh {one.who}" for one in opened.due)
    return f"Tugas {verb} belum waktunya. Yang ditunggu sekarang: {waiting}."


def received_on(opened: LoadedCase) -> date:
    """The day the application was received, in the office's zone. ValueError where nothing was submitted."""
    if opened.case.application is None:
        raise ValueError("nothing was submitted")
    return opened.office.calendar.local_date(opened.case.application.received_at)


def _check_claim(opened: LoadedCase, due: DueTask, occurred_at: datetime) -> None:
    """Malformed for an act that has not happened yet, or before the day of what it follows."""
    if occurred_at > opened.now:
        raise Malformed("waktu_depan", "Waktu kejadian tidak boleh di masa depan.")
    said = [one.occurred_at or one.at for one in opened.history if one.at == due.since]
    local = opened.office.calendar.local_date
    dates.check(dates.act_date_fault(local(occurred_at), local(min(said, default=due.since))), "waktu_lampau")


def attribution_of(opened: LoadedCase, actor: Actor, due: DueTask, occurred_at: datetime | None) -> Attribution:
    """Who does it: the official whose post the step names, or the recorder for somebody outside.

    NotYours for any other post.
    """
    performer = opened.sop.pelaksana[due.who]
    if occurred_at is not None:
        _check_claim(opened, due, occurred_at)
    if actor.post in performer.jabatan:
        return Attribution(actor=actor.code, occurred_at=occurred_at)
    recorders = opened.sop.posts_recording(due.who)
    by_pen = opened.office.pencatat_tanda_tangan
    if TASKS[due.tugas].letters == "signs" and by_pen and opened.office.records_signature(by_pen):
        recorders = (*recorders, by_pen)
    if actor.post in recorders:
        return Attribution(recorder=actor.code, occurred_at=occurred_at)
    posts = ", ".join((*performer.jabatan, *recorders))
    raise NotYours("bukan_tugas_anda", f"Tugas ini milik {performer.nama}; yang dapat mengerjakannya: {posts}.")


def may_withdraw(case: Case) -> bool:
    """Until the main line has ended; and where it ended with the sending, until BPJS has decided."""
    if case.ending is None:
        return True
    if case.ending.kind != "selesai" or case.activated is not None or case.deactivated is not None:
        return False
    latest = {done.tugas: done.hasil for done in case.trail}
    known = {TASKS[verb].outcome(hasil).bpjs for verb, hasil in latest.items()}
    return "sent" in known and "decided" not in known
