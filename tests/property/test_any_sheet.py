"""Of any sheet the checker lets pass: a case ends, or waits on somebody named; nothing goes on for ever by itself."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jejak.cases import engine
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.walk import walk
from tests.procedure import Told, office, sample, submitted
from tests.property.sheets import VERBS, sheets

BY_HAND, BY_ITSELF = office(), office(way="impor")
ANY = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
MOST = 25


def holds(told: Told) -> None:
    """What is true of every case at every moment."""
    due = told.due
    assert len({one.slot for one in due}) == len(due)
    assert any(one.slot == MAIN for one in due) != (told.case.ending is not None)
    for one in due:
        performer = told.sop.pelaksana[one.who]
        assert one.owner == performer.pihak
        assert one.automatic or performer.jabatan or told.sop.posts_recording(one.who)
        assert one.since <= told.now
        assert (one.slot, one.langkah) in told.sop.steps
        assert one.kumpulan is None or one.kumpulan in told.sop.kumpulan


def begun(sop: Sop, data: st.DataObject) -> Told:
    answers = [data.draw(st.sampled_from(one.pilihan or (one.kode,))) for one in sop.pertanyaan.values()]
    told = submitted(sop, data.draw(st.sampled_from([BY_HAND, BY_ITSELF])), answers=tuple(answers))
    return told.opened()


def act(told: Told, due: engine.DueTask, data: st.DataObject) -> Told:
    """Any outcome a person or a look-up may give; `dilewati` is the engine's own."""
    complete = due.tugas == COMPLETE
    known = ["selesai"] if complete else [name for name in due.task.targets if name != "dilewati"]
    event = sample("DocumentsAdded") if complete else None
    return told.then(data.draw(st.sampled_from(known)), slot=due.slot, data=event)


@ANY
@given(sheets(), st.data())
def test_any_outcomes_lead_to_an_end_or_to_somebody_who_can_act(sheet: bytes, data: st.DataObject) -> None:
    told = begun(load_sop(sheet), data)
    holds(told)
    for _ in range(MOST):
        if not told.due:
            break
        told = act(told, data.draw(st.sampled_from(told.due)), data)
        holds(told)
    ends = [
        one for one in told.history if one.slot == MAIN and one.type in {"CaseClosed", "CaseRefused", "CaseReturned"}
    ]
    assert len(ends) == (told.case.ending is not None)


@ANY
@given(sheets(), st.data())
def test_what_runs_by_itself_comes_to_rest(sheet: bytes, data: st.DataObject) -> None:
    """However look-ups and rules turn out, sooner or later somebody is asked, or the calendar, or the case is over."""
    sop = load_sop(sheet)
    told = begun(sop, data)
    for _ in range(8):
        for _ in range(2 * sum(len(task.pelaksana) for task in sop.all_tasks()) + 1):
            alone = [one for one in told.due if one.automatic and one.not_before is None and one.kumpulan is None]
            if not alone:
                break
            told = act(told, alone[0], data)
        else:
            raise AssertionError("tasks follow each other without anybody acting")
        if not told.due:
            break
        told = act(told, data.draw(st.sampled_from(told.due)), data)


@ANY
@given(sheets(), st.data())
def test_withdrawal_leaves_nothing_due(sheet: bytes, data: st.DataObject) -> None:
    told = begun(load_sop(sheet), data)
    while told.due and told.case.ending is None and data.draw(st.booleans()):
        told = act(told, told.due[0], data)
    if told.case.ending is None:
        assert told.happens(sample("ApplicationWithdrawn")).due == ()


@ANY
@given(sheets(), st.data())
def test_damage_to_any_line_is_noticed_or_changes_nothing_that_runs(sheet: bytes, data: st.DataObject) -> None:
    """A line lost, doubled or cut short never makes the checker, the loader or the walk fall over."""
    lines = sheet.decode().split("\n")
    number = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(0, len(lines[number])))
    other = data.draw(st.sampled_from([[], [lines[number]] * 2, [lines[number][:cut]], [lines[number] + "x"]]))
    damaged = "\n".join([*lines[:number], *other, *lines[number + 1 :]]).encode()
    report = check(damaged)
    assert all(line and "\n" not in line for line in (*report.mistakes, *report.warnings))
    if report.ok:
        sop = load_sop(damaged)
        for route in sop.jalur or (None,):
            walk(sop, route)


def test_every_verb_takes_part() -> None:
    assert TASKS.keys() - set(VERBS) == {"submit", "complete", "choose_route", "check_rules"}
