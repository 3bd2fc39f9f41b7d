"""Kab. Karangasem: four routes, a batch at the month's end, three months for BPJS from the sending, and WITA."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jejak_local.preparation import SHEETS
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import karangasem as k
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import KADEK, MADE, WAYAN
from tests.stories import Jejak, minutes, seconds, step_of, task_of

DAY = 24 * 60
LETTER_ROUTE = [
    ("6", "draft_letter", "staf-1", None),
    ("6", "paraf", "jafung-1", None),
    ("6", "paraf", "kabid-1", None),
    ("7", "sign", "kadis-1", "staf-1"),
    ("8", "record", "staf-1", None),
    ("9", "archive", "staf-1", None),
    ("10", "hand_over", "staf-1", None),
    ("11", "deliver", None, "staf-1"),
    ("12", "await_reply", None, "staf-1"),
    ("12", "confirm_status", None, "staf-1"),
]


@pytest.fixture(scope="module")
def karangasem(jejak: Jejak) -> Office:
    return jejak.office("51.07")


@pytest.fixture(scope="module")
def kadek(karangasem: Office) -> Berkas:
    return k.already_registered(karangasem)


@pytest.fixture(scope="module")
def wayan(karangasem: Office) -> Berkas:
    return k.regular_in_the_months_batch(karangasem)


@pytest.fixture(scope="module")
def luh(karangasem: Office) -> Berkas:
    return k.self_payer_to_the_mutation_route(karangasem)


@pytest.fixture(scope="module")
def gede(karangasem: Office) -> Berkas:
    return k.four_days_over_three_months(karangasem)


@pytest.fixture(scope="module")
def komang(karangasem: Office) -> Berkas:
    return k.mended_and_sent_with_the_next_batch(karangasem)


@pytest.fixture(scope="module")
def nengah(karangasem: Office) -> Berkas:
    return k.told_twice_and_otherwise(karangasem)


@pytest.fixture(scope="module")
def made(karangasem: Office) -> Berkas:
    return k.emergency_into_the_online_sheet(karangasem)


@pytest.fixture(scope="module")
def ketut(karangasem: Office) -> Berkas:
    return k.letter_carried_by_the_applicant(karangasem)


@pytest.fixture(scope="module")
def nyoman(karangasem: Office) -> Berkas:
    return k.inactive_and_urgent_ahead_of_everything(karangasem)


def test_a_registered_and_active_participant_gets_the_file_back_with_that_information(
    jejak: Jejak, kadek: Berkas
) -> None:
    assert jejak.ledger.kinds(kadek)[-2:] == ["MembershipChecked", "CaseReturned"]
    assert jejak.ledger.event(kadek, "CaseReturned").payload["message"] == "Pemohon sudah terdaftar KIS PBI"
    now = kadek.now()
    assert (now["berakhir"], now["jatuh_tempo"]) == ("kembalikan", [])


def test_a_self_payer_is_not_returned_but_goes_on_to_the_mutation_route(jejak: Jejak, luh: Berkas) -> None:
    assert jejak.ledger.event(luh, "MembershipChecked").hasil == "segmen_lain"
    assert jejak.ledger.event(luh, "RouteChosen").hasil == "mutasi"
    assert jejak.ledger.event(luh, "MembershipActivated").payload["means"] == "mutasi"
    assert luh.now()["status"] == "aktif"


def batch_of(office: Office, case: Berkas, jejak: Jejak) -> Mapping[str, Any]:
    """The manifest of the batch a case was sent with."""
    batch = jejak.ledger.event(case, "SubmissionSent").payload["batch"]
    manifest: Mapping[str, Any] = office.get("staf-1", f"/batches/{batch}/manifest").json()
    return manifest


def test_not_urgent_goes_with_the_months_batch_which_the_clock_closes(
    jejak: Jejak, karangasem: Office, wayan: Berkas
) -> None:
    manifest = batch_of(karangasem, wayan, jejak)
    assert (manifest["kumpulan"], manifest["periode"]) == ("usulan_bulanan", "2023-06-30")
    # The last day of June is over at midnight WITA: 16.00 UTC of the 30th.
    assert datetime.fromisoformat(manifest["ditutup"]) == karangasem.instant("2023-07-01 00:00")
    assert [member["berkas"] for member in manifest["isi"]] == [wayan.id]
    assert manifest["pengaktifan"] == {"baru": 1}
    sent = jejak.ledger.event(wayan, "SubmissionSent")
    assert (sent.actor, sent.recorder, sent.payload["via"]) == (None, None, "berkas")


def test_the_batch_is_an_xlsx_with_one_row_a_person(jejak: Jejak, karangasem: Office, wayan: Berkas) -> None:
    batch = jejak.ledger.event(wayan, "SubmissionSent").payload["batch"]
    listed = karangasem.get("staf-1", f"/batches/{batch}/file").content
    [headings, row] = CalamineWorkbook.from_filelike(io.BytesIO(listed)).get_sheet_by_index(0).to_python()
    line = dict(zip(headings, row, strict=True))
    assert (line["nomor_usulan"], line["nik"], line["nama"]) == (wayan.kode, WAYAN["nik"], WAYAN["name"])
    assert (line["jalur"], line["pengaktifan"], line["pendanaan"]) == ("Usulan reguler", "baru", "kabupaten")


def test_the_fifth_step_ends_when_the_file_is_stored_and_the_wait_for_the_batch_is_on_no_clock(wayan: Berkas) -> None:
    timeline = wayan.timeline()
    step = step_of(timeline, "5")
    # Chosen 08.30, put away 08.36 by the same hands; the eighteen days until the batch closed are in no clock of the
    # office but the wall's: Monday 12 June 08.30 to Saturday 1 July 00.01.
    assert seconds(step) == (minutes(0), minutes(6), minutes(6))
    assert step["mutu_baku"] == {"tercetak": "10 Menit", "jam": "sentuh", "dalam": True}
    assert step["dinding"]["detik"] == minutes(18 * DAY + 15 * 60 + 31)
    # Received at 08.00, put away at 08.36, in the office's hours throughout.
    assert timeline["total"]["sop_selesai"]["waktu_kantor"]["detik"] == minutes(36)


def test_bpjs_has_three_months_from_sending(wayan: Berkas) -> None:
    step = step_of(wayan.timeline(), "aktif")
    assert step["pihak"] == "bpjs"
    assert step["mutu_baku"] == {"tercetak": "3 bulan", "jam": "berlalu", "dalam": True}
    # From Saturday 1 July 00.01 to Friday 1 September 08.00, the date in BPJS' own answer.
    assert step["dinding"]["detik"] == minutes(62 * DAY + 8 * 60 - 1)


def test_four_days_over_three_months_are_late_and_bpjs_owns_them(gede: Berkas) -> None:
    timeline = gede.timeline()
    step = step_of(timeline, "aktif")
    # September's batch: sent on Sunday 1 October 2023 at 00.01; three months end with 1 January 2024; active on Friday
    # 5 January at 08.00: 31 + 30 + 31 + 4 = 96 days, 7 h 59 min on the wall.
    assert step["dinding"]["detik"] == minutes(96 * DAY + 7 * 60 + 59)
    assert (step["mutu_baku"]["dalam"], step["terlambat"], step["pihak"]) == (False, True, "bpjs")
    # By BPJS's own hours, Karangasem's calendar of 450 minutes a day:
    #   Sun 1 Oct                                                                                    0
    #   Mon 2 – Tue 31 Oct    22 weekdays, no holiday                                   22 × 450 =  9900
    #   November              22 weekdays, no holiday                                   22 × 450 =  9900
    #   December              21 weekdays, less Mon 25 Natal, Tue 26 cuti bersama       19 × 450 =  8550
    #   Mon 1 Jan             Tahun Baru                                                             0
    #   Tue 2 – Thu 4 Jan                                                                3 × 450 =  1350
    #   Fri 5 Jan             07.30–08.00                                                           30
    assert step["berlalu"]["detik"] == minutes(9900 + 9900 + 8550 + 1350 + 30)
    # None of it is the office's: received 08.00, put away 08.30.
    assert timeline["total"]["kartu_aktif"]["waktu_kantor"]["detik"] == minutes(30)
    assert [step["langkah"] for step in timeline["langkah"] if step["terlambat"]] == ["aktif"]


def test_what_bpjs_sends_back_is_mended_and_goes_with_the_next_months_batch(
    jejak: Jejak, karangasem: Office, komang: Berkas
) -> None:
    followed = [event for event in jejak.ledger.events(komang) if event.slot == "aktif"]
    assert [(event.tugas, event.hasil, event.recorder) for event in followed] == [
        ("await_reply", "perbaiki", None),
        ("complete", "selesai", "staf-1"),
        ("deliver", "terkirim", None),
        ("await_reply", "diterima", None),
        ("confirm_status", "sesuai", None),
    ]
    batches = [event.payload["batch"] for event in jejak.ledger.events(komang) if event.type == "SubmissionSent"]
    manifests = [karangasem.get("staf-1", f"/batches/{batch}/manifest").json() for batch in batches]
    assert [(page["periode"], [row["berkas"] for row in page["isi"]]) for page in manifests] == [
        ("2023-10-31", [komang.id]),
        ("2023-11-30", [komang.id]),
    ]
    assert komang.now()["status"] == "aktif"


def test_mending_is_on_the_applicants_clock_and_waiting_for_the_batch_on_none(komang: Berkas) -> None:
    timeline = komang.timeline()
    again = task_of(timeline, "SubmissionSent", 2)
    # Back on Wednesday 8 November at 10.00, mended on Monday 13 at 08.00: all of it is Komang's own time.
    assert task_of(timeline, "DocumentsAdded")["pihak"] == "pemohon"
    assert task_of(timeline, "DocumentsAdded")["berlalu"]["detik"] == minutes(5 * DAY - 2 * 60)
    # Due again at 08.10 of that day, in the batch that closed as Friday 1 December began: before the office opened.
    assert (again["pihak"], seconds(again)) == ("dinas", (0, None, 0))
    assert timeline["total"]["kartu_aktif"]["waktu_kantor"]["detik"] == minutes(30)


@pytest.mark.parametrize(
    ("name", "replied", "on", "since"),
    [
        ("wayan", "2023-08-14 10:00", "2023-09-01 08:00", "2023-09-01"),
        ("luh", "2023-09-05 10:00", "2023-10-02 08:00", "2023-10-01"),
        ("gede", "2023-12-20 10:00", "2024-01-05 08:00", "2024-01-04"),
    ],
)
def test_bpjs_answers_by_itself_within_its_three_months_or_not_and_no_official_enters_it(
    jejak: Jejak, request: pytest.FixtureRequest, name: str, replied: str, on: str, since: str
) -> None:
    case: Berkas = request.getfixturevalue(name)
    reply, active = (jejak.ledger.event(case, kind) for kind in ("ReplyReceived", "MembershipActivated"))
    assert [(event.actor, event.recorder, event.payload["source"]["way"]) for event in (reply, active)] == [
        (None, None, "http"),
        (None, None, "http"),
    ]
    assert [event.occurred_at for event in (reply, active)] == [case.office.instant(replied), case.office.instant(on)]
    assert [event.recorded_at >= event.occurred_at for event in (reply, active) if event.occurred_at] == [True, True]
    assert reply.payload["reference"] == f"BPJS/KLK/{replied[:10]}"
    assert active.payload["active_since"] == since
    assert case.now()["status"] == "aktif"


def test_what_bpjs_rejects_is_refused_with_its_reason_and_nothing_is_due_any_more(
    jejak: Jejak, sukarni: Berkas
) -> None:
    reply = jejak.ledger.event(sukarni, "ReplyReceived")
    assert (reply.hasil, reply.recorder, reply.payload["source"]["way"]) == ("ditolak", None, "http")
    assert sukarni.now()["jatuh_tempo"] == []
    assert "MembershipActivated" not in jejak.ledger.kinds(sukarni)


def test_what_bpjs_says_again_or_otherwise_changes_nothing_and_is_shown_to_the_staff(
    jejak: Jejak, nengah: Berkas
) -> None:
    assert jejak.ledger.kinds(nengah).count("ReplyReceived") == 1
    assert jejak.ledger.event(nengah, "ReplyReceived").hasil == "diterima"
    assert nengah.now()["status"] == "aktif"
    otherwise, again = sorted(k.until_seen(nengah, 2), key=lambda answer: str(answer["macam"]))
    assert (again["macam"], again["isi"]["hasil"]) == ("berulang", "diterima")
    assert (otherwise["macam"], otherwise["isi"]["hasil"]) == ("bertentangan", "ditolak")
    assert otherwise["isi"]["alasan"] == "Kuota kabupaten bulan ini sudah habis."
    [times] = jejak.ledger.fetch(
        "SELECT r.times FROM bpjs.reply r JOIN es.event e ON e.id = r.submission"
        " WHERE e.stream = $1::text::uuid AND r.result = 'accepted' AND r.state = 'applied'",
        nengah.id,
    )
    assert times["times"] == 2


def test_an_emergency_with_the_doctors_letter_stands_in_the_online_sheet_at_once(jejak: Jejak, made: Berkas) -> None:
    assert "SKD" in jejak.ledger.event(made, "DocumentsComplete").payload["shown"]
    sent = jejak.ledger.event(made, "SubmissionSent")
    assert (sent.payload["via"], sent.payload.get("batch"), sent.actor) == ("lembar_daring", None, "staf-1")
    # Received at 08.00, in the sheet at 08.25.
    assert (sent.recorded_at - made.office.instant("2023-06-14 08:00")).total_seconds() == minutes(25)
    [row] = rows(jejak.installation.data / SHEETS / "51.07" / "usulan-2023-06.csv", made.kode)
    assert (row["nik"], row["jalur"]) == (MADE["nik"], "Emergency")
    assert made.now()["status"] == "aktif"


def rows(sheet: Path, kode: str) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter=";") if row["nomor_usulan"] == kode]


def test_without_the_doctors_letter_an_urgent_file_is_not_complete(karangasem: Office) -> None:
    karangasem.at("2023-06-15 08:00")
    application = {"layanan": "kis-pbi", "pemohon": KADEK, "jawaban": ["gawat"]}
    case = karangasem.submit("staf-1", application, papers(KADEK, ("KK", "KTP")))
    problem = case.refused("check_documents", by="staf-1", at="08:05")
    assert (problem["status"], problem["dokumen"]) == (409, ["SKD"])


def test_the_letter_goes_through_two_parafs_in_order_the_pen_the_archive_and_the_applicants_hands(
    jejak: Jejak, ketut: Berkas
) -> None:
    events = [event for event in jejak.ledger.events(ketut) if event.langkah in {"6", "7", "8", "9", "10", "11", "12"}]
    assert [(event.langkah, event.tugas, event.actor, event.recorder) for event in events] == LETTER_ROUTE
    assert jejak.ledger.event(ketut, "LetterSigned").payload["method"] == "basah"
    kept = jejak.ledger.event(ketut, "LetterArchived").payload["evidence"]
    assert [document["document"] for document in kept] == ["ARSIP", "FOTO"]
    assert jejak.ledger.event(ketut, "SubmissionSent").payload["letters"] == ["reaktivasi"]
    assert jejak.ledger.event(ketut, "MembershipActivated").payload["means"] == "reaktivasi"
    now = ketut.now()
    assert (now["status"], now["berakhir"]) == ("aktif", "selesai")


def test_the_kabid_cannot_paraf_before_the_jabatan_fungsional(nyoman: Berkas) -> None:
    problem = nyoman.refused("paraf", by="kabid-1", at="2023-06-26 10:25")
    assert problem["status"] == 403


def test_carrying_the_letter_is_on_the_applicants_clock_and_reactivating_on_bpjss(ketut: Berkas) -> None:
    timeline = ketut.timeline()
    carried, answered = task_of(timeline, "SubmissionSent"), task_of(timeline, "MembershipActivated")
    assert (carried["pihak"], answered["pihak"]) == ("pemohon", "bpjs")
    # Handed over Monday 11.01, at BPJS's counter Tuesday 09.00: 21 h 59 min of her own.
    assert carried["berlalu"]["detik"] == minutes(21 * 60 + 59)
    # Office: 08.00 to 11.01 on one morning.
    assert timeline["total"]["sop_selesai"]["waktu_kantor"]["detik"] == minutes(181)


def test_inactive_and_urgent_goes_the_letter_route_ahead_of_everything(
    jejak: Jejak, karangasem: Office, nyoman: Berkas
) -> None:
    assert jejak.ledger.event(nyoman, "RouteChosen").hasil == "reaktivasi"
    karangasem.at("2023-06-26 10:30")
    waiting = [task for task in karangasem.get("jafung-1", "/worklist").json()["tugas"] if task["tugas"] == "paraf"]
    assert len(waiting) > 1
    assert [task["kode"] for task in waiting if task["mendesak"]] == [nyoman.kode]
    assert waiting[0]["kode"] == nyoman.kode
    assert min(task["sejak"]["waktu"] for task in waiting) < waiting[0]["sejak"]["waktu"]


def test_times_are_shown_in_wita(wayan: Berkas) -> None:
    timeline = wayan.timeline()
    # 08.00 in Amlapura is midnight UTC.
    assert timeline["diterima"] == {
        "waktu": timeline["diterima"]["waktu"],
        "setempat": "Senin, 12 Jun 2023 08.00 WITA",
    }
    assert timeline["diterima"]["waktu"].startswith("2023-06-12T00:00")
    assert {event["setempat"].split()[-1] for event in timeline["peristiwa"]} == {"WITA"}


def test_one_day_is_shown_beside_115_minutes_and_three_months(wayan: Berkas) -> None:
    total = wayan.timeline()["total"]
    assert total["waktu_total_tercetak"] == "1 hari"
    assert total["jumlah_langkah_menit"] == 115
    assert total["tindak_lanjut"] == {"aktif": "3 bulan"}
