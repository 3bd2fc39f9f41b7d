"""The format has features beyond the five sheets: each of them, run as the engine acts on it."""

from __future__ import annotations

import pytest

from jejak.cases.command_handler import stored_due
from jejak.cases.decision import Attribution, Decision, resulting_events
from jejak.contracts import events as e
from tests.procedure import sheet, submitted

KEMENSOS = '{kode = "kemensos", nama = "Kemensos", pihak = "kemensos", pencatat = "staf"}'


def step(no: int | str, tasks: str, who: str = "staf", more: str = "") -> str:
    return f'\n[[langkah]]\nno = {no}\nkegiatan = "Langkah {no}"\ntugas = [{tasks}]\npelaksana = ["{who}"]\n{more}\n'


def after(kode: str, sesudah: str, tasks: str = '"record"', who: str = "staf", more: str = "") -> str:
    head = f'\n[[tindak_lanjut]]\nkode = "{kode}"\nsesudah = "{sesudah}"\n'
    return f'{head}tugas = [{tasks}]\npelaksana = ["{who}"]\n{more}\n'


# Follow-ups


def test_follow_ups_of_one_step_and_of_the_end_run_side_by_side_and_block_nothing() -> None:
    lines = step(1, '"record"') + step(2, '"enter_data"')
    scenario = submitted(
        sheet(lines + after("kabar", "langkah 1") + after("arsip", "selesai") + after("lapor", "selesai"))
    )
    assert scenario.waits == ["record staf"]
    scenario = scenario.then()
    assert scenario.waits == ["enter_data staf", "record staf (kabar)"]
    scenario = scenario.then()
    assert scenario.waits == ["record staf (kabar)", "record staf (arsip)", "record staf (lapor)"]
    assert scenario.types[-1] == "CaseClosed"
    assert scenario.then(slot="arsip").waits == ["record staf (kabar)", "record staf (lapor)"]


@pytest.mark.parametrize(
    ("hasil", "waits", "ending"),
    [
        ("tolak", ["draft_letter staf (tolakan)"], "CaseRefused"),
        ("setuju", ["record staf (selesaian)"], "CaseClosed"),
        ("perbaiki", ["record staf (kembalian)"], "CaseReturned"),
    ],
)
def test_each_way_to_end_opens_only_what_names_it(hasil: str, waits: list[str], ending: str) -> None:
    lines = step(1, '"review"', more='surat = "surat"\nbila = { perbaiki = "kembalikan" }')
    lines += after("tolakan", "tolak", '"draft_letter", {tugas = "sign", pelaksana = ["kadis"]}')
    lines += after("selesaian", "selesai") + after("kembalian", "kembalikan")
    scenario = submitted(sheet(lines)).then(hasil)
    assert scenario.waits == waits
    assert scenario.types[-1] == ending


def test_a_follow_up_of_another_opens_when_that_has_ended_however_it_ended() -> None:
    lines = step(1, '"record"') + after("satu", "selesai", '"dispose"') + after("dua", "satu")
    for hasil in ("diteruskan", "tolak"):
        scenario = submitted(sheet(lines)).then().then(hasil, slot="satu")
        assert scenario.waits == ["record staf (dua)"]


def test_in_a_follow_up_a_refusal_ends_only_it_and_is_no_event_that_ends_a_case() -> None:
    lines = step(1, '"record"') + after("satu", "selesai", '"dispose"') + after("dua", "tolak")
    scenario = submitted(sheet(lines)).then().then("tolak", slot="satu")
    assert scenario.types[-2:] == ["CaseClosed", "CorrectionRequested"]
    assert scenario.case.ending is not None
    assert scenario.case.ending.kind == "selesai"
    assert scenario.waits == []


def test_in_a_follow_up_a_signature_refused_asks_for_a_new_draft() -> None:
    lines = step(1, '"dispose"', "kadis")
    lines += after(
        "tolakan", "tolak", '"draft_letter", {tugas = "sign", pelaksana = ["kadis"]}', more='surat = "surat"'
    )
    scenario = submitted(sheet(lines)).then("tolak").then(slot="tolakan").then("tolak", slot="tolakan")
    assert scenario.waits == ["draft_letter staf (tolakan)"]
    assert scenario.types[-1] == "CorrectionRequested"


