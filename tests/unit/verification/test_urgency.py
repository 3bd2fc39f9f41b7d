"""Whom of a list a sheet serves, by what registers tell: nobody is refused before what no register tells is judged."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.meanings import Words
from jejak.procedure.model import Sop
from tests.procedure import START, sheet
from tests.unit.sop.sheets import OFFICES
from verification.registers.lookup import Answering, MemberEntry, RegisterAnswers, RegisterEntry, RegisterKind
from verification.registers.urgency import Group, Sheet, group_of

STEPS = '[[langkah]]\nno = 1\nkegiatan = "Nilai"\ntugas = ["check_rules"]\npelaksana = ["staf"]\n'
QUESTION = '[[pertanyaan]]\nkode = "lahir"\nteks = "Bayi?"\npilihan = ["bayi", "bukan_bayi"]\n'
ONLY_ASKED = STEPS + QUESTION + '[[aturan]]\nnama = "Bayi"\njawaban = ["bayi"]\n'


def group(
    sop: Sop,
    desil: int | None = None,
    *,
    active: bool = False,
    need: str | None = None,
    deactivated: str = "2022-06-01",
) -> tuple[Group, str]:
    """A person who is a member, and is listed in every register of the sheet where a decile is given."""
    sources = {name: _source(name, RegisterKind.POOR) for name in sop.daftar}
    listed = tuple(RegisterEntry(source, desil, "Budi", None) for source in sources.values() if desil is not None)
    standing = ("Aktif", None, None) if active else ("Nonaktif", date.fromisoformat(deactivated), 1)
    member = MemberEntry(_source("BPJS", RegisterKind.MEMBERS), None, "Budi", "PBI (APBN)", *standing)
    judged_by = Sheet(sop, START, Words(), sources, "13.99")
    return group_of(judged_by, RegisterAnswers(listed=listed, members=(member,)), need)


def _source(name: str, kind: RegisterKind) -> Answering:
    return Answering(uuid.UUID(int=9), "13.99", name, kind, date(2022, 7, 1))


def office_sheet(path: str) -> Sop:
    return load_sop((OFFICES / path).read_bytes())


@pytest.mark.parametrize("path", ["13.02/jaminan-kesehatan-2024.toml", "51.07/akses-kesehatan-2023.toml"])
def test_where_a_sheet_has_no_rules_an_official_judges(path: str) -> None:
    assert group(office_sheet(path)) == (Group.OPEN, "dinilai petugas")


def test_a_sheet_that_ends_memberships_is_for_those_who_are_active() -> None:
    sop = office_sheet("13.99/penonaktifan-pbi-2024.toml")
    assert group(sop, active=True) == (Group.OPEN, "dinilai petugas")
    assert group(sop) == (Group.OPEN, "kepesertaan sudah nonaktif")
    assert group(sheet(ONLY_ASKED), active=True) == (Group.ACTIVE, "kepesertaan masih aktif")


def test_a_rule_that_hangs_on_an_outcome_of_the_case_refuses_nobody_whom_it_may_serve() -> None:
    sop = office_sheet("12.72/siantar-sehat.toml")
    found, why = group(sop)
    assert found is Group.OPEN
    assert why.startswith("dinilai petugas: Warga tidak mampu/miskin (Non DTKS)")
    assert group(sop, deactivated="2021-06-01")[0] is Group.UNSERVED
    assert group(sop, 1)[0] is Group.SERVED


@pytest.mark.parametrize("desil", [1, 5])
def test_who_fails_by_registers_is_asked_for_what_only_the_counter_hears(desil: int) -> None:
    sop = office_sheet("13.98/reaktivasi-pbi-jk-2026.toml")
    assert group(sop, desil) == (Group.TO_ASK, "Bayi dari ibu PBI Jaminan Kesehatan yang dinonaktifkan")


def test_a_sheet_of_answers_alone_asks_unless_the_list_has_the_answer() -> None:
    sop = sheet(ONLY_ASKED)
    assert group(sop) == (Group.TO_ASK, "Bayi")
    assert group(sop, need="bayi") == (Group.SERVED, "Bayi")
    assert group(sop, need="bukan bayi") == (Group.UNSERVED, "Jawaban di loket bukan bayi.")


def test_a_rule_for_an_answer_is_asked_for_and_concerns_nobody_who_answered_otherwise() -> None:
    looked_up = ONLY_ASKED.replace('"check_rules"', '"check_registry", "check_rules"').replace("jawaban", "untuk")
    sop = sheet(looked_up + 'terdaftar_di = ["DTKS"]\n')
    assert group(sop, 1) == (Group.TO_ASK, "Bayi")
    assert group(sop, 1, need="bukan bayi") == (Group.OPEN, "dinilai petugas")


@pytest.mark.parametrize(("listed_by", "own"), [("13.01", True), ("13", False)])
@pytest.mark.parametrize("office", ["13.01", "13.01-dinkes", "13.01.05"])
def test_a_list_of_the_kabupaten_is_read_with_the_words_of_every_office_there(
    office: str, listed_by: str, own: bool
) -> None:
    known = Words(standings={"1": "aktif"})
    source = Answering(uuid.UUID(int=9), listed_by, "BPJS", RegisterKind.MEMBERS, date(2022, 7, 1))
    words = Sheet(sheet(ONLY_ASKED), START, known, {}, office).words_of(source)
    assert words.standings == ({"1": "aktif"} if own else {})
