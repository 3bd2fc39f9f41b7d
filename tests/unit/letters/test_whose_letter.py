"""A letter names the people of its case: who they are is corrected there, and looked up again, never on a letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from jejak.cases.case import Case
from jejak.cases.decision import LoadedCase
from jejak.cases.people.newborn import standing_in
from jejak.cases.people.participants import differences
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from letters import domain
from letters.printing.letter import Peserta
from tests.procedure import person, sheet, submitted

STEPS: Final = '[[langkah]]\nno = 1\nkegiatan = "Konsep"\ntugas = ["draft_letter"]\npelaksana = ["staf"]\n'
LOOKED_UP: Final = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["check_population"]\npelaksana = ["staf"]\n' + (
    STEPS.replace("no = 1", "no = 2")
)
OTHER: Final = "1399010101900002"
FAMILY: Final = e.People(applicant=person(), participant=person(nik=OTHER, name="Anak Warga"), relationship="anak")
WHY: Final = e.Act(note="Sesuai KTP yang ditunjukkan.")


def loaded(people: e.People = FAMILY, steps: str = STEPS) -> LoadedCase:
    story = submitted(sheet(steps), people=people)
    return (story.then() if steps != STEPS else story).loaded


@pytest.mark.parametrize(
    ("change", "which"),
    [
        ({"name": "Orang Lain"}, "nama peserta"),
        ({"kk": "1399010101010009"}, "nomor KK peserta"),
        ({"nik": "1399010101900003"}, "NIK peserta"),
        ({"born": date(1990, 1, 2)}, "tanggal lahir peserta"),
        ({"card": "0001234567890"}, "nomor kartu JKN-KIS peserta"),
    ],
)
def test_who_a_person_is_cannot_be_replaced_on_a_letter(change: dict[str, object], which: str) -> None:
    scan = e.Attachment(document="KTP", sha256="1" * 64, media_type="image/png", size=68)
    participant = person(**({"nik": OTHER, "name": "Anak Warga"} | change))
    with pytest.raises(Refused, match=f"{which} tidak diganti di sini"):
        domain.corrected_by_drafter(loaded(), None, participant, e.Act(note="Keliru.", evidence=(scan,)))


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
        domain.corrected_by_drafter(loaded(), None, person(**({"nik": OTHER} | wrong)), WHY)


def test_a_mended_address_is_a_correction_of_the_case_and_stands_on_the_letter() -> None:
    mended = person(address="Jorong Contoh Nomor 7")
    correction = domain.corrected_by_drafter(loaded(), mended, None, WHY)
    assert correction is not None
    assert isinstance(correction.people, e.People)
    content = domain.content(loaded(), {}, refuses=False, people=correction.people)
    assert content.people == FAMILY.model_copy(update={"applicant": mended})


def test_an_address_that_dukcapil_was_asked_about_is_not_mended_while_drafting() -> None:
    alone = e.People(applicant=person())
    with pytest.raises(Refused, match="alamat pemohon tidak diganti di sini"):
        domain.corrected_by_drafter(loaded(alone, LOOKED_UP), person(address="Jorong Contoh Nomor 7"), None, WHY)


def test_people_as_recorded_correct_nothing() -> None:
    assert domain.corrected_by_drafter(loaded(), FAMILY.applicant, FAMILY.participant, e.Act()) is None


def test_a_new_draft_takes_the_findings_of_the_newest_look_ups() -> None:
    story = submitted(sheet(STEPS), people=FAMILY)
    listed = e.Listing(register_name="DTKS", listed=True, desil=2, source=e.Source(way="manual"))
    old = e.LetterContent(people=FAMILY, desil=9, basis=("lama",), purpose="Berobat.")
    case = replace(drafted(old), listings=(listed,), confirmed=())
    content = domain.content(replace(story.loaded, case=case), {}, refuses=False)
    assert (content.desil, content.basis, content.purpose) == (2, (), "Berobat.")


def test_every_difference_from_the_application_is_shown() -> None:
    people = FAMILY.model_copy(
        update={"participant": person(nik=OTHER, name="Anak Warga Baru", born="1990-01-02")},
    )
    content = e.LetterContent(people=people, purpose="Berobat.")
    assert [difference.words for difference in differences(drafted(content))] == [
        "nama peserta: pada permohonan «Anak Warga», pada surat «Anak Warga Baru»",
        "tanggal lahir peserta: pada permohonan «1 Januari 1990», pada surat «2 Januari 1990»",
        "keperluan: pada permohonan «tidak ada», pada surat «Berobat.»",
    ]
    assert differences(drafted(e.LetterContent(people=FAMILY))) == ()
    assert differences(loaded().case) == ()


def drafted(content: e.LetterContent) -> Case:
    """The family's case with this draft."""
    story = submitted(sheet(STEPS), people=FAMILY)
    letters = (e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),)
    return story.then(data=e.LetterDrafted(draft=1, letters=letters, content=content)).case


def test_a_forgotten_case_has_no_differences() -> None:
    assert differences(replace(drafted(e.LetterContent(people=FAMILY, purpose="Lain.")), applied=None)) == ()


def test_a_twin_without_a_nik_is_printed_with_the_longest_paper_of_its_birth() -> None:
    paper = "Surat keterangan lahir ".ljust(100, "9")
    twin = person(nik=None, mother=OTHER, birth_paper=paper, birth_order="2")
    printed = Peserta(nama=twin.name, nik=standing_in(twin) or "").nik
    assert printed == f"belum ada; NIK ibu {OTHER}, {paper}, bayi kembar ke-2"
