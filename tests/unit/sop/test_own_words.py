"""Acts in the words of their sheet: `sebutan`, and an approval without a letter."""

from __future__ import annotations

import pytest

from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.procedure.checks.check import check
from jejak.procedure.load import SopError, load_sop
from jejak.procedure.task_words import task_words, verb_words
from ledger.timings.pages.figure_words import line_words
from ledger.timings.pages.flow import flow_of
from tests.procedure import sheet, submitted

FIELD = """
[[langkah]]
no = 1
kegiatan = "Petugas memverifikasi di lapangan"
tugas = ["check_documents"]
sebutan = "verifikasi lapangan"
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Musyawarah nagari, lalu persetujuan Bupati"
tugas = [
  { tugas = "verify_manually", sebutan = "musyawarah nagari" },
  { tugas = "approve", sebutan = "persetujuan Bupati", pelaksana = ["kadis"], bila = { perbaiki = "langkah 1" } },
]
pelaksana = ["staf"]
"""


def test_tasks_are_called_as_the_sheet_calls_them_everywhere() -> None:
    case = submitted(sheet(FIELD))
    assert task_words(case.sop, case.due[0].task) == "verifikasi lapangan"

    missing = case.then("kurang")
    assert describe_event(missing.history[-1], case.sop) == "Verifikasi lapangan, belum beres: KTP tidak ada."
    assert task_words(case.sop, missing.due[0].task, missing.due[0].tugas) == "melengkapi dokumen"

    case = case.then()
    assert describe_event(case.history[-1], case.sop) == "Verifikasi lapangan: lengkap dan benar."
    refused = case.then("tidak_layak")
    assert describe_event(refused.history[-2], case.sop) == "Musyawarah nagari: tidak layak."
    ended = refused.history[-1].data
    assert isinstance(ended, e.CaseRefused)
    assert [reason.text for reason in ended.reasons] == ["Hasil musyawarah nagari: tidak layak."]

    case = case.then().then()
    assert [describe_event(event, case.sop) for event in case.history[-3:]] == [
        "Musyawarah nagari: layak.",
        "Persetujuan Bupati: disetujui.",
        "SOP selesai.",
    ]
    names = [name for node in flow_of(case.sop).parts[0].nodes for name in node.nama]
    assert names == ["pengajuan", "verifikasi lapangan", "musyawarah nagari", "persetujuan Bupati"]
    line = dict.fromkeys(
        ("kegiatan", "terlambat", "tidak_terukur", "mutu_baku", "batas_tunggu", "tunggu", "sentuh", "berlalu")
    )
    line |= {"slot": "main", "langkah": "1", "tugas": "check_documents", "pihak": "dinas", "jumlah": 1}
    assert line_words(line, case.sop)["tugas"] == "verifikasi lapangan"


def test_an_approval_needs_no_letter_but_a_correction_of_a_draft_does() -> None:
    text = sheet(FIELD).text.decode()
    without = text.replace('surat = [{kode = "surat", jenis = "rekomendasi"}]', "")
    assert check(without.encode()).mistakes == ()
    [line] = check(without.replace('tugas = "approve"', 'tugas = "review"').encode()).mistakes
    assert "perlu surat" in line


def test_an_approval_without_a_letter_says_where_a_correction_goes() -> None:
    text = sheet(FIELD).text.decode()
    for where in ("", ', bila = { perbaiki = "konsep" }'):
        sent = text.replace(', bila = { perbaiki = "langkah 1" }', where).encode()
        [line] = check(sent).mistakes
        assert 'diminta perbaiki, kembali ke mana? — tulis bila = { perbaiki = "langkah 1" }' in line
        assert load_sop(sent, stored=True).text == sent


def test_a_name_for_several_tasks_at_once_is_asked_about() -> None:
    with pytest.raises(SopError, match="sebutan tugas yang mana"):
        sheet(FIELD.replace('kegiatan = "Musyawarah', 'sebutan = "musyawarah"\nkegiatan = "Musyawarah'))


def test_a_verb_that_a_sheet_names_twice_has_both_names_and_of_one_performer_his_own() -> None:
    again = """
[[langkah]]
no = 9
kegiatan = "Memeriksa ulang"
tugas = [{ tugas = "check_documents", sebutan = "pemeriksaan ulang", pelaksana = ["kabid"] }]
"""
    sop = sheet(FIELD + again)
    assert verb_words(sop, "check_documents") == "verifikasi lapangan atau pemeriksaan ulang"
    assert verb_words(sop, "check_documents", "kabid") == "pemeriksaan ulang"
    assert verb_words(sop, "check_documents", "bpjs") == "verifikasi lapangan atau pemeriksaan ulang"
    assert verb_words(sop, "sign") == "penandatanganan"
