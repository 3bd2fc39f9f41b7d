"""A letter prints what was recorded of a document, where the sheet's own words name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from jejak.contracts import events as e
from jejak.platform.errors import Refused
from letters.printing.letter import LetterData
from tests.procedure import Scenario, sheet, submitted
from tests.unit.letters.test_kinds import ONE, drafted, printed, words_of

HEAD = """
[[persyaratan]]
kode = "FASKES"
nama = "Surat fasilitas kesehatan"
catat = ["nomor", "tanggal", "penerbit"]
"""
LETTER = (
    '{kode = "satu", jenis = "keterangan", isi = "layak menurut surat {FASKES.penerbit} nomor {FASKES.nomor}.", '
    'penutup = "Surat tanggal {FASKES.tanggal}."}, '
)
CHECKED = '[[langkah]]\nno = 1\nkegiatan = "Mengecek"\ntugas = ["check_documents"]\npelaksana = ["staf"]\n'
FACTS = e.DocumentFacts(nomor="445/12/RSUD/2022", tanggal=date(2022, 7, 1), penerbit="RSUD Contoh")


def checked(facts: dict[str, e.DocumentFacts] | None = None) -> Scenario:
    """A case of whose document this was recorded."""
    sop = sheet(CHECKED + ONE.replace("SURAT", "satu").replace("no = 1", "no = 2"), HEAD, letters=LETTER)
    return submitted(sop).then(data=e.DocumentsComplete(facts={"FASKES": FACTS} if facts is None else facts))


def written(**changes: Any) -> LetterData:
    story = checked()
    return printed(story.then(data=drafted(story, "satu", **changes)), "satu")


def test_the_letter_prints_the_facts_in_the_words_of_the_sheet() -> None:
    page = words_of(written())
    assert "layak menurut surat RSUD Contoh nomor 445/12/RSUD/2022." in page
    assert "Surat tanggal 1 Juli 2022." in page


def test_the_draft_keeps_what_it_prints_for_as_long_as_letters_are_kept() -> None:
    story = checked()
    draft = drafted(story, "satu")
    assert isinstance(draft.content, e.LetterContent)
    assert draft.content.facts == {"FASKES": FACTS}
    # The working key is destroyed: the letter stays as it was drafted.
    kept = story.then(data=draft)
    assert printed(replace(kept, case=replace(kept.case, facts={})), "satu").pokok == written().pokok


def test_words_of_the_drafter_stand_in_the_place_of_those_that_name_facts() -> None:
    data = written(closing=("Demikian.",))
    assert (data.pokok, data.penutup) == ((), ("Demikian.",))


def test_nothing_is_drafted_with_a_gap_where_a_fact_was_not_recorded() -> None:
    story = checked({"FASKES": FACTS.model_copy(update={"penerbit": None})})
    with pytest.raises(Refused, match="menyebut penerbit Surat fasilitas kesehatan, yang belum dicatat"):
        drafted(story, "satu")
    own = story.then(data=drafted(story, "satu", closing=("Demikian.",)))
    assert printed(own, "satu").penutup == ("Demikian.",)


def test_a_letter_that_names_no_document_keeps_none() -> None:
    story = submitted(sheet(ONE.replace("SURAT", "surat")))
    content = drafted(story, "surat").content
    assert "facts" not in content.model_dump(mode="json")
