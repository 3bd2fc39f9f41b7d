"""Where a line of a case stands: after its last task by the sheet, or at a task that a correction overtook. Pure.

A correction of the people (`PeopleCorrected`) changes nothing that was done. It makes due again, in the order of the
sheet, the look-ups that depend on the corrected field (`TaskKind.looks_at`), and the draft and the submission that name
the people as they were. A look-up that finds the same again leaves the line where it was; another finding, and a new
draft, lead on from there as at the first time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from jejak.cases.case import Case, CompletedTask, Correction, Draft
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.model import MAIN, Sop, Target, Task
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.parties import is_of_bpjs
from jejak.procedure.paths import batch_of, draft_before, next_position
from jejak.timekeeping.regions import local_day


@dataclass(frozen=True, slots=True)
class AtTask:
    """A slot stands at a task, at the turn of one pelaksana."""

    task: Task
    who: str
    tugas: str
    since: datetime
    not_before: datetime | None = None
    again: bool = False
    """Done again, because a correction of the people overtook what it found or wrote."""


@dataclass(frozen=True, slots=True)
class LineEnded:
    """A slot has ended."""

    kind: Literal["selesai", "tolak", "kembalikan"]
    at: datetime


type Position = AtTask | LineEnded


def conditions_met(sop: Sop, case: Case) -> frozenset[str]:
    """Every name that holds for `untuk`: answers at the counter, the latest outcome of each task, and the periods.

    A period holds by the day of receipt, in the zone of the region: no delay of the office changes what is asked.
    """
    latest = {(done.slot, done.langkah, done.tugas, done.oleh): done.hasil for done in case.completed}
    outcomes = frozenset(latest.values())
    if (application := case.application) is None:
        return outcomes
    # Few sheets have periods, and the day of a region takes longer than all the rest.
    periods = sop.periods_on(local_day(application.received_at, sop.dinas)) if sop.masa else ()
    return outcomes.union(application.answers, periods)


def letters_drafted(sop: Sop, case: Case, letters: Collection[str]) -> tuple[str, ...]:
    """Those of a task's letters whose draft stands, in its order; where it names none, those of the newest draft.

    A draft stands while a task that drafts the letter still applies (another route or finding may have been chosen
    since), and until the line goes back to before it and drafts another of these letters.
    """
    names = conditions_met(sop, case)
    drafts = {
        name: case.drafts[name]
        for name in letters or (case.draft.letters if case.draft else ())
        if name in case.drafts and any(task.applies(names) for task in _drafting(sop, name))
    }
    newest = max((draft.done for draft in drafts.values()), default=0)
    return tuple(name for name, draft in drafts.items() if not _left_behind(sop, case.completed[:newest], draft, names))


def _drafting(sop: Sop, letter: str) -> list[Task]:
    """The tasks that draft a letter."""
    drafting = (task for task in sop.all_tasks() if TASKS[task.verb].letters == "drafts")
    return [task for task in drafting if not task.surat or letter in task.surat]


def _left_behind(sop: Sop, completed: Sequence[CompletedTask], draft: Draft, names: frozenset[str]) -> bool:
    """Whether a task that stands before the draft on the sheet was done after it."""
    own = completed[draft.done - 1]
    index = sop.task(own.slot, own.langkah, own.tugas, names).index
    return any(
        sop.task(done.slot, done.langkah, done.tugas, names).index < index
        for done in completed[draft.done :]
        if done.slot == own.slot and done.tugas != COMPLETE
    )


def is_automatic(verb: str, kumpulan: str | None, office: Kantor) -> bool:
    """Whether the service does the task itself: rules, look-ups the office has data for, deliveries of a batch.

    Where no rule of the sheet concerns the applicant there is nothing to judge by: the performer judges.
    """
    kind = TASKS[verb]
    looked_up = bool(kind.ways) and office.cara.get(verb, "manual") != "manual"
    return looked_up or kind.automatic == "rules" or (kind.automatic == "batch" and kumpulan is not None)


def does_itself(sop: Sop, task: Task, kumpulan: str | None, office: Kantor) -> bool:
    """As `is_automatic`, for a task of a sheet: what another party is to answer, no list of BPJS answers."""
    of_others = TASKS[task.verb].service == "bpjs_sync" and bool(TASKS[task.verb].ways) and not is_of_bpjs(sop, task)
    return not of_others and is_automatic(task.verb, kumpulan, office)


def target_of(sop: Sop, done: CompletedTask, names: frozenset[str]) -> Target:
    """The target of a task's outcome, by the sheet or by the task's default."""
    target = sop.task(done.slot, done.langkah, done.tugas, names).targets[done.hasil]
    if done.slot != MAIN and TASKS[done.tugas].letters == "signs" and target.kind == "tolak":
        return Target("konsep")
    return target


def position_of(sop: Sop, case: Case, slot: str, names: frozenset[str], begun: datetime, office: Kantor) -> Position:
    """The position of a slot: after its last ended task, else at its first; what a correction overtook comes before."""
    completed = [(number, done) for number, done in enumerate(case.completed) if done.slot == slot]
    if not case.corrections:
        return _line(sop, slot, [done for _, done in completed], names, begun, office)
    line: list[CompletedTask] = []
    latest: dict[_Turn, tuple[int, str]] = {}
    repeated = begun
    for number, done in completed:
        turn = (done.langkah, done.tugas, done.oleh)
        if _only_repeats(sop, case, line, latest.get(turn), (number, done), office):
            repeated = done.at
        else:
            line.append(done)
        latest[turn] = number, done.hasil
    here = _line(sop, slot, line, names, begun, office)
    if isinstance(here, AtTask):
        asked_anew = [change.at for change in case.corrections if TASKS[here.tugas].looks_at & change.participant]
        here = replace(here, since=max(here.since, repeated, *asked_anew))
    return _overtaken(sop, case, slot, latest, here, names, repeated) or here


type _Turn = tuple[str, str, str]
"""Step, task and performer."""


def _only_repeats(
    sop: Sop,
    case: Case,
    line: Sequence[CompletedTask],
    before: tuple[int, str] | None,
    now: tuple[int, CompletedTask],
    office: Kantor,
) -> bool:
    """Whether a look-up done again after a correction found what it had found: then the line stays where it was."""
    number, done = now
    if before is None or before[1] != done.hasil or not TASKS[done.tugas].looks_at:
        return False
    names = conditions_met(sop, replace(case, completed=case.completed[:number]))
    task = sop.task(done.slot, done.langkah, done.tugas, names)
    if _newest_against(sop, case.corrections, task, before[0], number) is None:
        return False
    here = _line(sop, done.slot, line, names, done.at, office)
    reached = isinstance(here, AtTask) and (here.task.langkah, here.tugas, here.who) == (
        done.langkah,
        done.tugas,
        done.oleh,
    )
    return not reached and target_of(sop, done, names).kind == "lanjut"


def _overtaken(
    sop: Sop,
    case: Case,
    slot: str,
    latest: Mapping[_Turn, tuple[int, str]],
    here: Position,
    names: frozenset[str],
    repeated: datetime,
) -> AtTask | None:
    """The first task before here that a correction overtook: a look-up, a draft, or what was sent to BPJS.

    Of an ended line only look-ups are done again, and only of the main line; of one that waits for the applicant, only
    when the answer that it waits for is itself overtaken. What BPJS has decided is neither written nor sent anew.
    """
    tasks = sop.tasks(slot)
    if isinstance(here, AtTask):
        tasks = tasks[: here.task.index + 1]
    elif slot != MAIN or here.kind != "selesai":
        return None
    settled = isinstance(here, LineEnded) or is_decided(case)
    found = [
        AtTask(task, who, task.verb, max(against.at, repeated), again=True)
        for task in tasks
        if task.applies(names) and not (settled and _goes_out(task))
        for who in task.pelaksana
        if (before := latest.get((task.langkah, task.verb, who)))
        and (against := _newest_against(sop, case.corrections, task, before[0]))
    ]
    if not isinstance(here, AtTask):
        return found[0] if found else None
    if here.tugas == COMPLETE and all(at.task != here.task for at in found):
        return None
    first = found[0] if found else None
    due_anyway = first is not None and (first.task, first.who, first.tugas) == (here.task, here.who, here.tugas)
    return replace(here, again=True) if due_anyway else first


def _goes_out(task: Task) -> bool:
    """Whether a task writes a letter or sends the submission, with the people as they are then."""
    return TASKS[task.verb].letters == "drafts" or TASKS[task.verb].delivery == "sends"


def _newest_against(
    sop: Sop, corrections: Sequence[Correction], task: Task, done: int, upto: int | None = None
) -> Correction | None:
    """The newest correction that overtook a task, done as the n-th of the case; `upto`: before the m-th was done."""
    later = (
        change for change in reversed(corrections) if done < change.done <= (upto if upto is not None else change.done)
    )
    return next((change for change in later if _concerns(sop, change, task)), None)


def _concerns(sop: Sop, correction: Correction, task: Task) -> bool:
    """Whether a task's result depends on what was corrected (`TaskKind.looks_at`; a letter, on all that it prints).

    The documents depend on the date of birth only where the sheet allows a substitute up to an age.
    """
    if _goes_out(task):
        return correction.printed
    kind = TASKS[task.verb]
    if kind.finds == "documents" and not any(
        other.usia_di_bawah is not None for document in sop.persyaratan.values() for other in document.salah_satu
    ):
        return False
    return not kind.looks_at.isdisjoint(correction.participant)


def is_decided(case: Case) -> bool:
    """Whether BPJS has decided on the newest submission, or the membership is as asked."""
    return case.activated is not None or case.deactivated is not None or "decided" in bpjs_stages(case)


def bpjs_stages(case: Case) -> frozenset[str | None]:
    """The stages of the submission that the latest outcomes reached: sent, decided."""
    latest = {done.tugas: done.hasil for done in case.completed}
    return frozenset(TASKS[verb].outcome(hasil).bpjs for verb, hasil in latest.items())


def _line(
    sop: Sop, slot: str, completed: Sequence[CompletedTask], names: frozenset[str], begun: datetime, office: Kantor
) -> Position:
    """The position after these tasks of a slot, as if nothing had been corrected."""
    tasks = sop.tasks(slot)
    if not completed:
        return _from(tasks, 0, names, begun)
    last = completed[-1]
    if last.tugas == COMPLETE:
        return _resumed(sop, tasks, completed, names)
    target = target_of(sop, last, names)
    task = sop.task(slot, last.langkah, last.tugas, names)
    if target.kind == "tunggu":
        since = _waiting_since(sop, completed, names, begun)
        batch = batch_of(sop, task, names)
        automatic = does_itself(sop, task, batch.kode if batch else None, office)
        not_before = office.calendar.next_working_day(last.at) if automatic else None
        return AtTask(task, last.oleh, task.verb, since, not_before)
    return _after(sop, tasks, task, last, target, names)


def _after(
    sop: Sop, tasks: Sequence[Task], task: Task, last: CompletedTask, target: Target, names: frozenset[str]
) -> Position:
    match target.kind:
        case "lanjut":
            turn = task.pelaksana.index(last.oleh) + 1
            if turn < len(task.pelaksana):
                return AtTask(task, task.pelaksana[turn], task.verb, last.at)
            return _from(tasks, task.index + 1, names, last.at)
        case "langkah":
            return _from(tasks, next_position(sop, task, target), names, last.at)
        case "pemohon":
            return AtTask(task, sop.pemohon, COMPLETE, last.at)
        case "konsep":
            return _from(tasks, draft_before(tasks, task, names).index, names, last.at)
        case "tolak" | "kembalikan" | "selesai" as kind:
            return LineEnded(kind, last.at)
        case "tunggu":
            raise AssertionError(target)
        case _ as unknown:
            assert_never(unknown)


def _from(tasks: Sequence[Task], index: int, names: frozenset[str], at: datetime) -> Position:
    """The first task from here on that applies, else the end."""
    for task in tasks[index:]:
        if task.applies(names):
            return AtTask(task, task.pelaksana[0], task.verb, at)
    return LineEnded("selesai", at)


def _resumed(sop: Sop, tasks: Sequence[Task], completed: Sequence[CompletedTask], names: frozenset[str]) -> Position:
    """After the applicant's answer: the same task again (a returned submission is sent again), or a named step."""
    at = completed[-1].at
    before = next(done for done in reversed(completed) if done.tugas != COMPLETE)
    target = target_of(sop, before, names)
    task = sop.task(before.slot, before.langkah, before.tugas, names)
    index = next_position(sop, task, target, names)
    if target.langkah is not None or index != task.index:
        return _from(tasks, index, names, at)
    return AtTask(task, before.oleh, task.verb, at)


def _waiting_since(sop: Sop, completed: Sequence[CompletedTask], names: frozenset[str], begun: datetime) -> datetime:
    """Since when a task has been due whose outcomes keep leading to `tunggu`."""
    last = completed[-1]
    for done in reversed(completed):
        same = (done.langkah, done.tugas, done.oleh) == (last.langkah, last.tugas, last.oleh)
        if not (same and target_of(sop, done, names).kind == "tunggu"):
            return done.at
    return begun
