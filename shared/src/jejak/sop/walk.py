"""The path of a sheet, walked as the engine would run it: what is done, by whom, recorded by whom, in what time.

Every task takes its good outcome unless another is asked for; for each, the walk says where every outcome leads.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import TYPE_CHECKING, Literal

from jejak.contracts.tasks import TASKS
from jejak.sop.explain import suggestion
from jejak.sop.model import MAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jejak.sop.model import Sop, Target, Task

type Ending = Literal["selesai", "tolak", "kembalikan", "berputar"]


class WalkError(ValueError):
    """Asked for a route, a question or an outcome the sheet does not have; the message is one Indonesian line."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One task on the path, once for every performer's turn."""

    slot: str
    langkah: str
    tugas: str
    service: str
    oleh: str
    """The performer's name as the sheet prints it."""
    jabatan: tuple[str, ...]
    pencatat: str | None
    waktu: str | None
    kegiatan: str
    hasil: str
    """The outcome the walk takes."""
    tujuan: Mapping[str, str]
    """Every outcome -> where it leads, in words."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot's path: the main line or a follow-up, and how it ends."""

    slot: str
    sesudah: str | None
    visits: tuple[Visit, ...]
    skipped: tuple[str, ...]
    """Tasks whose condition does not hold on this path."""
    ending: Ending


@dataclass(frozen=True, slots=True)
class Walk:
    """A whole walk: the names that held at its start, and every slot that opened."""

    jalur: str | None
    jawaban: tuple[str, ...]
    slots: tuple[Slot, ...]


