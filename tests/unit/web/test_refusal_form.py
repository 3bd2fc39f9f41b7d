"""The form of a letter of refusal has fields for its reasons, and no text of an earlier recommendation."""

from __future__ import annotations

from jejak.contracts import events as e
from jejak.procedure.office.kantor import load_kantor
from jejak.web.tasks.form import forms
from tests.procedure import Scenario, office, person, sheet, submitted

STEPS = """
[[langkah]]
no = 1
kegiatan = "Membuat konsep"
tugas = [{ tugas = "draft_letter", surat = "surat" }, { tugas = "review", pelaksana = ["kabid"] }, "record"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "tolakan"
sesudah = "tolak"
tugas = [{ tugas = "draft_letter", surat = "surat" }]
pelaksana = ["staf"]
"""


def values_of(scenario: Scenario) -> dict[str, list[str]]:
    """The values of the letter's form by field."""
    [due] = scenario.due
    values: dict[str, list[str]] = {}
    for form in forms(scenario.loaded, due, recording=False):
        for field in (field for group in form.groups for field in group.fields):
            values.setdefault(field.name, []).append(field.value)
    return values


def drafted(draft: int, **fields: object) -> e.LetterDrafted:
    content = e.LetterContent.model_validate({"people": e.People(applicant=person())} | fields)
    return e.LetterDrafted(
        draft=draft, letters=(e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),), content=content
    )


def test_a_refusal_starts_without_the_text_of_the_recommendation() -> None:
    scenario = submitted(sheet(STEPS))
    assert "alasan[]" not in values_of(scenario)
    scenario = scenario.then(data=drafted(1, opening=("Kami merekomendasikan:",)))
    scenario = scenario.then("tolak", data=e.CaseRefused(note="Pindah."))
    assert (values_of(scenario)["alasan[]"], values_of(scenario)["pembuka[]"]) == ([""], [""])


def test_a_letter_that_the_sheet_calls_a_refusal_has_room_for_reasons_before_the_end() -> None:
    refusing = STEPS.replace('surat = "surat"', 'surat = "tolakan"')
    scenario = submitted(sheet(refusing, letters='{kode = "tolakan", jenis = "penolakan"}, '))
    assert values_of(scenario)["alasan[]"] == [""]


def test_two_letters_with_a_list_attached_ask_for_it_once() -> None:
    two = STEPS.replace('"draft_letter", surat = "surat" }, { tugas = "review"',
                        '"draft_letter", surat = ["satu", "dua"] }, { tugas = "review"')  # fmt: skip
    letter = '{{kode = "{}", jenis = "pengantar", nama = "{}", kepada = "Camat", daftar_terlampir = true}}, '
    scenario = submitted(sheet(two, letters=letter.format("satu", "Satu") + letter.format("dua", "Dua")))
    assert values_of(scenario)["daftar"] == [""]


def test_the_form_says_that_a_scan_holds_every_letter_and_what_a_closing_replaces() -> None:
    two = """
[[langkah]]
no = 1
kegiatan = "Menyusun dan menandatangani"
tugas = [{ tugas = "draft_letter", surat = ["surat", "dua"] }, { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""
    sop = sheet(two, letters='{kode = "dua", jenis = "pengantar", nama = "Pengantar Camat", kepada = "Camat"}, ')
    pen = office().text.decode().replace('"elektronik"', '"basah"\npencatat_tanda_tangan = "staf"', 1)
    scenario = submitted(sop, load_kantor(pen.encode()))
    assert any("menggantikan isi dan penutup surat" in text for text in helps(scenario))
    letters = tuple(e.DraftLetter(letter=name, number=f"{name}/1") for name in ("surat", "dua"))
    scenario = scenario.then(data=drafted(1).model_copy(update={"letters": letters}))
    assert "Satu berkas yang memuat surat rekomendasi dan Pengantar Camat." in helps(scenario)


def helps(scenario: Scenario) -> list[str]:
    [due] = scenario.due
    groups = [group for form in forms(scenario.loaded, due, recording=True) for group in form.groups]
    return [field.help for group in groups for field in group.fields]
