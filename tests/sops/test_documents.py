"""Documents that are missing, wrong, or right only at another age."""

from __future__ import annotations

import re
from html import unescape

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.counter import FIVE_AND_BIRTH_CERTIFICATE, apply
from jejak_tools.stories.people import FAJRI, Person, person
from tests.stories import Jejak, minutes, seconds, step_of, task_of

SUTAN = person("1301120407059023", "Sutan Contoh", "0009990000023", "081200009023")
PUTRI = person("1301124507059024", "Putri Contoh", "0009990000024", "081200009024")


@pytest.fixture(scope="module")
def desmawati(pesisir_selatan: Office) -> Berkas:
    return pesisir.brought_later(pesisir_selatan)


def test_exactly_the_documents_that_are_missing_or_not_right_are_named(jejak: Jejak, desmawati: Berkas) -> None:
    missing = jejak.ledger.event(desmawati, "DocumentsMissing").payload
    assert missing["problems"] == [
        {"document": "SPTJM", "problem": "tidak_ada"},
        {"document": "SKTM", "expected": "diketahui Camat", "problem": "tidak_benar"},
    ]
    [event] = [row for row in desmawati.timeline()["peristiwa"] if row["jenis"] == "DocumentsMissing"]
    assert event["kalimat"] == (
        "Dokumen diperiksa, belum beres: Surat Pernyataan Tanggung Jawab Mutlak (SPTJM) tidak ada; "
        "Surat Keterangan Tidak Mampu tidak benar (seharusnya diketahui Camat)."
    )


def test_what_was_missing_is_brought_and_the_case_goes_on(jejak: Jejak, desmawati: Berkas) -> None:
    kinds = jejak.ledger.kinds(desmawati)
    assert kinds[:4] == ["ApplicationSubmitted", "DocumentsMissing", "DocumentsAdded", "DocumentsComplete"]
    assert desmawati.now()["berakhir"] == "selesai"
    brought = jejak.ledger.event(desmawati, "DocumentsAdded")
    assert (brought.actor, brought.recorder) == (None, "staf-2")
    assert [document["document"] for document in brought.payload["documents"]] == ["SPTJM", "SKTM"]


def test_the_offices_clock_stands_still_while_the_applicant_has_the_file(desmawati: Berkas) -> None:
    timeline = desmawati.timeline()
    # The applicant had it from Monday 09.10.40 until she brought the papers on Thursday 08.30, by her own clock.
    brought = task_of(timeline, "DocumentsAdded")
    assert brought["pihak"] == "pemohon"
    assert brought["berlalu"]["detik"] == minutes(3 * 24 * 60 - 40 - 40 / 60)
    # The office's first stay ends before, its second begins when the papers were recorded, 08.40: opened 09.00, 50 s.
    assert seconds(step_of(timeline, "1")) == (minutes(10), minutes(40 / 60), minutes(10 + 40 / 60))
    assert seconds(step_of(timeline, "1", stay=2)) == (minutes(20), minutes(50 / 60), minutes(20 + 50 / 60))
    # To its end the office had it 10 min 40 s on Monday and 08.40 to 11.02 on Thursday.
    total = timeline["total"]["sop_selesai"]
    assert total["waktu_kantor"]["detik"] == minutes(10 + 40 / 60 + 142)
    assert total["waktu_dinding"]["detik"] == minutes(3 * 24 * 60 + 122)


def test_the_daftar_kontrol_names_what_to_bring_and_can_be_printed(pesisir_selatan: Office) -> None:
    case = pesisir.missing_and_not_right(pesisir_selatan)
    page = pesisir_selatan.get("staf-1", f"/cases/{case.id}/daftar-kontrol")
    assert page.headers["content-type"].startswith("text/html")
    text = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text)))
    assert "Berkas belum lengkap: 2 dokumen perlu dibawa atau diperbaiki." in text
    assert "Surat Pernyataan Tanggung Jawab Mutlak (SPTJM) ✗ tidak ada Yang benar: dari Wali Nagari; bermaterai" in text
    assert "Surat Keterangan Tidak Mampu ✗ belum benar Yang benar: diketahui Camat" in text
    assert "Kolom Camat masih kosong." in text
    assert text.count("✓ benar") == 4
    # The page with the code on the receipt is open to everybody, but without the official's own words.
    public = pesisir_selatan.player.http.get(f"/cases/{case.kode}/daftar-kontrol")
    assert public.is_success
    assert "Kolom Camat masih kosong." not in public.text


def test_a_file_cannot_be_called_complete_while_a_document_is_missing(pesisir_selatan: Office, jejak: Jejak) -> None:
    case = apply(pesisir_selatan, "2022-07-04 10:00", FAJRI, names=("KIS", "KK", "KTP", "SKTM", "FOTO"))
    problem = case.refused("check_documents", by="staf-1", at="10:05")
    assert problem["status"] == 409
    assert problem["dokumen"] == ["SPTJM"]
    assert "SPTJM" in problem["detail"]
    assert jejak.ledger.kinds(case) == ["ApplicationSubmitted"]


def test_twelve_years_old_a_birth_certificate_stands_in_for_the_ktp(jejak: Jejak, pesisir_selatan: Office) -> None:
    case = pesisir.for_a_child(pesisir_selatan)
    shown = jejak.ledger.event(case, "DocumentsComplete").payload["shown"]
    assert shown == ["KIS", "KK", "AKTE", "SPTJM", "SKTM", "FOTO"]


def test_twenty_years_old_it_does_not(jejak: Jejak, pesisir_selatan: Office) -> None:
    case = pesisir.too_old_for_a_birth_certificate(pesisir_selatan)
    assert jejak.ledger.event(case, "DocumentsMissing").payload["problems"] == [
        {"document": "AKTE", "expected": "hanya untuk peserta di bawah 17 tahun", "problem": "tidak_benar"}
    ]
    assert [task["tugas"] for task in case.now()["jatuh_tempo"]] == ["complete"]


@pytest.mark.parametrize(("who", "may"), [(PUTRI, True), (SUTAN, False)], ids=["the day before", "on the day"])
def test_a_person_is_seventeen_on_the_birthday(pesisir_selatan: Office, who: Person, *, may: bool) -> None:
    case = apply(pesisir_selatan, "2022-07-04 10:20", who, names=FIVE_AND_BIRTH_CERTIFICATE)
    if may:
        case.do("check_documents", by="staf-1", at="10:25")
    else:
        assert case.refused("check_documents", by="staf-1", at="10:25")["dokumen"] == ["AKTE"]
