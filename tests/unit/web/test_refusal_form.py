"""The form of a letter of refusal has room for its reasons, and nothing of a recommendation drafted before."""

from __future__ import annotations

from jejak.contracts import events as e
from jejak.web.tasks.form import forms
from tests.procedure import Scenario, person, sheet, submitted

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


def asked(told: Scenario) -> dict[str, list[str]]:
    """What the form of the letter holds: values by field."""
    opened = told.loaded
    [due] = told.due
    found: dict[str, list[str]] = {}
    for form in forms(opened, due, recording=False):
        for field in (field for group in form.groups for field in group.fields):
            found.setdefault(field.name, []).append(field.value)
    return found


def drafted(draft: int, **said: object) -> e.LetterDrafted:
    content = e.LetterContent.model_validate({"people": e.People(applicant=person())} | said)
    return e.LetterDrafted(
        draft=draft, letters=(e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),), content=content
    )


def test_a_refusal_is_worded_anew_whatever_was_written_into_the_recommendation() -> None:
    told = submitted(sheet(STEPS))
    assert "alasan[]" not in asked(told)
    told = told.then(data=drafted(1, opening=("Kami merekomendasikan:",)))
    told = told.then("tolak", data=e.CaseRefused(note="Pindah."))
    assert (asked(told)["alasan[]"], asked(told)["pembuka[]"]) == ([""], [""])


def test_a_letter_that_the_sheet_calls_a_refusal_has_room_for_reasons_before_the_end() -> None:
    refusing = STEPS.replace('surat = "surat"', 'surat = "tolakan"')
    told = submitted(sheet(refusing, letters='{kode = "tolakan", jenis = "penolakan"}, '))
    assert asked(told)["alasan[]"] == [""]
