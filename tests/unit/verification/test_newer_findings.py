"""What a newer list says against a look-up: seen by the signer, ended by the holder, gone when looked up again."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest
from pydantic import SecretStr

from jejak.cases.decision import Actor
from jejak.cases.newer_findings import changed_findings, ended_by_finding, known_outcome
from jejak.cases.people.participants import corrected
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Signature
from jejak.platform.errors import NotYours, Refused
from jejak.web.commands.task_routes import TaskRequest
from letters.domain import check_newer_findings, refusal_reasons
from letters.signatures.bsre import Access
from letters.signatures.pile import Pile
from tests.field.test_newer_lists import NIK, STEPS
from tests.procedure import Scenario, person, sheet, submitted
from verification.findings import FindingRecord, ended_by, findings_changed
from verification.registers.lookup import Answering, LookUp, MemberEntry, RegisterAnswers, RegisterKind

KADIS = Actor("13.99", "kadis-1", "kadis")
RECORD = FindingRecord(pengecekan="check_membership")
NEWER = e.Source(way="impor", reference="2", as_of=date(2022, 7, 20))


def found(outcome: str, status: str | None = "AKTIF") -> e.FindingChanged:
    return e.FindingChanged(task="check_membership", before="boleh", found=outcome, status=status, source=NEWER)


@pytest.fixture
def waiting() -> Scenario:
    """A letter that waits for its signature."""
    people = e.People(applicant=person(nik=NIK, born="1988-07-06"))
    scenario = submitted(sheet(STEPS), people=people).then("boleh").then()
    assert scenario.waits == ["sign kadis"]
    return scenario


def test_a_signature_needs_a_note_while_a_newer_list_speaks_against_the_letter(waiting: Scenario) -> None:
    check_newer_findings(waiting.loaded, None)
    told = waiting.happens(found("sudah"))
    with pytest.raises(Refused, match="menyatakan peserta sudah aktif, tertulis «AKTIF»"):
        check_newer_findings(told.loaded, None)
    check_newer_findings(told.loaded, "Daftar itu mencatat orang lain.")


def test_the_holder_of_the_file_ends_it_as_the_sheet_says_and_the_refusal_gives_that_reason(waiting: Scenario) -> None:
    told = waiting.happens(found("sudah"))
    with pytest.raises(NotYours):
        ended_by(told.loaded, Actor("13.99", "staf-1", "staf"), RECORD)
    over = told.happens(ended_by(told.loaded, KADIS, RECORD).data)
    message = "Peserta sudah terdaftar dan aktif sebagai penerima bantuan iuran."
    ended = ended_by_finding(over.sop, over.case)
    assert ended is not None
    assert (over.waits, ended[1], ended[0].hasil) == ([], "kembalikan", "sudah")
    assert refusal_reasons(over.loaded) == (message,)


@pytest.mark.parametrize("outcome", ["boleh", "belum_jelas"])
def test_nothing_is_ended_where_the_list_agrees_or_is_unclear(waiting: Scenario, outcome: str) -> None:
    told = waiting.happens(found(outcome))
    assert [row.end for row in changed_findings(told.sop, told.case)] == ([] if outcome == "boleh" else [None])
    with pytest.raises(Refused, match="Tidak ada temuan baru"):
        ended_by(told.loaded, KADIS, RECORD)


def listed(status: str | None, *, by: uuid.UUID, as_of: date) -> LookUp:
    """What one list of BPJS says of the participant; nothing where it does not name him."""
    source = Answering(by, "13.99", "BPJS", RegisterKind.MEMBERS, as_of)
    rows = () if status is None else (MemberEntry(source, None, None, "PBI APBN", status, None, None),)
    return LookUp({"BPJS": source}, {NIK: RegisterAnswers(members=rows)})


@pytest.mark.parametrize(
    ("status", "as_of", "outcomes"),
    [
        ("AKTIF", date(2022, 7, 20), ["sudah"]),
        ("AKTIF", date(2022, 7, 1), []),  # older than what the official saw
        ("NONAKTIF", date(2022, 7, 20), []),
        ("PINDAH NEGARA", date(2022, 7, 20), ["belum_jelas"]),
        (None, date(2022, 7, 20), []),
    ],
)
def test_only_a_list_made_after_the_look_up_speaks_against_what_an_official_saw(
    waiting: Scenario, status: str | None, as_of: date, outcomes: list[str]
) -> None:
    looked = listed(status, by=uuid.UUID(int=2), as_of=as_of)
    assert [row.found for row in findings_changed(waiting.loaded, looked)] == outcomes


def test_a_finding_is_said_once_and_taken_back_by_a_still_newer_list(waiting: Scenario) -> None:
    active = listed("AKTIF", by=uuid.UUID(int=2), as_of=date(2022, 7, 20))
    told = waiting.happens(next(iter(findings_changed(waiting.loaded, active))))
    assert list(findings_changed(told.loaded, active)) == []
    back = listed("NONAKTIF", by=uuid.UUID(int=3), as_of=date(2022, 8, 1))
    taken_back = told.happens(next(iter(findings_changed(told.loaded, back))))
    assert list(changed_findings(taken_back.sop, taken_back.case)) == []


def corrected_to(scenario: Scenario, **changes: str) -> Scenario:
    """The applicant's data are corrected."""
    known = scenario.case.people
    assert known is not None
    correction = corrected(scenario.loaded, known.applicant.model_copy(update=changes), None, e.Act(note="Menurut KK."))
    assert correction is not None
    return scenario.happens(correction)


