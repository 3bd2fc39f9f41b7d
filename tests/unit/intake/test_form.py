"""The condition of a document, in words for citizens."""

from __future__ import annotations

import pytest

from intake.pages import form
from tests.procedure import office, sheet

STEPS = """
[[langkah]]
no = 1
kegiatan = "Memeriksa"
tugas = ["check_documents"]
pelaksana = ["staf"]
"""
HEAD = """
[[jalur]]
kode = "mutasi"
nama = "Usulan mutasi"

[[pertanyaan]]
kode = "gawat"
teks = "Gawat?"
prioritas = true

[[pertanyaan]]
kode = "tempat"
teks = "Dirawat di mana?"
pilihan = ["di_rumah", "rumah_sakit"]

[[persyaratan]]
kode = "SKD"
nama = "Surat dokter"
untuk = ["gawat", "rumah_sakit", "mutasi", "kurang"]
"""


def test_a_condition_is_said_by_the_question_route_or_outcome_it_names() -> None:
    sop = sheet(STEPS, HEAD)
    conditions = {name: form.condition(sop, name) for name in sop.persyaratan["SKD"].untuk}
    assert conditions == {
        "gawat": "jawaban atas «Gawat?» ya",
        "rumah_sakit": "jawaban atas «Dirawat di mana?» rumah sakit",
        "mutasi": "jalurnya Usulan mutasi",
        "kurang": "hasil pemeriksaannya kurang",
    }


@pytest.mark.parametrize("chooses", [True, False])
def test_a_route_is_asked_at_the_counter_unless_a_step_chooses_it(chooses: bool) -> None:
    steps = STEPS.replace('["check', '["choose_route", "check') if chooses else STEPS
    questions = form.form_of_sheet(sheet(steps, HEAD), office())["pertanyaan"]
    assert [question["kode"] for question in questions] == ["gawat", "tempat", *([] if chooses else ["jalur"])]
    assert [choice["kode"] for choice in questions[1]["pilihan"]] == ["di_rumah", "rumah_sakit"]


def test_an_official_who_records_for_the_applicant_may_send_the_form() -> None:
    assert form.posts_submitting(sheet(STEPS, HEAD)) == ("staf",)
