"""What a correction of the people makes due again, and what stays as it was."""

from __future__ import annotations

from typing import Final

import pytest

from jejak.cases.people.participants import corrected, draft_overtaken, posts_correcting
from jejak.contracts import events as e
from jejak.contracts.parts import PersonField
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, Refused
from tests.procedure import Scenario, person, sheet, submitted

SCAN: Final = e.Attachment(document="KK", sha256="1" * 64, media_type="image/png", size=68)
SHOWN: Final = e.Act(evidence=(SCAN,))
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Terima"
tugas = ["check_documents"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Cek"
tugas = ["check_registry", "check_population", "check_membership"]
pelaksana = ["staf"]
bila = { tidak_terdaftar = "lanjut" }

[[langkah]]
no = 3
kegiatan = "Konsep"
tugas = ["draft_letter"]
pelaksana = ["kasi"]

[[langkah]]
no = 4
kegiatan = "Paraf"
tugas = ["paraf"]
pelaksana = ["kabid"]

[[langkah]]
no = 5
kegiatan = "Tanda tangan"
tugas = ["sign"]
pelaksana = ["kadis"]

[[langkah]]
no = 6
kegiatan = "Serahkan"
tugas = ["hand_over"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "bpjs"
kegiatan = "Sampai kartu aktif"
tugas = [{tugas = "deliver", pelaksana = ["staf"]}, "await_reply", "confirm_status"]
kepada = "bpjs"
pelaksana = ["bpjs"]
"""
NEW_KK: Final = "1399010101010002"
LOOKED_UP: Final = ("check_registry", "check_population", "check_membership")


def story(*outcomes: str) -> Scenario:
    """A case after these tasks, each with its good outcome."""
    case = submitted(sheet(STEPS))
    for verb in outcomes:
        assert case.waits[0].startswith(verb), case.waits
        case = case.then(slot=case.due[0].slot, data=drafted(case) if verb == "draft_letter" else None)
    return case


def drafted(case: Scenario) -> e.LetterDrafted:
    """A draft as the service writes it: it names the people of the case."""
    people = case.case.people
    assert people is not None
    return e.LetterDrafted(
        draft=case.case.draft.count + 1 if case.case.draft else 1,
        letters=(e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),),
        content=e.LetterContent(people=people),
    )


def correct(case: Scenario, **changes: object) -> Scenario:
    people = case.case.people
    assert people is not None
    mended = e.Person.model_validate(people.applicant.model_dump() | changes)
    correction = corrected(case.loaded, mended, None, SHOWN)
    assert correction is not None
    return case.happens(correction)


TO_PARAF: Final = ("check_documents", *LOOKED_UP, "draft_letter")
TO_SIGN: Final = (*TO_PARAF, "paraf")
TO_HAND_OVER: Final = (*TO_SIGN, "sign")
TO_DELIVER: Final = (*TO_HAND_OVER, "hand_over")
TO_REPLY: Final = (*TO_DELIVER, "deliver")


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({"nik": "1399010101900009"}, ["check_registry", "check_population", "check_membership"]),
        ({"kk": NEW_KK}, ["check_population"]),
        ({"name": "Contoh Wargi"}, ["check_population"]),
        ({"born": "1990-01-02"}, ["check_population"]),
        ({"address": "Jorong Baru"}, ["check_population"]),
        ({"card": "0001234567890"}, ["check_membership"]),
        ({"phone": "0812345678"}, []),
    ],
)
def test_the_look_ups_that_depend_on_a_field_are_due_again_in_order(
    changes: dict[str, object], again: list[str]
) -> None:
    case = correct(story("check_documents", *LOOKED_UP), **changes)
    for verb in again:
        assert case.waits == [f"{verb} staf"]
        case = case.then()
    assert case.waits == ["draft_letter kasi"]


@pytest.mark.parametrize("done", [TO_PARAF, TO_SIGN, TO_HAND_OVER])
def test_a_letter_of_before_is_drafted_anew_once_all_is_looked_up(done: tuple[str, ...]) -> None:
    case = correct(story(*done), kk=NEW_KK)
    assert draft_overtaken(case.case)
    assert case.waits == ["check_population staf"]
    case = case.then()
    assert case.waits == ["draft_letter kasi"]
    case = case.then(data=drafted(case))
    assert not draft_overtaken(case.case)
    assert case.waits == ["paraf kabid"]
    assert case.then().waits == ["sign kadis"]


def test_a_new_telephone_number_leaves_the_letter_as_it_is() -> None:
    case = correct(story(*TO_SIGN), phone="0812345678")
    assert case.waits == ["sign kadis"]
    assert not draft_overtaken(case.case)


def test_a_new_kk_number_ends_what_did_not_match() -> None:
    """CASES.md 22: "tidak padan" led to the applicant, who could bring papers and correct nothing."""
    case = story("check_documents", "check_registry").then("tidak_padan")
    assert case.waits == ["complete pemohon"]
    case = correct(case, kk=NEW_KK)
    assert case.waits == ["check_population staf"]
    assert case.then("padan").waits == ["check_membership staf"]


def test_papers_that_another_task_asked_for_are_still_awaited() -> None:
    case = submitted(sheet(STEPS)).then("kurang")
    assert correct(case, kk=NEW_KK).waits == ["complete pemohon"]


def test_another_finding_leads_on_by_the_sheet() -> None:
    case = correct(story(*TO_SIGN), kk=NEW_KK).then("tidak_padan")
    assert case.waits == ["complete pemohon"]
    case = case.then().then("padan")
    assert case.waits == ["check_membership staf"]
    assert case.then().waits == ["draft_letter kasi"]


def test_a_look_up_that_refuses_ends_the_case() -> None:
    case = correct(story(*TO_SIGN), nik="1399010101900009").then("terdaftar").then("meninggal")
    assert case.case.ending is not None
    assert (case.case.ending.kind, case.waits) == ("tolak", [])


def test_two_corrections_need_no_more_than_the_newest_look_ups() -> None:
    case = correct(correct(story(*TO_SIGN), kk=NEW_KK), name="Contoh Wargi").then()
    assert case.waits == ["draft_letter kasi"]
    again = correct(case, address="Jorong Baru")
    assert again.waits == ["check_population staf"]
    assert again.then().waits == ["draft_letter kasi"]


def test_what_bpjs_has_is_sent_again_with_the_corrected_people() -> None:
    case = correct(story(*TO_REPLY), kk=NEW_KK)
    assert case.waits == ["check_population staf"]
    case = case.then()
    assert case.waits == ["deliver staf (bpjs)"]
    assert case.then(slot="bpjs").waits == ["await_reply bpjs (bpjs)"]


def test_what_bpjs_has_decided_is_not_sent_again() -> None:
    case = correct(story(*TO_REPLY, "await_reply"), address="Jorong Baru")
    assert case.then().waits == ["confirm_status bpjs (bpjs)"]


def test_a_look_up_after_the_end_that_finds_otherwise_holds_nothing_up() -> None:
    case = correct(story(*TO_DELIVER), kk=NEW_KK)
    assert case.waits == ["check_population staf"]
    assert case.then("tidak_padan").waits == ["deliver staf (bpjs)"]


def test_a_nik_is_not_corrected_once_the_letter_is_out() -> None:
    with pytest.raises(Refused, match="diputuskan atas NIK yang diperiksa"):
        correct(story(*TO_DELIVER), nik="1399010101900009")


def test_a_finished_case_is_not_corrected() -> None:
    done = story(*TO_REPLY, "await_reply", "confirm_status")
    assert done.waits == []
    with pytest.raises(Refused, match="sudah selesai"):
        correct(done, kk=NEW_KK)


def test_a_correction_needs_evidence_or_a_reason_and_a_nik_its_document() -> None:
    case = story("check_documents")
    for changes, act in (({"kk": NEW_KK}, e.Act()), ({"nik": "1399010101900009"}, e.Act(note="Salah ketik."))):
        with pytest.raises(Malformed, match="unggah"):
            corrected(case.loaded, person(**changes), None, act)
    assert corrected(case.loaded, person(kk=NEW_KK), None, e.Act(note="KK baru sejak Juni.")) is not None


def test_a_correction_makes_nobody_another_person() -> None:
    case = correct(story("check_documents"), name="Orang Lain")
    with pytest.raises(Refused, match="itu orang lain, bukan koreksi"):
        correct(case, nik="1399010201910002", born="1991-01-02")


@pytest.mark.parametrize("wrong", [{"nik": "1301013002886400"}, {"kk": "0" * 16}, {"born": "2090-01-01"}])
def test_impossible_numbers_are_refused_here_too(wrong: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        correct(story("check_documents"), **wrong)


def test_white_space_alone_corrects_nothing() -> None:
    case = story("check_documents")
    assert corrected(case.loaded, person(address="Jorong \r\n Contoh "), None, e.Act()) is None


def test_applicant_and_participant_do_not_become_one_person() -> None:
    family = e.People(applicant=person(), participant=person(nik="1399010101900002", name="Anak Warga"))
    case = submitted(sheet(STEPS), people=family)
    with pytest.raises(Malformed, match="NIK pemohon dan peserta menjadi sama"):
        corrected(case.loaded, None, person(name="Anak Warga"), SHOWN)


def test_a_correction_of_the_applicant_of_another_has_nothing_looked_up_and_the_letter_drafted_anew() -> None:
    family = e.People(applicant=person(), participant=person(nik="1399010101900002", name="Anak Warga"))
    case = submitted(sheet(STEPS), people=family).then().then().then().then()
    case = case.then(data=drafted(case))
    correction = corrected(case.loaded, person(name="Contoh Wargi"), None, SHOWN)
    assert correction is not None
    assert case.happens(correction).waits == ["draft_letter kasi"]


def test_who_corrects_is_who_sees_the_papers() -> None:
    assert posts_correcting(sheet(STEPS)) == {"staf", "kasi"}


def test_a_corrected_birth_date_has_documents_with_an_age_limit_checked_again() -> None:
    limited = """
[[persyaratan]]
kode = "KTP"
nama = "KTP"
salah_satu = [{kode = "AKTE", nama = "Akta", usia_di_bawah = 17}]
"""
    case = submitted(sheet(STEPS, limited)).then()
    assert correct(case, born="1990-01-02").waits == ["check_documents staf"]


def test_every_field_of_a_person_is_in_the_table_or_depends_on_nothing() -> None:
    looked_at = frozenset[PersonField]().union(*(kind.looks_at for kind in TASKS.values()))
    assert set(e.Person.model_fields) - looked_at == {"phone", "birth_order"}
