"""Several letters of a case, and several officials who sign them: each letter its own signer and its own parafs."""

from __future__ import annotations

from typing import Final

import pytest

from jejak.contracts import events as e
from jejak.platform.errors import Refused
from jejak.procedure.kantor import Kantor
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
