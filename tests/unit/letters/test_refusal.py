"""A letter about a case that was refused says no and why, whoever refused it and at whichever task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.kantor import funding_of
from letters import domain
from letters.printing.compose import letter_data
from letters.printing.letter import LetterData
from tests.procedure import Scenario, office, person, sheet, submitted

STEPS = """
[[langkah]]
no = 1
kegiatan = "Memverifikasi"
tugas = ["verify_manually"]
pelaksana = ["staf"]
pesan = { tidak_layak = "Hasil kunjungan rumah menunjukkan keluarga mampu." }

[[langkah]]
no = 2
kegiatan = "Membuat konsep"
tugas = ["draft_letter"]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Meneliti dan menandatangani"
tugas = [{ tugas = "review", pelaksana = ["kabid"] }, { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["kabid"]

[[tindak_lanjut]]
kode = "tolakan"
sesudah = "tolak"
tugas = ["draft_letter", { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""
INVERSE = 'tujuan = "nonaktif"\n'
NOTE = "Pemohon sudah pindah ke kota lain."
NO = e.CaseRefused(note=NOTE)


def told(head: str = "") -> Scenario:
    return submitted(sheet(STEPS, head))


def refused_at_review(head: str = "") -> Scenario:
    one = told(head).then()
    return one.then(data=drafted(one)).then("tolak", data=NO)


def refused_at_the_visit(head: str = "") -> Scenario:
    return told(head).then("tidak_layak", data=e.VerifiedManually(note="Rumah permanen, dua kendaraan."))


def opened(one: Scenario) -> LoadedCase:
    return one.loaded


def drafted(one: Scenario, *, refuses: bool = False, name: str = "surat", **changes: object) -> e.LetterDrafted:
    """The draft as the service writes it."""
    said = domain.content(opened(one), changes, refuses=refuses)
    count = one.case.draft.count + 1 if one.case.draft else 1
    return e.LetterDrafted(draft=count, letters=(e.DraftLetter(letter=name, number="460/1/DINSOS/2022"),), content=said)


def printed(one: Scenario, *, draft: bool = False, name: str = "surat") -> LetterData:
    [signer] = (who for who in office().officials_at(one.now.date()) if who.jabatan == "kadis")
    day = one.now.date()
    return letter_data(
        opened(one), name, signer, draft=draft, made=one.now, dated=day, public_url="https://jejak.example"
    )


def letter_of(one: Scenario) -> LetterData:
    """The letter of the follow-up that the sheet has for a refusal."""
    assert one.waits == ["draft_letter staf (tolakan)"]
    return printed(one.then(slot="tolakan", data=drafted(one, refuses=True)))


@pytest.mark.parametrize("head", ["", INVERSE])
def test_a_refusal_at_review_is_a_letter_of_refusal_for_the_reason_the_official_gave(head: str) -> None:
    letter = letter_of(refused_at_review(head))
    assert (letter.jenis, letter.alasan_penolakan, letter.dasar) == ("penolakan", (NOTE,), ())
    assert letter.hal.startswith("Penolakan permohonan")
    assert letter.kepada == (person().name,)


def test_a_letter_names_the_payer_that_bpjs_is_told_of_and_a_refusal_names_none() -> None:
    case = told().then()
    [participant] = printed(case.then(data=drafted(case))).peserta
    assert participant.pendanaan == funding_of(None, case.sop, case.office) == "kota"
    [refused] = letter_of(refused_at_review()).peserta
    assert refused.pendanaan is None


def test_a_refusal_after_the_visit_gives_the_sheets_own_words_and_what_was_found() -> None:
    letter = letter_of(refused_at_the_visit())
    assert letter.jenis == "penolakan"
    assert letter.alasan_penolakan == (
        "Hasil kunjungan rumah menunjukkan keluarga mampu.",
        "Rumah permanen, dua kendaraan.",
    )


def test_a_refusal_whose_note_had_to_be_forgotten_still_says_what_the_sheet_says() -> None:
    one = refused_at_the_visit()
    gone = e.VerifiedManually.model_construct(note=e.Forgotten())
    history = tuple(
        each._replace(data=gone) if isinstance(each.data, e.VerifiedManually) else each for each in one.history
    )
    assert domain.refusal_reasons(opened(replace(one, history=history))) == (
        "Hasil kunjungan rumah menunjukkan keluarga mampu.",
    )


def test_the_drafter_may_word_the_reasons_for_the_applicant() -> None:
    one = refused_at_review()
    said = drafted(one, refuses=True, refusal=("Saudara tercatat sebagai warga kota lain.",))
    assert printed(one.then(slot="tolakan", data=said)).alasan_penolakan == (
        "Saudara tercatat sebagai warga kota lain.",
    )


def test_what_the_drafter_wrote_into_a_recommendation_is_not_carried_into_the_refusal() -> None:
    one = told().then()
    one = one.then(data=drafted(one, opening=("Dengan ini kami merekomendasikan:",))).then("tolak", data=NO)
    assert letter_of(one).pembuka == ()


def test_a_recommendation_drafted_before_the_refusal_can_be_looked_at_and_not_made_out_as_a_letter() -> None:
    one = refused_at_review()
    assert printed(one, draft=True).jenis == "rekomendasi"
    with pytest.raises(Refused) as refused:
        printed(one)
    assert refused.value.code == "konsep_gugur"


def test_a_letter_that_the_sheet_calls_a_refusal_is_never_a_recommendation() -> None:
    steps = STEPS.replace('"draft_letter"', '{ tugas = "draft_letter", surat = "tolakan" }')
    one = submitted(sheet(steps, letters='{kode = "tolakan", jenis = "penolakan"}, ')).then()
    with pytest.raises(Malformed) as without:
        drafted(one, refuses=True, name="tolakan")
    assert without.value.code == "alasan_perlu"
    with pytest.raises(Malformed) as elsewhere:
        drafted(one, refusal=("Alasan.",))
    assert elsewhere.value.code == "bukan_penolakan"
    one = one.then(data=drafted(one, refuses=True, name="tolakan", refusal=("Keluarga mampu.",)))
    letter = printed(one, name="tolakan")
    assert (letter.jenis, letter.alasan_penolakan) == ("penolakan", ("Keluarga mampu.",))
