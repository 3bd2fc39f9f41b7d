"""A sheet as a flow: actors in columns, their tasks in rows, and where every outcome leads. Pure.

The form is the official one (PermenPAN-RB 35/2012, AP SOP): actors in columns in printed order, steps in rows;
drawn by `ledger.timings.pages.flowchart`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal

from jejak.contracts.tasks import TASKS
from jejak.procedure.model import IMPLICIT_SUBMIT, MAIN, FollowUp, Sop, Step, Task
from jejak.procedure.paths import next_position
from jejak.procedure.task_words import task_words

type Stop = Literal["tolak", "kembalikan", "selesai"]

END: Final = -1
"""Stands for the end of a part, where an arrow leads past its last symbol."""


@dataclass(frozen=True, slots=True)
class Column:
    """An actor. ``dicetak`` is false where the sheet prints no column for the actor."""

    kode: str
    nama: str
    dicetak: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A symbol: the tasks an actor does in a row, one after the other."""

    column: int
    tugas: tuple[str, ...]
    nama: tuple[str, ...]
    """The names of its tasks, each once."""
    stops: tuple[Stop, ...] = ()
    """Outcomes that end the line here."""
    completed_by: int | None = None
    """The applicant's column, where an outcome asks the applicant for more and comes back here."""
    back: tuple[int, ...] = ()
    """Earlier symbols of the part to which an outcome leads back."""

    @property
    def decides(self) -> bool:
        """Whether its outcomes lead to different places: then it is a diamond, else a box."""
        return bool(
            self.stops or self.back or self.completed_by is not None or any(TASKS[verb].by_route for verb in self.tugas)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A step of the sheet, as printed."""

    slot: str
    langkah: str
    kegiatan: str
    waktu: str | None
    hanya: tuple[str, ...]
    """The only routes, answers or outcomes it is for; empty: always."""
    nodes: tuple[int, ...]
    """Its symbols, by their number in the part; empty for a step that is printed and never due."""


@dataclass(frozen=True, slots=True)
class Part:
    """The main line, or a follow-up."""

    slot: str
    sesudah: str | None
    """The end after which a follow-up begins, in words; None for the main line."""
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
    """The flow of a sheet; its columns are the actors it prints, then those who act without being printed."""
    acting = {who for task in sop.all_tasks() for who in task.pelaksana}
    if any(target.kind == "pemohon" for task in sop.all_tasks() for target in task.targets.values()):
        acting.add(sop.pemohon)
    columns = tuple(
        Column(actor.kode, actor.nama, actor.dicetak)
        for actor in sop.pelaksana.values()
        if actor.dicetak or actor.kode in acting
    )
    places = {column.kode: place for place, column in enumerate(columns)}
    main = list(sop.langkah)
    if (MAIN, IMPLICIT_SUBMIT) in sop.steps and all(step.no != IMPLICIT_SUBMIT for step in main):
        main.insert(0, sop.steps[MAIN, IMPLICIT_SUBMIT])
    follow_ups = [
        _part(sop, places, line.kode, [line.step], _after_words(sop, line)) for line in sop.follow_ups.values()
    ]
    return Flow(columns, (_part(sop, places, MAIN, main, None), *follow_ups))


def listed(part: Part, columns: Sequence[Column]) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """A part in words, row by row: who does what, and where else it may lead."""
    row_of = {node: row for row in part.rows for node in row.nodes}
    for row in part.rows:
        yield row, tuple(_node_words(part, number, columns, row_of) for number in row.nodes)


def _node_words(part: Part, number: int, columns: Sequence[Column], row_of: Mapping[int, Row]) -> str:
    node = part.nodes[number]
    doing = ", ".join(node.nama)
    ways = [
        f"kembali ke {part.nodes[earlier].nama[0]}"
        if row_of[earlier] == row_of[number]
        else f"kembali ke langkah {row_of[earlier].langkah}"
        for earlier in node.back
    ]
    if node.completed_by is not None:
        ways.append(f"dilengkapi {columns[node.completed_by].nama}, lalu diulang")
    ways += [STOP_WORDS[stop].lower() for stop in node.stops]
    return f"{columns[node.column].nama}: {doing}" + (f" (dapat juga: {'; '.join(ways)})" if ways else "")


STOP_WORDS: Final[Mapping[Stop, str]] = {"tolak": "Ditolak", "kembalikan": "Dikembalikan", "selesai": "Selesai"}
"""The names of early ends."""


def _after_words(sop: Sop, line: FollowUp) -> str:
    if line.sesudah in sop.follow_ups:
        return sop.follow_ups[line.sesudah].step.kegiatan
    return {"tolak": "ditolak", "kembalikan": "dikembalikan"}.get(line.sesudah, line.sesudah)


def _part(sop: Sop, places: Mapping[str, int], slot: str, steps: Sequence[Step], after: str | None) -> Part:
    symbols: list[list[tuple[Task, str]]] = []
    rows: list[Row] = []
    for step in steps:
        first = len(symbols)
        turns = ((task, who) for task in step.tasks for who in task.pelaksana)
        symbols += [list(own) for _, own in groupby(turns, key=itemgetter(1))]
        rows.append(_row(sop, slot, step, tuple(range(first, len(symbols)))))
    at: dict[int, int] = {}
    for number, turns_of_symbol in enumerate(symbols):
        for task, _ in turns_of_symbol:
            at.setdefault(task.index, number)
    nodes = tuple(_node(sop, places, at, number, turns) for number, turns in enumerate(symbols))
    arrows = tuple(dict.fromkeys(_arrows(sop, [[task for task, _ in turns] for turns in symbols])))
    return Part(slot, after, tuple(rows), nodes, arrows)


def _row(sop: Sop, slot: str, step: Step, nodes: tuple[int, ...]) -> Row:
    waktu = step.waktu_cetak or (step.waktu.text if step.waktu else None)
    known = [*sop.jalur, *sop.pertanyaan]
    only = [*(name for name in known if name in step.untuk), *sorted(set(step.untuk).difference(known))]
    hanya = tuple(sop.jalur[name].nama if name in sop.jalur else name for name in only)
    return Row(slot, step.no, step.kegiatan, waktu, hanya, nodes)


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
                    destination = at.get(position, number)
                    if destination < number:
                        back.append(destination)
                    completed |= target.kind == "pemohon" and destination == number
                case "lanjut" | "tunggu":
                    continue
    who = turns[0][1]
    return Node(
        column=places[who],
        tugas=tuple(task.verb for task, _ in turns),
        nama=tuple(dict.fromkeys(task_words(sop, task) for task, _ in turns)),
        stops=tuple(dict.fromkeys(stops)),
        completed_by=places[sop.pemohon] if completed else None,
        back=tuple(dict.fromkeys(back)),
    )


def _arrows(sop: Sop, nodes: Sequence[Sequence[Task]]) -> Iterator[tuple[int, int]]:
    """Where good outcomes lead: by every route to the next symbol that applies, past those that may not."""
    for number, tasks in enumerate(nodes):
        for route in sop.jalur or (None,):
            if not any(_applies(sop, task, route) is not False for task in tasks):
                continue
            for later in range(number + 1, len(nodes)):
                certainty = [_applies(sop, task, route) for task in nodes[later]]
                if any(applies is not False for applies in certainty):
                    yield number, later
                if any(certainty):
                    break
            else:
                yield number, END


def _applies(sop: Sop, task: Task, route: str | None) -> bool | None:
    """Whether a task is done by a route; None where that depends on an answer or an outcome."""
    open_groups = False
    for group in task.untuk:
        if route is not None and route in group:
            continue
        if group <= sop.jalur.keys():
            return False
        open_groups = True
    return None if open_groups else True
