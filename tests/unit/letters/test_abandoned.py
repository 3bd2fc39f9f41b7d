"""Of several letters of a case those are signed that belong to the way that it went, and no draft left behind."""

from __future__ import annotations

from typing import Final

from jejak.cases.positions import letters_drafted
from jejak.contracts import events as e
from jejak.procedure.model import Sop
from jejak.web.reading.case_status import draft_differences
from letters import domain
from tests.procedure import Scenario, person, sheet, submitted

LETTERS: Final = '{kode = "a", jenis = "rekomendasi"}, {kode = "b", jenis = "usulan"}, '
ROUTES: Final = """
[[jalur]]
kode = "x"
nama = "Jalur X"

[[jalur]]
kode = "y"
nama = "Jalur Y"
"""
FOUND: Final = """
[[langkah]]
no = 1
kegiatan = "Cek kepesertaan"
tugas = ["check_membership"]
pelaksana = ["staf"]
bila = { sudah = "lanjut" }

[[langkah]]
no = 2
kegiatan = "Menyusun"
tugas = [
  { tugas = "draft_letter", surat = "a", untuk = ["boleh"] },
  { tugas = "paraf", untuk = ["boleh"], pelaksana = ["kabid"] },
]
pelaksana = ["kasi"]

[[langkah]]
no = 3
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = "b", untuk = ["sudah"] }]
pelaksana = ["kasi"]

[[langkah]]
no = 4
kegiatan = "Menandatangani"
tugas = ["sign"]
pelaksana = ["kadis"]
"""


def by_route() -> Sop:
    steps = FOUND.replace('"check_membership"', '"choose_route"').replace('bila = { sudah = "lanjut" }', "")
    steps = steps.replace('"boleh"', '"x"').replace('"sudah"', '"y"')
    return sheet(steps + 'bila = { perbaiki = "langkah 1" }\n', ROUTES, letters=LETTERS)


def draft(story: Scenario, name: str) -> Scenario:
    assert story.due[0].task.surat == (name,)
    people = story.case.people
    assert people is not None
    number = e.DraftLetter(letter=name, number=f"460/{name}/2022")
    return story.then(data=domain.letter_drafted(story.case, [number], e.LetterContent(people=people), e.Act()).data)


def signed_now(story: Scenario) -> tuple[str, ...]:
    due = next(due for due in story.due if due.tugas == "sign")
    return domain.to_be_signed(story.loaded, due.task.surat)


def test_the_letter_of_a_route_that_was_left_is_not_signed() -> None:
    story = draft(submitted(by_route()).then("x"), "a").then()
    assert signed_now(story) == ("a",)
    story = draft(story.then("perbaiki", data=e.CorrectionRequested()).then("y"), "b")
    assert signed_now(story) == ("b",)


def test_the_letter_of_a_finding_that_was_corrected_is_not_signed() -> None:
    story = draft(submitted(sheet(FOUND, letters=LETTERS)).then(), "a")
    people = story.case.people
    assert people is not None
    story = story.happens(
        e.PeopleCorrected(
            fields=(e.CorrectedField(who="pemohon", field="nik"),),
            subject="pemohon",
            before=people,
            people=e.People(applicant=person(nik="1399010101900009")),
            draft=1,
        )
    )
    story = draft(story.then("sudah"), "b")
    assert signed_now(story) == ("b",)
    assert not domain.is_overtaken(story.case, signed_now(story))


SENT: Final = """
[[langkah]]
no = 5
kegiatan = "Menyerahkan"
tugas = ["hand_over"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "bpjs"
sesudah = "langkah 4"
kegiatan = "Usulan dibawa ke BPJS"
tugas = ["deliver"]
kepada = "bpjs"
pelaksana = ["staf"]
"""


def test_an_unsigned_letter_that_was_left_behind_holds_no_submission_up() -> None:
    story = draft(submitted(sheet(FOUND + SENT, letters=LETTERS)).then(), "a")
    people = story.case.people
    assert people is not None
    other = e.People(applicant=person(nik="1399010101900009"))
    row = e.CorrectedField(who="pemohon", field="nik")
    story = story.happens(e.PeopleCorrected(fields=(row,), subject="pemohon", before=people, people=other, draft=1))
    story = draft(story.then("sudah"), "b")
    letters = (e.SignedLetter(letter="b", number="460/b/2022", sha256="0" * 64, media_type="application/pdf"),)
    signature = e.LetterSigned(
        draft=2,
        letters=letters,
        method="elektronik",
        signed_on=story.now.date(),
        signatory=e.Signatory(name="Kadis", nip="196701011992032001", post="Kepala Dinas"),
    )
    assert story.then(data=signature).waits == ["hand_over staf", "deliver staf (bpjs)"]


ONE_LINE: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = "b" }]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menelaah"
tugas = ["review"]
pelaksana = ["kabid"]

[[langkah]]
no = 3
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = "a" }]
pelaksana = ["staf"]

[[langkah]]
no = 4
kegiatan = "Menandatangani"
tugas = ["sign"]
pelaksana = ["kadis"]
bila = { perbaiki = "langkah 1" }
"""


def test_a_draft_that_the_line_went_back_over_is_left_out_until_it_is_drafted_again() -> None:
    story = draft(draft(submitted(sheet(ONE_LINE, letters=LETTERS)), "b").then(), "a")
    assert signed_now(story) == ("b", "a")
    back = story.then("perbaiki", data=e.CorrectionRequested())
    assert letters_drafted(back.sop, back.case, ("a", "b")) == ("a", "b")
    again = draft(back, "b")
    assert letters_drafted(again.sop, again.case, ("a", "b")) == ("b",)
    assert signed_now(draft(again.then(), "a")) == ("b", "a")


def test_who_signs_several_letters_sees_where_each_differs_from_the_application_and_none_that_he_does_not_sign() -> (
    None
):
    story = submitted(sheet(ONE_LINE, letters=LETTERS))
    for name, purpose in (("b", "Berobat."), ("a", None)):
        people = story.case.people
        assert people is not None
        content = e.LetterContent(people=people, purpose=purpose)
        number = e.DraftLetter(letter=name, number=f"460/{name}/2022")
        story = story.then(data=domain.letter_drafted(story.case, [number], content, e.Act()).data)
        story = story.then() if name == "b" else story
    assert [row["unsur"] for row in draft_differences(story.loaded, ("b", "a"))] == ["keperluan"]
    assert draft_differences(story.loaded, ("a",)) == []
