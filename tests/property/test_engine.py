"""With any outcomes of people, a case ends or waits on a named official."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.cases import engine
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor, load_kantor
from tests.procedure import Scenario, sample, submitted
from tests.property.examples import examples

OFFICES = Path(__file__).parents[2] / "shared" / "offices"
SHEETS = sorted(path for path in OFFICES.glob("*/*.toml") if not path.name.startswith("kantor"))
MOST_STEPS = 60


def read(path: Path) -> tuple[Sop, Kantor]:
    return load_sop(path.read_bytes()), load_kantor((path.parent / "kantor.toml").read_bytes())


def outcomes(scenario: Scenario, due: engine.DueTask) -> list[str]:
    """Outcomes of a person or a look-up; `dilewati` is the engine's own."""
    if due.tugas == COMPLETE:
        return ["selesai"]
    return [outcome for outcome in due.task.targets if outcome != "dilewati"]


def check(scenario: Scenario) -> None:
    """Invariants of every case at every moment."""
    due = scenario.due
    main = [task for task in due if task.slot == MAIN]
    assert len(main) <= 1
    assert len({task.slot for task in due}) == len(due)
    for task in due:
        assert task.who in scenario.sop.pelaksana
        assert task.owner in (scenario.sop.pelaksana[task.who].pihak, task.task.awaits)
        assert task.since <= scenario.now
        assert (
            not task.automatic or TASKS[task.tugas].ways or TASKS[task.tugas].automatic == "rules" or task.task.kumpulan
        )
    assert bool(main) != (scenario.case.ending is not None)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_any_outcomes_lead_to_an_end_or_to_a_named_official(path: Path, data: st.DataObject) -> None:
    sop, office = read(path)
    names = [name for question in sop.pertanyaan.values() for name in (question.pilihan or (question.kode,))]
    answers = tuple(data.draw(st.sets(st.sampled_from(names)))) if names else ()
    scenario = submitted(sop, office, answers=answers)
    check(scenario)
    for _ in range(MOST_STEPS):
        if not scenario.due:
            break
        due = data.draw(st.sampled_from(scenario.due))
        hasil = data.draw(st.sampled_from(outcomes(scenario, due)))
        event = sample("DocumentsAdded") if due.tugas == COMPLETE else None
        scenario = scenario.then(hasil, slot=due.slot, data=event)
        check(scenario)
    endings = [kind for kind in scenario.types if kind in ("CaseClosed", "CaseRefused", "CaseReturned")]
    in_main = [event for event in scenario.history if event.type in endings and event.slot == MAIN]
    assert len(in_main) <= 1


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_good_outcomes_alone_bring_a_case_to_its_end(path: Path) -> None:
    sop, office = read(path)
    scenario = submitted(sop, office)
    for _ in range(MOST_STEPS):
        if not scenario.due:
            break
        scenario = scenario.then(slot=scenario.due[0].slot)
    assert scenario.due == ()
    assert scenario.case.ending is not None
    assert scenario.case.ending.kind == "selesai"


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_same_history_is_the_same_case(path: Path) -> None:
    sop, office = read(path)
    scenario = submitted(sop, office)
    while scenario.due and scenario.case.ending is None:
        scenario = scenario.then(slot=scenario.due[0].slot)
    again = submitted(sop, office)
    while again.due and again.case.ending is None:
        again = again.then(slot=again.due[0].slot)
    assert scenario.case == again.case
