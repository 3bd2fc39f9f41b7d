"""What the registers say of each person on a list attached to a letter, and who is in none."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest

from jejak.cases.people.listed import listed_on
from jejak.contracts import events as e
from jejak.contracts.parts import ListedPerson
from tests.procedure import Scenario, office, sheet, submitted
from verification.registers.listed import finding_of, not_imported
from verification.registers.lookup import (
    Answering,
    LookUp,
    MemberEntry,
    RegisterAnswers,
    RegisterEntry,
    RegisterKind,
    ResidentEntry,
    UnreadRow,
)

STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun"
tugas = ["draft_letter", { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""
LETTER: Final = '{kode = "banyak", jenis = "usulan", kepada = "Kepala", hal = "x", daftar_terlampir = true},'
BUDI: Final = ListedPerson(nik="1399010101900002", name="Budi Contoh", kk="1399010101010002")
SITI: Final = ListedPerson(nik="1399014101900003", name="Siti Contoh")


def answering(name: str, kind: RegisterKind) -> Answering:
    return Answering(UUID(int=1), "13.99", name, kind, date(2022, 6, 1))


DTSEN: Final = answering("DTSEN", RegisterKind.POOR)
BPJS: Final = answering("BPJS", RegisterKind.MEMBERS)
DUKCAPIL: Final = answering("DUKCAPIL", RegisterKind.RESIDENTS)
LISTED: Final = RegisterEntry(DTSEN, 3, "Budi Contoh", None)
INACTIVE: Final = MemberEntry(BPJS, None, None, None, "NONAKTIF", None, None)


def resident(**changes: Any) -> ResidentEntry:
    return ResidentEntry(
        DUKCAPIL, **({"kk": BUDI.kk, "name": "BUDI CONTOH", "born": None, "status": "HIDUP"} | changes)
    )


def drafted(*people: ListedPerson) -> Scenario:
    story = submitted(
        sheet(STEPS.replace('"draft_letter"', '{ tugas = "draft_letter", surat = "banyak" }'), letters=LETTER), office()
    )
    content = e.LetterContent(people=story.case.people or e.People.model_construct(), listed=people)
    return story.then(
        data=e.LetterDrafted(draft=1, letters=(e.DraftLetter(letter="banyak", number="1"),), content=content)
    )


def words_of(person: ListedPerson, answers: RegisterAnswers, *registers: Answering) -> tuple[tuple[str, ...], bool]:
    looked = LookUp({row.register: row for row in registers}, {person.nik: answers})
    row = finding_of(drafted(person).loaded, person, looked)
    return row.words, row.look


def test_who_is_in_every_register_needs_no_look() -> None:
    answers = RegisterAnswers((LISTED,), (INACTIVE,), (resident(),))
    words, look = words_of(BUDI, answers, DTSEN, BPJS, DUKCAPIL)
    assert words == ("DUKCAPIL: data padan", "BPJS: boleh diproses", "DTSEN: terdaftar, desil 3")
    assert not look


def test_who_is_in_none_is_shown_register_by_register() -> None:
    words, look = words_of(SITI, RegisterAnswers(), DTSEN, BPJS, DUKCAPIL)
    assert words == ("DUKCAPIL: NIK tidak ditemukan", "BPJS: tidak ditemukan", "DTSEN: tidak ditemukan")
    assert look


@pytest.mark.parametrize(
    ("answers", "register", "words"),
    [
        (
            RegisterAnswers(residents=(resident(kk="1399010101010009", name="BUDI LAIN"),)),
            DUKCAPIL,
            "DUKCAPIL: data tidak padan (nomor kk, nama berbeda)",
        ),
        (RegisterAnswers(residents=(resident(status="MENINGGAL DUNIA"),)), DUKCAPIL, "DUKCAPIL: tercatat meninggal"),
        (
            RegisterAnswers(residents=(resident(status="PINDAH JAUH"),)),
            DUKCAPIL,
            "DUKCAPIL: status orang ini tertulis «PINDAH JAUH»",
        ),
        (
            RegisterAnswers(members=(MemberEntry(BPJS, None, None, "PBI APBN", "AKTIF", None, None),)),
            BPJS,
            "BPJS: sudah aktif",
        ),
        (RegisterAnswers(unread=(UnreadRow(DTSEN, 7, "kolom kurang"),)), DTSEN, "DTSEN: baris orang ini"),
    ],
)
def test_what_differs_or_is_unclear_is_to_be_looked_at_and_no_value_of_a_register_is_shown(
    answers: RegisterAnswers, register: Answering, words: str
) -> None:
    [text], look = words_of(BUDI, answers, register)
    assert text.startswith(words)
    assert look
    assert "BUDI LAIN" not in text


def test_a_field_that_the_list_lacks_is_not_compared_and_a_register_that_was_not_imported_is_named() -> None:
    assert words_of(SITI, RegisterAnswers(residents=(resident(name="SITI CONTOH"),)), DUKCAPIL) == (
        ("DUKCAPIL: data padan",),
        False,
    )
    assert not_imported(LookUp({"DUKCAPIL": DUKCAPIL}, {})) == ("daftar kepesertaan", "daftar kemiskinan")


def test_the_people_are_those_of_the_newest_draft() -> None:
    assert listed_on(drafted(BUDI, SITI).case) == (BUDI, SITI)
    assert listed_on(submitted(sheet(STEPS)).case) == ()
