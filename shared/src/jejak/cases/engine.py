"""The tasks that a procedure asks for now, and the events that follow from another. Pure.

`due_tasks` reads the completed tasks slot by slot: the outcome of the last one names a target, and the target names the
next task. Nothing is stored but the events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from jejak.cases.case import Case, CompletedTask
from jejak.cases.positions import (
    AtTask,
    LineEnded,
    conditions_met,
    does_itself,
    is_automatic,
    letters_drafted,
    position_of,
    target_of,
)
from jejak.contracts import events as e
from jejak.contracts.envelope import Due
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.model import MAIN, FollowUp, Sop, Target, Task
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.parties import owner_of
from jejak.procedure.paths import batch_of, goes_on
from jejak.procedure.task_words import message_of, task_at
from jejak.timekeeping.follow_up import active_from, reminders
from jejak.timekeeping.windows import window_opens

__all__ = ["conditions_met", "is_automatic", "target_of"]
"""Of `jejak.cases.positions`, exported here too."""


@dataclass(frozen=True, slots=True)
class DueTask(Due):
    """A due task, with the sheet's own words about it."""

    since: datetime
    task: Task
    """The sheet's task; for `complete`, the task that waits for the applicant."""
    promised: datetime | None = None
    """Since when the time of its follow-up counts, where that is the active card and not the opening."""


def due_tasks(sop: Sop, case: Case, office: Kantor) -> tuple[DueTask, ...]:
    """The due tasks: at most one of the main line, and the open follow-ups. None after a withdrawal or a death."""
    if case.application is None or (case.ending and case.ending.kind in ("ditarik", "meninggal")):
        return ()
    names = conditions_met(sop, case)
    main = position_of(sop, case, MAIN, names, case.application.received_at, office)
    positions = [main] if isinstance(main, AtTask) and _goes_on(case, main) else []
    openings: dict[str, tuple[datetime, datetime | None]] = {}
    for follow_up in sop.follow_ups.values():
        opened = _opened(sop, case, follow_up, names, office)
        if opened is None:
            continue
        seen = case.activated if follow_up.since_active else None
        promised = active_from(case.active_since, seen, office.calendar) if seen else None
        openings[follow_up.kode] = opened, promised
        position = position_of(sop, case, follow_up.kode, names, promised or opened, office)
        if isinstance(position, AtTask) and not (positions and _held(sop, case, positions[0], position)):
            positions.append(position)
    urgent = is_urgent(sop, names)
    return tuple(
        _due(sop, office, at, names, *openings.get(at.task.slot, (at.since, None)), urgent=urgent) for at in positions
    )


def _goes_on(case: Case, main: AtTask) -> bool:
    """Whether the main line has a due task: until it ends, and for a look-up that a later correction overtook."""
    return case.ending is None or (case.ending.kind == "selesai" and main.again)


def _held(sop: Sop, case: Case, main: AtTask, follow_up: AtTask) -> bool:
    """Whether a submission waits: until the corrected people are looked up again and the letter that names them signed.

    Only for a main line that still has something due, so that nothing waits for ever.
    """
    if not case.corrections or main.task.slot != MAIN or TASKS[follow_up.tugas].delivery != "sends":
        return False
    unsigned = any(case.letters[name].signed is None for name in letters_drafted(sop, case, case.drafts))
    return main.again or unsigned


def ending(sop: Sop, case: Case, office: Kantor) -> LineEnded | None:
    """The end of the main line by its last task, if there is one."""
    if case.application is None:
        return None
    position = position_of(sop, case, MAIN, conditions_met(sop, case), case.application.received_at, office)
    return position if isinstance(position, LineEnded) else None


def ended_by_line(sop: Sop, case: Case) -> bool:
    """Whether the last task of the main line is what ended the case, and no command outside the line."""
    last = next((done for done in reversed(case.completed) if done.slot == MAIN), None)
    if case.ending is None or last is None or last.tugas == COMPLETE:
        return False
    return target_of(sop, last, conditions_met(sop, case)).kind == case.ending.kind


