"""Kab. Contoh: a participant leaves PBI-JK. The same line leads to its other end, a membership that has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from jejak_local.files import wait_until
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import contoh as c
from jejak_tools.stories.people import BAHAR, TAUFIK
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, minutes, seconds, step_of, task_of
from tests.waits import PATIENCE

DAY = 24 * 60


@pytest.fixture(scope="module")
def bahar(contoh: Office) -> Berkas:
    return c.deceased_to_the_end_of_the_membership(contoh)


@pytest.fixture(scope="module")
def taufik(contoh: Office) -> Berkas:
    """Taufik is better off: sent on 3 July, and not answered yet."""
    case = c.reported(contoh, "2024-07-03 09:00", TAUFIK, "mampu", ("PERNYATAAN",), "Sudah bekerja tetap.")
    case.work("check_population", by="kasi-contoh", begun="09:30", ended="09:33", body={"hasil": "padan"})
    case.work("check_membership", by="kasi-contoh", begun="09:33", ended="09:36", body=c.STILL_ON)
    return c.sent(case, "460/202/Dinsos-Contoh/VII/2024")


def test_a_death_and_an_active_card_are_no_reason_to_send_it_back(jejak: Jejak, bahar: Berkas) -> None:
    assert jejak.ledger.kinds(bahar) == [
        "ApplicationSubmitted",
        "RouteChosen",
        "DocumentsComplete",
        "PopulationChecked",
        "MembershipChecked",
        "LetterDrafted",
        "ParafGiven",
        "LetterSigned",
        "LetterArchived",
        "SubmissionSent",
        "CaseClosed",
        "ReplyReceived",
        "MembershipNotYetDeactivated",
        "MembershipDeactivated",
    ]
    checked = jejak.ledger.event(bahar, "PopulationChecked"), jejak.ledger.event(bahar, "MembershipChecked")
    assert [event.hasil for event in checked] == ["meninggal", "boleh"]


def test_what_ended_says_since_when_by_whom_seen_and_seals_why(jejak: Jejak, bahar: Berkas) -> None:
    ended = jejak.ledger.event(bahar, "MembershipDeactivated")
    assert (ended.hasil, ended.slot, ended.recorder) == ("sesuai", "akhir", "staf-contoh-1")
    assert ended.occurred_at == bahar.office.instant("2024-08-01 08:00")
    assert ended.payload["inactive_since"] == "2024-08-01"
    assert ended.payload["source"] == {"way": "manual"}
    assert "why" not in ended.payload
    assert set(ended.payload["sealed"]) == {"k"}


def test_every_reader_is_told_of_a_membership_that_ended_and_of_no_active_card(bahar: Berkas) -> None:
    now, timeline = bahar.now(), bahar.timeline()
    assert (now["status"], now["berakhir"], now["jatuh_tempo"]) == ("nonaktif", "selesai", [])
    assert now["kartu_aktif"] is None
    assert now["kepesertaan_berakhir"]["setempat"].startswith("Kamis, 1 Agu 2024 08.00")
    sentences = [event["kalimat"] for event in timeline["peristiwa"] if not event["mulai_kerja"]]
    assert sentences[-2:] == ["Kepesertaan dicek: belum berakhir.", "Kepesertaan berakhir sesuai permohonan."]
    assert not any("aktif" in sentence.lower().replace("nonaktif", "") for sentence in sentences)


def test_the_letter_asks_bpjs_to_end_it_and_says_why(bahar: Berkas) -> None:
    draft = bahar.office.get(bahar.clerk, f"/cases/{bahar.id}/letters/usulan/draft").content
    text = text_of(draft)
    assert "Usulan penonaktifan kepesertaan PBI Jaminan Kesehatan" in text
    assert "mohon kiranya kepesertaan PBI-JK yang bersangkutan dapat dinonaktifkan" in text
    assert "Alasan : Meninggal dunia 12 Juni 2024." in text
    assert BAHAR["name"] in text
    assert "aktivasi" not in text.lower()
    assert "diaktifkan" not in text


def test_sop_selesai_and_the_end_of_the_membership_are_two_ends(bahar: Berkas) -> None:
    total = bahar.timeline()["total"]
    # Received on Monday 1 July at 09.00, brought to BPJS by 13.15: 255 minutes, 195 without the hour at noon.
    assert total["sop_selesai"]["waktu_dinding"]["detik"] == minutes(255)
    assert total["sop_selesai"]["waktu_kantor"]["detik"] == minutes(195)
    # Touch time: route 2, documents 4, the two look-ups 3 + 3, draft 8, paraf 2, archived 1, delivered 5.
    assert total["sop_selesai"]["sentuh_terukur"]["detik"] == minutes(28)
    # Ended on Thursday 1 August at 08.00, 31 days less an hour after it was received; the office's clock stood still.
    assert total["kepesertaan_berakhir"]["waktu_dinding"]["detik"] == minutes(31 * DAY - 60)
    assert total["kepesertaan_berakhir"]["waktu_kantor"]["detik"] == minutes(195)
    assert total["kartu_aktif"] is None


def test_bpjs_keeps_its_month_though_it_said_not_yet_in_between(bahar: Berkas) -> None:
    timeline = bahar.timeline()
    step = step_of(timeline, "akhir")
    # Sent on 1 July: a month ends with 1 August.
    assert (step["pihak"], step["mutu_baku"]["tercetak"], step["mutu_baku"]["dalam"]) == ("bpjs", "1 bulan", True)
    # Answered on Monday 8 July at 10.00, entered at 10.09; from then to 1 August at 08.00 the end was awaited:
    # Monday 10.09–12.00 and 13.00–16.00 is 111 + 180; Tuesday 9 to Wednesday 31 July are 17 working days of 7.5 h;
    # Thursday 07.30–08.00 is 30 minutes.
    assert task_of(timeline, "MembershipDeactivated")["berlalu"]["detik"] == minutes(291 + 17 * 450 + 30)
    looked_up = step_of(timeline, "3")
    # Due at 09.14, opened at 09.30, both look-ups done by 09.36.
    assert seconds(looked_up) == (minutes(16), minutes(6), minutes(22))


def test_the_figures_of_the_office_keep_it_apart_from_active_cards(contoh: Office, bahar: Berkas) -> None:
    day = {"from": "2024-08-01", "to": "2024-08-01"}

    def behind(kind: str) -> list[Mapping[str, Any]]:
        """Bahar's case behind the figure of this name; other cases of the office may stand there too."""
        cases = contoh.get("kadis-contoh", "/timings/cases", kind=kind, **day).json()["berkas"]
        return [case for case in cases if case["kode"] == bahar.kode]

    assert wait_until(lambda: bool(behind("nonaktif")), seconds=PATIENCE)
    [ended] = behind("nonaktif")
    # Working time of the office: 195 minutes.
    assert ended["berlalu"] == minutes(195)
    assert behind("aktif") == []
    figures = contoh.get("kadis-contoh", "/timings", **day).json()
    assert sum(line["jumlah"] for line in figures["kepesertaan_berakhir"]) >= 1


