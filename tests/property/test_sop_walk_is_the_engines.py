"""The walk shows what the engine does: the same tasks, in the same order, by the same people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.case import Application, Case, Done, Ending
from jejak.contracts.events import Forgotten
from jejak.engine import due, ending
from jejak.sop.kantor import Kantor, load_kantor
from jejak.sop.load import load_sop
from jejak.sop.model import MAIN, Sop
from jejak.sop.walk import walk
from tests.unit.sop.sheets import OFFICES

BEGUN = datetime(2024, 7, 1, 1, tzinfo=UTC)
OFFICE = {path.parent.name: load_kantor(path.read_bytes()) for path in OFFICES.rglob("kantor.toml")}
SHEETS = [load_sop(path.read_bytes()) for path in sorted(OFFICES.rglob("*.toml")) if path.name != "kantor.toml"]
TRIES = 200
type Visited = tuple[str, str, str, str]


def submitted(sop: Sop, answers: frozenset[str]) -> Case:
    """A case just submitted; nothing personal matters here, so all of it is forgotten."""
    application = Application(Forgotten(), sop.layanan, tuple(answers), sop.dinas, BEGUN, None)
    return Case(UUID(int=1), sop.dinas, sop.sha256, version=1, application=application)


def run_by_engine(sop: Sop, route: str | None, answers: frozenset[str], wishes: dict[str, str]) -> list[Visited]:
    """Do whatever is due, the good outcome unless another is wished for once, until nothing is."""
    case, office, wishes = submitted(sop, answers), OFFICE[sop.dinas], dict(wishes)
    first = sop.main[0]
    visited: list[Visited] = [done_as(sop, MAIN, first.langkah, first.verb, first.pelaksana[0])]
    case = after(case, MAIN, first.langkah, first.verb, next(iter(first.targets)), first.pelaksana[0])
    for _ in range(TRIES):
        case = closed(sop, case, office)
        rows = due(sop, case, office)
        if not rows:
            return visited
        row = rows[0]
        usual = "selesai" if row.tugas == "complete" else next(iter(row.task.targets))
        outcome = wishes.pop(row.tugas, route if row.tugas == "choose_route" and route else usual)
        visited.append(done_as(sop, row.slot, row.langkah, row.tugas, row.who))
        case = after(case, row.slot, row.langkah, row.tugas, outcome, row.who)
    raise AssertionError("the engine goes on for ever")


def after(case: Case, slot: str, langkah: str, tugas: str, hasil: str, oleh: str) -> Case:
    at = BEGUN + timedelta(minutes=len(case.trail))
    return replace(case, trail=(*case.trail, Done(slot, langkah, tugas, hasil, oleh, None, at)))


def closed(sop: Sop, case: Case, office: Kantor) -> Case:
    over = ending(sop, case, office) if case.ending is None else None
    return replace(case, ending=Ending(over.kind, over.at)) if over else case


def done_as(sop: Sop, slot: str, langkah: str, tugas: str, who: str) -> Visited:
    return slot, langkah, tugas, sop.pelaksana[who].nama


def walked(sop: Sop, route: str | None, answers: dict[str, str], wishes: dict[str, str]) -> list[Visited]:
    slots = walk(sop, route, answers, wishes).slots
    return [(visit.slot, visit.langkah, visit.tugas, visit.oleh) for slot in slots for visit in slot.visits]


@pytest.mark.parametrize("sop", SHEETS, ids=repr)
def test_the_good_path_of_every_route_is_the_engines(sop: Sop) -> None:
    for route in sop.jalur or (None,):
        assert walked(sop, route, {}, {}) == run_by_engine(sop, route, frozenset(), {})


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_whatever_turns_out_differently_the_walk_is_the_engines(data: st.DataObject) -> None:
    sop = data.draw(st.sampled_from(SHEETS))
    routes: list[str | None] = [*sop.jalur]
    route = data.draw(st.sampled_from(routes or [None]))
    yes = data.draw(st.sets(st.sampled_from([*sop.pertanyaan]))) if sop.pertanyaan else set()
    outcomes = sorted({(task.verb, name) for task in sop.all_tasks() for name in task.targets})
    chosen = [pair for pair in outcomes if pair[0] not in {"submit", "choose_route"}]
    wishes = dict(data.draw(st.lists(st.sampled_from(chosen), max_size=3)))
    by_walk = walked(sop, route, dict.fromkeys(yes, "ya"), wishes)
    assert by_walk == run_by_engine(sop, route, frozenset(yes), wishes)