def test_a_follow_up_of_a_step_opens_only_when_the_line_goes_on_from_it() -> None:
    """A step that is sent back to the applicant, refused, or passed over by its condition is not done."""
    lines = (
        step(1, '"check_documents", "record"')
        + step(2, '"enter_data"', more='untuk = ["kurang"]')
        + step(3, '"forward"')
    )
    scenario = submitted(sheet(lines + after("kabar", "langkah 1") + after("data", "langkah 2")))
    back = scenario.then("kurang")
    assert back.waits == ["complete pemohon"]
    assert back.then().then().waits == ["record staf"]
    assert back.then().then().then().waits == ["forward staf", "record staf (kabar)"]
    assert scenario.then().then().then().waits == ["record staf (kabar)"]


def test_a_follow_up_that_was_begun_stays_though_its_condition_no_longer_holds() -> None:
    lines = step(1, '"record"') + after("rekon", "selesai", '"reconcile"')
    lines += after("ingatkan", "langkah 1", '"record", "forward"', more='untuk = ["tidak_cocok"]')
    scenario = submitted(sheet(lines)).then()
    assert scenario.waits == ["reconcile staf (rekon)"]
    scenario = scenario.then("tidak_cocok", slot="rekon")
    assert scenario.waits == ["reconcile staf (rekon)", "record staf (ingatkan)"]
    assert scenario.then("cocok", slot="rekon").waits == []
    assert scenario.then(slot="ingatkan").then("cocok", slot="rekon").waits == ["forward staf (ingatkan)"]


def test_withdrawal_takes_away_every_follow_up_too() -> None:
    scenario = submitted(sheet(step(1, '"record"') + step(2, '"enter_data"') + after("kabar", "langkah 1"))).then()
    assert scenario.happens(e.ApplicationWithdrawn()).waits == []


# Targets


def test_back_to_the_applicant_and_then_to_a_named_step() -> None:
    lines = step(1, '"check_documents"') + step(
        2, '"check_population"', more='bila = { tidak_padan = "pemohon langkah 1" }'
    )
    scenario = submitted(sheet(lines)).then().then("tidak_padan")
    (waiting,) = scenario.due
    assert (waiting.tugas, waiting.who, waiting.langkah) == ("complete", "pemohon", "2")
    assert scenario.then().waits == ["check_documents staf"]


def test_what_is_returned_ends_with_what_the_citizen_is_told() -> None:
    lines = step(1, '"check_membership"', more='pesan = { sudah = "Kartu masih aktif." }')
    scenario = submitted(sheet(lines)).then("sudah")
    assert scenario.history[-1].data == e.CaseReturned(message="Kartu masih aktif.")
    assert scenario.waits == []


def test_selesai_ends_the_line_before_its_last_step() -> None:
    scenario = submitted(
        sheet(step(1, '"check_documents"', more='bila = { lengkap = "selesai" }') + step(2, '"record"'))
    )
    assert scenario.then().types[-1] == "CaseClosed"


def test_a_refusal_that_the_sheet_leads_to_a_step_is_no_refusal_of_the_case() -> None:
    lines = step(1, '"record"') + step(2, '"dispose"', "kadis", 'bila = { tolak = "langkah 1" }')
    scenario = submitted(sheet(lines)).then().then("tolak")
    assert scenario.types[-1] == "CorrectionRequested"
    assert scenario.waits == ["record staf"]
    assert scenario.case.ending is None


def test_the_desk_appends_what_the_sheet_makes_of_a_refusal() -> None:
    lines = step(1, '"record"') + step(2, '"dispose"', "kadis", 'bila = { tolak = "langkah 1" }')
    for more, types in (
        (lines, ["CorrectionRequested"]),
        (lines.replace('bila = { tolak = "langkah 1" }', ""), ["CaseRefused"]),
    ):
        scenario = submitted(sheet(more)).then()
        decision = Decision(e.CaseRefused(note="Salah alamat"), "tolak")
        events, _ = resulting_events(scenario.loaded, decision, scenario.due[0], Attribution(actor="kadis-1"), None)
        assert [event.type for event in events] == types
        assert events[0].hasil == "tolak"
        assert getattr(events[0].data, "note", None) == "Salah alamat"


