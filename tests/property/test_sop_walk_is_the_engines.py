"""The walk shows the engine's run: the same tasks, in the same order, by the same people."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from tests.procedure import office
from tests.property.engine_walk import run_by_engine, walked
from tests.property.examples import examples
from tests.property.sheets import sheets
from tests.unit.sop.sheets import OFFICES

OFFICE = {path.parent.name: load_kantor(path.read_bytes()) for path in OFFICES.rglob("kantor.toml")}
SHEETS = [
    load_sop(path.read_bytes()) for path in sorted(set(OFFICES.rglob("*.toml")) - set(OFFICES.rglob("kantor*.toml")))
]
CONTOH = office()


def compare(sop: Sop, kantor: Kantor, route: str | None, answers: dict[str, str], wishes: dict[str, str]) -> None:
    """An endless walk is compared with as much of the engine's run as it shows."""
    by_walk, endless = walked(sop, route, answers, wishes)
    held = frozenset(name if value == "ya" else value for name, value in answers.items() if value != "tidak")
    most = len(by_walk) if endless else len(by_walk) + 1
    assert run_by_engine(sop, kantor, route, held, wishes, most) == by_walk


@pytest.mark.parametrize("sop", SHEETS, ids=repr)
def test_the_good_path_of_every_route_is_the_engines(sop: Sop) -> None:
    for route in sop.jalur or (None,):
        compare(sop, OFFICE[sop.dinas], route, {}, {})


def drawn(data: st.DataObject, sop: Sop) -> tuple[str | None, dict[str, str], dict[str, str]]:
    """A route, answers, and up to three outcomes that turn out differently."""
    routes: list[str | None] = [*sop.jalur]
    route = data.draw(st.sampled_from(routes or [None]))
    answers = {
        question.kode: data.draw(st.sampled_from(question.pilihan or ("ya", "tidak")))
        for question in sop.pertanyaan.values()
    }
    outcomes = sorted({(task.verb, name) for task in sop.all_tasks() for name in task.targets})
    chosen = [pair for pair in outcomes if pair[0] not in {"submit", "choose_route"}]
    wishes = dict(data.draw(st.lists(st.sampled_from(chosen), max_size=3))) if chosen else {}
    return route, answers, wishes


@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_with_any_outcomes_the_walk_is_the_engines(data: st.DataObject) -> None:
    sop = data.draw(st.sampled_from(SHEETS))
    compare(sop, OFFICE[sop.dinas], *drawn(data, sop))


@settings(
    max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(sheets(), st.data())
def test_of_any_sheet_the_walk_is_the_engines(sheet: bytes, data: st.DataObject) -> None:
    sop = load_sop(sheet)
    compare(sop, CONTOH, *drawn(data, sop))
