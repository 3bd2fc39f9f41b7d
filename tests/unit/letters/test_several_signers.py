"""Several letters of a case, and several officials who sign them: each letter its own signer and its own parafs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from jejak.cases.people.signers import signs_by_pen
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.procedure.office.signing import pen_posts
from jejak.web.tasks.form import forms
from letters import domain
from tests.procedure import Scenario, office, sheet, submitted

LETTERS: Final = '{kode = "a", jenis = "rekomendasi"}, {kode = "b", jenis = "usulan"}, '
TWO: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun dan memaraf"
tugas = [{ tugas = "draft_letter", surat = "a" }, { tugas = "paraf", pelaksana = ["sekretaris"] }]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = "b" }]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Menandatangani"
tugas = ["sign"]
pelaksana = ["penanda"]
"""
PERFORMERS: Final = '{kode = "penanda", nama = "Penanda", pihak = "dinas", jabatan = ["kadis", "kabid"]},\n'


def draft(story: Scenario, *, by: str | None = None) -> Scenario:
    """The letters of the draft that is due, for this signer where one is chosen."""
    names, people = story.due[0].task.surat, story.case.people
    assert people is not None
    domain.check_chosen(story.loaded, names, by)
    numbers = [
        e.DraftLetter(letter=name, number=f"460/{name}/2022", signer=domain.chosen_signer(story.loaded, name, by))
        for name in names
    ]
    return story.then(data=domain.letter_drafted(story.case, numbers, e.LetterContent(people=people), e.Act()).data)


def begun(steps: str = TWO, kantor: Kantor | None = None, head: str = "", performers: str = PERFORMERS) -> Scenario:
    return submitted(sheet(steps, head, letters=LETTERS, performers=performers), kantor)


def signer_of(story: Scenario, name: str) -> str | None:
    named = story.case.letters[name].signer
    return named.code if named else None


def test_a_paraf_skipped_for_an_acting_signer_is_missed_though_another_letter_was_drafted_since() -> None:
    acting = (
        '\n[[pejabat]]\nkode = "sekretaris-1"\nnama = "sekretaris-1"\nnip = "196701011992032001"\njabatan = "kadis"\n'
        'sebagai = "Plh."\ndari = 2022-07-01\nsampai = 2022-07-08\n'
    )
    steps = TWO.replace('"penanda"', '"kadis"').replace('["sign"]', '[{ tugas = "sign", surat = "a" }]')
    story = draft(begun(steps, office(acting=acting)))
    assert story.types[-1] == "ParafSkipped"
    back = draft(story).later(days=14)
    with pytest.raises(Refused, match="Sebuah paraf dilewati"):
        domain.electronic_signer(back.loaded, "kadis", ["a"], "kadis-1")


BY_ROUTE: Final = """
[[langkah]]
no = 1
kegiatan = "Menentukan jalur"
tugas = ["choose_route"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = "a" }]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Jalur X"
untuk = ["x"]
tugas = ["sign"]
pelaksana = ["kadis"]

[[langkah]]
no = 4
kegiatan = "Jalur Y"
untuk = ["y"]
tugas = [{ tugas = "paraf", pelaksana = ["kadis"] }, { tugas = "sign", pelaksana = ["lain"] }]
pelaksana = ["kadis"]
"""
ROUTES: Final = '[[jalur]]\nkode = "x"\nnama = "X"\n\n[[jalur]]\nkode = "y"\nnama = "Y"\n'
OTHER: Final = '{kode = "lain", nama = "Lain", pihak = "dinas", jabatan = ["kabid"]},\n'


@pytest.mark.parametrize("steps", [BY_ROUTE, BY_ROUTE.replace("no = 3", "no = 5")])
def test_a_letter_is_drafted_for_who_signs_it_on_the_route_of_the_case(steps: str) -> None:
    blocks = steps.split("\n[[langkah]]")
    steps = "\n[[langkah]]".join(sorted(blocks, key=lambda block: block.partition("no = ")[2][:1]))
    start = begun(steps, head=ROUTES, performers=OTHER)
    by_x, by_y = draft(start.then("x")), draft(start.then("y"))
    assert (signer_of(by_x, "a"), by_x.waits) == ("kadis-1", ["sign kadis"])
    assert (signer_of(by_y, "a"), by_y.waits) == ("kabid-1", ["paraf kadis"])
    assert domain.electronic_signer(by_y.then().loaded, "lain", ["a"], "kabid-1").kode == "kabid-1"


def test_a_paraf_is_not_skipped_for_a_signer_named_by_a_post_that_does_not_sign_here() -> None:
    """A draft that was stored before names the Kadis, though the Bidang signs on this route and the Kadis initials."""
    start = begun(BY_ROUTE, head=ROUTES, performers=OTHER).then("y")
    people = start.case.people
    assert people is not None
    kadis = e.ChosenSigner(code="kadis-1", post="kadis")
    number = e.DraftLetter(letter="a", number="460/a/2022", signer=kadis)
    story = start.then(data=domain.letter_drafted(start.case, [number], e.LetterContent(people=people), e.Act()).data)
    assert story.waits == ["paraf kadis"]


