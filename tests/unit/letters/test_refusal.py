"""A letter about a refused case states the refusal and its reasons, from any official and at any task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.office.kantor import funding_of
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


def story_of(head: str = "") -> Scenario:
    return submitted(sheet(STEPS, head))


def refused_at_review(head: str = "") -> Scenario:
    story = story_of(head).then()
    return story.then(data=drafted(story)).then("tolak", data=NO)


def refused_at_the_visit(head: str = "") -> Scenario:
    return story_of(head).then("tidak_layak", data=e.VerifiedManually(note="Rumah permanen, dua kendaraan."))


def drafted(story: Scenario, *, refuses: bool = False, name: str = "surat", **changes: object) -> e.LetterDrafted:
    """The draft as the service writes it."""
    content = domain.content(story.loaded, changes, refuses=refuses)
    count = story.case.draft.count + 1 if story.case.draft else 1
    return e.LetterDrafted(
        draft=count, letters=(e.DraftLetter(letter=name, number="460/1/DINSOS/2022"),), content=content
    )


def printed(story: Scenario, *, draft: bool = False, name: str = "surat") -> LetterData:
    [signer] = (who for who in office().officials_at(story.now.date()) if who.jabatan == "kadis")
    day = story.now.date()
    return letter_data(
        story.loaded, name, signer, draft=draft, made=story.now, dated=day, public_url="https://jejak.example"
    )


def letter_of(story: Scenario) -> LetterData:
    """The letter of the sheet's follow-up for a refusal."""
    assert story.waits == ["draft_letter staf (tolakan)"]
    return printed(story.then(slot="tolakan", data=drafted(story, refuses=True)))


@pytest.mark.parametrize("head", ["", INVERSE])
def test_a_refusal_at_review_is_a_letter_of_refusal_for_the_reason_the_official_gave(head: str) -> None:
    letter = letter_of(refused_at_review(head))
    assert (letter.jenis, letter.alasan_penolakan, letter.dasar) == ("penolakan", (NOTE,), ())
    assert letter.hal.startswith("Penolakan permohonan")
    assert letter.kepada == (person().name,)


def test_a_letter_names_the_payer_that_bpjs_is_told_of_and_a_refusal_names_none() -> None:
    case = story_of().then()
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
    story = refused_at_the_visit()
    gone = e.VerifiedManually.model_construct(note=e.Forgotten())
    history = tuple(
        each._replace(data=gone) if isinstance(each.data, e.VerifiedManually) else each for each in story.history
    )
    assert domain.refusal_reasons(replace(story, history=history).loaded) == (
        "Hasil kunjungan rumah menunjukkan keluarga mampu.",
    )


def test_the_drafter_may_word_the_reasons_for_the_applicant() -> None:
    story = refused_at_review()
    draft = drafted(story, refuses=True, refusal=("Saudara tercatat sebagai warga kota lain.",))
    assert printed(story.then(slot="tolakan", data=draft)).alasan_penolakan == (
        "Saudara tercatat sebagai warga kota lain.",
    )


def test_what_the_drafter_wrote_into_a_recommendation_is_not_carried_into_the_refusal() -> None:
    story = story_of().then()
    story = story.then(data=drafted(story, opening=("Dengan ini kami merekomendasikan:",))).then("tolak", data=NO)
    assert letter_of(story).pembuka == ()


def test_a_recommendation_drafted_before_the_refusal_can_be_looked_at_and_not_made_out_as_a_letter() -> None:
    story = refused_at_review()
    assert printed(story, draft=True).jenis == "rekomendasi"
    with pytest.raises(Refused) as refused:
        printed(story)
    assert refused.value.code == "konsep_gugur"


