"""The world changes while a case runs: each row of docs/world-changes.md, with what becomes of the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from bpjs_sync.outgoing.facts import outgoing_facts
from bpjs_sync.replies.pending_reason import misplaced
from intake.death import DeathRecord, participant_died
from intake.domain import application_withdrawn
from jejak.cases.decision import Actor, attribution_of, check_office, check_post_in_sheet, vacancy_of
from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.contracts.bpjs import messages as b
from jejak.platform.errors import Malformed, NotYours, Refused
from jejak.procedure.office.kantor import load_kantor
from jejak.procedure.office.vacancies import vacant_turns
from letters.numbering.endings import endings_of
from tests.procedure import START, Scenario, office, person, sheet, submitted

LETTER: Final = """
[[langkah]]
no = 1
kegiatan = "Berkas diterima"
tugas = ["check_documents"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Surat disusun"
tugas = ["draft_letter"]
pelaksana = ["staf"]
surat = "surat"

[[langkah]]
no = 3
kegiatan = "Paraf"
tugas = ["paraf"]
pelaksana = ["kabid"]
surat = "surat"

[[langkah]]
no = 4
kegiatan = "Tanda tangan"
tugas = ["sign"]
pelaksana = ["kadis"]
surat = "surat"

[[tindak_lanjut]]
kode = "kirim"
tugas = ["deliver", "await_reply", "confirm_status"]
pelaksana = ["staf", "bpjs"]
sesudah = "selesai"
"""
SENT: Final = """
[[langkah]]
no = 1
kegiatan = "Usulan dikirim"
tugas = ["deliver"]
pelaksana = ["staf"]
kepada = "bpjs"

[[tindak_lanjut]]
kode = "aktif"
tugas = ["await_reply", "confirm_status"]
pelaksana = ["bpjs"]
"""
ENDING: Final = 'tujuan = "nonaktif"\n'
BY_PAPER: Final = DeathRecord(bukti="akta_kematian", nomor_bukti="1399-KM-0001")


def without(scenario: Scenario, *posts: str, acting: str = "") -> Scenario:
    """The same case, after a kantor file is loaded whose officials of these posts are gone."""
    text = office(acting=acting).text.decode()
    head, *blocks = text.split("\n[[pejabat]]\n")
    kept = [block for block in blocks if not any(f'kode = "{post}-1"' in block for post in posts)]
    return replace(scenario, office=load_kantor("\n[[pejabat]]\n".join([head, *kept]).encode()))


def may_act(scenario: Scenario, who: str, post: str) -> bool:
    """Whether this official may do the task that is due."""
    actor = Actor("13.99", who, post)
    try:
        check_office(scenario.loaded, actor)
        attribution_of(scenario.loaded, actor, scenario.due[0], None)
    except NotYours:
        return False
    return True


def died(scenario: Scenario, record: DeathRecord = BY_PAPER) -> Scenario:
    return scenario.happens(participant_died(scenario.loaded, record, ()).data)


def test_50e_a_death_is_an_ending_of_its_own_with_its_evidence() -> None:
    scenario = died(submitted(sheet(LETTER)).then().then())
    assert scenario.case.ending is not None
    assert scenario.case.ending.kind == "meninggal"
    assert scenario.waits == []
    words = describe_event(scenario.history[-1], scenario.sop)
    assert words == "Peserta meninggal dunia (menurut akta kematian): berkas berakhir."


def test_50e_a_death_needs_evidence_and_a_day_in_the_life_of_the_participant() -> None:
    scenario = submitted(sheet(LETTER))
    with pytest.raises(Malformed, match="Lampirkan bukti kematian, atau isi nomornya"):
        died(scenario, DeathRecord(bukti="akta_kematian"))
    for day, words in ((date(2062, 1, 1), "masa depan"), (date(1202, 7, 8), "mendahului tanggal lahir")):
        with pytest.raises(Malformed, match=words):
            died(scenario, BY_PAPER.model_copy(update={"meninggal_pada": day}))


def test_50e_where_the_membership_is_to_end_death_is_the_reason_and_no_ending() -> None:
    with pytest.raises(Refused, match="kematian adalah alasannya"):
        died(submitted(sheet(SENT, ENDING)))


def test_50e_bpjs_is_told_that_nothing_is_asked_for_the_dead_and_its_late_answer_is_placed_by_a_person() -> None:
    sent = submitted(sheet(SENT)).then()
    scenario = died(sent)
    fact = outgoing_facts(scenario.case.id, scenario.history, scenario.sop, scenario.office, "https://contoh")
    assert fact is not None
    assert isinstance(fact.clear, b.SubmissionWithdrawn)
    assert (fact.name, fact.clear.deceased, fact.personal) == ("submission.withdrawn", True, None)
    objection = misplaced(sent.history[-2].id, scenario.loaded)
    assert objection is not None
    assert objection.words == "peserta sudah meninggal, dan BPJS sudah diberi tahu"


def test_50e_bpjs_is_told_nothing_of_a_case_that_it_never_had() -> None:
    scenario = died(submitted(sheet(SENT)))
    assert outgoing_facts(scenario.case.id, scenario.history, scenario.sop, scenario.office, "https://contoh") is None


def test_50e_bpjs_is_told_nothing_of_a_death_once_it_has_decided() -> None:
    accepted = submitted(sheet(SENT)).then().then("diterima", slot="aktif")
    for scenario in (accepted, accepted.then("belum", slot="aktif")):
        over = died(scenario)
        assert over.case.ending is not None
        assert over.case.ending.kind == "meninggal"
        assert outgoing_facts(over.case.id, over.history, over.sop, over.office, "https://contoh") is None


def test_50e_a_number_without_a_signed_letter_is_void_because_of_the_death() -> None:
    payload = '{"letters": [{"letter": "surat"}]}'
    rows = [
        {"type": "LetterDrafted", "slot": "main", "payload": payload, "under_way": False, "recorded_at": START},
        {"type": "ParticipantDied", "slot": "main", "payload": "{}", "under_way": False, "recorded_at": START},
    ]
    assert endings_of(rows).void("surat") == ("meninggal", START)


def test_a_case_that_has_ended_is_not_ended_again_by_a_death() -> None:
    scenario = submitted(sheet(LETTER.split("[[tindak_lanjut]]", maxsplit=1)[0])).then().then().then().then()
    with pytest.raises(Refused, match="sudah berakhir"):
        died(scenario)


def test_an_acting_official_takes_a_vacant_post_over() -> None:
    acting = (
        '\n[[pejabat]]\nkode = "kasi-1"\nnama = "kasi-1"\nnip = "196701011992032003"\njabatan = "kabid"\n'
        'dari = 2022-01-01\nsebagai = "Plt."\n'
    )
    scenario = without(submitted(sheet(LETTER)).then().then(), "kabid", acting=acting)
    assert vacancy_of(scenario.loaded, scenario.due[0]) is None
    assert may_act(scenario, "kasi-1", "kabid")


def test_a_post_that_was_renamed_or_removed_is_stood_in_for_by_the_head_who_signs() -> None:
    scenario = without(submitted(sheet(LETTER)).then().then(), "kabid")
    assert scenario.waits == ["paraf kabid"]
    gap = vacancy_of(scenario.loaded, scenario.due[0])
    assert gap is not None
    assert gap.words == (
        "Jabatan kabid sedang kosong; belum ada yang menggantikan. Sementara itu kadis-1 dapat mengerjakannya. "
        "Kantor menunjuk Plt. atau Plh., atau penggantinya. Tanyakan kepada kadis (kadis-1): Jalan Contoh 1."
    )
    assert may_act(scenario, "kadis-1", "kadis")
    assert not may_act(scenario, "staf-1", "staf")


def test_nobody_signs_for_a_head_who_left_and_the_pages_say_that_an_acting_one_is_needed() -> None:
    scenario = without(submitted(sheet(LETTER)).then().then().then(), "kadis")
    assert scenario.waits == ["sign kadis"]
    gap = vacancy_of(scenario.loaded, scenario.due[0])
    assert gap is not None
    assert "dapat mengerjakannya" not in gap.words
    assert "Kantor menunjuk Plt. atau Plh., atau penggantinya. Tanyakan kepada " in gap.words
    assert gap.stand_ins == ()
    check_post_in_sheet(scenario.sop, Actor("13.99", "staf-1", "staf"))  # who may withdraw it for the applicant


def test_a_record_of_an_outside_party_goes_to_the_head_where_no_recorder_is_left() -> None:
    scenario = without(submitted(sheet(SENT)).then(), "staf")
    assert scenario.waits == ["await_reply bpjs (aktif)"]
    assert vacancy_of(scenario.loaded, scenario.due[0]) is not None


def test_a_case_of_a_region_whose_official_is_gone_is_stood_in_for_by_the_head() -> None:
    area = (
        '\n[[pejabat]]\nkode = "lurah-1"\nnama = "lurah-1"\njabatan = "staf"\ndari = 2017-01-02\n'
        'wilayah = "13.99.02.2002"\n'
    )
    submitted_there = submitted(sheet(LETTER))
    assert submitted_there.case.application is not None
    entered = replace(submitted_there.case.application, entry_office="13.99.01.1001")
    scenario = without(
        replace(submitted_there, case=replace(submitted_there.case, application=entered)), "staf", acting=area
    )
    assert not may_act(scenario, "lurah-1", "staf")
    assert may_act(scenario, "kadis-1", "kadis")


def test_the_head_stands_in_for_a_post_of_a_kelurahan_only_outside_it() -> None:
    area = (
        '\n[[pejabat]]\nkode = "lurah-1"\nnama = "lurah-1"\njabatan = "staf"\ndari = 2017-01-02\n'
        'wilayah = "13.99.01.1001"\n'
    )
    scenario, day = submitted(sheet(LETTER)), date(2022, 7, 4)
    whole = scenario.loaded.office
    held, gone = (without(scenario, "staf", acting=more).loaded.office for more in (area, ""))
    assert vacant_turns(scenario.sop, whole, "kadis", day) == {}
    assert vacant_turns(scenario.sop, held, "kadis", day)["staf"] == ("13.99.01.1001",)
    assert vacant_turns(scenario.sop, gone, "kadis", day)["staf"] == ()
    assert vacant_turns(scenario.sop, gone, "kabid", day) == {}


def test_holidays_added_later_move_the_end_of_the_waiting_time() -> None:
    before, day = office().calendar, START + timedelta(hours=1)
    text = office().text + b"\n[[libur]]\ntanggal = 2022-07-05\nnama = 'Libur'\n"
    after = load_kantor(text).calendar
    assert after.next_working_day(day).date() > before.next_working_day(day).date()


def test_a_sheet_that_is_replaced_or_withdrawn_serves_the_cases_that_began_with_it() -> None:
    scenario = submitted(sheet(LETTER)).then()
    assert scenario.case.sop == scenario.sop.sha256
    assert scenario.waits == ["draft_letter staf"]


def test_the_death_of_an_applicant_who_is_not_the_participant_ends_nothing() -> None:
    """The day of a death is held against the life of the participant, whose case it is."""
    child = person(nik="1399014101200001", name="Anak Contoh", born="2020-01-01")
    scenario = submitted(
        sheet(LETTER), people=e.People(applicant=person(), participant=child, relationship="orang tua")
    )
    with pytest.raises(Malformed, match="mendahului tanggal lahir peserta"):
        died(scenario, BY_PAPER.model_copy(update={"meninggal_pada": date(2019, 12, 31)}))
    assert scenario.waits == ["check_documents staf"]


def test_a_case_whose_person_is_forgotten_can_be_withdrawn() -> None:
    scenario = submitted(sheet(LETTER)).then()
    forgotten = replace(scenario, case=replace(scenario.case, people=None, applied=None))
    assert forgotten.waits == ["draft_letter staf"]
    assert forgotten.happens(application_withdrawn(forgotten.case, None).data).waits == []