def is_urgent(sop: Sop, names: frozenset[str]) -> bool:
    """Whether a route or an answer has `prioritas`."""
    routes = {route.kode for route in sop.jalur.values() if route.prioritas}
    return not names.isdisjoint(routes.union(*(question.mendesak for question in sop.pertanyaan.values())))


def event_of(sop: Sop, due: DueTask, hasil: str) -> str:
    """The type of the event that ends a task with this outcome.

    A refusal that the sheet leads elsewhere, and any in a follow-up, refuses no case: it asks for a correction.
    """
    kind = TASKS[due.tugas].event_of(hasil, inverse=sop.inverse)
    refused = due.slot == MAIN and due.task.targets.get(hasil, Target("lanjut")).kind == "tolak"
    return "CorrectionRequested" if kind == "CaseRefused" and not refused else kind


def _due(
    sop: Sop,
    office: Kantor,
    at: AtTask,
    names: frozenset[str],
    opened: datetime,
    promised: datetime | None,
    *,
    urgent: bool,
) -> DueTask:
    batch = batch_of(sop, at.task, names) if at.tugas != COMPLETE else None
    kumpulan = batch.kode if batch else None
    unruled = TASKS[at.tugas].automatic == "rules" and not sop.rules_for(names)
    owner = owner_of(sop, at.task, at.tugas, at.who)
    not_before = at.not_before or _opens(office, at, opened) or _reminded(sop, office, at, owner, promised)
    if opened > at.since:  # its time counts since before it opened, the wait for the office does not
        not_before = max(not_before or opened, opened)
    return DueTask(
        slot=at.task.slot,
        service=TASKS[at.tugas].service,
        langkah=at.task.langkah,
        tugas=at.tugas,
        who=at.who,
        task=at.task,
        since=at.since,
        not_before=not_before,
        owner=owner,
        automatic=at.tugas == at.task.verb and not unruled and does_itself(sop, at.task, kumpulan, office),
        # What follows the active card has its months: the urgent need is met.
        urgent=urgent and not sop.reminders(at.task.slot),
        kumpulan=kumpulan,
        promised=promised,
    )


def _opens(office: Kantor, at: AtTask, opened: datetime) -> datetime | None:
    """When the days of the month begin in which the task is done; None where it is always done, or now."""
    if at.task.window is None or at.tugas == COMPLETE:
        return None
    return window_opens(at.task.window, max(at.since, opened), office.calendar)


def _reminded(sop: Sop, office: Kantor, at: AtTask, owner: str, promised: datetime | None) -> datetime | None:
    """When the applicant is first reminded of a follow-up: until then it is no work of the office."""
    months = sop.reminders(at.task.slot) if owner == "pemohon" and at.tugas != COMPLETE else ()
    return next(iter(reminders(months, promised or at.since, office.calendar)), None)


def _opened(sop: Sop, case: Case, follow_up: FollowUp, names: frozenset[str], office: Kantor) -> datetime | None:
    """When the follow-up was opened, or None while it is not."""
    begun = any(done.slot == follow_up.kode for done in case.completed)
    if follow_up.untuk and names.isdisjoint(follow_up.untuk) and not begun:
        return None
    match follow_up.sesudah.split():
        case ["selesai" | "tolak" | "kembalikan" as kind]:
            return case.ending.at if case.ending and case.ending.kind == kind else None
        case ["langkah", langkah]:
            return _left(sop, case, langkah)
        case [other]:
            before = sop.follow_ups[other]
            since = _opened(sop, case, before, names, office)
            if since is None:
                return None
            position = position_of(sop, case, other, names, since, office)
            return position.at if isinstance(position, LineEnded) else None
        case _:
            raise AssertionError(follow_up.sesudah)


def _left(sop: Sop, case: Case, langkah: str) -> datetime | None:
    """When the main line first left a step behind, by the conditions that were met then."""
    for count, done in enumerate(case.completed, 1):
        if done.slot == MAIN and done.langkah == langkah and done.tugas != COMPLETE:
            names = conditions_met(sop, replace(case, completed=case.completed[:count]))
            task = sop.task(MAIN, langkah, done.tugas, names)
            if goes_on(sop, task, done.hasil, done.oleh, names):
                return done.at
    return None