def test_a_route_chosen_anew_takes_the_place_of_the_first() -> None:
    routes = 'jalur = [{kode = "biasa", nama = "Biasa"}, {kode = "cepat", nama = "Cepat", prioritas = true}]\n'
    lines = step(1, '"choose_route"') + step(2, '"enter_data"', more='untuk = ["cepat"]')
    lines += step(3, '"review"', "kabid", 'surat = "surat"\nbila = { perbaiki = "langkah 1" }')
    scenario = submitted(sheet(lines, routes)).then("cepat").then()
    assert scenario.due[0].urgent
    again = scenario.then("perbaiki").then("biasa")
    assert again.waits == ["review kabid"]
    assert not again.due[0].urgent


def test_a_draft_goes_back_to_the_drafter_of_its_own_kind_and_route() -> None:
    lines = step(1, '"verify_manually"', more='bila = { tidak_layak = "lanjut" }')
    lines += step(2, '{tugas = "draft_letter", surat = "surat"}', more='untuk = ["layak"]')
    lines += step(3, '{tugas = "draft_letter", surat = "tolakan"}', "kasi", 'untuk = ["tidak_layak"]')
    lines += step(4, '"sign"', "kadis", 'surat = ["surat", "tolakan"]')
    sop = sheet(lines, letters='{kode = "tolakan", jenis = "penolakan"}, ')
    for hasil, who in (("layak", "staf"), ("tidak_layak", "kasi")):
        scenario = submitted(sop).then(hasil).then()
        assert scenario.then("perbaiki").waits == [f"draft_letter {who}"]


# Batches


MONTHLY = '\n[[kumpulan]]\nkode = "bulanan"\nsetiap = "bulan"\ndari_tanggal = 1\nsampai_tanggal = 20\nbentuk = "xlsx"\n'


def test_a_batch_is_sent_by_itself_and_its_due_row_says_which_it_is() -> None:
    scenario = submitted(sheet(MONTHLY + step(1, '"deliver"', more='kumpulan = "bulanan"')))
    (due,) = scenario.due
    assert (due.tugas, due.automatic, due.kumpulan) == ("deliver", True, "bulanan")
    assert stored_due(due, scenario.now).kumpulan == "bulanan"
    batch = scenario.sop.kumpulan["bulanan"]
    assert (batch.setiap, batch.dari_tanggal, batch.sampai_tanggal, batch.bentuk) == ("bulan", 1, 20, "xlsx")


def test_a_decision_on_a_whole_batch_is_a_persons_and_still_one_task_a_case() -> None:
    by_hand = '\n[[kumpulan]]\nkode = "keputusan"\n'
    scenario = submitted(sheet(by_hand + step(1, '"verify_manually"', "kadis", 'kumpulan = "keputusan"')))
    (due,) = scenario.due
    assert (due.automatic, due.kumpulan, due.who) == (False, "keputusan", "kadis")
    assert scenario.sop.kumpulan["keputusan"].setiap is None


def test_a_case_a_batch_is_not_meant_for_is_sent_alone() -> None:
    routes = 'jalur = [{kode = "biasa", nama = "Biasa"}, {kode = "cepat", nama = "Cepat"}]\n'
    lines = (
        MONTHLY + 'untuk = ["biasa"]\n' + step(1, '"choose_route"') + step(2, '"deliver"', more='kumpulan = "bulanan"')
    )
    scenario = submitted(sheet(lines, routes))
    ((usual,), (quick,)) = (scenario.then(route).due for route in ("biasa", "cepat"))
    assert (usual.kumpulan, usual.automatic) == ("bulanan", True)
    assert (quick.kumpulan, quick.automatic) == (None, False)
    assert stored_due(quick, scenario.now).kumpulan is None


# People


def test_the_ministry_answers_on_its_own_clock_recorded_by_the_office() -> None:
    lines = step(1, '"record"') + after("sk", "selesai", '"confirm_status"', "kemensos")
    scenario = submitted(sheet(lines, performers=KEMENSOS)).then()
    (due,) = scenario.due
    assert (due.who, due.owner, due.slot) == ("kemensos", "kemensos", "sk")
    assert scenario.sop.posts_recording("kemensos") == ("staf",)


