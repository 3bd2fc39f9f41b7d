"""Whom an application goes to and who answers: words, clocks and messages follow the party that the sheet names."""

from __future__ import annotations

import uuid

import pytest

from bpjs_sync.answers.answer import Answer, Objection, task_ended
from bpjs_sync.outgoing.facts import outgoing_facts
from jejak.cases.event_descriptions import describe_event
from jejak.cases.undecided import bpjs_decides_still
from jejak.contracts import events as e
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop, parse_sop
from jejak.procedure.revision.inferred import inferred
from jejak.procedure.task_words import task_name, task_words, words_at
from jejak.timekeeping.timing_rules import timing_rules_of
from jejak.web.tasks.form import outcomes_of
from tests.procedure import Scenario, office, sample, sheet, submitted

KEMENSOS = '{kode = "kemensos", nama = "Kemensos (SIKS-NG)", pihak = "kemensos", pencatat = "staf"},'
RUMAH_SAKIT = '{kode = "rs", nama = "RSUD Contoh", pihak = "faskes", pencatat = "staf"},'
PROVINSI = '{kode = "prov", nama = "Dinas Sosial Provinsi Contoh", pihak = "provinsi", pencatat = "staf"},'

SENT = """
[[langkah]]
no = 1
kegiatan = "Usulan dikirim dan dijawab"
tugas = ["deliver", "await_reply"{more}]
kepada = "{to}"
{answered}
pelaksana = ["staf"]
"""


def sent(to: str, performers: str, *, answered: str | None = None, more: str = "") -> Scenario:
    line = f'dijawab_oleh = "{answered or to}"'
    return submitted(sheet(SENT.format(to=to, answered=line, more=more), performers=performers))


def submission(to: str) -> e.SubmissionSent:
    return e.SubmissionSent(via="sistem", to=to, letters=())


PARTIES = pytest.mark.parametrize(
    ("to", "performers", "words", "full"),
    [
        ("bpjs", "", "BPJS", "BPJS Kesehatan"),
        ("kemensos", KEMENSOS, "Kemensos", "Kementerian Sosial"),
        ("kemensos", "", "Kemensos", "Kementerian Sosial"),
        ("dukcapil", "", "Dukcapil", "Dukcapil"),
        ("rs", RUMAH_SAKIT, "RSUD Contoh", "RSUD Contoh"),
        ("prov", PROVINSI, "Dinas Sosial Provinsi Contoh", "Dinas Sosial Provinsi Contoh"),
        ("faskes", "", "faskes", "fasilitas kesehatan"),
    ],
)


@PARTIES
def test_events_tasks_buttons_and_refusals_name_the_party_of_the_sheet(
    to: str, performers: str, words: str, full: str
) -> None:
    case = sent(to, performers)
    assert task_words(case.sop, case.due[0].task) == f"pengajuan ke {words}"

    case = case.then(data=submission(to))
    assert describe_event(case.history[-1], case.sop) == f"Pengajuan ke {words} dikirim lewat sistem."
    [due] = case.due
    assert task_words(case.sop, due.task) == f"jawaban {words}"
    assert [outcome.words for outcome in outcomes_of(case.loaded, due)] == [
        f"{words} menerima",
        f"{words} minta diperbaiki",
        f"{words} menolak",
    ]
    assert outcomes_of(case.loaded, due)[2].leads.endswith(f"“{full} menolak pengajuan.”")

    refused = case.then("ditolak")
    reply, ended = refused.history[-2:]
    assert describe_event(reply, refused.sop) == f"Jawaban {words}: ditolak."
    assert isinstance(ended.data, e.CaseRefused)
    assert [reason.text for reason in ended.data.reasons] == [f"{full} menolak pengajuan."]


