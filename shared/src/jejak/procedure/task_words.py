"""Tasks in the words of their sheet: the sheet's own name for one, and the party outside that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.parties import BPJS, Party, party_of, pihak_of

if TYPE_CHECKING:
    from jejak.procedure.model import Sop, Task


def task_name(verb: str) -> str:
    """The name of a task in Indonesian, on no sheet in particular."""
    return TASKS[verb].words


def task_words(sop: Sop, task: Task, verb: str | None = None) -> str:
    """The name of a task on its sheet. `verb`: what is due there, where it is not the task itself (`complete`)."""
    if verb not in (None, task.verb):
        return task_name(verb)
    if task.sebutan is not None:
        return task.sebutan
    kind = TASKS[task.verb]
    return in_party_words(kind.party_words or kind.words, sop, task)


def words_at(
    sop: Sop,
    slot: str | None,
    langkah: str | None,
    verb: str,
    who: str | None = None,
    names: frozenset[str] | None = None,
) -> str:
    """As `task_words`, for a place of the sheet; the general name for a place or task that the sheet does not have.

    Without `names` (those that hold in the case) also where tasks of the place could be meant that differ in words.
    """
    words = {task_words(sop, task) for task in _tasks_at(sop, slot, langkah, verb, who, names)}
    return words.pop() if len(words) == 1 else task_name(verb)


def verb_words(sop: Sop, verb: str, who: str | None = None) -> str:
    """As `task_words`, for the tasks of the sheet with this verb, those of this performer where there are any.

    Where the sheet calls them differently, each name: "verifikasi berkas atau pemeriksaan ulang".
    """
    tasks = [task for task in sop.all_tasks() if task.verb == verb]
    tasks = [task for task in tasks if who in task.pelaksana] or tasks
    return " atau ".join(dict.fromkeys(task_words(sop, task) for task in tasks)) or task_name(verb)


def task_at(
    sop: Sop,
    slot: str | None,
    langkah: str | None,
    verb: str | None,
    who: str | None = None,
    names: frozenset[str] | None = None,
) -> Task | None:
    """The task of a place by its verb; None without.

    Where a step has the verb twice, the one that is of this performer and whose `untuk` holds by `names`, if known.
    """
    return next(iter(_tasks_at(sop, slot, langkah, verb, who, names)), None)


def _tasks_at(
    sop: Sop, slot: str | None, langkah: str | None, verb: str | None, who: str | None, names: frozenset[str] | None
) -> list[Task]:
    """The tasks that can be meant: those of the verb, narrowed by performer and route as long as some remain."""
    step = sop.steps.get((slot or "", langkah or ""))
    tasks = [task for task in step.tasks if task.verb == verb] if step else []
    tasks = [task for task in tasks if who in task.pelaksana] or tasks
    return [task for task in tasks if names is not None and task.applies(names)] or tasks


def message_of(sop: Sop, task: Task | None, verb: str, hasil: str) -> str | None:
    """The message to the citizen about an outcome, where the sheet has no `pesan` of its own."""
    message = TASKS[verb].message_of(hasil, inverse=sop.inverse)
    name = (task.sebutan if task else None) or TASKS[verb].words
    return message and in_party_words(message, sop, task, tugas=name)


def sent_to(sop: Sop) -> dict[str, Party]:
    """The parties to which a sheet sends, each as the sheet calls it, by what it is."""
    named = (task.kepada for task in sop.all_tasks() if task.kepada)
    return {pihak_of(sop.pelaksana, kode): party_of(sop.pelaksana, kode) for kode in named}


def in_party_words(text: str, sop: Sop, task: Task | None, **values: object) -> str:
    """A text of the table of tasks, with the party of this task for `{pihak}`, and these values."""
    party = party_of(sop.pelaksana, task.party if task and task.party else BPJS)
    return text.format(pihak=party.words, pihak_lengkap=party.full, **values)
