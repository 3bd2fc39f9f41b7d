"""Newborns of one list: each is named once, and twins of one mother are two people."""

from datetime import date
from typing import Final

from intake.bulk import RowResult, without_contradictions
from intake.submission import Application
from jejak.contracts import events as e
from tests.procedure import person

MOTHER: Final = "1399014101900001"


def row_of(number: int, name: str, order: str | None = None) -> tuple[int, Application]:
    baby = {"nik": None, "mother": MOTHER, "birth_paper": "Surat keterangan lahir 12", "name": name}
    baby["birth_order"] = order
    participant = e.Person.model_validate(person().model_dump() | baby | {"born": date(2026, 1, 5)})
    return number, Application(pemohon=person(), peserta=participant)


def test_twins_are_two_participants_and_a_baby_that_is_listed_again_is_refused() -> None:
    first, twin, again = without_contradictions(
        [row_of(2, "Bayi Satu"), row_of(3, "Bayi Dua"), row_of(4, "BAYI  SATU")]
    )
    assert (first, twin) == (row_of(2, "Bayi Satu"), row_of(3, "Bayi Dua"))
    assert isinstance(again, RowResult)
    assert again.hasil == "ditolak"
    assert again.sebab == (
        "Peserta ini sudah ada pada baris 2. Satu bayi cukup diajukan sekali; bila kembar, isi urutan lahir bayi "
        "kembar masing-masing (1, 2)."
    )


def test_twins_without_names_of_their_own_are_two_participants_by_their_order() -> None:
    rows = [row_of(number, "Bayi Ny. Siti", order) for number, order in enumerate((None, "2", "3", "1"), 2)]
    first, second, third, again = without_contradictions(rows)
    assert [first, second, third] == rows[:3]
    assert isinstance(again, RowResult)
    assert again.hasil == "ditolak"