def test_any_one_of_several_posts_is_one_column_and_one_turn() -> None:
    either = '{kode = "sek_kabid", nama = "Sekretaris/Kabid", jabatan = ["sekretaris", "kabid"]}'
    scenario = submitted(sheet(step(1, '"record"', "sek_kabid") + step(2, '"enter_data"'), performers=either))
    assert scenario.waits == ["record sek_kabid"]
    assert scenario.sop.pelaksana["sek_kabid"].jabatan == ("sekretaris", "kabid")
    assert scenario.then().waits == ["enter_data staf"]


URGENCY = """
[[pertanyaan]]
kode = "keadaan"
teks = "Bagaimana keadaannya?"
pilihan = ["gawat", "hamil", "biasa"]
prioritas = ["gawat", "hamil"]
"""


@pytest.mark.parametrize(("answer", "urgent"), [("gawat", True), ("hamil", True), ("biasa", False)])
def test_only_an_urgent_answer_goes_first(answer: str, urgent: bool) -> None:
    scenario = submitted(sheet(URGENCY + step(1, '"record"')), answers=(answer,))
    assert scenario.due[0].urgent is urgent


def test_an_answer_with_a_name_of_its_own_opens_its_step_whichever_it_is() -> None:
    lines = (
        URGENCY
        + step(1, '"enter_data"', more='untuk = ["biasa"]')
        + step(2, '"forward"', more='untuk = ["gawat", "hamil"]')
    )
    assert submitted(sheet(lines), answers=("biasa",)).waits == ["enter_data staf"]
    assert submitted(sheet(lines), answers=("hamil",)).waits == ["forward staf"]


def test_step_and_task_conditions_must_both_hold() -> None:
    routes = 'jalur = [{kode = "umum", nama = "Umum"}, {kode = "cepat", nama = "Cepat"}]\n'
    lines = URGENCY + step(1, '"choose_route"')
    lines += step(2, '{tugas = "enter_data", untuk = ["gawat"]}', more='untuk = ["cepat"]') + step(3, '"record"')
    for route, answer, waits in (
        ("cepat", "gawat", "enter_data staf"),
        ("cepat", "biasa", "record staf"),
        ("umum", "gawat", "record staf"),
    ):
        assert submitted(sheet(lines, routes), answers=(answer,)).then(route).waits == [waits]


# Letters, rules, the inverse service


def test_a_bundle_of_letters_is_drafted_and_signed_as_one() -> None:
    lines = step(1, '"draft_letter", {tugas = "sign", pelaksana = ["kadis"]}', more='surat = ["surat", "pengantar"]')
    scenario = submitted(sheet(lines, letters='{kode = "pengantar", jenis = "usulan"}, '))
    assert scenario.due[0].task.surat == ("surat", "pengantar")
    assert scenario.then().due[0].task.surat == ("surat", "pengantar")
    assert scenario.then().then().types[-1] == "CaseClosed"


def test_the_inverse_service_runs_like_any_other() -> None:
    lines = step(1, '"check_membership"') + step(2, '"confirm_status"', "bpjs")
    scenario = submitted(sheet(lines, 'tujuan = "nonaktif"\n')).then().then("belum").then()
    assert scenario.types[-3:] == ["MembershipNotYetDeactivated", "MembershipDeactivated", "CaseClosed"]
    assert scenario.case.deactivated is not None
    assert scenario.case.activated is None


def test_a_former_member_is_told_so_where_a_membership_was_to_end() -> None:
    lines = step(1, '"check_membership"')
    for head, words in (('tujuan = "nonaktif"\n', "sudah tidak aktif"), ("", "sudah terdaftar dan aktif")):
        returned = submitted(sheet(lines, head)).then("sudah").history[-1].data
        assert isinstance(returned, e.CaseReturned)
        assert words in (returned.message or "")


def test_a_death_refuses_a_card_and_not_the_end_of_a_membership() -> None:
    lines = step(1, '"check_population"') + step(2, '"record"')
    assert submitted(sheet(lines)).then("meninggal").types[-1] == "CaseRefused"
    assert submitted(sheet(lines, 'tujuan = "nonaktif"\n')).then("meninggal").waits == ["record staf"]
    sent_back = step(1, '"check_population"', more='bila = { meninggal = "kembalikan" }')
    assert submitted(sheet(sent_back, 'tujuan = "nonaktif"\n')).then("meninggal").types[-1] == "CaseReturned"
