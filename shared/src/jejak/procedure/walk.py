"""The path of a sheet, walked as the engine would run it: what is done, by whom, recorded by whom, in what time.

Every task takes its good outcome unless another is given; for each, the walk says where every outcome leads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.format.explain import suggestion
from jejak.procedure.model import MAIN
from jejak.procedure.parties import party_of
from jejak.procedure.paths import goes_on, next_position
from jejak.procedure.totals import Totals, totals_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from jejak.procedure.batches import Batch
    from jejak.procedure.model import FollowUp, Sop, Target, Task

type Ending = Literal["selesai", "tolak", "kembalikan", "berputar"]


class WalkError(ValueError):
    """A route, a question or an outcome that the sheet does not have; the message is one Indonesian line."""


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
    surat: tuple[str, ...] = ()
    """The letters that the task drafts, initials, signs or gives."""
    kepada: str | None = None
    """To whom the task sends, as the sheet prints it."""
    kumpulan: str | None = None
    """The batch in which it waits: ``usulan (setiap bulan, sampai tanggal 10)``."""
    tanggal: str | None = None
    """The days of the month on which it is done."""
    berlaku: tuple[str, ...] = ()
    """The names that hold when it is done, for `untuk`."""


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
    waktu: Totals
    """The whole sheet's time as printed, beside what its steps come to."""


@dataclass(slots=True)
class _Path:
    """What has been chosen so far; each wish is used up the first time."""

    given: frozenset[str]
    route: str | None
    wishes: dict[str, str] = field(default_factory=dict)
    latest: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    """(slot, langkah, verb, performer) -> its latest outcome."""
    left: set[str] = field(default_factory=set)
    """Steps the main line has left behind."""

    def names(self) -> frozenset[str]:
        """What holds now: route, answers, and the latest outcome of each task."""
        return self.given | frozenset(self.latest.values())


@dataclass(frozen=True, slots=True)
class _Move:
    """What one outcome of a task does to a walk: the visits it adds, and where the walk stands afterwards."""

    visits: tuple[Visit, ...]
    left: bool
    """Whether the main line leaves the step behind."""
    position: int
    turn: int
    ending: Ending | None


type _Moved = tuple[str, int, int, str, frozenset[str], frozenset[str]]
"""All that a move depends on: slot, position, turn, outcome, and the names that hold before and after it."""


class Walker:
    """Walks one sheet, many times. Walks of a sheet have most of their moves in common: each is worked out once."""

    def __init__(self, sop: Sop) -> None:
        self.sop = sop
        self._totals = totals_of(sop)
        self._moves: dict[_Moved, _Move] = {}

    def walk(
        self,
        route: str | None = None,
        answers: Mapping[str, str] | None = None,
        outcomes: Mapping[str, str] | None = None,
        received: date | None = None,
    ) -> Walk:
        """Walk by a route, as of a day of receipt (by default the sheet's first).

        ``answers``: question -> "ya", "tidak", or one of its pilihan. ``outcomes``: verb -> outcome to take the first
        time the verb comes. WalkError when the sheet knows none of them.
        """
        sop = self.sop
        if route is not None and route not in sop.jalur:
            raise WalkError(f'jalur "{route}" tidak ada di lembar ini{suggestion(route, sop.jalur.keys())}')
        held = _answered(sop, answers or {})
        day = received or sop.tanggal_efektif
        periods = sop.periods_on(day) if day else frozenset[str]()
        path = _Path(frozenset(held) | periods, route, _wished(sop, outcomes or {}))
        slots = [self._slot(MAIN, None, path)]
        while opened := _next_follow_up(sop, slots, path):
            slots.append(self._slot(opened.kode, opened.sesudah, path))
        return Walk(route, held, tuple(slots), self._totals)

    def _slot(self, slot: str, after: str | None, path: _Path) -> Slot:
        tasks = self.sop.tasks(slot)
        visits: list[Visit] = []
        skipped: list[str] = []
        seen: set[tuple[int, int, frozenset[str]]] = set()
        position, turn = 0, 0
        ending: Ending | None = None
        names = path.names()
        while ending is None and position < len(tasks):
            task = tasks[position]
            if not task.applies(names):
                skipped.append(f"{task.langkah}: {task.verb}")
                position, turn = position + 1, 0
                continue
            if task.verb in path.wishes:
                seen.clear()
            elif (position, turn, names) in seen:
                ending = "berputar"
                break
            seen.add((position, turn, names))
            outcome = path.wishes.pop(task.verb, None) or _usual(task, path.route)
            path.latest[slot, task.langkah, task.verb, task.pelaksana[turn]] = outcome
            before, names = names, path.names()
            move = self._move(slot, position, turn, outcome, before, names)
            visits += move.visits
            if move.left:
                path.left.add(task.langkah)
            position, turn, ending = move.position, move.turn, move.ending
        return Slot(slot, after, tuple(visits), tuple(dict.fromkeys(skipped)), ending or "selesai")

    def _move(self, *at: *_Moved) -> _Move:
        """A move, worked out the first time it is asked for."""
        if at not in self._moves:
            self._moves[at] = _moved(self.sop, *at)
        return self._moves[at]


