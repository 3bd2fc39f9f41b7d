"""What is due, read from completed tasks."""

from datetime import UTC, datetime, timedelta

import pytest

from jejak.contracts import events as e
from tests.procedure import RULE, office, sheet, submitted

LETTER = """
[[langkah]]
no = 1
kegiatan = "Mengecek persyaratan"
tugas = ["check_documents"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Membuat surat"
tugas = ["draft_letter"]
surat = "surat"
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Paraf berjenjang"
tugas = ["paraf"]
surat = "surat"
pelaksana = ["kabid", "sekretaris"]

[[langkah]]
no = 4
kegiatan = "Tanda tangan"
tugas = ["sign"]
surat = "surat"
pelaksana = ["kadis"]
"""

RULED = (
    RULE
    + """
[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["check_registry", "check_rules"]
pelaksana = ["kasi"]
"""
)

BPJS = """
[[tindak_lanjut]]
kode = "aktif"
kegiatan = "Sampai kartu aktif"
tugas = [{tugas = "deliver", pelaksana = ["pemohon"]}, "await_reply", "confirm_status"]
kepada = "bpjs"
pelaksana = ["bpjs"]
"""


def test_a_list_of_performers_is_in_order_each_in_turn() -> None:
    scenario = submitted(sheet(LETTER)).then().then()
    assert scenario.waits == ["paraf kabid"]
    scenario = scenario.then()
    assert scenario.waits == ["paraf sekretaris"]
    scenario = scenario.then()
    assert scenario.waits == ["sign kadis"]


@pytest.mark.parametrize(("answers", "automatic"), [(("gawat",), True), ((), False)])
def test_rules_are_judged_by_themselves_only_where_one_concerns_the_applicant(
    answers: tuple[str, ...], automatic: bool
) -> None:
    scenario = submitted(sheet(RULED), answers=answers).then()
    [judging] = scenario.due
    assert (judging.tugas, judging.who, judging.automatic) == ("check_rules", "kasi", automatic)


def test_the_main_line_past_its_last_step_is_closed_in_the_same_append() -> None:
    scenario = submitted(sheet(LETTER)).then().then().then().then().then()
    assert scenario.types[-2:] == ["LetterSigned", "CaseClosed"]
    assert scenario.waits == []


def test_missing_documents_are_asked_of_the_applicant_on_the_applicants_clock_and_checked_again() -> None:
    scenario = submitted(sheet(LETTER)).then("kurang")
    (waiting,) = scenario.due
    assert (waiting.tugas, waiting.who, waiting.owner, waiting.langkah) == ("complete", "pemohon", "pemohon", "1")
    scenario = scenario.then()
    (again,) = scenario.due
    assert (again.tugas, again.who, again.owner) == ("check_documents", "staf", "dinas")


def test_a_correction_by_the_second_paraf_begins_again_with_the_draft() -> None:
    scenario = submitted(sheet(LETTER)).then().then().then().then("perbaiki")
    assert scenario.waits == ["draft_letter staf"]
    assert scenario.then().waits == ["paraf kabid"]


def test_a_refusal_names_the_step_and_ends_the_case() -> None:
    scenario = submitted(sheet(LETTER)).then().then().then().then().then("tolak")
    assert scenario.types[-1] == "CaseRefused"
    assert scenario.case.ending is not None
    assert scenario.case.ending.kind == "tolak"
    assert scenario.waits == []


def test_a_follow_up_opens_when_the_sheet_is_done_and_runs_until_the_card_is_active() -> None:
    scenario = submitted(sheet(LETTER + BPJS)).then().then().then().then().then()
    assert scenario.waits == ["deliver pemohon (aktif)"]
    scenario = scenario.then(slot="aktif")
    assert scenario.waits == ["await_reply bpjs (aktif)"]
    scenario = scenario.then(slot="aktif").then("belum", slot="aktif")
    assert scenario.waits == ["confirm_status bpjs (aktif)"]
    scenario = scenario.then(slot="aktif")
    assert scenario.waits == []
    assert scenario.case.activated is not None
    assert scenario.types.count("CaseClosed") == 1


