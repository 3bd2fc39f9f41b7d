"""What contradicts itself goes to a person, and nobody becomes another person by a correction."""

from __future__ import annotations

from datetime import date

import pytest

from bpjs_sync.answers.rows import from_raw
from jejak.cases.people.participants import corrected, differences
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Problem, Refused
from jejak.platform.office_access import UnusableError
from jejak.procedure.meanings import SHIPPED, put_off
from jejak.procedure.office.vocabularies import known_as
from jejak.tables.cells import BadValueError
from letters import domain as letters
from tests.field.test_newborn import baby, story
from tests.procedure import sheet, submitted
from verification.outside import dukcapil

PAPER = e.Attachment(document="KK", sha256="1" * 64, media_type="image/png", size=68)
NIK = "1399010101900002"


@pytest.mark.parametrize("word", ["TERDAFTAR (-)", "(-) TERDAFTAR", "AKTIF -", "- AKTIF", "-1", "DITERIMA ( - )"])
def test_a_dash_that_joins_nothing_makes_a_word_unknown(word: str) -> None:
    assert known_as(word) == ""


def test_the_dash_of_a_range_is_not_left_out() -> None:
    assert known_as("Desil 1-4") != known_as("Desil 14")
    assert known_as("NON-AKTIF") == known_as("nonaktif")


@pytest.mark.parametrize(
    "row",
    [
        {"nik": NIK, "tmt": "2022-07-01", "keterangan": "ditolak karena NIK ganda"},
        {"nik": NIK, "hasil": "diterima", "keterangan": "DITOLAK: NIK ganda"},
        {"nik": NIK, "hasil": "AKTIF", "keterangan": "MENINGGAL DUNIA"},
        {"nik": NIK, "hasil": "diterima", "keterangan": "nonaktif, iuran pemda belum dibayar"},
    ],
)
def test_an_answer_whose_remark_says_no_is_no_yes(row: dict[str, str]) -> None:
    with pytest.raises(BadValueError, match=r"keterangan"):
        from_raw(2, row)


def test_a_remark_that_says_nothing_against_it_leaves_the_answer() -> None:
    assert from_raw(2, {"nik": NIK, "hasil": "aktif", "keterangan": "sudah padan"}).says == "aktif"


@pytest.mark.parametrize(("verdict", "treshold", "agrees"), [("Sesuai (59)", 100, False), ("Sesuai (90)", 80, True)])
def test_a_likeness_below_the_one_asked_for_does_not_agree(verdict: str, treshold: int, agrees: bool) -> None:
    body = f'{{"content": [{{"nama_lgkp": "{verdict}"}}]}}'.encode()
    if agrees:
        assert dukcapil.match_result(200, body, {"NAMA_LGKP": "X"}, SHIPPED, treshold).hasil == "padan"
    else:
        with pytest.raises(UnusableError):
            dukcapil.match_result(200, body, {"NAMA_LGKP": "X"}, SHIPPED, treshold)


def test_the_reason_of_a_task_that_waits_for_dukcapil_names_nobody() -> None:
    sentence = "NIK 1301/0101/0180/0001 atas nama BUDI CONTOH pindah"
    body = f'{{"content": {{"respon": "{sentence}", "response_code": "99"}}}}'.encode()
    with pytest.raises(UnusableError) as refused:
        dukcapil.match_result(200, body, {"NAMA_LGKP": "X"})
    reason = put_off(refused.value.column, refused.value.word)
    assert "atas nama …" in reason
    assert "BUDI" not in reason
    assert "0101" not in reason


def test_a_newborn_is_not_replaced_by_another_baby() -> None:
    loaded = story().loaded
    other = baby(mother="1399014202910002", birth_paper="Surat 9", name="Bayi Lain", born=date(2022, 5, 1))
    with pytest.raises(Malformed, match="perlu dokumennya"):
        corrected(loaded, None, other, e.Act(note="Keliru."))
    with pytest.raises(Refused, match="orang lain, bukan koreksi"):
        corrected(loaded, None, other, e.Act(evidence=(PAPER,)))


@pytest.mark.parametrize("nik", ["1399014101900001", "1399010101800001"])
def test_the_nik_that_follows_is_the_babys_own(nik: str) -> None:
    with pytest.raises(Problem, match="NIK"):
        corrected(story().loaded, None, baby(nik=nik, mother=None, birth_paper=None), e.Act(evidence=(PAPER,)))


def test_a_nik_of_another_birth_date_under_another_name_is_another_person() -> None:
    now = submitted(sheet('[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["check_documents"]\npelaksana = ["staf"]\n'))
    before = now.case.people
    assert before is not None
    other = before.applicant.model_copy(update={"nik": "1399014203850009", "name": "Orang Lain"})
    with pytest.raises(Refused, match="orang lain, bukan koreksi"):
        corrected(now.loaded, other, None, e.Act(evidence=(PAPER,)))


def test_the_drafters_own_paragraphs_hold_no_number_of_a_person_and_are_shown_to_the_signer() -> None:
    loaded = story().loaded
    named = letters.content(loaded, {"opening": ("Untuk SITI LAIN, NIK 1399.0142.0385.0009.",)}, refuses=False)
    with pytest.raises(Malformed, match="tidak memuat NIK"):
        letters.check_letters(named)
    plain = letters.content(loaded, {"opening": ("Dengan hormat.",)}, refuses=False)
    letters.check_letters(plain)
    drafted = e.LetterDrafted(draft=1, letters=(e.DraftLetter(letter="surat", number="460/1"),), content=plain)
    shown = differences(story().then(data=drafted).case)
    assert [(row.what, row.written) for row in shown] == [("alinea pembuka", "Dengan hormat.")]