@PARTIES
def test_waiting_for_an_outside_party_is_never_the_offices_time(
    to: str, performers: str, words: str, full: str
) -> None:
    case = sent(to, performers).then(data=submission(to))
    [due] = case.due
    assert due.who == "staf"
    assert due.owner != "dinas"
    rules = timing_rules_of(case.sop, case.office.calendar, case.office.batas_tunggu)
    assert rules.owner("staf", ("main", "1", "await_reply")) == due.owner
    assert rules.owner("staf", ("main", "1", "deliver")) == "dinas"
    assert rules.calendar_of(due.owner) is not rules.calendar
    # What the applicant has to mend is the applicant's time.
    assert [later.owner for later in case.then("perbaiki").due] == ["pemohon"]


def test_messages_of_the_bpjs_contract_go_out_only_for_what_goes_to_bpjs() -> None:
    def told(case: Scenario) -> list[str]:
        facts = (
            outgoing_facts(uuid.UUID(int=1), case.history[: n + 1], case.sop, case.office, "https://contoh.example")
            for n in range(len(case.history))
        )
        return [fact.name for fact in facts if fact is not None]

    assert told(sent("bpjs", "").then(data=submission("bpjs")).then("diterima")) == ["submission", "reply.recorded"]
    assert told(sent("kemensos", "").then(data=submission("kemensos")).then("diterima")) == []

    both = """
[[langkah]]
no = 1
kegiatan = "Dikirim ke BPJS"
tugas = ["deliver", "await_reply"]
kepada = "bpjs"
dijawab_oleh = "bpjs"
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Dikirim ke Kemensos"
tugas = ["deliver", "await_reply", "confirm_status"]
kepada = "kemensos"
dijawab_oleh = "kemensos"
pelaksana = ["staf"]
"""
    case = submitted(sheet(both)).then(data=submission("bpjs"))
    assert bpjs_decides_still(case.case, case.sop)
    case = case.then("diterima").then(data=submission("kemensos"))
    assert not bpjs_decides_still(case.case, case.sop)
    case = case.then("diterima").then("sesuai")
    assert told(case) == ["submission", "reply.recorded"]
    assert describe_event(case.history[-2], case.sop) == "Kepesertaan aktif menurut Kemensos."


def test_an_answer_of_bpjs_ends_no_task_that_waits_for_another_party() -> None:
    waiting = sent("kemensos", "").then(data=submission("kemensos"))
    assert isinstance(task_ended(Answer(0, "diterima"), waiting.loaded), Objection)
    of_bpjs = sent("bpjs", "").then(data=submission("bpjs"))
    assert not isinstance(task_ended(Answer(0, "diterima"), of_bpjs.loaded), Objection)


BY_ROUTE = """
[[jalur]]
kode = "a"
nama = "Lewat BPJS"

[[jalur]]
kode = "b"
nama = "Lewat Kemensos"

[[langkah]]
no = 1
kegiatan = "Jalur dipilih"
tugas = ["choose_route"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Usulan dikirim dan dijawab"
tugas = [{steps}]
pelaksana = ["staf"]
"""


def by_route(first: str, chosen: str) -> Scenario:
    """A step that sends to BPJS under `a` and to Kemensos under `b`, the `first` of the two written first."""
    to = {"a": "bpjs", "b": "kemensos"}
    routes = sorted(to, key=lambda name: name != first)
    steps = ", ".join(
        f'{{ tugas = "{verb}", {key} = "{to[name]}", untuk = ["{name}"] }}'
        for verb, key in (("deliver", "kepada"), ("await_reply", "dijawab_oleh"))
        for name in routes
    )
    return submitted(sheet(BY_ROUTE.format(steps=steps))).then(chosen)