def test_an_answer_of_bpjs_that_asks_for_mending_goes_to_the_applicant_and_is_sent_again() -> None:
    scenario = submitted(sheet(LETTER + BPJS)).then().then().then().then().then().then(slot="aktif")
    scenario = scenario.then("perbaiki", slot="aktif")
    assert scenario.waits == ["complete pemohon (aktif)"]
    scenario = scenario.then(slot="aktif")
    assert scenario.waits == ["deliver pemohon (aktif)"]


def test_a_task_that_answers_not_yet_stays_due_since_it_first_was() -> None:
    scenario = submitted(sheet(LETTER + BPJS)).then().then().then().then().then().then(slot="aktif").then(slot="aktif")
    (first,) = scenario.due
    scenario = scenario.later(days=3).then("belum", slot="aktif").later(days=3).then("belum", slot="aktif")
    (still,) = scenario.due
    assert still.since == first.since


def test_an_automatic_not_yet_is_asked_again_on_the_next_working_day() -> None:
    scenario = submitted(sheet(LETTER + BPJS), office(way="impor")).then().then().then().then().then()
    scenario = scenario.then(slot="aktif").then(slot="aktif")
    friday = datetime(2022, 7, 8, 3, 0, tzinfo=UTC)
    scenario = scenario.later(seconds=(friday - scenario.now).total_seconds()).then("belum", slot="aktif")
    (again,) = scenario.due
    assert again.automatic
    assert again.not_before == datetime(2022, 7, 11, 0, 30, tzinfo=UTC)  # Monday 07.30 WIB


def test_withdrawal_removes_everything_that_is_due() -> None:
    scenario = submitted(sheet(LETTER)).then().happens(e.ApplicationWithdrawn())
    assert scenario.waits == []


def test_work_started_changes_neither_what_is_due_nor_the_version_that_counts() -> None:
    scenario = submitted(sheet(LETTER))
    started = scenario.happens(e.WorkStarted())
    assert started.waits == scenario.waits
    assert started.case.acted == scenario.case.acted
    assert started.case.version == scenario.case.version + 1


def test_paraf_is_skipped_when_only_the_signer_could_give_it() -> None:
    """A Sekretaris who is Plh. Kadis signs; the own paraf is skipped, by an event."""
    acting = (
        '\n[[pejabat]]\nkode = "sekretaris-1"\nnama = "sekretaris-1"\nnip = "196701011992032001"\n'
        'jabatan = "kadis"\nsebagai = "Plh."\ndari = 2022-07-01\nsampai = 2022-07-31\n'
    )
    scenario = submitted(sheet(LETTER), office(acting=acting)).then().then().then()
    assert scenario.types[-1] == "ParafSkipped"
    assert scenario.waits == ["sign kadis"]


def test_names_that_hold_open_steps_and_others_are_passed_over() -> None:
    steps = """
[[langkah]]
no = 1
kegiatan = "Memilih jalur"
tugas = ["choose_route"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Hanya darurat"
untuk = ["darurat"]
tugas = ["enter_data"]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Semua"
tugas = ["record"]
pelaksana = ["kasi"]
"""
    routes = 'jalur = [{kode = "reguler", nama = "Reguler"}, {kode = "darurat", nama = "Darurat", prioritas = true}]\n'
    scenario = submitted(sheet(steps, routes))
    assert scenario.then("reguler").waits == ["record kasi"]
    urgent = scenario.then("darurat")
    assert urgent.waits == ["enter_data staf"]
    assert urgent.due[0].urgent


def test_a_main_task_is_due_since_the_event_before_it() -> None:
    scenario = submitted(sheet(LETTER))
    assert scenario.due[0].since == scenario.history[-1].at
    after = scenario.later(hours=2).then()
    assert after.due[0].since == after.history[-1].at == scenario.now + timedelta(hours=2)
