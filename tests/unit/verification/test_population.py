"""An imported population extract answers for Dukcapil: each failure is an outcome of its own."""

import uuid
from datetime import date

import pytest

from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork, Undecided
from jejak.procedure.meanings import put_off_words
from tests.procedure import sheet, submitted
from verification.registers.lookup import Answering, LookUp, RegisterAnswers, RegisterKind, ResidentEntry
from verification.tasks import population_of

STEPS = '[[langkah]]\nno = 1\nkegiatan = "Padan dengan Dukcapil"\ntugas = ["check_population"]\npelaksana = ["staf"]\n'
SOURCE = Answering(uuid.UUID(int=9), "13.99", "DUKCAPIL", RegisterKind.RESIDENTS, date(2022, 6, 1))
LOOKED = LookUp({"DUKCAPIL": SOURCE}, {})


def work() -> DueWork:
    story = submitted(sheet(STEPS))
    loaded = story.loaded
    return DueWork(loaded, story.due[0])


def resident(**changes: object) -> RegisterAnswers:
    known: dict[str, object] = {
        "kk": "1399010101010001",
        "name": "CONTOH  WARGA",
        "born": date(1990, 1, 1),
        "status": "HIDUP",
    }
    return RegisterAnswers(residents=(ResidentEntry(SOURCE, **(known | changes)),))  # type: ignore[arg-type]


def test_an_empty_status_in_an_extract_that_has_the_column_is_not_one_of_the_living() -> None:
    with pytest.raises(Undecided) as waits:
        population_of(work(), LOOKED, resident(status=""))
    assert "kosong" in (put_off_words(waits.value.shown) or "")


def test_extracts_that_contradict_each_other_wait_for_a_person() -> None:
    [living], [dead] = resident().residents, resident(status="MENINGGAL DUNIA").residents
    [unlike] = resident(name="ORANG LAIN").residents
    for rows in ((living, dead), (living, unlike)):
        with pytest.raises(Undecided):
            population_of(work(), LOOKED, RegisterAnswers(residents=rows))


@pytest.mark.parametrize("word", ["PINDAH KELUAR", "BELUM MENINGGAL", "0", "DATA DIBEKUKAN"])
def test_an_unknown_status_is_no_match_but_waits_for_a_person(word: str) -> None:
    with pytest.raises(Undecided) as waits:
        population_of(work(), LOOKED, resident(status=word))
    assert f"«{word}»" in (put_off_words(waits.value.shown) or "")


@pytest.mark.parametrize(
    ("answers", "hasil", "differing"),
    [
        (resident(), "padan", ()),
        (resident(kk=None), "padan", ()),
        (resident(name="ORANG LAIN"), "tidak_padan", ("NAMA_LGKP",)),
        (resident(kk="1399010101010002", born=date(1990, 1, 2)), "tidak_padan", ("NO_KK", "TGL_LHR")),
        (resident(status=None), "padan", ()),
        (resident(status="MENINGGAL DUNIA"), "meninggal", ()),
        (resident(status="NIK GANDA"), "nik_ganda", ()),
        (resident(status="TIDAK AKTIF"), "nik_tidak_aktif", ()),
        (RegisterAnswers(), "tidak_ditemukan", ()),
    ],
)
def test_each_failure_is_an_outcome_of_its_own(
    answers: RegisterAnswers, hasil: str, differing: tuple[str, ...]
) -> None:
    decided = population_of(work(), LOOKED, answers)
    assert decided.hasil == hasil
    assert isinstance(decided.data, e.PopulationChecked)
    assert decided.data.differing == differing
    assert decided.data.source == e.Source(way="impor", reference=str(SOURCE.import_id), as_of=SOURCE.as_of)
