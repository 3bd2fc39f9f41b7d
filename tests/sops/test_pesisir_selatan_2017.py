"""Kab. Pesisir Selatan by its sheet of 2017: the PBDT number, the emergency, and the sheet that a file runs."""

from __future__ import annotations

from datetime import date

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.people import CHAIRUL, ELFIDA
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, minutes, seconds, step_of

OLD, NEW = "21/SOP/DSPPrPA-PS/2017", "67/68/SOP/DSPP/PA-PS/2022"


@pytest.fixture(scope="module")
def betriwati(pesisir_selatan: Office) -> Berkas:
    return pesisir.with_the_number_of_the_register(pesisir_selatan)


@pytest.fixture(scope="module")
def elfida(pesisir_selatan: Office) -> Berkas:
    return pesisir.the_emergency_goes_first(pesisir_selatan)


@pytest.fixture(scope="module")
def firman(pesisir_selatan: Office) -> Berkas:
    return pesisir.begun_in_the_old_year(pesisir_selatan)


@pytest.fixture(scope="module")
def hasan(pesisir_selatan: Office) -> Berkas:
    return pesisir.begun_in_the_new_year(pesisir_selatan)


def test_the_number_in_pbdt_is_recorded_at_the_second_step_and_sealed(jejak: Jejak, betriwati: Berkas) -> None:
    verified = jejak.ledger.event(betriwati, "DtksVerified")
    assert verified.langkah == "2"
    assert [(listing["register_name"], listing["listed"]) for listing in verified.payload["listings"]] == [
        ("PBDT", True)
    ]
    assert "1301-PBDT-0029" not in str(verified.payload)


def test_the_number_in_pbdt_is_printed_on_the_recommendation(betriwati: Berkas) -> None:
    text = text_of(betriwati.letter())
    assert "Nomor PBDT : 1301-PBDT-0029" in text.replace("\n", " ")
    assert "Terdapat di PBDT SISKADASATU" in text


def test_the_emergency_stands_before_who_came_first(pesisir_selatan: Office, elfida: Berkas) -> None:
    pesisir_selatan.at("2021-11-15 09:10")
    waiting = pesisir_selatan.get("staf-1", "/worklist").json()["tugas"]
    drafts = [
        task for task in waiting if task["tugas"] == "draft_letter" and "15 Nov 2021" in task["sejak"]["setempat"]
    ]
    assert [draft["mendesak"] for draft in drafts] == [True, False]
    assert drafts[0]["kode"] == elfida.kode
    assert drafts[1]["sejak"]["waktu"] < drafts[0]["sejak"]["waktu"]
    people = [pesisir_selatan.get("staf-1", draft["lihat"]).json()["pemohon_dan_peserta"] for draft in drafts]
    assert [person["applicant"]["name"] for person in people] == [ELFIDA["name"], CHAIRUL["name"]]


def test_a_file_of_31_december_2021_runs_the_sheet_of_2017_to_its_end_in_2022(jejak: Jejak, firman: Berkas) -> None:
    timeline, now = firman.timeline(), firman.now()
    assert timeline["sop"]["nomor"] == OLD
    assert (now["berakhir"], now["jatuh_tempo"][0]["tugas"]) == ("selesai", "deliver")
    closed = jejak.ledger.event(firman, "CaseClosed").recorded_at
    assert closed.astimezone(firman.office.kantor.calendar.tzinfo).date() == date(2022, 1, 3)
    assert "MembershipChecked" not in jejak.ledger.kinds(firman)


def test_a_file_of_3_january_2022_runs_the_sheet_of_2022(jejak: Jejak, hasan: Berkas) -> None:
    assert hasan.timeline()["sop"]["nomor"] == NEW
    assert "MembershipChecked" in jejak.ledger.kinds(hasan)
    assert len(jejak.ledger.event(hasan, "DocumentsComplete").payload["shown"]) == 6


def test_the_turn_of_the_year_is_a_weekend_and_no_delay(firman: Berkas) -> None:
    step = step_of(firman.timeline(), "3")
    # The look-ups ended on Friday 31 December at 15.40.40; the office closes at 16.30 on Fridays. Monday 3 January:
    # opened at 08.00, half an hour after opening, done at 08.03. 49 min 20 s + 30 min of wait, 3 min of touch time.
    assert seconds(step) == (minutes(49 + 20 / 60 + 30), minutes(3), minutes(49 + 20 / 60 + 33))
    assert step["terlambat"] is False