@pytest.mark.parametrize("first", ["a", "b"])
def test_of_two_tasks_of_one_verb_the_one_of_the_case_s_route_names_the_party(first: str) -> None:
    def names(case: Scenario) -> list[str]:
        facts = (
            outgoing_facts(uuid.UUID(int=1), case.history[: n + 1], case.sop, case.office, "https://contoh.example")
            for n in range(len(case.history))
        )
        return [fact.name for fact in facts if fact is not None]

    to_bpjs = by_route(first, "a").then(data=submission("bpjs"))
    assert not isinstance(task_ended(Answer(0, "diterima"), to_bpjs.loaded), Objection)
    assert bpjs_decides_still(to_bpjs.case, to_bpjs.sop)
    assert names(to_bpjs.happens(sample("ParticipantDied"))) == ["submission", "submission.withdrawn"]
    refused = to_bpjs.then("ditolak")
    assert names(refused) == ["submission", "reply.recorded"]
    assert describe_event(refused.history[-2], refused.sop, refused.loaded.names) == "Jawaban BPJS: ditolak."

    elsewhere = by_route(first, "b").then(data=submission("kemensos"))
    assert isinstance(task_ended(Answer(0, "diterima"), elsewhere.loaded), Objection)
    assert not bpjs_decides_still(elsewhere.case, elsewhere.sop)
    refused = elsewhere.then("ditolak")
    assert names(refused) == []
    assert describe_event(refused.history[-2], refused.sop, refused.loaded.names) == "Jawaban Kemensos: ditolak."
    assert isinstance(refused.history[-1].data, e.CaseRefused)
    assert [reason.text for reason in refused.history[-1].data.reasons] == ["Kementerian Sosial menolak pengajuan."]


@pytest.mark.parametrize(("party", "automatic"), [("bpjs", True), ("kemensos", False)])
def test_a_membership_list_of_bpjs_answers_only_what_bpjs_is_to_answer(party: str, automatic: bool) -> None:
    steps = f"""
[[langkah]]
no = 1
kegiatan = "Status dipastikan"
tugas = ["confirm_status"]
dijawab_oleh = "{party}"
pelaksana = ["staf"]
"""
    [due] = submitted(sheet(steps), office(way="impor")).due
    assert (due.tugas, due.automatic) == ("confirm_status", automatic)


def test_without_a_case_tasks_that_differ_in_words_have_the_general_name() -> None:
    case = by_route("a", "b")
    assert words_at(case.sop, "main", "2", "deliver", "staf", case.loaded.names) == "pengajuan ke Kemensos"
    assert words_at(case.sop, "main", "2", "deliver", "staf") == task_name("deliver")


def test_two_parties_on_a_sheet_are_asked_about_and_a_stored_sheet_goes_on_as_it_did() -> None:
    text = sheet(SENT.format(to="bpjs", answered="", more=""), performers=KEMENSOS).text.decode()
    unnamed = text.replace('kepada = "bpjs"\n', "")
    report = check(unnamed.encode())
    assert [line.partition("dikirim")[1] or line for line in report.mistakes] == [
        "dikirim",
        'langkah 1: tugas await_reply: siapa yang menjawab? — tulis dijawab_oleh = "…"',
    ]
    assert [task.party for task in load_sop(unnamed.encode(), stored=True).main[1:]] == ["bpjs", "bpjs"]


def test_a_party_that_is_not_written_is_listed_as_inferred() -> None:
    file = parse_sop(sheet(SENT.format(to="kemensos", answered="", more="")).text).file
    assert file is not None
    assert [row.kalimat for row in inferred(file) if row.kunci == "dijawab_oleh"] == [
        "langkah 1: dijawab_oleh kemensos (await_reply): tidak tertulis; kepadanyalah berkas dikirim"
    ]


def test_a_party_that_answers_nothing_is_a_mistake() -> None:
    sop = sheet(SENT.format(to="bpjs", answered="", more=""))
    wrong = (
        sop.text.decode()
        .replace('["deliver", "await_reply"]', '["deliver"]')
        .replace('kepada = "bpjs"', 'kepada = "bpjs"\ndijawab_oleh = "bpjs"')
    )
    [line] = check(wrong.encode()).mistakes
    assert line.startswith("langkah 1: dijawab_oleh: tidak ada tugas yang dijawab (await_reply,")