def test_a_letter_that_the_sheet_calls_a_refusal_is_never_a_recommendation() -> None:
    steps = STEPS.replace('"draft_letter"', '{ tugas = "draft_letter", surat = "tolakan" }')
    story = submitted(sheet(steps, letters='{kode = "tolakan", jenis = "penolakan"}, ')).then()
    with pytest.raises(Malformed) as without:
        drafted(story, refuses=True, name="tolakan")
    assert without.value.code == "alasan_perlu"
    with pytest.raises(Malformed) as elsewhere:
        drafted(story, refusal=("Alasan.",))
    assert elsewhere.value.code == "bukan_penolakan"
    story = story.then(data=drafted(story, refuses=True, name="tolakan", refusal=("Keluarga mampu.",)))
    letter = printed(story, name="tolakan")
    assert (letter.jenis, letter.alasan_penolakan) == ("penolakan", ("Keluarga mampu.",))


ANSWERED = """
[[langkah]]
no = 1
kegiatan = "Mencatat"
tugas = ["record"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "bpjs"
tugas = ["deliver", "await_reply"]
pelaksana = ["staf"]
kepada = "bpjs"
dijawab_oleh = "bpjs"
pesan = { ditolak = "BPJS menolak pengaktifan kembali." }

[[tindak_lanjut]]
kode = "kabar"
sesudah = "bpjs"
untuk = ["ditolak"]
tugas = [{ tugas = "draft_letter", surat = "tolakan" }, { tugas = "review", pelaksana = ["kabid"] }]
pelaksana = ["staf"]
"""
LED_ON = """
[[langkah]]
no = 1
kegiatan = "Memverifikasi"
tugas = ["verify_manually"]
pelaksana = ["staf"]
bila = { tidak_layak = "langkah 3" }
pesan = { tidak_layak = "Keluarga tergolong mampu." }

[[langkah]]
no = 2
kegiatan = "Mencatat"
tugas = [{ tugas = "record", bila = { selesai = "selesai" } }]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Menyusun surat penolakan"
tugas = [{ tugas = "draft_letter", surat = "tolakan" }, { tugas = "review", pelaksana = ["kabid"] }]
pelaksana = ["staf"]
"""
TYPED = "Data kependudukan peserta belum padan."
LETTER_OF_REFUSAL = '{kode = "tolakan", jenis = "penolakan"}, '


def refused_by_bpjs() -> Scenario:
    story = submitted(sheet(ANSWERED, letters=LETTER_OF_REFUSAL)).then()
    return story.then(slot="bpjs").then("ditolak", slot="bpjs", data=e.ReplyReceived(note=TYPED))


def led_to_the_letter() -> Scenario:
    story = submitted(sheet(LED_ON, letters=LETTER_OF_REFUSAL))
    return story.then("tidak_layak", data=e.VerifiedManually(note=TYPED))


@pytest.mark.parametrize(
    ("story", "slot", "words"),
    [
        (refused_by_bpjs(), "kabar", "BPJS menolak pengaktifan kembali."),
        (led_to_the_letter(), "main", "Keluarga tergolong mampu."),
    ],
)
def test_a_letter_of_refusal_after_a_no_that_did_not_end_the_case_has_its_typed_reason(
    story: Scenario, slot: str, words: str
) -> None:
    drafted_story = story.then(slot=slot, data=drafted(story, refuses=True, name="tolakan"))
    assert printed(drafted_story, draft=True, name="tolakan").alasan_penolakan == (words, TYPED)


def test_a_draft_that_is_sent_back_gives_no_reason_to_the_applicant() -> None:
    story = led_to_the_letter()
    story = story.then(data=drafted(story, refuses=True, name="tolakan"))
    story = story.then("perbaiki", data=e.CorrectionRequested(note="Tulis lebih singkat."))
    assert domain.refusal_reasons(story.loaded) == ("Keluarga tergolong mampu.", TYPED)


def test_an_answer_that_took_the_place_of_a_refusal_leaves_no_reason() -> None:
    steps = LED_ON.replace('bila = { tidak_layak = "langkah 3" }', 'bila = { tidak_layak = "langkah 1" }')
    story = submitted(sheet(steps, letters=LETTER_OF_REFUSAL))
    again = story.then("tidak_layak", data=e.VerifiedManually(note=TYPED)).then()
    assert domain.refusal_reasons(again.loaded) == ()
