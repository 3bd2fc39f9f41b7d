"""The frame of a decision: the request and its official, the loaded case, admission, the resulting events. Pure.

The deciders of the services take and return these types; `jejak.cases.command_handler` reads and appends.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, NamedTuple

from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.engine import DueTask
from jejak.cases.event_descriptions import describe_event
from jejak.cases.people.signers import signs_by_pen
from jejak.cases.positions import bpjs_stages
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.tasks import TASKS
from jejak.eventstore.types import StoredDue
from jejak.platform import ids
from jejak.platform.errors import Malformed, NotYours, Refused, Stale
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official
from jejak.procedure.office.vacancies import Vacancy, vacancy
from jejak.timekeeping import dates
from jejak.timekeeping.printed.words import instant_words

SIDE_SLOT: Final = "samping"
"""The slot of events that are recorded of a case and begin or end no task."""
_SIDE_EVENTS: Final = (e.ApplicantTold, e.LetterNumbered, e.PeopleCorrected, e.FindingChanged)


@dataclass(frozen=True, slots=True)
class Actor:
    """The official who asks, as the verified token says: office, person and post.

    `fresh`: whether the sign-in is recent or strong enough for a signature (`jejak.web.access.step_up`).
    """

    office: str
    code: str
    post: str
    fresh: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One request: its official, its route, and what identifies it when it is repeated."""

    actor: Actor
    route: str
    key: str | None
    body_hash: str
    if_match: int | None = None

    def event_id(self, n: int) -> uuid.UUID:
        """The id of the n-th event that this request causes; a repeated request gives the same id."""
        return self._derived(n)

    def case_id(self) -> uuid.UUID:
        """The id of the case that this request makes; a repeated request gives the same id."""
        return self._derived()

    def _derived(self, *parts: int) -> uuid.UUID:
        """Includes the office: officials of two offices share codes, and programs number their keys from one."""
        if not self.key:
            return ids.new_uuid()
        return ids.derived_uuid(self.actor.office, self.actor.code, self.route, self.key, *parts)


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """A case as read now, with everything that a decision needs."""

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

    @property
    def names(self) -> frozenset[str]:
        """Every name that holds for `untuk`, see `conditions_met`."""
        return engine.conditions_met(self.sop, self.case)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decider's answer: the event, and the outcome of the task it ends (None outside the line).

    `actor` is set where the act is another's than the requesting official's: the signer by pen, whom another records.
    """

    data: e.AnyEvent
    hasil: str | None = None
    actor: str | None = None
    correction: e.PeopleCorrected | None = None
    """What the act corrects of the people: recorded before it, in the same append."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The official who acted and the one who recorded it; `occurred_at` is set for an act elsewhere or earlier."""

    actor: str | None = None
    recorder: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a request: the case's new version and the tasks due now."""

    case: uuid.UUID
    version: int
    due: tuple[DueTask, ...]
    ending: str | None
    repeated: bool = False


class Result(NamedTuple):
    """The events of one append, and the tasks that are due after them."""

    events: tuple[OpenedEvent, ...]
    due: tuple[DueTask, ...]


def resulting_events(
    loaded: LoadedCase,
    decision: Decision,
    due: DueTask | None,
    attribution: Attribution,
    request: CommandRequest | None,
) -> Result:
    """The events of one append: the decided one, then those that follow from it by the procedure."""
    case = loaded.case
    events: list[OpenedEvent] = []

    def add(data: e.AnyEvent, task: DueTask | None, hasil: str | None, attribution: Attribution) -> None:
        nonlocal case
        version, kind = loaded.case.version + len(events) + 1, e.type_of(data)
        event = OpenedEvent(
            id=request.event_id(len(events)) if request else ids.derived_uuid(case.id, version, kind),
            version=version,
            type=kind,
            data=data,
            at=loaded.now,
            slot=task.slot if task else SIDE_SLOT if isinstance(data, _SIDE_EVENTS) else MAIN,
            langkah=task.langkah if task else None,
            tugas=task.tugas if task else None,
            hasil=hasil,
            oleh=task.who if task else None,
            actor=attribution.actor,
            recorder=attribution.recorder,
            occurred_at=attribution.occurred_at,
        )
        events.append(event)
        case = fold(case, [event])

    data, correction = _refusal_by_sheet(loaded, decision, due), decision.correction
    stamp = {"request": request.body_hash} if request and request.key else {}
    if correction is not None:
        add(correction.model_copy(update=stamp), None, None, attribution)
        stamp = {}
    by = replace(attribution, actor=decision.actor) if decision.actor else attribution
    add(data.model_copy(update=stamp) if stamp else data, due, decision.hasil, by)
    due_now = engine.due_tasks(loaded.sop, case, loaded.office)
    while after := engine.next_consequence(loaded.sop, case, loaded.office, loaded.now, due_now):
        add(after.data, after.task, after.hasil, Attribution())
        due_now = engine.due_tasks(loaded.sop, case, loaded.office)
    return Result(tuple(events), due_now)


