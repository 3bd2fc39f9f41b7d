"""One office enters, another owns: an official of a kelurahan serves its own citizens, the dinas all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jejak.cases import engine
from jejak.cases.decision import (
    Actor,
    CommandRequest,
    LoadedCase,
    admitted_task,
    attribution_of,
    check_office,
    check_post,
)
from jejak.contracts.codec import CaseKeys
from jejak.platform.errors import NotYours, Refused
from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor
from tests.procedure import START, submitted
from tests.unit.sop.sheets import OFFICES

SHEET = load_sop((OFFICES / "12.72" / "siantar-sehat.toml").read_bytes())
OFFICE = load_kantor((OFFICES / "12.72" / "kantor.toml").read_bytes())
FIRST = Actor("12.72", "pengelola_data-1", "pengelola_data")
SECOND = Actor("12.72", "pengelola_data-2", "pengelola_data")
KABID = Actor("12.72", "kabid-1", "kabid")


def entered(wilayah: str) -> LoadedCase:
    """A case entered by an official of this kelurahan."""
    scenario = submitted(SHEET, OFFICE)
    assert scenario.case.application is not None
    case = replace(scenario.case, application=replace(scenario.case.application, entry_office=wilayah))
    due = engine.due_tasks(SHEET, case, OFFICE)
    return LoadedCase(case, SHEET, OFFICE, CaseKeys(bytes(32), bytes(32)), START, scenario.history, due)


def request_of(actor: Actor) -> CommandRequest:
    return CommandRequest(actor, "tasks/enter_data", None, "0" * 64)


@pytest.mark.parametrize(
    ("wilayah", "own", "other"), [("12.72.01.1001", FIRST, SECOND), ("12.72.02.1001", SECOND, FIRST)]
)
def test_only_the_kelurahan_that_entered_a_case_works_on_it(wilayah: str, own: Actor, other: Actor) -> None:
    opened = entered(wilayah)
    assert admitted_task(opened, request_of(own), "enter_data", None).who == "kelurahan"
    with pytest.raises(NotYours) as refused:
        admitted_task(opened, request_of(other), "enter_data", None)
    assert refused.value.code == "wilayah_lain"
    assert "wilayah Anda" in refused.value.detail


def test_the_dinas_sees_the_cases_of_every_kelurahan() -> None:
    for wilayah in ("12.72.01.1001", "12.72.02.1001", "12.72"):
        check_office(entered(wilayah), KABID)


def test_what_the_dinas_entered_itself_is_no_kelurahans() -> None:
    with pytest.raises(NotYours):
        check_office(entered("12.72"), FIRST)


def test_an_official_of_a_kecamatan_serves_every_kelurahan_in_it_and_no_namesake() -> None:
    camat = check_post(OFFICE, FIRST, START).model_copy(update={"wilayah": "12.72.01"})
    assert OFFICE.answers_for(camat, "12.72.01.1001", START.date())
    assert OFFICE.answers_for(camat, "12.72.01", START.date())
    assert not OFFICE.answers_for(camat, "12.72.011.1001", START.date())
    assert not OFFICE.answers_for(camat, "12.72", START.date())


def test_an_official_who_may_see_a_case_does_only_the_tasks_of_the_own_post() -> None:
    opened = entered("12.72.01.1001")
    with pytest.raises(NotYours) as refused:
        attribution_of(opened, KABID, opened.due[0], None)
    assert refused.value.code == "bukan_tugas_anda"


def test_before_its_turn_a_task_is_refused_and_not_called_another_officials() -> None:
    with pytest.raises(Refused):
        admitted_task(entered("12.72.01.1001"), request_of(FIRST), "forward", None)


def test_a_case_is_entered_at_the_kelurahan_of_its_official_else_at_the_office() -> None:
    places = [OFFICE.entry_office(check_post(OFFICE, actor, START)) for actor in (FIRST, SECOND, KABID)]
    assert places == ["12.72.01.1001", "12.72.02.1001", "12.72"]
