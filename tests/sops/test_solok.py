"""Kab. Solok: down by disposition, a cover letter within a day, BPJS's eight days, the card within a day."""

from __future__ import annotations

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import solok as s
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import FITRA
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, hours, minutes, step_of

DAY = 24 * 60


@pytest.fixture(scope="module")
def solok(jejak: Jejak) -> Office:
    return jejak.office("13.02")


@pytest.fixture(scope="module")
def fitra(solok: Office) -> Berkas:
    return s.by_disposition_to_the_card(solok)


@pytest.fixture(scope="module")
def erman(solok: Office) -> Berkas:
    return s.nine_working_days_at_bpjs(solok)


def test_petugas_kadis_kabid_and_korpel_hand_it_down_each_with_an_instruction(jejak: Jejak, fitra: Berkas) -> None:
    down = [event for event in jejak.ledger.events(fitra) if event.tugas in {"forward", "dispose", "draft_letter"}]
    assert [(event.langkah, event.type, event.actor) for event in down] == [
        ("2", "ApplicationForwarded", "petugas-1"),
        ("3", "DispositionGiven", "kadis-1"),
        ("4", "DispositionGiven", "kabid-1"),
        ("5", "LetterDrafted", "korpel-1"),
    ]
    notes = [(note["oleh"], note["catatan"]) for note in fitra.now()["catatan"] if note["langkah"] in {"3", "4"}]
    assert notes == [("kadis-1", "Kabid: teliti, proses."), ("kabid-1", "Korpel: siapkan pengantar.")]


def test_instructions_are_for_the_offices_own_eyes(fitra: Berkas) -> None:
    shown = fitra.office.player.http.get(f"/cases/{fitra.id}")
    assert shown.status_code == 200
    assert "Kabid: teliti" not in shown.text


def test_the_kabid_cannot_dispose_before_the_kadis(solok: Office) -> None:
    solok.at("2024-01-24 08:00")
    application = {"layanan": "kis-pbi", "pemohon": FITRA}
    case = solok.submit("petugas-1", application, papers(FITRA, ("IDENTITAS", "LAINNYA")))
    case.work("check_documents", by="petugas-1", begun="08:05", ended="08:06")
    case.work("forward", by="petugas-1", begun="08:06", ended="08:07")
    assert case.refused("dispose", by="kabid-1", at="08:10")["status"] == 403


def test_the_cover_letter_is_signed_by_the_kadis_and_sent_with_a_receipt(jejak: Jejak, fitra: Berkas) -> None:
    text = text_of(fitra.letter("pengantar"))
    assert "Kepala BPJS Kesehatan Cabang Solok" in text
    sent = jejak.ledger.event(fitra, "SubmissionSent")
    assert (sent.actor, sent.payload["via"], sent.payload["letters"]) == ("petugas-1", "diantar", ["pengantar"])
    assert [document["document"] for document in sent.payload["evidence"]] == ["TANDA_TERIMA"]


def test_within_a_day_means_by_the_end_of_the_next_working_day(fitra: Berkas) -> None:
    step = step_of(fitra.timeline(), "6")
    assert step["mutu_baku"] == {"tercetak": "1 hari", "jam": "berlalu", "dalam": True}
    # Drafted on Monday 22 January at 09.45, sent on Tuesday at 10.30: Monday 09.45–12.00 and 13.00–16.00 is
    # 135 + 180, Tuesday 07.30–10.30 is 180 minutes. By the calendar a day and 45 minutes.
    assert step["berlalu"]["detik"] == minutes(135 + 180 + 180)
    assert step["dinding"]["detik"] == minutes(DAY + 45)


def test_bpjs_issues_the_card_on_the_seventh_of_eight_working_days(fitra: Berkas) -> None:
    step = step_of(fitra.timeline(), "7")
    assert (step["pihak"], step["mutu_baku"]["tercetak"], step["mutu_baku"]["dalam"]) == ("bpjs", "8 hari", True)
    # Sent on Tuesday 23 January at 10.30; Wed 24 (1), Thu 25, Fri 26, Mon 29, Tue 30, Wed 31 (6), Thu 1 February (7).
    # Tuesday 10.30–12.00 and 13.00–16.00 is 4.5 h, six days of 7.5 h, Thursday 07.30–10.30 is 3 h;
    # less the 9 minutes from BPJS's answer on Friday at 10.00 until the clerk had entered it, which are not BPJS's.
    assert step["berlalu"]["detik"] == hours(4.5 + 6 * 7.5 + 3 - 9 / 60)
    assert step["dinding"]["detik"] == hours(9 * 24)


def test_the_citizen_has_the_card_within_a_day_and_the_case_is_closed(jejak: Jejak, fitra: Berkas) -> None:
    step = step_of(fitra.timeline(), "8")
    assert (step["pihak"], step["mutu_baku"]["dalam"]) == ("pemohon", True)
    assert jejak.ledger.kinds(fitra)[-3:] == ["MembershipActivated", "CardReceived", "CaseClosed"]
    assert jejak.ledger.event(fitra, "MembershipActivated").payload["means"] == "baru"


def test_nine_working_days_are_late_though_holidays_are_not_counted(erman: Berkas) -> None:
    timeline = erman.timeline()
    step = step_of(timeline, "7")
    # Sent on Thursday 1 February 2024 at 11.00, a day not counted. Working days: Fri 2 (1), Mon 5 (2), Tue 6 (3),
    # Wed 7 (4), Thu 8 Isra Mikraj, Fri 9 cuti bersama Imlek, Mon 12 (5), Tue 13 (6), Wed 14 the election, Thu 15 (7),
    # Fri 16 (8). The card was issued on Monday 19 (9).
    assert (step["mutu_baku"]["dalam"], step["terlambat"], step["pihak"]) == (False, True, "bpjs")
    # Thursday 1: 11.00–12.00 and 13.00–16.00, 4 h; eight days of 7.5 h; Monday 19: 07.30–09.00, 1.5 h;
    # less the 9 minutes from BPJS's answer until it was entered.
    assert step["berlalu"]["detik"] == hours(4 + 8 * 7.5 + 1.5 - 9 / 60)
    # Beside it the calendar: 18 days less two hours.
    assert step["dinding"]["detik"] == minutes(18 * DAY - 120)
    # None of it is the office's, whose own steps were in time.
    assert [step["langkah"] for step in timeline["langkah"] if step["terlambat"]] == ["7"]
