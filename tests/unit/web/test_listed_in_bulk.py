"""The page of several parafs or signatures leads to the people of each attached list."""

from __future__ import annotations

import pytest

from jejak.contracts.parts import ListedPerson
from jejak.web.pages.bulk_page import to_be_read
from jejak.web.pages.environment import render
from tests.unit.verification.test_listed import BUDI, SITI, drafted


@pytest.mark.parametrize(("people", "linked"), [((BUDI, SITI), True), ((), False)])
def test_a_letter_with_a_list_leads_to_its_people(people: tuple[ListedPerson, ...], linked: bool) -> None:
    reading = to_be_read(drafted(*people).loaded, "sign")
    row = {"berkas": "b", "kode": "7K3M-9QXA-2BCD", "peserta": "", "mendesak": False, "dimulai": None, "kerjakan": "/k"}
    page = render(
        "sekaligus.html",
        nama="tanda tangan",
        verb="sign",
        tanda="t",
        kunci=lambda: "k",
        tidak_terbaca=[],
        tugas=[{**row, "sejak": {"setempat": "4 Juli 2022 09.00"}, **reading}],
    )

    assert reading["daftar_terlampir"] == len(people)
    assert ('href="/cases/7K3M-9QXA-2BCD/daftar-terlampir"' in page) == linked
    assert (f"Orang pada daftar terlampir berkas 7K3M-9QXA-2BCD: {len(people)}," in page) == linked
