"""A sheet as a flow: who stands in which column, what each does in which row, and where every outcome leads. Pure.

The form is that of the official one (PermenPAN-RB 35/2012, AP SOP): actors in columns in printed order, steps in rows;
drawn by `ledger.timings.pages.flowchart`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from jejak.cases.event_descriptions import task_name
from jejak.contracts.tasks import TASKS
from jejak.procedure.model import IMPLICIT_SUBMIT, MAIN, FollowUp, Sop, Step, Task
from jejak.procedure.paths import next_position

type Stop = Literal["tolak", "kembalikan", "selesai"]

END: Final = -1
"""Stands for the end of a part, where an arrow leads past its last symbol."""


@dataclass(frozen=True, slots=True)
class Column:
    """An actor. ``dicetak`` is false where the sheet prints no column for him."""

    kode: str
    nama: str
    dicetak: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One symbol: what one actor does in one row, all his tasks that follow each other in one."""

    column: int
    tugas: tuple[str, ...]
    stops: tuple[Stop, ...] = ()
    """Outcomes that end the line here."""
    completed_by: int | None = None
    """The applicant's column, where an outcome asks him for more and comes back here."""
    back: tuple[int, ...] = ()
    """Earlier symbols of the part to which an outcome leads back."""

    @property
    def decides(self) -> bool:
        """Whether its outcomes part the way: then it is a diamond, else a box."""
        return bool(
            self.stops or self.back or self.completed_by is not None or any(TASKS[one].by_route for one in self.tugas)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the sheet, as printed."""

    slot: str
    langkah: str
    kegiatan: str
    waktu: str | None
    hanya: tuple[str, ...]
    """For which routes, answers or outcomes alone; empty: always."""
    nodes: tuple[int, ...]
    """Its symbols, by their number in the part; empty for a step that is printed and never due."""


@dataclass(frozen=True, slots=True)
class Part:
    """The main line, or a follow-up."""

    slot: str
    sesudah: str | None
    """After what a follow-up begins, in words; None for the main line."""
    rows: tuple[Row, ...]
    nodes: tuple[Node, ...]
    arrows: tuple[tuple[int, int], ...]
    """From symbol to symbol, in order; to END at the end."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole sheet."""

    columns: tuple[Column, ...]
    parts: tuple[Part, ...]


def flow_of(sop: Sop) -> Flow:
    """The flow of a sheet: every actor it prints, and those who act without being printed, after them."""
    acting = {who for task in sop.all_tasks() for who in task.pelaksana}
    if any(one.kind == "pemohon" for task in sop.all_tasks() for one in task.targets.values()):
        acting.add(sop.pemohon)
    people = [one for one in sop.pelaksana.values() if one.dicetak or one.kode in acting]
    columns = tuple(Column(one.kode, one.nama, one.dicetak) for one in people)
    places = {one.kode: place for place, one in enumerate(columns)}
    follow_ups = [_part(sop, places, one.kode, [one.step], _after_words(sop, one)) for one in sop.follow_ups.values()]
    return Flow(columns, (_part(sop, places, MAIN, list(_main_steps(sop)), None), *follow_ups))


def listed(part: Part, columns: Sequence[Column]) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """The same in words, row by row: who does what, and where else it may lead."""
    row_of = {node: row for row in part.rows for node in row.nodes}
    for row in part.rows:
        yield row, tuple(_said(part, number, columns, row_of) for number in row.nodes)


def _said(part: Part, number: int, columns: Sequence[Column], row_of: Mapping[int, Row]) -> str:
    node = part.nodes[number]
    doing = ", ".join(task_name(one) for one in dict.fromkeys(node.tugas))
    ways = [
        f"kembali ke {task_name(part.nodes[one].tugas[0])}"
        if row_of[one] == row_of[number]
        else f"kembali ke langkah {row_of[one].langkah}"
        for one in node.back
    ]
    if node.completed_by is not None:
        ways.append(f"dilengkapi {columns[node.completed_by].nama}, lalu diulang")
    ways += [STOP_WORDS[one].lower() for one in node.stops]
    return f"{columns[node.column].nama}: {doing}" + (f" (dapat juga: {'; '.join(ways)})" if ways else "")


STOP_WORDS: Final[Mapping[Stop, str]] = {"tolak": "Ditolak", "kembalikan": "Dikembalikan", "selesai": "Selesai"}
"""What an early end is called."""


def _main_steps(sop: Sop) -> Iterator[Step]:
    if (MAIN, IMPLICIT_SUBMIT) in sop.steps and all(step.no != IMPLICIT_SUBMIT for step in sop.langkah):
        yield sop.steps[MAIN, IMPLICIT_SUBMIT]
    yield from sop.langkah


def _after_words(sop: Sop, one: FollowUp) -> str:
    if one.sesudah in sop.follow_ups:
        return sop.follow_ups[one.sesudah].step.kegiatan
    return {"tolak": "ditolak", "kembalikan": "dikembalikan"}.get(one.sesudah, one.sesudah)


def _part(sop: Sop, places: Mapping[str, int], slot: str, steps: Sequence[Step], after: str | None) -> Part:
    held: list[list[tuple[Task, str]]] = []
    rows: list[Row] = []
    for step in steps:
        begun = len(held)
        for task in step.tasks:
            for who in task.pelaksana:
                if len(held) == begun or held[-1][-1][1] != who:
                    held.append([])
                held[-1].append((task, who))
        rows.append(_row(sop, slot, step, tuple(range(begun, len(held)))))
    at: dict[int, int] = {}
    for number, turns in enumerate(held):
        for task, _ in turns:
            at.setdefault(task.index, number)
    nodes = tuple(_node(sop, places, at, number, turns) for number, turns in enumerate(held))
    arrows = tuple(dict.fromkeys(_arrows(sop, [[task for task, _ in turns] for turns in held])))
    return Part(slot, after, tuple(rows), nodes, arrows)


def _row(sop: Sop, slot: str, step: Step, nodes: tuple[int, ...]) -> Row:
    waktu = step.waktu_cetak or (step.waktu.text if step.waktu else None)
    hanya = tuple(sop.jalur[one].nama if one in sop.jalur else one for one in _in_order(sop, step.untuk))
    return Row(slot, step.no, step.kegiatan, waktu, hanya, nodes)


def _in_order(sop: Sop, names: frozenset[str]) -> list[str]:
    known = [*sop.jalur, *sop.pertanyaan]
    return [*(one for one in known if one in names), *sorted(names.difference(known))]


def _node(
    sop: Sop, places: Mapping[str, int], at: Mapping[int, int], number: int, turns: Sequence[tuple[Task, str]]
) -> Node:
    stops: list[Stop] = []
    back: list[int] = []
    completed = False
    for task, _ in turns:
        for target in task.targets.values():
            match target.kind:
                case "tolak" | "kembalikan" | "selesai" as kind:
                    stops.append(kind)
                case "konsep" | "langkah" | "pemohon":
                    position = next_position(sop, task, target)
                    there = at.get(position, number)
                    if there < number:
                        back.append(there)
                    completed |= target.kind == "pemohon" and there == number
                case "lanjut" | "tunggu":
                    continue
    who = turns[0][1]
    return Node(
        column=places[who],
        tugas=tuple(task.verb for task, _ in turns),
        stops=tuple(dict.fromkeys(stops)),
        completed_by=places[sop.pemohon] if completed else None,
        back=tuple(dict.fromkeys(back)),
    )


def _arrows(sop: Sop, nodes: Sequence[Sequence[Task]]) -> Iterator[tuple[int, int]]:
    """Where the good outcomes lead: by every route to the next symbol that applies, past those that may not."""
    for number, tasks in enumerate(nodes):
        for route in sop.jalur or (None,):
            if not any(_applies(sop, task, route) is not False for task in tasks):
                continue
            for later in range(number + 1, len(nodes)):
                certainty = [_applies(sop, task, route) for task in nodes[later]]
                if any(one is not False for one in certainty):
                    yield number, later
                if any(certainty):
                    break
            else:
                yield number, END


def _applies(sop: Sop, task: Task, route: str | None) -> bool | None:
    """Whether a task is done by a route; None where that hangs on an answer or an outcome."""
    open_groups = False
    for group in task.untuk:
        if route is not None and route in group:
            continue
        if group <= sop.jalur.keys():
            return False
        open_groups = True
    return None if open_groups else True
