"""Whatever outcomes people choose, a case ends, or waits on somebody who is named."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.cases import engine
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.kantor import Kantor, load_kantor
from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from tests.procedure import Told, sample, submitted

OFFICES = Path(__file__).parents[2] / "shared" / "offices"
SHEETS = sorted(path for path in OFFICES.glob("*/*.toml") if not path.name.startswith("kantor"))
MOST_STEPS = 60


def read(path: Path) -> tuple[Sop, Kantor]:
    return load_sop(path.read_bytes()), load_kantor((path.parent / "kantor.toml").read_bytes())


def outcomes(told: Told, due: engine.DueTask) -> list[str]:
    """What a person or a look-up may answer; `dilewati` is the engine's own."""
    if due.tugas == COMPLETE:
        return ["selesai"]
    return [one for one in due.task.targets if one != "dilewati"]


def check(told: Told) -> None:
    """What holds of every case at every moment."""
    due = told.due
    main = [one for one in due if one.slot == MAIN]
    assert len(main) <= 1
    assert len({one.slot for one in due}) == len(due)
    for one in due:
        assert one.who in told.sop.pelaksana
        assert one.owner == told.sop.pelaksana[one.who].pihak
        assert one.since <= told.now
        assert not one.automatic or TASKS[one.tugas].ways or TASKS[one.tugas].automatic == "rules" or one.task.kumpulan
    assert bool(main) != (told.case.ending is not None)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_outcomes_lead_to_an_end_or_to_somebody_who_is_named(path: Path, data: st.DataObject) -> None:
    sop, office = read(path)
    names = [name for question in sop.pertanyaan.values() for name in (question.pilihan or (question.kode,))]
    answers = tuple(data.draw(st.sets(st.sampled_from(names)))) if names else ()
    told = submitted(sop, office, answers=answers)
    check(told)
    for _ in range(MOST_STEPS):
        if not told.due:
            break
        due = data.draw(st.sampled_from(told.due))
        hasil = data.draw(st.sampled_from(outcomes(told, due)))
        event = sample("DocumentsAdded") if due.tugas == COMPLETE else None
        told = told.then(hasil, slot=due.slot, data=event)
        check(told)
    endings = [kind for kind in told.types if kind in ("CaseClosed", "CaseRefused", "CaseReturned")]
    in_main = [one for one in told.history if one.type in endings and one.slot == MAIN]
    assert len(in_main) <= 1


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_good_outcomes_alone_bring_a_case_to_its_end(path: Path) -> None:
    sop, office = read(path)
    told = submitted(sop, office)
    for _ in range(MOST_STEPS):
        if not told.due:
            break
        told = told.then(slot=told.due[0].slot)
    assert told.due == ()
    assert told.case.ending is not None
    assert told.case.ending.kind == "selesai"


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_same_history_is_the_same_case(path: Path) -> None:
    sop, office = read(path)
    told = submitted(sop, office)
    while told.due and told.case.ending is None:
        told = told.then(slot=told.due[0].slot)
    again = submitted(sop, office)
    while again.due and again.case.ending is None:
        again = again.then(slot=again.due[0].slot)
    assert told.case == again.case
