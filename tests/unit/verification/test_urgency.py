"""Whom of a list a sheet serves, by what registers tell: nobody is refused before what no register tells is judged."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from jejak.procedure.meanings import Words
from jejak.procedure.model import Sop
from tests.procedure import START, sheet
from verification.registers.lookup import Answering, RegisterKind
from verification.registers.urgency import Sheet

STEPS = '[[langkah]]\nno = 1\nkegiatan = "Periksa"\ntugas = ["check_membership"]\npelaksana = ["staf"]\n'


def judged_by(sop: Sop, office: str = "13.99") -> Sheet:
    return Sheet(sop, START, Words(), {}, office)


@pytest.mark.parametrize(("listed_by", "own"), [("13.01", True), ("13", False)])
@pytest.mark.parametrize("office", ["13.01", "13.01-dinkes", "13.01.05"])
def test_a_list_of_the_kabupaten_is_read_with_the_words_of_every_office_there(
    office: str, listed_by: str, own: bool
) -> None:
    known = Words(standings={"1": "aktif"})
    source = Answering(uuid.UUID(int=9), listed_by, "BPJS", RegisterKind.MEMBERS, date(2022, 7, 1))
    words = Sheet(sheet(STEPS), START, known, {}, office).words_of(source)
    assert words.standings == ({"1": "aktif"} if own else {})
