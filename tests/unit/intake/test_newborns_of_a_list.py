"""Newborns of one list: each is named once, and twins of one mother are two people."""

from datetime import date
from typing import Final

from intake.bulk import RowResult, without_contradictions
from intake.submission import Application
from jejak.contracts import events as e
from tests.procedure import person

MOTHER: Final = "1399014101900001"


def row_of(number: int, name: str) -> tuple[int, Application]:
    baby: dict[str, object] = {"nik": None, "mother": MOTHER, "birth_paper": "Surat keterangan lahir 12", "name": name}
    participant = e.Person.model_validate(person().model_dump() | baby | {"born": date(2026, 1, 5)})
    return number, Application(pemohon=person(), peserta=participant)


def test_twins_are_two_participants_and_a_baby_that_is_listed_again_is_refused() -> None:
    first, twin, again = without_contradictions(
        [row_of(2, "Bayi Satu"), row_of(3, "Bayi Dua"), row_of(4, "BAYI  SATU")]
    )
    assert (first, twin) == (row_of(2, "Bayi Satu"), row_of(3, "Bayi Dua"))
    assert isinstance(again, RowResult)
    assert (again.hasil, again.sebab) == ("ditolak", "Peserta ini sudah ada pada baris 2.")