def _refusal_by_sheet(loaded: LoadedCase, decision: Decision, due: DueTask | None) -> e.AnyEvent:
    """The decided event; a refusal becomes a correction where the sheet does not end the case with it."""
    data = decision.data
    if not isinstance(data, e.CaseRefused) or due is None or decision.hasil is None:
        return data
    if engine.event_of(loaded.sop, due, decision.hasil) == "CaseRefused":
        return data
    return e.CorrectionRequested(note=data.note, evidence=data.evidence)


def receipt(loaded: LoadedCase, *, repeated: bool = False) -> Receipt:
    """The answer to a request, from the case as it is now."""
    ending = loaded.case.ending.kind if loaded.case.ending else None
    return Receipt(loaded.case.id, loaded.case.acted, loaded.due, ending, repeated)


def repeated_receipt(loaded: LoadedCase, request: CommandRequest) -> Receipt | None:
    """The answer to an official's request that was carried out before.

    NotYours if the official may no longer see the case; Malformed if the key now comes with another body.
    """
    if _first_event(loaded, request) is None:
        return None
    check_office(loaded, request.actor)
    return earlier_receipt(loaded, request)


def earlier_receipt(loaded: LoadedCase, request: CommandRequest) -> Receipt | None:
    """As `repeated_receipt`, for a request of no official, or of one whose permission was checked already."""
    before = _first_event(loaded, request)
    if before is None:
        return None
    if before.data.request != request.body_hash:
        raise Malformed(
            "kunci_dipakai", "Idempotency-Key ini sudah dipakai untuk isi yang lain. Pakai kunci baru untuk isi baru."
        )
    return receipt(loaded, repeated=True)


def _first_event(loaded: LoadedCase, request: CommandRequest) -> OpenedEvent | None:
    """The first event that this request caused, if it came before."""
    if request.key is None:
        return None
    first = request.event_id(0)
    return next((event for event in loaded.history if event.id == first), None)


def check_version(loaded: LoadedCase, request: CommandRequest) -> None:
    """Stale, with the events since, if the request was made for an older version than that of the last act."""
    if request.if_match is not None and request.if_match != loaded.case.acted:
        missed = (event for event in loaded.history if event.version > request.if_match)
        raise Stale(loaded.case.acted, [_summary(loaded, event) for event in missed])


def _summary(loaded: LoadedCase, event: OpenedEvent) -> dict[str, object]:
    """An event in a sentence without personal data, and its actor: an official, a party outside, or the system."""
    performer = loaded.sop.pelaksana.get(event.oleh or "")
    official = next((who.nama for who in loaded.office.pejabat if who.kode == event.actor), event.actor)
    outside = performer.nama if performer and event.recorder else "otomatis"
    return {
        "versi": event.version,
        "waktu": event.at.isoformat(),
        "setempat": instant_words(event.at, loaded.office.zona),
        "kalimat": describe_event(event, loaded.sop, loaded.names),
        "oleh": official or outside,
    }


def check_office(loaded: LoadedCase, actor: Actor) -> None:
    """NotYours for another office's case, for a post that is not held, and for another kelurahan's citizen."""
    if actor.office != loaded.case.office:
        raise NotYours("kantor_lain", "Berkas ini milik kantor lain.")
    official = check_post(loaded.office, actor, loaded.now)
    application = loaded.case.application
    today = loaded.today.date()
    if application is not None and not loaded.office.answers_for(official, application.entry_office, today):
        raise NotYours(
            "wilayah_lain",
            "Berkas ini tidak diajukan dari wilayah Anda. Mintalah petugas kelurahan asalnya mengerjakannya.",
        )


def check_post(office: Kantor, actor: Actor, now: datetime) -> Official:
    """The official, by the kantor file; NotYours unless it says that this person holds this post today."""
    for official in office.officials_at(office.calendar.local(now).date()):
        if official.kode == actor.code and official.jabatan == actor.post:
            return official
    raise NotYours("bukan_pejabat", "Nama dan jabatan pada token tidak tercatat sebagai pejabat kantor ini hari ini.")


def check_post_in_sheet(sop: Sop, actor: Actor) -> None:
    """NotYours for a post that the sheet does not name, such as an inspector's, who only reads."""
    if not post_in_any_sheet((sop,), actor):
        raise NotYours("bukan_tugas_anda", "Jabatan Anda tidak disebut pada lembar SOP ini: Anda hanya membaca.")


