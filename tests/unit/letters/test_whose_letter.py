"""A letter names the person that the registers were asked about; the signer sees every other change of the drafter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from jejak.cases.case import Case
from jejak.cases.decision import LoadedCase
from jejak.cases.people import differences
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from letters import domain
from tests.procedure import person, sheet, submitted

STEPS: Final = '[[langkah]]\nno = 1\nkegiatan = "Konsep"\ntugas = ["draft_letter"]\npelaksana = ["staf"]\n'
OTHER: Final = "1399010101900002"
FAMILY: Final = e.People(applicant=person(), participant=person(nik=OTHER, name="Anak Warga"), relationship="anak")


def loaded(people: e.People) -> LoadedCase:
    story = submitted(sheet(STEPS), people=people)
    return story.loaded


@pytest.mark.parametrize(
    ("people", "applicant", "participant", "who"),
    [
        (e.People(applicant=person()), person(nik=OTHER, name="Orang Lain"), None, "pemohon"),
        (e.People(applicant=person()), None, person(nik=OTHER), "peserta"),
        (FAMILY, None, person(nik="1399010101900003"), "peserta"),
        (FAMILY, person(nik=OTHER), None, "pemohon"),
    ],
)
def test_no_person_stands_on_a_letter_in_another_persons_place(
    people: e.People, applicant: e.Person | None, participant: e.Person | None, who: str
) -> None:
    with pytest.raises(Refused, match=f"NIK {who} pada surat harus NIK pada permohonan"):
        domain.people_on_letter(loaded(people), applicant, participant)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"nik": "1301013002886400"}, "tanggal lahir di dalam NIK"),
        ({"kk": "0000000000000000"}, "Nomor KK peserta tidak benar"),
        ({"born": date(2090, 1, 5)}, "sesudah hari permohonan diterima"),
        ({"born": date(80, 1, 5)}, "lebih dari 130 tahun"),
    ],
)
def test_impossible_numbers_and_dates_are_refused_on_a_letter_too(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        domain.people_on_letter(loaded(FAMILY), None, person(**({"nik": OTHER} | wrong)))


def test_a_mended_name_keeps_the_rest_and_every_difference_is_told() -> None:
    now = loaded(FAMILY)
    people = domain.people_on_letter(now, None, person(nik=OTHER, name="Anak Warga Baru", born="1990-01-02"))
    assert (people.relationship, people.applicant) == ("anak", FAMILY.applicant)
    content = e.LetterContent(people=people, purpose="Berobat.")
    assert [difference.words for difference in differences(drafted(content))] == [
        "nama peserta: pada permohonan «Anak Warga», pada surat «Anak Warga Baru»",
        "tanggal lahir peserta: pada permohonan «1 Januari 1990», pada surat «2 Januari 1990»",
        "keperluan: pada permohonan «tidak ada», pada surat «Berobat.»",
    ]
    assert differences(drafted(e.LetterContent(people=FAMILY))) == ()
    assert differences(now.case) == ()


def drafted(content: e.LetterContent) -> Case:
    """The family's case with this draft."""
    story = submitted(sheet(STEPS), people=FAMILY)
    letters = (e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),)
    return story.then(data=e.LetterDrafted(draft=1, letters=letters, content=content)).case


def test_a_forgotten_case_has_no_differences() -> None:
    case = loaded(FAMILY).case
    assert case.application is not None
    assert differences(replace(case, application=replace(case.application, people=e.FORGOTTEN))) == ()