def test_a_former_participant_is_sent_back_with_that_information(jejak: Jejak, contoh: Office) -> None:
    rosmi = c.no_longer_a_participant(contoh)
    assert jejak.ledger.kinds(rosmi)[-2:] == ["MembershipChecked", "CaseReturned"]
    sentences = [event["kalimat"] for event in rosmi.timeline()["peristiwa"] if not event["mulai_kerja"]][-2:]
    assert sentences == [
        "Kepesertaan dicek (dilihat sendiri oleh petugas): sudah tidak aktif.",
        "Berkas dikembalikan. Kepesertaan PBI JK sudah tidak aktif, tidak perlu diusulkan. Berkas dikembalikan.",
    ]


def test_a_day_that_is_still_to_come_ends_nothing(contoh: Office, taufik: Berkas) -> None:
    rows = f"nomor_usulan;hasil\n{taufik.kode};diterima\n"
    assert _answers(contoh, "2024-07-10 09:00", rows) == (1, 0)
    promised = {"aktif": False, "nonaktif_sejak": "2024-08-01"}
    problem = taufik.refused("confirm_status", by=c.CLERK, at="2024-07-10 10:00", body=promised)
    assert problem["detail"].startswith("Tanggal nonaktif masih di depan.")
    both = {"aktif": True, "nonaktif_sejak": "2024-07-01"}
    problem = taufik.refused("confirm_status", by=c.CLERK, at="2024-07-10 10:01", body=both)
    assert problem["detail"].startswith("Tanggalnya tidak cocok")
    assert [task["tugas"] for task in taufik.now()["jatuh_tempo"]] == ["confirm_status"]


def test_a_file_of_answers_means_what_the_sheet_asks(jejak: Jejak, contoh: Office, taufik: Berkas) -> None:
    listed = contoh.get(c.CLERK, "/bpjs/reconciliation").json()["berkas"]
    assert taufik.kode in [row["nomor_usulan"] for row in listed]

    still = f"nik;status peserta;aktif sejak\n{TAUFIK['nik']};AKTIF;01-02-2020\n"
    assert _answers(contoh, "2024-07-22 09:00", still) == (1, 0)
    assert jejak.ledger.kinds(taufik)[-1] == "MembershipNotYetDeactivated"
    assert [task["tugas"] for task in taufik.now()["jatuh_tempo"]] == ["confirm_status"]

    off = f"nik;status peserta;tanggal nonaktif\n{TAUFIK['nik']};NONAKTIF;01-08-2024\n"
    assert _answers(contoh, "2024-08-05 09:00", off) == (1, 0)
    ended = jejak.ledger.event(taufik, "MembershipDeactivated")
    assert (ended.payload["inactive_since"], ended.payload["source"]["way"]) == ("2024-08-01", "impor")
    assert taufik.now()["status"] == "nonaktif"
    listed = contoh.get(c.CLERK, "/bpjs/reconciliation").json()["berkas"]
    assert taufik.kode not in [row["nomor_usulan"] for row in listed]


def _answers(office: Office, at: str, rows: str) -> tuple[int, int]:
    """The rows of a file that were put on cases, and those kept for an official."""
    office.at(at)
    headers = {"Authorization": f"Bearer {office.token(c.CLERK)}", "Content-Type": "text/csv"}
    answer: httpx.Response = office.player.http.post("/bpjs/answers", content=rows.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["diterapkan"], answer.json()["perlu_dilihat"]