def test_of_two_lines_that_sign_a_letter_the_one_that_drafts_it_names_the_signer() -> None:
    steps = BY_ROUTE.partition("\n[[langkah]]\nno = 4")[0].replace('untuk = ["x"]\n', "")
    again = """
[[tindak_lanjut]]
kode = "ulang"
sesudah = "langkah 1"
kegiatan = "Menyusun lagi"
tugas = [{ tugas = "draft_letter", surat = "a", pelaksana = ["staf"] }, "sign"]
pelaksana = ["lain"]
"""
    story = draft(begun(steps + again, head=ROUTES, performers=OTHER).then("x"))
    assert (story.waits, signer_of(story, "a")) == (["sign kadis", "draft_letter staf (ulang)"], "kadis-1")
    assert domain.chosen_signer(story.loaded, "a", None) == e.ChosenSigner(code="kabid-1", post="kabid")


EACH_HIS_OWN: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = ["a", "b"] }]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menandatangani"
tugas = [
  { tugas = "sign", surat = "a", pelaksana = ["penanda"] },
]

[[langkah]]
no = 3
kegiatan = "Menandatangani"
tugas = [{ tugas = "sign", surat = "b", pelaksana = ["sekretaris"] }]
"""


def test_a_letter_that_the_chosen_signer_does_not_sign_names_its_own() -> None:
    story = draft(begun(EACH_HIS_OWN), by="kabid-1")
    assert (signer_of(story, "a"), signer_of(story, "b")) == ("kabid-1", "sekretaris-1")
    with pytest.raises(Malformed, match="Yang berwenang menandatangani surat ini hari ini: kadis-1, kabid-1, sek"):
        draft(begun(EACH_HIS_OWN), by="staf-1")


def test_nobody_signs_with_one_signature_the_letter_that_was_drafted_for_another() -> None:
    story = draft(draft(begun(), by="kabid-1").then(), by="kadis-1")
    assert story.waits == ["sign penanda"]
    for code, other in (("kadis-1", "kabid-1"), ("kabid-1", "kadis-1")):
        with pytest.raises(Refused, match=f"disusun untuk ditandatangani {other}") as refused:
            domain.electronic_signer(story.loaded, "penanda", ["a", "b"], code)
        assert refused.value.code == "konsep_lain"


def test_a_second_draft_for_one_signature_names_the_signer_of_the_first_and_a_new_choice_holds_for_both() -> None:
    first = draft(begun(), by="kabid-1").then()
    [form] = forms(first.loaded, first.due[0], recording=False)
    [field] = (field for group in form.groups for field in group.fields if field.name == "penanda_tangan")
    assert [code for code, _ in field.known] == ["kabid-1", "kadis-1"]
    story = draft(first)
    assert (signer_of(story, "b"), story.waits) == ("kabid-1", ["sign penanda"])
    assert domain.electronic_signer(story.loaded, "penanda", ["a", "b"], "kabid-1").kode == "kabid-1"
    back = story.then("perbaiki", data=e.CorrectionRequested())
    assert back.due[0].task.surat == ("a",)
    anew = draft(draft(back, by="kadis-1").then())
    assert (signer_of(anew, "a"), signer_of(anew, "b")) == ("kadis-1", "kadis-1")
    back = anew.then("perbaiki", data=e.CorrectionRequested())
    anew = draft(draft(back, by="kabid-1").then())
    assert (signer_of(anew, "a"), signer_of(anew, "b")) == ("kabid-1", "kabid-1")


def test_a_letter_signed_by_pen_before_the_post_fell_vacant_is_recorded_after() -> None:
    pen = '\n[[penanda_tangan]]\njabatan = "kadis"\ntanda_tangan = "basah"\n'
    text = office().text.decode() + pen
    text = text.replace('"elektronik"', '"elektronik"\npencatat_tanda_tangan = "staf"', 1)
    story = draft(draft(begun(TWO.replace('"penanda"', '"kadis"'), load_kantor(text.encode()))).then())
    holders = tuple(
        row.model_copy(update={"sampai": date(2022, 7, 8)}) if row.jabatan == "kadis" else row
        for row in story.office.pejabat
    )
    vacant = replace(story, office=story.office.model_copy(update={"pejabat": holders})).later(days=7)
    assert signs_by_pen(vacant.loaded, vacant.due[0])
    assert pen_posts(vacant.office, ["kadis"], vacant.now.date())
    assert domain.pen_signer(vacant.loaded, ["kadis"], ["a", "b"], None, date(2022, 7, 7)).kode == "kadis-1"