def post_in_any_sheet(sops: Iterable[Sop], actor: Actor) -> bool:
    """Whether one of these sheets names the actor's post."""
    performers = ((sop, performer) for sop in sops for performer in sop.pelaksana.values())
    return any(actor.post in (*who.jabatan, *sop.posts_recording(who.kode)) for sop, who in performers)


def admitted_task(loaded: LoadedCase, request: CommandRequest, verb: str, slot: str | None) -> DueTask:
    """The due task that this official may do now."""
    check_office(loaded, request.actor)
    check_version(loaded, request)
    tasks = [due for due in loaded.due if due.tugas == verb and slot in (None, due.slot)]
    if not tasks:
        raise Refused("tidak_jatuh_tempo", _not_due(loaded, verb), jatuh_tempo=[due.tugas for due in loaded.due])
    if len(tasks) > 1:
        raise Malformed("slot_perlu", "Tugas ini menunggu di beberapa tempat; sebutkan slot-nya pada alamat (?slot=…).")
    return tasks[0]


def _not_due(loaded: LoadedCase, verb: str) -> str:
    if loaded.case.ending:
        return f"Tugas {verb} tidak dapat dikerjakan: berkas ini sudah berakhir ({loaded.case.ending.kind})."
    waiting = ", ".join(f"{due.tugas} oleh {due.who}" for due in loaded.due)
    return f"Tugas {verb} belum waktunya. Yang ditunggu sekarang: {waiting}."


def received_on(loaded: LoadedCase) -> date:
    """The day the application was received, in the office's zone; of its record, for a stored claim that cannot be.

    ValueError if nothing was submitted.
    """
    if loaded.case.application is None:
        raise ValueError("nothing was submitted")
    application = loaded.case.application
    received = dates.stored_receipt(application.received_at, application.recorded_at or application.received_at)
    return loaded.office.calendar.local_date(received)


def _check_claim(loaded: LoadedCase, due: DueTask, occurred_at: datetime) -> None:
    """Malformed for an act in the future, or before the day of the event it follows."""
    if occurred_at > loaded.now:
        raise Malformed("waktu_depan", "Waktu kejadian tidak boleh di masa depan.")
    causes = [event.occurred_at or event.at for event in loaded.history if event.at == due.since]
    local = loaded.office.calendar.local_date
    after = min(loaded.now, *causes or [due.since])
    dates.check(dates.act_date_fault(local(occurred_at), local(after)), "waktu_lampau")


def attribution_of(loaded: LoadedCase, actor: Actor, due: DueTask, occurred_at: datetime | None) -> Attribution:
    """The official whose post the step names as actor, or the recorder of a party outside; NotYours for other posts.

    What nobody holds is done by those who stand in (`jejak.procedure.office.vacancies`).
    """
    performer = loaded.sop.pelaksana[due.who]
    if occurred_at is not None:
        _check_claim(loaded, due, occurred_at)
    if actor.post in performer.jabatan:
        return Attribution(actor=actor.code, occurred_at=occurred_at)
    recorders = loaded.sop.posts_recording(due.who)
    by_pen = loaded.office.pencatat_tanda_tangan
    if TASKS[due.tugas].letters == "signs" and by_pen and signs_by_pen(loaded, due):
        recorders = (*recorders, by_pen)
    if actor.post in recorders:
        return Attribution(recorder=actor.code, occurred_at=occurred_at)
    if gap := vacancy_of(loaded, due):
        if any((who.kode, who.jabatan) == (actor.code, actor.post) for who in gap.stand_ins):
            return Attribution(actor=actor.code, occurred_at=occurred_at)
        raise NotYours("bukan_tugas_anda", gap.words)
    posts = ", ".join((*performer.jabatan, *recorders))
    raise NotYours("bukan_tugas_anda", f"Tugas ini milik {performer.nama}; yang dapat mengerjakannya: {posts}.")


def vacancy_of(loaded: LoadedCase, due: DueTask) -> Vacancy | None:
    """That no official holds this task today, and who may do it all the same."""
    application = loaded.case.application
    entered = application.entry_office if application else loaded.case.office
    return vacancy(loaded.sop, loaded.office, due.who, due.tugas, entered, loaded.today.date())


def may_withdraw(case: Case) -> bool:
    """Whether the main line has not ended; or it ended with the sending, and BPJS has not decided."""
    if case.ending is None:
        return True
    if case.ending.kind != "selesai" or case.activated is not None or case.deactivated is not None:
        return False
    stages = bpjs_stages(case)
    return "sent" in stages and "decided" not in stages


def may_record_death(case: Case, sop: Sop, due: Iterable[DueTask]) -> bool:
    """Whether a death of the participant ends this case: something of it is still open, or BPJS has not decided.

    Where the sheet asks for the membership to end, death is its reason: the case goes on to its end.
    """
    return not sop.inverse and (may_withdraw(case) or any(due))
