"""A sheet run by the engine alone, as the walk predicts: one slot to its end, then the next open one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from jejak.cases.case import Application, Case, CompletedTask, Ending
from jejak.cases.engine import due_tasks, ending
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.walk import walk

BEGUN = datetime(2024, 7, 1, 1, tzinfo=UTC)
type Visited = tuple[str, str, str, str]


def submitted(sop: Sop, answers: frozenset[str]) -> Case:
    """A newly submitted case; it needs no personal data, so all of it is forgotten."""
    application = Application(sop.layanan, tuple(answers), sop.dinas, BEGUN, None)
    return Case(UUID(int=1), sop.dinas, sop.sha256, version=1, application=application)


def run_by_engine(
    sop: Sop, office: Kantor, route: str | None, answers: frozenset[str], wishes: Mapping[str, str], most: int
) -> list[Visited]:
    """Ends due tasks, well except where another outcome is wished for once, until none is due or `most` have ended."""
    case, left = submitted(sop, answers), dict(wishes)
    first = sop.main[0]
    visited: list[Visited] = [done_as(sop, MAIN, first.langkah, first.verb, first.pelaksana[0])]
    left.pop(first.verb, None)
    case = after(case, MAIN, first.langkah, first.verb, next(iter(first.targets)), first.pelaksana[0])
    here = MAIN
    while len(visited) < most:
        case = closed(sop, case, office)
        rows = due_tasks(sop, case, office)
        if not rows:
            return visited
        row = next((row for row in rows if row.slot == here), rows[0])
        here = row.slot
        usual = "selesai" if row.tugas == "complete" else next(iter(row.task.targets))
        outcome = left.pop(row.tugas, route if row.tugas == "choose_route" and route else usual)
        visited.append(done_as(sop, row.slot, row.langkah, row.tugas, row.who))
        case = after(case, row.slot, row.langkah, row.tugas, outcome, row.who)
    return visited


def after(case: Case, slot: str, langkah: str, tugas: str, hasil: str, oleh: str) -> Case:
    at = BEGUN + timedelta(minutes=len(case.completed))
    return replace(case, completed=(*case.completed, CompletedTask(slot, langkah, tugas, hasil, oleh, None, at)))


def closed(sop: Sop, case: Case, office: Kantor) -> Case:
    over = ending(sop, case, office) if case.ending is None else None
    return replace(case, ending=Ending(over.kind, over.at)) if over else case


def done_as(sop: Sop, slot: str, langkah: str, tugas: str, who: str) -> Visited:
    return slot, langkah, tugas, sop.pelaksana[who].nama


def walked(
    sop: Sop, route: str | None, answers: Mapping[str, str], wishes: Mapping[str, str]
) -> tuple[list[Visited], bool]:
    """The tasks of the walk up to its circle, and whether it has one."""
    visited: list[Visited] = []
    for slot in walk(sop, route, answers, wishes).slots:
        visited += [(visit.slot, visit.langkah, visit.tugas, visit.oleh) for visit in slot.visits]
        if slot.ending == "berputar":
            return visited, True
    return visited, False
