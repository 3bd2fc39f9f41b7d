"""After any change of the office between two steps an official can end the case, or the pages say who has to act."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.death import DeathRecord, participant_died
from jejak.cases.decision import Actor, attribution_of, check_office, vacancy_of
from jejak.contracts.tasks import COMPLETE
from jejak.platform.errors import NotYours
from jejak.procedure.office.kantor import Kantor, load_kantor
from tests.field.test_world import LETTER
from tests.procedure import Scenario, office, sample, sheet, submitted
from tests.property.examples import examples
from tests.property.test_engine import SHEETS, outcomes, read

SHEET: Final = sheet(LETTER)
POSTS: Final = ("staf", "kasi", "kabid", "sekretaris", "kadis")
_HEAD: Final = office().text.decode().split("\n[[pejabat]]\n")[0]


@st.composite
def kantors(draw: st.DrawFn) -> Kantor:
    """A kantor file loaded anew: officials who left, posts renamed, acting ones, areas, holidays, another zone."""
    blocks: list[str] = []
    for number, post in enumerate(POSTS):
        fate = draw(st.sampled_from(("stays", "left", "ended", "renamed", "acting", "area")))
        if fate == "left" and (blocks or number < len(POSTS) - 1):
            continue
        held = f"{post}_baru" if fate in ("renamed", "left") else post
        block = f'kode = "{post}-1"\nnama = "{post}-1"\nnip = "19670101199203200{number}"\njabatan = "{held}"\n'
        block += "dari = 2017-01-02\n"
        block += {"ended": "sampai = 2022-01-31\n", "acting": 'sebagai = "Plt."\n'}.get(fate, "")
        block += 'wilayah = "13.99.02.2002"\n' if fate == "area" else ""
        blocks.append(block)
    holidays = draw(st.sampled_from(("", '\n[[libur]]\ntanggal = 2022-07-05\nnama = "Libur"\n')))
    zone = draw(st.sampled_from(("Asia/Jakarta", "Asia/Jayapura")))
    text = "\n[[pejabat]]\n".join([_HEAD.replace("Asia/Jakarta", zone), *blocks]) + holidays
    return load_kantor(text.encode())


def officials(scenario: Scenario) -> list[Actor]:
    """Those who hold a post of the office today."""
    day = scenario.loaded.today.date()
    return [Actor("13.99", official.kode, official.jabatan) for official in scenario.office.officials_at(day)]


def may_act(scenario: Scenario, actor: Actor, number: int) -> bool:
    try:
        check_office(scenario.loaded, actor)
        attribution_of(scenario.loaded, actor, scenario.due[number], None)
    except NotYours:
        return False
    return True


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(kantors(), st.sampled_from(("good", "perbaiki", "tolak"))), min_size=1, max_size=8))
def test_every_due_task_has_an_official_or_the_page_says_that_none_holds_it(
    changes: list[tuple[Kantor, str]],
) -> None:
    scenario = submitted(SHEET)
    for kantor, wish in changes:
        scenario = replace(scenario, office=kantor)
        for number, due in enumerate(scenario.due):
            able = [actor for actor in officials(scenario) if may_act(scenario, actor, number)]
            gap = vacancy_of(scenario.loaded, due)
            assert able or gap is not None, due
            if gap is not None:
                assert "; belum ada yang menggantikan. " in gap.words
                standing = {official.kode for official in gap.stand_ins}
                assert {actor.code for actor in able} <= standing | {due.who}
        if not scenario.due:
            break
        due = scenario.due[0]
        outcome = wish if wish in due.task.targets and due.tugas != "complete" else None
        scenario = scenario.then(outcome, slot=due.slot)


@settings(max_examples=examples(50), deadline=None)
@given(kantors(), st.integers(0, 5))
def test_a_case_at_any_step_can_be_ended_by_a_death_whatever_the_office(kantor: Kantor, steps: int) -> None:
    scenario = submitted(SHEET)
    for _ in range(steps):
        if scenario.due:
            scenario = scenario.then(slot=scenario.due[0].slot)
    scenario = replace(scenario, office=kantor)
    record = DeathRecord(bukti="akta_kematian", nomor_bukti="1399-KM-0001")
    if scenario.due:
        ended = scenario.happens(participant_died(scenario.loaded, record, ()).data)
        assert (ended.case.ending and ended.case.ending.kind, ended.waits) == ("meninggal", [])


@st.composite
def shaken(draw: st.DrawFn, office: Kantor) -> Kantor:
    """A shipped office whose officials left, changed their posts, became or were moved to an area."""
    officials = []
    for official in office.pejabat:
        fates: list[dict[str, object]] = [
            {},
            {},
            {"sampai": official.dari},
            {"jabatan": f"{official.jabatan}_baru"},
            {"wilayah": f"{office.kode}.99.2999"},
        ]
        changes = draw(st.sampled_from(fates))
        officials.append(official.model_copy(update=changes))
    ways = draw(st.sampled_from((dict(office.cara), dict.fromkeys(office.cara, "manual"))))
    return office.model_copy(update={"pejabat": tuple(officials), "cara": ways})


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=examples(40), deadline=None)
@given(data=st.data())
def test_no_sheet_of_an_office_leaves_a_case_that_no_page_explains(path: Path, data: st.DataObject) -> None:
    sop, whole = read(path)
    scenario = submitted(sop, whole)
    for _ in range(20):
        if not scenario.due:
            break
        scenario = replace(scenario, office=data.draw(shaken(whole)))
        for number, due in enumerate(scenario.due):
            if not due.automatic:
                explained_or_done(scenario, number)
        due = data.draw(st.sampled_from(scenario.due))
        event = sample("DocumentsAdded") if due.tugas == COMPLETE else None
        scenario = scenario.then(data.draw(st.sampled_from(outcomes(scenario, due))), slot=due.slot, data=event)


def explained_or_done(scenario: Scenario, number: int) -> None:
    """An official may do the task, or the page says that its posts have none, and who else may act."""
    gap = vacancy_of(scenario.loaded, scenario.due[number])
    people = scenario.office.officials_at(scenario.loaded.today.date())
    actors = [Actor(scenario.office.kode, official.kode, official.jabatan) for official in people]
    able = {actor.code for actor in actors if may_act(scenario, actor, number)}
    assert able or gap is not None
    if gap is not None and gap.stand_ins:
        assert able & {official.kode for official in gap.stand_ins}