@dataclass(frozen=True, slots=True)
class Consequence:
    """An event that follows from another without an act; with the task and outcome where it ends a task."""

    data: e.AnyEvent
    task: DueTask | None = None
    hasil: str | None = None


def next_consequence(
    sop: Sop, case: Case, office: Kantor, today: datetime, due_now: Sequence[DueTask]
) -> Consequence | None:
    """The next event that follows from the case as it stands: a skipped paraf, or the end of the main line.

    Paraf is skipped when only the signer could give it (docs/sop-format.md, paraf `dilewati`). `due_now`: the due tasks
    of this case (`due_tasks`).
    """
    if case.ending is not None:
        return None
    # A line with a due task has not ended.
    over = None if any(due.slot == MAIN for due in due_now) else ending(sop, case, office)
    if over is not None:
        return Consequence(_ending_event(sop, case, over))
    for due in due_now:
        draft = case.draft_of(due.task.surat)
        if TASKS[due.tugas].letters == "initials" and draft and _only_signer_initials(sop, case, office, due, today):
            skipped = e.ParafSkipped(draft=draft.count, reason="penanda_tangan_sama")
            return Consequence(skipped, due, "dilewati")
    return None


def _ending_event(sop: Sop, case: Case, over: LineEnded) -> e.AnyEvent:
    last = next(done for done in reversed(case.completed) if done.slot == MAIN)
    message = citizen_message(sop, last, conditions_met(sop, case))
    match over.kind:
        case "selesai":
            return e.CaseClosed()
        case "tolak":
            reasons = case.denied if TASKS[last.tugas].automatic == "rules" else ()
            return e.CaseRefused(reasons=reasons or (_reason(last, message),))
        case "kembalikan":
            return e.CaseReturned(message=message)
        case _ as unknown:
            assert_never(unknown)


def citizen_message(sop: Sop, done: CompletedTask, names: frozenset[str] | None = None) -> str | None:
    """The message to the citizen about an outcome: the sheet's own `pesan`, else the task's default.

    `names` (those that hold in the case) tell tasks of one verb in one step apart.
    """
    pesan = sop.step(done.slot, done.langkah).pesan.get(done.hasil)
    if pesan or done.tugas == COMPLETE:
        return pesan
    task = task_at(sop, done.slot, done.langkah, done.tugas, done.oleh, names)
    return message_of(sop, task, done.tugas, done.hasil)


def _reason(last: CompletedTask, message: str | None) -> e.Reason:
    words = message or f"Hasil {last.tugas}: {last.hasil}."
    return e.Reason(rule=last.tugas, key=last.hasil, text=words, source=f"langkah {last.langkah}")


def _only_signer_initials(sop: Sop, case: Case, office: Kantor, paraf: DueTask, today: datetime) -> bool:
    """Whether the one official who can sign, or whom the draft names, is the only one who could give the paraf."""
    tasks, names = sop.tasks(paraf.slot), conditions_met(sop, case)
    signing = [task for task in tasks[paraf.task.index :] if TASKS[task.verb].letters == "signs"]
    signing = [task for task in signing if task.applies(names)] or signing
    if not signing:
        return False
    sign = next((task for task in signing if set(task.surat) & set(paraf.task.surat)), signing[0])
    day = office.calendar.local(today).date()
    posts = sop.pelaksana[sign.pelaksana[0]].jabatan
    draft = case.draft_of(paraf.task.surat)
    named = [case.letters[name].signer for name in (draft.letters if draft else ())]
    signers = {
        who.code
        for who in named
        if who and who.post in posts and any(row.kode == who.code for row in office.holders(who.post, day))
    } or {holder.kode for post in posts if (holder := office.holder(post, day))}
    able = {holder.kode for post in sop.pelaksana[paraf.who].jabatan for holder in office.holders(post, day)}
    return len(signers) == 1 and able == signers


def activation_way(sop: Sop, held: frozenset[str]) -> Literal["baru", "mutasi", "reaktivasi"]:
    """The kind of activation by this case's route, else by the sheet's own `cara`, else `reaktivasi`."""
    chosen = next((route.cara for route in sop.jalur.values() if route.kode in held and route.cara), None)
    return chosen or sop.cara or "reaktivasi"
