"""The pages of a case that goes to another party than BPJS: its words, its clocks, its typed reason."""

from __future__ import annotations

from datetime import timedelta

from bpjs_sync.pages.case_lines import case_line
from jejak.cases.decision import Actor
from jejak.cases.notifications import notifications
from jejak.contracts import events as e
from jejak.procedure.task_words import sent_to
from jejak.web.reading.case_status import case_status
from jejak.web.reading.timeline import timeline
from ledger.desk.citizen.citizen_page import told_of_a_death
from ledger.desk.citizen.citizen_status import citizen_page, refusal
from tests.procedure import Scenario, sheet, submitted
from tests.property.test_track_words import book

STEPS = """
[[langkah]]
no = 1
kegiatan = "Pemohon membawa surat ke rumah sakit, yang menjawab"
tugas = [{ tugas = "deliver", pelaksana = ["pemohon"] }, "await_reply"]
kepada = "rs"
dijawab_oleh = "rs"
pelaksana = ["staf"]
"""
CARRIED = """
[[langkah]]
no = 1
kegiatan = "Pemohon mengambil kartunya sendiri di loket"
tugas = ["hand_over"]
pelaksana = ["staf"]
"""
PERFORMERS = '{kode = "rs", nama = "RSUD Contoh", pihak = "faskes", pencatat = "staf"},'


def sent() -> Scenario:
    case = submitted(sheet(STEPS, performers=PERFORMERS))
    return case.then(data=e.SubmissionSent(via="dibawa_pemohon", to="rs", letters=()))


def refused() -> Scenario:
    return sent().then("ditolak", data=e.ReplyReceived(note="Contoh Warga sudah sembuh"))


def test_the_citizen_reads_where_to_bring_the_letter_and_who_is_awaited() -> None:
    case = submitted(sheet(STEPS, performers=PERFORMERS))
    acts = [act["kalimat"] for act in citizen_page(book(case).case_view(case))["langkah_anda"]]
    assert acts[0] == "Bawa surat ke RSUD Contoh."

    [holding] = citizen_page(book(sent()).case_view(sent()))["pemegang"]
    assert (holding["tugas"], holding["kantor"]) == ("jawaban RSUD Contoh", False)


def test_a_month_of_waiting_for_another_party_is_no_delay_of_the_office() -> None:
    waiting = sent()
    waiting = waiting.later(days=30)
    view = book(waiting).case_view(waiting)
    [due] = case_status(view, own=True)["jatuh_tempo"]
    assert (due["pihak"], due["terlambat"], due["batas_tunggu"]) == ("faskes", False, None)
    office = [
        task for task in view.times.tasks if task.owner == "dinas" and task.elapsed > timedelta(days=1).total_seconds()
    ]
    assert office == []


def test_the_desk_and_the_timeline_name_the_party() -> None:
    view = book(refused()).case_view(refused())
    words = [event["kalimat"] for event in timeline(view)["peristiwa"]]
    assert words[1:] == [
        "Pengajuan ke RSUD Contoh dibawa sendiri oleh pemohon.",
        "Jawaban RSUD Contoh: ditolak.",
        "Permohonan ditolak: RSUD Contoh menolak pengajuan (langkah 1).",
    ]
    assert case_line(view, Actor("13.99", "staf-1", "staf"))["pihak"] == "RSUD Contoh"


def test_a_typed_reason_is_printed_for_the_cases_own_officials_alone() -> None:
    view = book(refused()).case_view(refused())
    own, public = refusal(view, own=True), refusal(view, own=False)
    assert own is not None
    assert public is not None
    assert (own["tertulis"], own["ada_tertulis"]) == ("Contoh Warga sudah sembuh", True)
    assert (public["tertulis"], public["ada_tertulis"]) == (None, True)
    assert "sembuh" not in str(public)


def test_only_bpjs_learns_of_a_death_from_the_system() -> None:
    assert told_of_a_death(sent_to(sent().sop)) == ". Beri tahu RSUD Contoh sendiri bila usulannya sudah dikirim"
    bpjs = sheet(STEPS.replace('"rs"', '"bpjs"'))
    assert told_of_a_death(sent_to(bpjs)) == ", dan BPJS diberi tahu bila usulannya sudah dikirim"


def test_a_good_end_has_the_sheets_own_message_on_the_tracking_page() -> None:
    told = STEPS + 'pesan = { diterima = "RSUD Contoh menerima Anda; datanglah ke loket 3." }\n'
    ended = submitted(sheet(told, performers=PERFORMERS)).then().then("diterima")
    acts = [act["kalimat"] for act in citizen_page(book(ended).case_view(ended))["langkah_anda"]]
    assert acts == ["RSUD Contoh menerima Anda; datanglah ke loket 3. Tidak ada lagi yang perlu Anda lakukan."]
    plain = sent().then("diterima")
    acts = [act["kalimat"] for act in citizen_page(book(plain).case_view(plain))["langkah_anda"]]
    assert acts == ["Tidak ada lagi yang perlu Anda lakukan."]


def test_a_good_end_that_the_applicant_did_not_see_is_told() -> None:
    answered, carried = sent().then("diterima"), submitted(sheet(CARRIED))
    assert [news.kind for news in notifications(answered.loaded)] == ["selesai"]
    assert [news.kind for news in notifications(sent().loaded)] == []
    assert [news.kind for news in notifications(refused().loaded)] == ["ditolak"]
    assert [news.kind for news in notifications(carried.then().loaded)] == []