def walk(
    sop: Sop,
    route: str | None = None,
    answers: Mapping[str, str] | None = None,
    outcomes: Mapping[str, str] | None = None,
    received: date | None = None,
) -> Walk:
    """Walk a sheet once, as `Walker.walk` does."""
    return Walker(sop).walk(route, answers, outcomes, received)


def _next_follow_up(sop: Sop, slots: list[Slot], path: _Path) -> FollowUp | None:
    """The first in the sheet's order that is open by now and was not walked yet."""
    walked = {slot.slot for slot in slots}
    over = {slot.slot for slot in slots if slot.ending != "berputar"} - {MAIN}
    after = {slots[0].ending, *over, *(f"langkah {no}" for no in path.left)}
    for follow_up in sop.follow_ups.values():
        if (
            follow_up.kode not in walked
            and follow_up.sesudah in after
            and (not follow_up.untuk or not path.names().isdisjoint(follow_up.untuk))
        ):
            return follow_up
    return None


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


def _moved(
    sop: Sop, slot: str, position: int, turn: int, outcome: str, before: frozenset[str], after: frozenset[str]
) -> _Move:
    """The outcome of a task, carried out."""
    task = sop.tasks(slot)[position]
    who, target = task.pelaksana[turn], task.targets[outcome]
    visit = _visit(sop, task, who, outcome, before, after)
    visits = (visit, _completed(sop, visit)) if target.kind == "pemohon" else (visit,)
    left = slot == MAIN and goes_on(sop, task, outcome, who, after)
    match target.kind:
        case "tolak" | "kembalikan" | "selesai" as kind:
            return _Move(visits, left, position, turn, kind)
        case "lanjut" if turn + 1 < len(task.pelaksana):
            return _Move(visits, left, position, turn + 1, None)
        case _:
            following = next_position(sop, task, target, after)
            stays = following == position and target.kind in {"pemohon", "tunggu"} and not target.langkah
            return _Move(visits, left, following, turn if stays else 0, None)


def _usual(task: Task, route: str | None) -> str:
    return route if TASKS[task.verb].by_route and route is not None else next(iter(task.targets))


def _visit(sop: Sop, task: Task, kode: str, outcome: str, before: frozenset[str], after: frozenset[str]) -> Visit:
    step = sop.step(task.slot, task.langkah)
    standard = task.waktu or step.waktu
    who = sop.pelaksana[kode]
    return Visit(
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
        tujuan={name: _in_words(sop, task, kode, target, after | {name}) for name, target in task.targets.items()},
        surat=task.surat if TASKS[task.verb].letters else (),
        kepada=party_of(sop.pelaksana, task.kepada).full if task.kepada else None,
        kumpulan=_batch(sop.kumpulan[task.kumpulan]) if task.kumpulan else None,
        tanggal=f"tanggal {task.window.dari} sampai {task.window.sampai}" if task.window else None,
        berlaku=tuple(sorted(before)),
    )


def _batch(batch: Batch) -> str:
    """When a batch is closed."""
    every = f"setiap {batch.setiap}" if batch.setiap else "ditutup dengan tangan"
    since = f", sejak tanggal {batch.dari_tanggal}" if batch.dari_tanggal else ""
    until = f", sampai tanggal {batch.sampai_tanggal}" if batch.sampai_tanggal else ""
    return f"{batch.kode} ({every}{since}{until})"


def _completed(sop: Sop, visit: Visit) -> Visit:
    """The applicant's turn after a task, to bring what is missing, on the applicant's own clock."""
    who = sop.pelaksana[sop.pemohon]
    return replace(
        visit,
        tugas=COMPLETE,
        service=TASKS[COMPLETE].service,
        oleh=who.nama,
        jabatan=who.jabatan,
        pencatat=who.pencatat,
        waktu=None,
        surat=(),
        kepada=None,
        kumpulan=None,
        tanggal=None,
        kegiatan="Pemohon melengkapi berkas",
        hasil="selesai",
        tujuan={"selesai": f"kembali ke {visit.tugas}"},
    )


def _in_words(sop: Sop, task: Task, who: str, target: Target, names: frozenset[str]) -> str:
    """The target and the place it comes to: ``konsep → 3: draft_letter``, or whose turn follows at the same task."""
    later = task.pelaksana[task.pelaksana.index(who) + 1 :]
    if target.kind == "lanjut" and later:
        return f"{target} → {task.langkah}: {task.verb}, giliran {sop.pelaksana[later[0]].nama}"
    if target.kind in {"tolak", "kembalikan", "selesai", "tunggu"}:
        return str(target)
    tasks = sop.tasks(task.slot)
    position = next_position(sop, task, target, names)
    if position >= len(tasks):
        return "selesai"
    next_task = tasks[position]
    return f"{target} → {next_task.langkah}: {next_task.verb}"
