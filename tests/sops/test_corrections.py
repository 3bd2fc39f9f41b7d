"""Letters that go back to the drafter, a letter never signed, and a submission that BPJS returns for mending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import RUSLAN, ZULFAN
from letters.signatures.pades import load_roots, verify_pdf
from tests.flow.test_query import wait_until
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, minutes, seconds, step_of, task_of


@pytest.fixture(scope="module")
def ruslan(pesisir_selatan: Office) -> Berkas:
    return pesisir.twice_back_to_the_draft(pesisir_selatan)


@pytest.fixture(scope="module")
def irwan(pesisir_selatan: Office) -> Berkas:
    return pesisir.withdrawn_before_the_paraf(pesisir_selatan)


@pytest.fixture(scope="module")
def gusmiati(pesisir_selatan: Office) -> Berkas:
    return pesisir.mended_then_accepted(pesisir_selatan)


def in_the_book(office: Office, number: str) -> Mapping[str, Any]:
    """The line of the Buku Rekomendasi with this number."""
    rows: list[Mapping[str, Any]] = []

    def written() -> bool:
        book = office.get("staf-1", f"/registers/{office.kantor.kode}/buku", tahun=number[-4:]).json()
        rows[:] = [row for row in book["baris"] if row["nomor"] == number]
        return bool(rows)

    wait_until(written)
    [line] = rows
    return line


def number_of(case: Berkas) -> str:
    [letter] = case.now()["surat"]
    return str(letter["nomor"])


def test_a_letter_goes_back_twice_and_keeps_its_number(jejak: Jejak, ruslan: Berkas) -> None:
    events = [event for event in jejak.ledger.events(ruslan) if event.langkah in {"3", "4", "5"}]
    assert [(event.tugas, event.hasil, event.actor) for event in events] == [
        ("draft_letter", "selesai", "staf-1"),
        ("paraf", "perbaiki", "sekretaris-1"),
        ("draft_letter", "selesai", "staf-1"),
        ("paraf", "paraf", "kabid-1"),
        ("sign", "perbaiki", "kadis-1"),
        ("draft_letter", "selesai", "staf-1"),
        ("paraf", "paraf", "kabid-1"),
        ("sign", "ditandatangani", "kadis-1"),
    ]
    drafts = [event.payload for event in events if event.type == "LetterDrafted"]
    assert [draft["draft"] for draft in drafts] == [1, 2, 3]
    assert len({letter["number"] for draft in drafts for letter in draft["letters"]}) == 1


def test_a_new_draft_voids_the_paraf_before_it(jejak: Jejak, ruslan: Berkas) -> None:
    events = jejak.ledger.events(ruslan)
    assert [event.payload["draft"] for event in events if event.type == "ParafGiven"] == [2, 3]
    assert jejak.ledger.event(ruslan, "LetterSigned").payload["draft"] == 3


def test_what_was_mended_stands_in_the_signed_letter(jejak: Jejak, ruslan: Berkas) -> None:
    letter = ruslan.letter()
    assert verify_pdf(letter, load_roots(jejak.certificates)).good
    text = text_of(letter)
    assert "Jorong Contoh Nomor 7" in text
    assert "Rawat jalan penyakit jantung" in text
    assert number_of(ruslan) in text
    assert RUSLAN["nik"] in text


def test_repetitions_are_judged_singly(ruslan: Berkas) -> None:
    timeline = ruslan.timeline()
    # The Sekretaris: 08.18 → 08.30 → 08.32. The Kabid: 08.42 → 09.00 → 09.01, then 09.43 → 10.00 → 10.01.
    assert seconds(step_of(timeline, "4", stay=1)) == (minutes(12), minutes(2), minutes(14))
    assert seconds(step_of(timeline, "4", stay=2)) == (minutes(18), minutes(1), minutes(19))
    assert seconds(step_of(timeline, "4", stay=3)) == (minutes(17), minutes(1), minutes(18))
    # Hands in all: 0.5 checking; 3, 2, 3 drafting; 2, 1, 1 of parafs; 2, 1 of the Kadis; 2 at the counter.
    assert timeline["total"]["sop_selesai"]["sentuh_terukur"]["detik"] == minutes(17.5)


def test_a_signed_letter_stands_in_the_buku_rekomendasi(pesisir_selatan: Office, ruslan: Berkas) -> None:
    line = in_the_book(pesisir_selatan, number_of(ruslan))
    assert line["keadaan"] == "ditandatangani"


def test_a_withdrawal_leaves_nothing_due(jejak: Jejak, irwan: Berkas) -> None:
    assert jejak.ledger.kinds(irwan)[-2:] == ["LetterDrafted", "ApplicationWithdrawn"]
    now = irwan.now()
    assert (now["berakhir"], now["jatuh_tempo"]) == ("ditarik", [])


def test_the_number_of_a_withdrawn_letter_is_batal_in_the_book(pesisir_selatan: Office, irwan: Berkas) -> None:
    line = in_the_book(pesisir_selatan, number_of(irwan))
    assert (line["keadaan"], line["sebab"]) == ("batal", "permohonan ditarik oleh pemohon")


def test_every_number_of_the_year_is_accounted_for(pesisir_selatan: Office, ruslan: Berkas, irwan: Berkas) -> None:
    for case in (ruslan, irwan):
        assert in_the_book(pesisir_selatan, number_of(case))["kode"] == case.kode
    book = pesisir_selatan.get("staf-1", "/registers/13.01/buku", tahun="2022").json()["baris"]
    assert sorted(row["urut"] for row in book) == list(range(1, len(book) + 1))


def test_a_submission_that_bpjs_returned_is_mended_and_sent_again(jejak: Jejak, gusmiati: Berkas) -> None:
    followed = [event for event in jejak.ledger.events(gusmiati) if event.slot == "aktif"]
    assert [(event.tugas, event.hasil) for event in followed] == [
        ("deliver", "terkirim"),
        ("await_reply", "perbaiki"),
        ("complete", "selesai"),
        ("deliver", "terkirim"),
        ("await_reply", "diterima"),
        ("confirm_status", "sesuai"),
    ]
    assert {(event.actor, event.recorder) for event in followed} == {(None, "staf-1")}
    assert all(event.payload.get("evidence") or event.payload.get("documents") for event in followed)
    assert gusmiati.now()["status"] == "aktif"


def test_until_a_mended_submission_is_sent_again_the_citizen_sees_the_file_wait(pesisir_selatan: Office) -> None:
    waiting = pesisir.mended(pesisir_selatan)
    page = waiting.office.player.http.get(f"/cases/{waiting.kode}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "pengajuan ke BPJS" in page.text
    assert [task["tugas"] for task in waiting.now()["jatuh_tempo"]] == ["deliver"]


def test_bpjs_is_not_answerable_for_the_days_the_applicant_took(gusmiati: Berkas) -> None:
    timeline = gusmiati.timeline()
    # First answer: recorded as sent on Wednesday 13.00, answered on Friday 10.00: 3 h + 7.5 h + 2.5 h.
    assert task_of(timeline, "ReplyReceived", 1)["berlalu"]["detik"] == minutes(13 * 60)
    # The applicant: from the record of that answer, Friday 14.00, to Monday 08.00, day and night: 66 hours.
    assert task_of(timeline, "DocumentsAdded")["berlalu"]["detik"] == minutes(66 * 60)
    # Second answer: Monday 13.30, Wednesday 09.00: 2.5 h + 7.5 h + 1.5 h.
    assert task_of(timeline, "ReplyReceived", 2)["berlalu"]["detik"] == minutes(11.5 * 60)


def test_a_reason_is_asked_for_when_a_letter_is_sent_back(pesisir_selatan: Office) -> None:
    case = checked(apply(pesisir_selatan, "2022-07-06 08:00", ZULFAN), "08:05", "08:05:30")
    case.work("draft_letter", by="staf-1", begun="08:10", ended="08:12")
    problem = case.refused("paraf", by="kabid-1", at="08:20", body={"hasil": "perbaiki"})
    assert (problem["status"], problem["type"]) == (422, "urn:jejak:masalah:alasan_perlu")
