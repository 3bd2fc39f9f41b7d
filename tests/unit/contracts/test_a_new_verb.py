"""A new verb is a row of the table, its event, and its service's decision: no other module names a verb."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest

from jejak.cases.decision import Actor, LoadedCase
from jejak.cases.engine import DueTask, event_of
from jejak.cases.event_descriptions import describe_event, task_name
from jejak.contracts import events as e
from jejak.contracts import tasks
from jejak.contracts.parts import Name
from jejak.contracts.task_bodies import Ask, Body
from jejak.contracts.task_kinds import Clock, Outcome, TaskKind
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Problem
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.walk import walk
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import TimingRules, case_times
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.web.commands.task_routes import Command, TaskRequest, plain_completion, routes
from jejak.web.openapi.route_descriptions import DescribedApp
from jejak.web.tasks.form import forms
from tests.procedure import Scenario, sheet, submitted
from tests.unit.clock.story import Story, wib

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "shared/src/jejak/contracts/tasks.py"
PACKAGES = {"bpjs-sync": "bpjs_sync"}
"""Folders of services that have another name in the table."""


def modules() -> Iterator[Path]:
    """The modules of an installation: the shared library, the services, and the programs that start them."""
    for folder in (ROOT / "shared/src", *sorted(ROOT.glob("services/*/src")), ROOT / "deploy/local/src"):
        yield from sorted(folder.rglob("*.py"))


def verbs_in(text: str) -> Iterator[tuple[int, str]]:
    """Each verb that a module names, alone or in a query; a key into the row of a query is a column, not a verb."""
    tree = ast.parse(text)
    columns = {
        id(node.slice)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and not (isinstance(node.value, ast.Name) and node.value.id.isupper())
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in columns:
            named = [node.value, *re.findall(r"'(\w+)'", node.value)]
            yield from ((node.lineno, verb) for verb in named if verb in TASKS)


def test_only_the_table_and_the_service_itself_name_a_verb() -> None:
    elsewhere: dict[str, list[tuple[int, str]]] = {}
    paths = [path for path in modules() if path != TABLE]
    for path in paths:
        place = path.relative_to(ROOT).parts
        own = PACKAGES.get(place[1], place[1]) if place[0] == "services" else None
        names = verbs_in(path.read_text(encoding="utf-8"))
        if others := [name for name in names if TASKS[name[1]].service != own]:
            elsewhere["/".join(place)] = others
    assert len(paths) > 500
    assert elsewhere == {}


def test_a_verb_is_found_wherever_it_is_named() -> None:
    lines = (
        'if task.verb == "paraf": x = {"sign"}',
        'y = TASKS["submit"]',
        'z = row["archive"]',
        """q = "x = 'record'" """,
    )
    assert sorted(verbs_in("\n".join(lines))) == [(1, "paraf"), (1, "sign"), (2, "submit"), (4, "record")]


class Visit(Body):
    """The event of the verb: the official's visit."""

    bertemu: Annotated[Name, Ask("Bertemu dengan", help="Nama dan hubungannya")]


VISIT = TaskKind(
    "visit",
    "verification",
    "kunjungan rumah",
    "VerifiedManually",
    (
        Outcome("ditemui", button="Sudah ditemui", sentence="Pemohon ditemui di rumahnya."),
        Outcome("tidak_ditemui", "tunggu", button="Tidak ditemui", sentence="Pemohon tidak ditemui.", reasoned=True),
    ),
    body=Visit,
)
SHEET = """
[[langkah]]
no = 1
kegiatan = "Mengunjungi pemohon"
tugas = ["visit", "record"]
pelaksana = ["staf"]
waktu = "1 hari"
"""


