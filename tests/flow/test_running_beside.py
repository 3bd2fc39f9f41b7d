"""The same person with a case that still runs: noticed at the counter, and shown which one; never refused."""

from __future__ import annotations

from typing import Any

from jejak_local.play import Berkas, Office
from jejak_local.stories.counter import papers
from jejak_local.stories.people import Person
from tests.stories import Jejak

CHILD: Person = {
    "nik": "1301014107120071",
    "kk": "1301010101010071",
    "name": "Anak Contoh",
    "born": "2012-07-01",
    "address": "Jorong Contoh",
}
MOTHER: Person = CHILD | {"nik": "1301014107850072", "name": "Ibu Contoh", "born": "1985-07-01"}


def brought(office: Office, at: str, participant: Person, clerk: str = "staf-1") -> dict[str, Any]:
    office.at(at)
    application = {"layanan": "reaktivasi-kis-pbi", "pemohon": MOTHER, "keperluan": "Berobat"}
    if participant is not MOTHER:
        application["peserta"] = participant
    answer = office.send(clerk, "/cases", application, papers(participant))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_who_has_a_case_that_runs_is_noticed_and_which_one_until_it_has_ended(
    jejak: Jejak, pesisir_selatan: Office, contoh: Office
) -> None:
    first = brought(pesisir_selatan, "2022-10-03 09:00", CHILD)
    mothers = brought(pesisir_selatan, "2022-10-03 09:30", MOTHER)
    again = brought(pesisir_selatan, "2022-10-03 10:00", CHILD)
    elsewhere = brought(contoh, "2022-10-03 10:30", CHILD, "staf-contoh-1")
    for one in (first, again):
        case = Berkas(pesisir_selatan, one["berkas"], one["kode"], "staf-1")
        case.withdraw(by="staf-1", at="2022-10-04 09:00", why="Tidak jadi")
    later = brought(pesisir_selatan, "2022-10-05 09:00", CHILD)

    assert first["berjalan"] == []
    assert mothers["berjalan"] == []
    [found] = again["berjalan"]
    assert (found["kode"], found["layanan"]) == (first["kode"], "reaktivasi-kis-pbi")
    assert [one.keys() for one in elsewhere["berjalan"]] == [{"kantor", "nama_kantor"}] * 2
    assert [one["kantor"] for one in later["berjalan"]] == ["13.99"]
