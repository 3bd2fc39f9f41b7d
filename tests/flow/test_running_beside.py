"""A person with another running case: the counter shows it, and never refuses the new one."""

from __future__ import annotations

from typing import Any

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person
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


def case_page(office: Office, clerk: str, case: str) -> str:
    headers = {"Authorization": f"Bearer {office.token(clerk)}", "Accept": "text/html"}
    answer = office.player.http.get(f"/cases/{case}", headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_officials_see_on_a_case_which_others_of_the_participant_still_run(
    pesisir_selatan: Office, contoh: Office
) -> None:
    brother = CHILD | {"nik": "1301014107140073", "name": "Adik Contoh"}
    alone = brought(pesisir_selatan, "2022-10-06 09:00", brother)["berkas"]
    assert pesisir_selatan.get("staf-1", f"/cases/{alone}").json()["berkas_lain"] == []
    assert "berkas lain" not in case_page(pesisir_selatan, "staf-1", alone)
    second = brought(pesisir_selatan, "2022-10-06 10:00", brother)
    elsewhere = brought(contoh, "2022-10-06 10:30", brother, "staf-contoh-1")["berkas"]

    pesisir_selatan.at("2022-10-06 11:00")
    far, near = pesisir_selatan.get("staf-1", f"/cases/{alone}").json()["berkas_lain"]
    assert far == {"kantor": "13.99", "nama_kantor": contoh.kantor.nama}
    assert (near["berkas"], near["kode"]) == (second["berkas"], second["kode"])
    page = case_page(pesisir_selatan, "staf-1", alone)
    assert f'<a href="/cases/{second["berkas"]}">berkas {second["kode"]}</a>' in page
    assert f"di {contoh.kantor.nama}" in page
    assert second["kode"] not in case_page(contoh, "staf-contoh-1", elsewhere)
    stranger = contoh.get("staf-contoh-1", f"/cases/{alone}").json()
    assert "berkas_lain" not in stranger


def test_a_running_case_of_the_participant_is_shown_at_the_counter_until_it_ends(
    jejak: Jejak, pesisir_selatan: Office, contoh: Office
) -> None:
    first = brought(pesisir_selatan, "2022-10-03 09:00", CHILD)
    mothers = brought(pesisir_selatan, "2022-10-03 09:30", MOTHER)
    again = brought(pesisir_selatan, "2022-10-03 10:00", CHILD)
    elsewhere = brought(contoh, "2022-10-03 10:30", CHILD, "staf-contoh-1")
    for answer in (first, again):
        case = Berkas(pesisir_selatan, answer["berkas"], answer["kode"], "staf-1")
        case.withdraw(by="staf-1", at="2022-10-04 09:00", why="Tidak jadi")
    later = brought(pesisir_selatan, "2022-10-05 09:00", CHILD)

    assert first["berjalan"] == []
    assert mothers["berjalan"] == []
    [running] = again["berjalan"]
    assert (running["kode"], running["layanan"]) == (first["kode"], "reaktivasi-kis-pbi")
    assert [other.keys() for other in elsewhere["berjalan"]] == [{"kantor", "nama_kantor"}] * 2
    assert [other["kantor"] for other in later["berjalan"]] == ["13.99"]
