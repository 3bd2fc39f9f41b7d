"""The forms of every task that people do on the sheets of the offices are complete and filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop, Task
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.web.tasks.fields import Field
from jejak.web.tasks.form import Form, forms
from tests.procedure import person, submitted

OFFICES = Path(__file__).parents[3] / "shared" / "offices"
PEOPLE = e.People(applicant=person(), participant=person(nik="1399010101900002"))


def tasks() -> Iterator[object]:
    for folder in sorted(OFFICES.iterdir()):
        kantor = load_kantor((folder / "kantor.toml").read_bytes())
        for file in sorted(folder.glob("*.toml")):
            if not file.name.startswith("kantor"):
                sop = load_sop(file.read_bytes())
                for task in sop.all_tasks():
                    if task.verb != "submit":
                        yield pytest.param(
                            kantor, sop, task, id=f"{folder.name}-{file.stem}-{task.langkah}-{task.verb}"
                        )


def opened(kantor: Kantor, sop: Sop, task: Task, verb: str) -> tuple[LoadedCase, DueTask]:
    """A newly submitted case, and a task of its sheet as if it were due."""
    scenario = submitted(sop, kantor, people=PEOPLE)
    who = task.pelaksana[0]
    owner = sop.pelaksana[who].pihak
    due = DueTask(
        *(task.slot, TASKS[verb].service, verb, task.langkah, who, scenario.now, None),
        *(False, owner, None, False, task),
    )
    return replace(scenario.loaded, due=(due,)), due


def fields(form: Form) -> list[Field]:
    return [field for group in form.groups for field in group.fields]


@pytest.mark.parametrize(("kantor", "sop", "task"), [*tasks()])
def test_every_task_of_every_sheet_has_whole_forms_with_its_own_outcomes(kantor: Kantor, sop: Sop, task: Task) -> None:
    case, due = opened(kantor, sop, task, task.verb)

    task_forms = forms(case, due, recording=False)

    chosen = [outcome.kode for form in task_forms for outcome in form.outcomes if outcome.kode]
    for form in task_forms:
        named = [field.name for field in fields(form)]
        alone = [name for name in named if not name.endswith("[]")]
        assert len(alone) == len(set(alone))
        assert not any("{" in field.name + field.label + field.value for field in fields(form))
        assert all(field.known for field in fields(form) if field.kind in ("pilihan", "ya_tidak"))
        assert all(outcome.words for outcome in form.outcomes)
        chosen += [value for field in fields(form) if field.name == "hasil" for value, _ in field.known]
    automatic = {"check_registry", "check_membership", "confirm_status"}
    known = set(task.targets) - {"dilewati"} if task.verb not in automatic else set()
    assert sorted(chosen) == sorted(known)


def test_documents_brought_later_are_asked_by_name_with_what_does_as_well() -> None:
    kantor = load_kantor((OFFICES / "13.01" / "kantor.toml").read_bytes())
    sop = load_sop((OFFICES / "13.01" / "reaktivasi-kis-2022.toml").read_bytes())
    case, due = opened(kantor, sop, sop.main[1], "complete")

    [form] = forms(case, due, recording=True)

    assert [outcome.kode for outcome in form.outcomes] == ["selesai"]
    files = [field.name for field in fields(form) if field.kind == "berkas"]
    assert files == ["KIS", "KK", "KTP", "AKTE", "SPTJM", "SKTM", "FOTO"]
    assert "waktu_kejadian" in {field.name for field in fields(form)}


def test_what_the_system_does_is_done_by_hand_only_with_a_word_why() -> None:
    kantor = load_kantor((OFFICES / "13.01" / "kantor.toml").read_bytes())
    sop = load_sop((OFFICES / "13.01" / "reaktivasi-kis-2022.toml").read_bytes())
    task = next(task for task in sop.main if task.verb == "check_membership")
    case, due = opened(kantor, sop, task, task.verb)

    required = {
        automatic: next(
            field.required
            for form in forms(case, replace(due, automatic=automatic), recording=False)
            for field in fields(form)
            if field.name == "catatan"
        )
        for automatic in (True, False)
    }

    assert required == {True: True, False: False}
    assert TASKS[task.verb].ways
