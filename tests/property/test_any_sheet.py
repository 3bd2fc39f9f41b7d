"""With any sheet that the checker accepts, a case ends or waits on a named official; no task repeats for ever."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jejak.cases import engine
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.walk import walk
from tests.procedure import Scenario, office, sample, submitted
from tests.property.examples import examples
from tests.property.sheets import VERBS, sheets

BY_HAND, BY_ITSELF = office(), office(way="impor")
ANY = settings(
    max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
MOST = 25


def holds(scenario: Scenario) -> None:
    """Invariants of every case at every moment."""
    due = scenario.due
    assert len({task.slot for task in due}) == len(due)
    assert any(task.slot == MAIN for task in due) != (scenario.case.ending is not None)
    for task in due:
        performer = scenario.sop.pelaksana[task.who]
        # An answer that the office only records is awaited on the clock of the party that gives it.
        recorded = task.tugas == task.task.verb and performer.pihak == "dinas"
        assert task.owner == ((recorded and task.task.awaits) or performer.pihak)
        assert task.automatic or performer.jabatan or scenario.sop.posts_recording(task.who)
        assert task.since <= scenario.now
        assert (task.slot, task.langkah) in scenario.sop.steps
        assert task.kumpulan is None or task.kumpulan in scenario.sop.kumpulan


def begun(sop: Sop, data: st.DataObject) -> Scenario:
    answers = [data.draw(st.sampled_from(question.pilihan or (question.kode,))) for question in sop.pertanyaan.values()]
    scenario = submitted(sop, data.draw(st.sampled_from([BY_HAND, BY_ITSELF])), answers=tuple(answers))
    return scenario.opened()


def act(scenario: Scenario, due: engine.DueTask, data: st.DataObject) -> Scenario:
    """Any outcome of a person or a look-up; `dilewati` is the engine's own."""
    complete = due.tugas == COMPLETE
    known = ["selesai"] if complete else [name for name in due.task.targets if name != "dilewati"]
    event = sample("DocumentsAdded") if complete else None
    return scenario.then(data.draw(st.sampled_from(known)), slot=due.slot, data=event)


@ANY
@given(sheets(), st.data())
def test_any_outcomes_lead_to_an_end_or_to_an_official_who_can_act(sheet: bytes, data: st.DataObject) -> None:
    scenario = begun(load_sop(sheet), data)
    holds(scenario)
    for _ in range(MOST):
        if not scenario.due:
            break
        scenario = act(scenario, data.draw(st.sampled_from(scenario.due)), data)
        holds(scenario)
    ends = [
        event
        for event in scenario.history
        if event.slot == MAIN and event.type in {"CaseClosed", "CaseRefused", "CaseReturned"}
    ]
    assert len(ends) == (scenario.case.ending is not None)


@ANY
@given(sheets(), st.data())
def test_what_runs_by_itself_comes_to_rest(sheet: bytes, data: st.DataObject) -> None:
    """After any outcomes of look-ups and rules a person is asked, or the calendar, or the case is over."""
    sop = load_sop(sheet)
    scenario = begun(sop, data)
    for _ in range(8):
        for _ in range(2 * sum(len(task.pelaksana) for task in sop.all_tasks()) + 1):
            alone = [
                task for task in scenario.due if task.automatic and task.not_before is None and task.kumpulan is None
            ]
            if not alone:
                break
            scenario = act(scenario, alone[0], data)
        else:
            raise AssertionError("tasks follow each other without anybody acting")
        if not scenario.due:
            break
        scenario = act(scenario, data.draw(st.sampled_from(scenario.due)), data)


@ANY
@given(sheets(), st.data())
def test_withdrawal_leaves_nothing_due(sheet: bytes, data: st.DataObject) -> None:
    scenario = begun(load_sop(sheet), data)
    while scenario.due and scenario.case.ending is None and data.draw(st.booleans()):
        scenario = act(scenario, scenario.due[0], data)
    if scenario.case.ending is None:
        assert scenario.happens(sample("ApplicationWithdrawn")).due == ()


@ANY
@given(sheets(), st.data())
def test_damage_to_any_line_is_noticed_or_changes_nothing_that_runs(sheet: bytes, data: st.DataObject) -> None:
    """A line lost, doubled or cut short never makes the checker, the loader or the walk raise an error."""
    lines = sheet.decode().split("\n")
    number = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(0, len(lines[number])))
    other = data.draw(st.sampled_from([[], [lines[number]] * 2, [lines[number][:cut]], [lines[number] + "x"]]))
    damaged = "\n".join([*lines[:number], *other, *lines[number + 1 :]]).encode()
    report = check(damaged)
    assert all(line and "\n" not in line for line in (*report.mistakes, *report.warnings))
    if not report.mistakes:
        sop = load_sop(damaged)
        for route in sop.jalur or (None,):
            walk(sop, route)


def test_every_verb_takes_part() -> None:
    assert TASKS.keys() - set(VERBS) == {"submit", "complete", "choose_route", "check_rules"}