@dataclass(slots=True)
class _Path:
    """What has been chosen so far; one-time wishes are used up."""

    given: frozenset[str]
    route: str | None
    wishes: dict[str, str] = field(default_factory=dict)
    latest: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(slot, langkah, verb) -> its latest outcome."""

    def names(self) -> frozenset[str]:
        """What holds now: route, answers, and the latest outcome of each task."""
        return self.given | frozenset(self.latest.values())


def walk(
    sop: Sop,
    route: str | None = None,
    answers: Mapping[str, str] | None = None,
    outcomes: Mapping[str, str] | None = None,
) -> Walk:
    """Walk a sheet by one route.

    ``answers``: question -> "ya", "tidak", or one of its pilihan. ``outcomes``: verb -> outcome to take the first time
    the verb comes. WalkError when the sheet knows none of them.
    """
    if route is not None and route not in sop.jalur:
        raise WalkError(f'jalur "{route}" tidak ada di lembar ini{suggestion(route, sop.jalur.keys())}')
    held = _answered(sop, answers or {})
    names = set(held)
    if route is not None and not any(task.verb == "choose_route" for task in sop.main):
        names.add(route)
    path = _Path(frozenset(names), route, _wished(sop, outcomes or {}))
    main = _slot(sop, MAIN, None, path)
    slots = [main]
    waiting = deque([main.ending, *dict.fromkeys(f"langkah {visit.langkah}" for visit in main.visits)])
    while waiting:
        after = waiting.popleft()
        for follow_up in sop.follow_ups.values():
            if follow_up.sesudah != after or any(slot.slot == follow_up.kode for slot in slots):
                continue
            if follow_up.untuk and not follow_up.untuk & path.names():
                continue
            slots.append(_slot(sop, follow_up.kode, after, path))
            waiting.append(follow_up.kode)
    return Walk(route, held, tuple(slots))


def _answered(sop: Sop, answers: Mapping[str, str]) -> tuple[str, ...]:
    held: list[str] = []
    for kode, answer in answers.items():
        question = sop.pertanyaan.get(kode)
        if question is None:
            raise WalkError(f'pertanyaan "{kode}" tidak ada di lembar ini{suggestion(kode, sop.pertanyaan.keys())}')
        allowed = question.pilihan or ("ya", "tidak")
        if answer not in allowed:
            raise WalkError(f'jawaban "{answer}" tidak dikenal untuk {kode}{suggestion(answer, allowed)}')
        if question.pilihan or answer == "ya":
            held.append(answer if question.pilihan else kode)
    return tuple(held)


def _wished(sop: Sop, outcomes: Mapping[str, str]) -> dict[str, str]:
    known = {task.verb: task.targets for task in sop.all_tasks()}
    for verb, outcome in outcomes.items():
        if verb not in known:
            raise WalkError(f'tugas "{verb}" tidak ada di lembar ini{suggestion(verb, known.keys())}')
        if outcome not in known[verb]:
            raise WalkError(f'hasil "{outcome}" tidak ada pada {verb}{suggestion(outcome, known[verb].keys())}')
    return dict(outcomes)


def _slot(sop: Sop, slot: str, after: str | None, path: _Path) -> Slot:
    tasks = sop.tasks(slot)
    visits: list[Visit] = []
    skipped: list[str] = []
    seen: set[tuple[int, str]] = set()
    position = 0
    ending: Ending | None = None
    while ending is None and position < len(tasks):
        task = tasks[position]
        if not task.applies(path.names()):
            skipped.append(f"{task.langkah}: {task.verb}")
            position += 1
            continue
        outcome = path.wishes.pop(task.verb, None)
        if outcome is None:
            outcome = _usual(task, path.route)
        else:
            seen.clear()
        if (position, outcome) in seen:
            ending = "berputar"
            break
        seen.add((position, outcome))
        visits += _visits(sop, task, outcome)
        path.latest[slot, task.langkah, task.verb] = outcome
        target = task.targets[outcome]
        if target.kind == "pemohon":
            visits.append(_completed(sop, task))
        match target.kind:
            case "tolak" | "kembalikan" | "selesai" as kind:
                ending = kind
            case _:
                position = next_position(sop, task, target)
    return Slot(slot, after, tuple(visits), tuple(dict.fromkeys(skipped)), ending or "selesai")


def _usual(task: Task, route: str | None) -> str:
    return route if task.verb == "choose_route" and route is not None else next(iter(task.targets))


def next_position(sop: Sop, task: Task, target: Target) -> int:
    """Where a slot goes on after an outcome that does not end it (an ending goes on past the last task)."""
    tasks = sop.tasks(task.slot)
    match target.kind:
        case "lanjut":
            return task.index + 1
        case "langkah" | "pemohon" if target.langkah is not None:
            return _first_of(sop, task.slot, target.langkah)
        case "langkah" | "pemohon":
            return delivery_before(tasks, task) if task.verb == "await_reply" else task.index
        case "tunggu":
            return task.index
        case "konsep":
            return draft_before(tasks, task)
        case "tolak" | "kembalikan" | "selesai":
            return len(tasks)


def _first_of(sop: Sop, slot: str, langkah: str) -> int:
    """The first task of a step of the sheet; a step without tasks is passed over to the next that has some."""
    rest = dropwhile(lambda step: step.no != langkah, sop.langkah)
    tasks = sop.tasks(slot)
    return next((step.tasks[0].index for step in rest if step.tasks), len(tasks))


def draft_before(tasks: tuple[Task, ...], task: Task) -> int:
    """The nearest earlier draft of the same letter, else of any; the task itself when there is none."""
    drafts = [one for one in tasks[: task.index] if one.verb == "draft_letter"]
    same = [one for one in drafts if set(one.surat) & set(task.surat)]
    return (same or drafts or [task])[-1].index


def delivery_before(tasks: tuple[Task, ...], task: Task) -> int:
    """What BPJS sends back to be mended is delivered again: the last deliver, else the task itself."""
    return next((one.index for one in reversed(tasks[: task.index]) if one.verb == "deliver"), task.index)


def _visits(sop: Sop, task: Task, outcome: str) -> list[Visit]:
    step = sop.step(task.slot, task.langkah)
    standard = task.waktu or step.waktu
    where = {name: _in_words(sop, task, target) for name, target in task.targets.items()}
    turns = task.pelaksana if task.targets[outcome].kind == "lanjut" else task.pelaksana[:1]
    return [
        Visit(
            slot=task.slot,
            langkah=task.langkah,
            tugas=task.verb,
            service=TASKS[task.verb].service,
            oleh=who.nama,
            jabatan=who.jabatan,
            pencatat=who.pencatat,
            waktu=standard.text if standard else None,
            kegiatan=step.kegiatan,
            hasil=outcome,
            tujuan=where,
        )
        for who in (sop.pelaksana[kode] for kode in turns)
    ]


def _completed(sop: Sop, task: Task) -> Visit:
    """The applicant's turn: he brings what is missing, on his own clock."""
    who = sop.pelaksana[sop.pemohon]
    return Visit(
        slot=task.slot,
        langkah=task.langkah,
        tugas="complete",
        service=TASKS["complete"].service,
        oleh=who.nama,
        jabatan=who.jabatan,
        pencatat=who.pencatat,
        waktu=None,
        kegiatan="Pemohon melengkapi berkas",
        hasil="selesai",
        tujuan={"selesai": f"kembali ke {task.verb}"},
    )


def _in_words(sop: Sop, task: Task, target: Target) -> str:
    """The target and the place it comes to: ``konsep (langkah 3: draft_letter)``."""
    if target.kind in {"tolak", "kembalikan", "selesai", "tunggu"}:
        return str(target)
    tasks = sop.tasks(task.slot)
    position = next_position(sop, task, target)
    if position >= len(tasks):
        return "selesai"
    there = tasks[position]
    return f"{target} → {there.langkah}: {there.verb}"
