"""Where an outcome leads in a sheet: one answer for the engine, the walk and the checker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jejak.procedure.batches import Batch
    from jejak.procedure.model import Sop, Target, Task

type Names = frozenset[str] | None
"""The names that hold; None: not known, anything may."""


def next_position(sop: Sop, task: Task, target: Target, names: Names = None) -> int:
    """Where a slot goes on after an outcome, at the earliest; an ending goes on past the last task."""
    tasks = sop.tasks(task.slot)
    match target.kind:
        case "lanjut":
            return task.index + 1
        case "langkah" | "pemohon" if target.langkah is not None:
            return sop.steps[task.slot, target.langkah].tasks[0].index
        case "langkah" | "pemohon":
            return delivery_before(tasks, task, names).index if TASKS[task.verb].delivery == "answers" else task.index
        case "tunggu":
            return task.index
        case "konsep":
            return draft_before(tasks, task, names).index
        case "tolak" | "kembalikan" | "selesai":
            return len(tasks)


def draft_before(tasks: Sequence[Task], task: Task, names: Names = None) -> Task:
    """The nearest earlier draft of the same letter, else of any; the task itself when there is none.

    Of several letters that are drafted apart the first: those after it are drafted again on the way. Drafts for another
    route or answer do not count while there is one for this.
    """
    drafts = [earlier for earlier in tasks[: task.index] if TASKS[earlier.verb].letters == "drafts"]
    drafts = [draft for draft in drafts if names is not None and draft.applies(names)] or drafts
    nearest = {letter: draft for draft in drafts for letter in draft.surat}
    same = [nearest[letter] for letter in task.surat if letter in nearest]
    return min(same, key=lambda draft: draft.index) if same else (drafts or [task])[-1]


def delivery_before(tasks: Sequence[Task], task: Task, names: Names = None) -> Task:
    """What is sent back to be mended is delivered again: the last deliver that applies, else the task itself."""
    sent = [earlier for earlier in tasks[: task.index] if TASKS[earlier.verb].delivery == "sends"]
    sent = [delivery for delivery in sent if names is None or delivery.applies(names)]
    return (sent or [task])[-1]


def goes_on(sop: Sop, task: Task, outcome: str, who: str, names: frozenset[str]) -> bool:
    """Whether the line leaves a step behind by this outcome: past its last task, to a later step, or to a good end.

    Sent back, waiting, refused or returned it does not; ``sesudah = "langkah N"`` opens by it.
    """
    target = task.targets[outcome]
    match target.kind:
        case "lanjut":
            later = [
                following for following in sop.tasks(task.slot)[task.index + 1 :] if following.step_no == task.step_no
            ]
            return who == task.pelaksana[-1] and not any(following.applies(names) for following in later)
        case "langkah":
            position = next_position(sop, task, target)
            return position > task.index and sop.tasks(task.slot)[position].step_no > task.step_no
        case "selesai":
            return True
        case "pemohon" | "konsep" | "tunggu" | "tolak" | "kembalikan":
            return False


def batch_of(sop: Sop, task: Task, names: frozenset[str]) -> Batch | None:
    """The batch this task is done in, for a case in which these names hold; None: it is done for the case alone."""
    batch = sop.kumpulan[task.kumpulan] if task.kumpulan else None
    return batch if batch and (not batch.untuk or not names.isdisjoint(batch.untuk)) else None
