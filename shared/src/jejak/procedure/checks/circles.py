"""Circles without people: automatic tasks that lead to each other for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.model import MAIN
from jejak.procedure.paths import next_position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jejak.procedure.model import Sop, Task


def circle_mistakes(sop: Sop) -> Iterator[str]:
    """One line for each task that comes back to itself without a person acting in between."""
    for slot in (MAIN, *sop.follow_ups):
        tasks = sop.tasks(slot)
        after = {task.index: set(_by_itself(sop, tasks, task)) for task in tasks}
        for task in tasks:
            if task.index in _reached(after, task.index):
                where = f"langkah {task.langkah}" if slot == MAIN else f"tindak_lanjut {slot}"
                yield (
                    f"{where}: {task.verb} dapat berputar tanpa seorang pun bertindak — "
                    "arahkan ke pemohon, ke tunggu, atau ke tugas yang dikerjakan orang"
                )


def _by_itself(sop: Sop, tasks: Sequence[Task], task: Task) -> Iterator[int]:
    """The tasks that may be due next without a person having acted.

    Look-ups are automatic in some offices. What waits (`tunggu`) is looked up again on the next working day.
    """
    for outcome, target in task.targets.items():
        alone = _automatic(task) or TASKS[task.verb].outcome(outcome).by_system
        if alone and target.kind in {"lanjut", "langkah", "konsep"}:
            for following in tasks[next_position(sop, task, target) :]:
                yield following.index
                if not following.untuk:
                    break


def _automatic(task: Task) -> bool:
    kind = TASKS[task.verb]
    return bool(kind.ways) or kind.automatic == "rules" or (kind.automatic == "batch" and task.kumpulan is not None)


def _reached(after: dict[int, set[int]], start: int) -> set[int]:
    """Everything that follows from a task, itself only if it comes back."""
    reached: set[int] = set()
    queue = [*after[start]]
    while queue:
        here = queue.pop()
        if here not in reached:
            reached.add(here)
            queue.extend(after[here])
    return reached