def test_a_finding_is_passed_over_by_a_later_correction_of_what_the_look_up_looks_at(waiting: Scenario) -> None:
    told = waiting.happens(found("sudah"))
    moved, other_card = corrected_to(told, address="Jorong Baru"), corrected_to(told, card="0001234567890")
    assert [row.found for row in changed_findings(moved.sop, moved.case)] == ["sudah"]
    assert list(changed_findings(other_card.sop, other_card.case)) == []
    assert (known_outcome(moved.case, "check_membership"), known_outcome(other_card.case, "check_membership")) == (
        "sudah",
        "boleh",
    )
    check_newer_findings(other_card.loaded, None)
    assert other_card.waits == ["check_membership staf"]  # the look-up is done again with the new number


def test_a_finding_after_the_correction_counts(waiting: Scenario) -> None:
    told = corrected_to(waiting, card="0001234567890").happens(found("sudah"))
    assert [row.found for row in changed_findings(told.sop, told.case)] == ["sudah"]


async def test_the_pile_checks_newer_findings_before_it_asks_bsre_or_the_store(waiting: Scenario) -> None:
    told = waiting.happens(found("sudah"))
    access = Access.model_validate(
        {
            "url": "https://contoh.invalid",
            "username": "aplikasi",
            "password": "kunci",
            "signers": {"kadis-1": {"nik": "1399010101700001"}},
        }
    )
    body = Signature(passphrase=SecretStr("Kata Sandi!"))
    request = TaskRequest(KADIS, told.loaded, told.due[0], body, (), ())
    nowhere = cast("Any", None)  # a store or a BSrE that was asked would raise
    pile = Pile(nowhere, access, nowhere, body, "kadis-1")
    await pile.add(request)
    await pile.sign()
    problem = pile.problems[told.case.id]
    assert (problem.code, problem.status) == ("temuan_baru", 409)
    assert "menyatakan peserta sudah aktif" in problem.detail


def test_a_look_up_that_is_done_again_counts_more_than_the_finding_before_it(waiting: Scenario) -> None:
    told = waiting.happens(found("sudah"))
    again = told.case.completed[1]
    assert again.tugas == "check_membership"
    redone = replace(told.case, completed=(*told.case.completed, again))
    assert list(changed_findings(told.sop, redone)) == []
