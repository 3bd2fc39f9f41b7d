"""Kab. Semisal, by the law of 2026: the rules of DTSEN, Kemensos between office and BPJS, and six months to renew."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from jejak_local.files import wait_until
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import semisal as s
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import HARUN, RATNA, SUPARDI, WULAN
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, step_of
from tests.waits import PATIENCE


@pytest.fixture(scope="module")
def semisal(jejak: Jejak) -> Office:
    return jejak.office("13.98")


@pytest.fixture(scope="module")
def ratna(semisal: Office) -> Berkas:
    return s.catastrophic_to_an_active_card(semisal)


def page(case: Berkas) -> str:
    """The citizen's page, without a token."""
    answer: httpx.Response = case.office.player.http.get(f"/cases/{case.kode}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def officials_page(office: Office, path: str) -> str:
    """A page as the clerk's browser shows it."""
    headers = {"Authorization": f"Bearer {office.token(s.CLERK)}", "Accept": "text/html"}
    answer: httpx.Response = office.player.http.get(path, headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def kabar(office: Office, at: str, case: Berkas) -> dict[str, Any] | None:
    """What the applicant of a case is to be told, by the list of the office at that time."""
    office.at(at)
    results = office.get(s.CLERK, "/cases/kabar").json()["kabar"]
    return next((result for result in results if result["berkas"] == case.id), None)


def on_the_desk(office: Office, at: str, case: Berkas, who: str = s.CLERK) -> list[str]:
    """The tasks of a case in the worklist of an official at that time."""
    office.at(at)
    return [row["tugas"] for row in office.get(who, "/worklist").json()["tugas"] if row["berkas"] == case.id]


def test_reported_at_the_village_and_verified_by_kemensos_the_card_is_active(jejak: Jejak, ratna: Berkas) -> None:
    assert jejak.ledger.kinds(ratna) == [
        "ApplicationSubmitted",
        "DocumentsComplete",
        "PopulationChecked",
        "MembershipChecked",
        "DtksVerified",
        "EligibilityConfirmed",
        "RouteChosen",
        "LetterDrafted",
        "ParafGiven",
        "LetterSigned",
        "LetterArchived",
        "SubmissionSent",
        "ReplyReceived",
        "MembershipActivated",
        "CaseClosed",
    ]
    listing = jejak.ledger.event(ratna, "DtksVerified").payload["listings"][0]
    assert (listing["register_name"], listing["listed"], listing["desil"]) == ("DTSEN", True, 7)
    assert jejak.ledger.event(ratna, "SubmissionSent").payload["to"] == "kemensos"
    [due] = ratna.now()["jatuh_tempo"]
    assert (due["tugas"], due["pihak"], due["mendesak"]) == ("renew_data", "pemohon", False)


def test_the_letter_of_the_health_facility_is_recorded_printed_and_shown_to_nobody_else(
    jejak: Jejak, ratna: Berkas
) -> None:
    facts = ("445/0406/RSUD/2026", "6 April 2026", s.HOSPITAL)
    assert f"menurut surat keterangan {facts[2]} nomor {facts[0]} tanggal {facts[1]}." in text_of(
        ratna.letter("keterangan")
    )
    checked = jejak.ledger.event(ratna, "DocumentsComplete").payload
    assert "k" in checked["sealed"]
    own = ratna.office.get(s.CLERK, f"/cases/{ratna.id}").json()
    assert [(row["dokumen"], row["nomor"], row["tanggal"], row["penerbit"]) for row in own["catatan_dokumen"]] == [
        ("FASKES", facts[0], "2026-04-06", facts[2])
    ]
    for path in (f"/cases/{ratna.id}", f"/cases/{ratna.id}/daftar-kontrol"):
        assert f"nomor {facts[0]}, tanggal {facts[1]}, dari {facts[2]}" in officials_page(ratna.office, path)
    # The citizen's pages, and what Kafka carries of the events, hold none of it.
    public = ratna.office.player.http
    pages = [public.get(f"/cases/{ratna.kode}{more}").text for more in ("", "/timeline", "/daftar-kontrol")]
    for text in (page(ratna), *pages, *(json.dumps(event.payload) for event in jejak.ledger.events(ratna))):
        assert facts[0] not in text
        assert facts[2] not in text


def test_a_check_without_the_facts_is_refused_and_one_body_never_serves_several_cases(semisal: Office) -> None:
    semisal.at("2026-04-10 08:00")
    ways = {"layanan": s.SERVICE, "jawaban": ["penyakit_kronis"]}
    cases = [
        semisal.submit(s.CLERK, {**ways, "pemohon": who}, papers(who, ("FASKES", "KK", "KTP")))
        for who in (HARUN, SUPARDI)
    ]
    [harun, supardi] = cases
    harun.until_due("check_documents")
    supardi.until_due("check_documents")
    harun.start("check_documents", by=s.CLERK, at="2026-04-10 08:02")
    form = officials_page(semisal, f"/cases/{harun.id}/tasks/check_documents")
    assert [f'name="dicatat.FASKES.{fact}"' in form for fact in ("nomor", "tanggal", "penerbit")] == [True] * 3
    assert 'name="dicatat.KK' not in form
    without = harun.refused("check_documents", by=s.CLERK, at="2026-04-10 08:05")
    assert without["detail"] == (
        "Nomor Surat keterangan fasilitas kesehatan belum dicatat. Tanggal Surat keterangan fasilitas kesehatan belum "
        "dicatat. Penerbit Surat keterangan fasilitas kesehatan belum dicatat."
    )
    facts = s.letter_of_hospital(semisal)
    ahead = {"FASKES": facts["FASKES"] | {"tanggal": "2026-04-11"}}
    later = harun.refused("check_documents", by=s.CLERK, at="2026-04-10 08:06", body={"dicatat": ahead})
    assert "sesudah hari pemeriksaannya (10-04-2026)" in later["detail"]
    both = semisal.send(s.CLERK, "/tasks/check_documents", {"berkas": [harun.id, supardi.id], "dicatat": facts})
    assert (both.status_code, both.json()["type"]) == (422, "urn:jejak:masalah:isian_sendiri")
    harun.do("check_documents", by=s.CLERK, at="2026-04-10 08:07", body={"dicatat": facts})
    assert harun.now()["jatuh_tempo"][0]["tugas"] == "check_population"


def test_six_months_count_from_the_day_the_card_became_active_not_from_its_record(ratna: Berkas) -> None:
    # Active on Friday 10 April, seen and recorded on 17 April: six months end with 10 October.
    ratna.office.at("2026-04-20 09:00")
    step = step_of(ratna.timeline(), "perbarui_dtsen")
    assert step["batas"]["setempat"].startswith("Sabtu, 10 Okt 2026 23.59")
    assert (step["pihak"], step["mutu_baku"]["tercetak"], step["mutu_baku"]["dalam"]) == ("pemohon", "6 bulan", None)
    shown = page(ratna)
    assert "Kepesertaan sudah aktif sejak 10 April 2026" in shown
    assert (
        "Memperbarui data peserta di DTSEN lewat desa/kelurahan atau Dinas Sosial), paling lambat 10 Oktober 2026"
        in shown
    )


def test_the_active_card_is_told_with_the_day_and_the_reminders_come_in_their_time(
    semisal: Office, ratna: Berkas
) -> None:
    assert wait_until(lambda: kabar(semisal, "2026-04-20 09:00", ratna) is not None, seconds=PATIENCE)
    news = kabar(semisal, "2026-04-20 09:00", ratna)
    assert news is not None
    assert news["jenis"] == "aktif"
    assert news["kabar"].endswith("atau Dinas Sosial, paling lambat 10 Oktober 2026.")
    assert on_the_desk(semisal, "2026-04-20 09:00", ratna) == []

    # Three months after 10 April: Friday 10 July, from the opening at 07.30.
    assert kabar(semisal, "2026-07-10 07:29", ratna) is None
    reminded = kabar(semisal, "2026-07-10 07:31", ratna)
    assert reminded is not None
    assert (reminded["jenis"], reminded["sejak"]["setempat"][:24]) == ("ingatkan", "Jumat, 10 Jul 2026 07.30")
    assert on_the_desk(semisal, "2026-07-10 07:31", ratna) == ["renew_data"]
    assert on_the_desk(semisal, "2026-07-10 07:31", ratna, s.VILLAGE) == ["renew_data"]
    told = semisal.send(s.CLERK, f"/cases/{ratna.id}/told", {"kabar": "ingatkan", "cara": "telepon"})
    assert told.status_code < 300, told.text
    heard = kabar(semisal, "2026-07-10 08:00", ratna)
    assert heard is not None
    assert heard["disampaikan"] is not None

    # Five months after: Thursday 10 September; what was told in July is not told again by itself.
    again = kabar(semisal, "2026-09-10 08:00", ratna)
    assert again is not None
    assert (again["jenis"], again["disampaikan"]) == ("ingatkan", None)


def test_renewed_in_time_nothing_is_left_to_do(jejak: Jejak, semisal: Office, ratna: Berkas) -> None:
    s.renewed(ratna)
    ended = jejak.ledger.event(ratna, "DataRenewed")
    assert (ended.hasil, ended.slot, ended.recorder) == ("diperbarui", "perbarui_dtsen", s.VILLAGE)
    assert ratna.now()["jatuh_tempo"] == []
    assert step_of(ratna.timeline(), "perbarui_dtsen")["mutu_baku"]["dalam"] is True
    assert wait_until(
        lambda: (kabar(semisal, "2026-09-28 08:00", ratna) or {}).get("jenis") != "ingatkan", seconds=PATIENCE
    )


def test_after_six_months_the_participant_is_late_and_the_office_is_not(semisal: Office) -> None:
    case = s.unlisted_with_the_letter_in_hand(semisal)
    semisal.at("2026-10-13 23:00")
    assert step_of(case.timeline(), "perbarui_dtsen")["terlambat"] is False
    semisal.at("2026-10-14 00:01")
    timeline = case.timeline()
    assert step_of(timeline, "perbarui_dtsen")["terlambat"] is True
    assert timeline["total"]["sop_selesai"]["tercapai"] is True
    assert "mengadu" not in page(case)
    # Nobody is held by it for ever: that it was not done is recorded with a reason, and is no success.
    without = case.refused("renew_data", by=s.CLERK, at="2026-10-14 09:00", body={"hasil": "tidak_diperbarui"})
    assert without["status"] == 422
    gone = {"hasil": "tidak_diperbarui", "catatan": "Pindah ke luar kabupaten."}
    case.outsider("renew_data", by=s.CLERK, happened="2026-10-14 09:00", at="09:05", body=gone)
    assert case.now()["jatuh_tempo"] == []
    last = case.timeline()["peristiwa"][-1]
    assert last["kalimat"] == "Pemutakhiran data DTSEN: tidak diperbarui."


def test_a_desil_that_is_not_served_is_refused_and_told_the_other_way(jejak: Jejak, semisal: Office) -> None:
    case = s.of_desil_three(semisal)
    assert case.now()["status"] == "tolak"
    reasons = {
        (reason["key"], reason["text"]) for reason in jejak.ledger.event(case, "EligibilityDenied").payload["reasons"]
    }
    assert ("desil", "Desil 3 tidak termasuk 0, 6, 7, 8, 9, 10.") in reasons
    assert ("tidak_terdaftar_di", "Sudah terdaftar di DTSEN.") in reasons


def test_a_high_desil_needs_a_chronic_catastrophic_or_urgent_need(jejak: Jejak, semisal: Office) -> None:
    case = s.of_desil_nine_with_another_need(semisal)
    assert case.now()["status"] == "tolak"
    keys = {reason["key"] for reason in jejak.ledger.event(case, "EligibilityDenied").payload["reasons"]}
    assert keys == {"jawaban", "tidak_terdaftar_di"}


def test_kemensos_refuses_another_nik_until_it_is_mended(jejak: Jejak, semisal: Office) -> None:
    case = s.mended_for_kemensos(semisal)
    kinds = jejak.ledger.kinds(case)
    assert kinds.count("SubmissionSent") == 2
    assert kinds[kinds.index("ReplyReceived") + 1 : -3] == [
        "PeopleCorrected",
        "DocumentsAdded",
        "PopulationChecked",
        "MembershipChecked",
        "DtksVerified",
        "EligibilityConfirmed",
        "RouteChosen",
        "LetterDrafted",
        "ParafGiven",
        "LetterSigned",
        "LetterArchived",
        "SubmissionSent",
    ]
    # The first look found nobody of that NIK; who is not ranked counts as desil 0.
    looks = [event.payload["listings"][0] for event in jejak.ledger.events(case) if event.type == "DtksVerified"]
    assert [(look["listed"], look.get("desil")) for look in looks] == [(False, None), (True, 0)]
    text = text_of(case.letter("keterangan"))
    assert WULAN["nik"] in text
    assert "SURAT KETERANGAN PENGAKTIFAN KEMBALI" in text.upper()
    assert "Hal" not in text
    assert case.now()["status"] == "aktif"


def test_a_baby_without_nik_is_served_by_its_mothers_removal(jejak: Jejak, semisal: Office) -> None:
    case = s.a_baby_of_a_removed_mother(semisal)
    confirmed = jejak.ledger.event(case, "EligibilityConfirmed")
    assert "Bayi dari ibu PBI Jaminan Kesehatan yang dinonaktifkan" in confirmed.payload["rules"]
    assert RATNA["nik"] not in str(confirmed.payload)