@pytest.fixture
def visiting(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """A case whose sheet asks for a verb that the table has only in this test."""
    monkeypatch.setitem(tasks._BY_VERB, "visit", VISIT)
    return submitted(sheet(SHEET))


def opened(scenario: Scenario) -> tuple[LoadedCase, DueTask]:
    case = scenario.loaded
    return case, scenario.due[0]


def visit_of(scenario: Scenario, hasil: str, note: str | None = None) -> TaskRequest[Visit]:
    case, due = opened(scenario)
    body = Visit(hasil=hasil, catatan=note, bertemu="Rosna, ibu")
    return TaskRequest(Actor("13.99", "staf-1", "staf"), case, due, body, (), ())


def test_the_checker_and_the_walk_know_it(visiting: Scenario) -> None:
    sop: Sop = load_sop(visiting.sop.text)
    assert check(sop.text).mistakes == ()
    visited = [(visit.tugas, visit.service, dict(visit.tujuan)) for visit in walk(sop).slots[0].visits][1]
    assert visited[:2] == ("visit", "verification")
    assert visited[2] == {"ditemui": "lanjut → 1: record", "tidak_ditemui": "tunggu"}


def test_the_engine_asks_for_it_and_goes_where_its_outcome_leads(visiting: Scenario) -> None:
    assert visiting.waits == ["visit staf"]
    assert visiting.then("tidak_ditemui").waits == ["visit staf"]
    assert visiting.then("ditemui").waits == ["record staf"]
    assert event_of(visiting.sop, visiting.due[0], "ditemui") == "VerifiedManually"


def test_its_service_takes_it(visiting: Scenario) -> None:
    decided = plain_completion(visit_of(visiting, "tidak_ditemui", "Pergi."))
    assert (decided.data, decided.hasil) == (e.VerifiedManually(note="Pergi."), "tidak_ditemui")
    with pytest.raises(Problem, match="perlu alasan"):
        plain_completion(visit_of(visiting, "tidak_ditemui"))


def test_its_address_takes_its_body(visiting: Scenario) -> None:
    app = DescribedApp()
    app.include_router(routes(None, {"visit": Command(plain_completion)}))  # type: ignore[arg-type]  # never run
    document: dict[str, Any] = app.openapi()["paths"]["/cases/{case}/tasks/visit"]["post"]
    schema = document["requestBody"]["content"]["application/json"]["schema"]
    assert visiting.due[0].service == "verification"
    assert schema["required"] == ["bertemu"]


def test_its_form_asks_what_its_body_takes(visiting: Scenario) -> None:
    good, other = forms(*opened(visiting), recording=False)
    assert [outcome.words for form in (good, other) for outcome in form.outcomes] == ["Sudah ditemui", "Tidak ditemui"]
    fields = {field.name: (field.label, field.required) for group in good.groups for field in group.fields}
    assert fields["bertemu"] == ("Bertemu dengan", True)
    assert {field.name: field.required for group in other.groups for field in group.fields}["catatan"]


def test_people_read_what_happened(visiting: Scenario) -> None:
    happened = visiting.then("ditemui", data=e.VerifiedManually()).history[-1]
    assert describe_event(happened, visiting.sop) == "Pemohon ditemui di rumahnya."
    assert task_name("visit") == "kunjungan rumah"


@pytest.mark.parametrize(("clock", "within"), [("work", False), ("pickup", None)])
def test_the_clocks_read_it_by_its_role(monkeypatch: pytest.MonkeyPatch, clock: Clock, within: bool | None) -> None:
    """A letter that waits to be fetched is not held to the office's waiting limit; every other task is."""
    monkeypatch.setitem(tasks._BY_VERB, "visit", replace(VISIT, clock=clock))
    story = Story().received(wib(1, 3, 9), "visit 1 staf")
    book = TimingRules(
        calendar=Calendar(zone="Asia/Jakarta"),
        pihak={},
        steps={("main", "1"): parse_waktu("1 hari")},
        tasks={},
        calendars={},
        batas_tunggu=3_600,
        batched={},
    )
    [visit] = [task for task in case_times(story.events, book, wib(1, 5, 9)).tasks if task.tugas == "visit"]
    assert visit.wait_within is within
