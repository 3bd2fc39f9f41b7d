"""Whole stories of the seeds done by hand at the desk, with and without script, on a phone and by keyboard."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from jejak_tools.papers import jpeg, pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import FIVE_AND_BIRTH_CERTIFICATE, apply
from jejak_tools.stories.people import BUDI, DESMAWATI, ROSNA, RUSLAN, SITI
from tests.pages.conftest import SignedIn
from tests.pages.desk import Desk, chosen, drafted
from tests.pages.looks import DESK
from tests.sops.test_good_cases import WHOLE_LINE
from tests.stories import Jejak

OFFICES_LINE = WHOLE_LINE[: WHOLE_LINE.index("CaseClosed") + 1]


def test_a_complete_file_goes_from_desk_to_desk_until_its_letter_is_archived(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    case = apply(pesisir_selatan, "2022-07-04 09:00", ROSNA)
    staf, kabid, kadis = (
        Desk(pesisir_selatan, signed_in("13.01", who, **more), script=True)
        for who, more in (("staf-1", {}), ("kabid-1", {}), ("kadis-1", {"viewport": DESK}))
    )

    staf.open(case, "Pemeriksaan dokumen")
    staf.begin("09:10")
    staf.press("Lengkap dan benar", at="09:10:45")
    case.until_due("draft_letter")
    staf.open(case, "Penyusunan surat")
    staf.begin("09:20")
    staf.press("Susun konsep surat", at="09:24")
    kabid.open(case, "Paraf")
    kabid.begin("10:00")
    kabid.press("Paraf", at="10:02")
    kadis.open(case, "Penandatanganan")
    draft = kadis.page.get_by_title("Konsep surat rekomendasi")
    expect(draft).to_have_attribute("src", f"/cases/{case.id}/letters/rekomendasi/draft")
    kadis.begin("11:30")
    kadis.press("Tandatangani", at="11:32")
    staf.open(case, "Penyerahan surat")
    staf.begin("13:05")
    expect(staf.page.get_by_label("Diserahkan kepada")).to_have_value(ROSNA["name"])
    staf.press("Surat sudah diserahkan", at="13:06")
    staf.open(case, "Pengarsipan")
    staf.begin("13:06")
    staf.press("Surat sudah diarsipkan", at="13:07")

    events = jejak.ledger.events(case)
    assert [event.type for event in events] == OFFICES_LINE
    by_hand = {event.tugas: event.actor for event in events if event.actor}
    assert by_hand == {
        "check_documents": "staf-1",
        "draft_letter": "staf-1",
        "paraf": "kabid-1",
        "sign": "kadis-1",
        "hand_over": "staf-1",
        "archive": "staf-1",
    }
    touched = {
        event["tugas"]: event["jam_tugas"]["sentuh"]["detik"]
        for event in case.timeline()["peristiwa"]
        if event["jam_tugas"]
    }
    assert touched["paraf"] == pytest.approx(120, abs=20)
    assert case.letter()[:5] == b"%PDF-"


def test_a_draft_goes_back_with_a_note_and_comes_mended_without_script(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    case = drafted(pesisir_selatan, "2022-07-05", RUSLAN)
    staf, sekretaris, kabid = (
        Desk(pesisir_selatan, signed_in("13.01", who, java_script_enabled=False))
        for who in ("staf-1", "sekretaris-1", "kabid-1")
    )

    sekretaris.open(case, "Paraf")
    sekretaris.begin("09:30")
    back = sekretaris.unfold("Kembalikan dengan catatan")
    back.get_by_label("Alasan").fill("Alamat peserta belum lengkap.")
    sekretaris.press("Kembalikan dengan catatan", at="09:32", within=back)

    staf.open(case, "Penyusunan surat")
    expect(staf.page.locator("#isi")).to_contain_text("Alamat peserta belum lengkap.")
    staf.begin("09:40")
    staf.page.get_by_role("link", name="Koreksi data pemohon atau peserta").click()
    people = staf.page.get_by_role("group", name="Pemohon")
    people.get_by_label("Alamat").fill("Jorong Contoh Nomor 7, Nagari Contoh")
    staf.page.get_by_label("Dasar").fill("Alamat menurut KTP pemohon.")
    staf.send("Simpan koreksi", at="09:41")
    expect(staf.page.locator("#isi")).to_contain_text("Konsep ke-1 tidak berlaku lagi: suratnya disusun ulang.")
    staf.open(case, "Penyusunan surat")
    staf.press("Susun konsep surat", at="09:42")

    kabid.open(case, "Paraf")
    kabid.begin("10:00")
    kabid.press("Paraf", at="10:01")

    assert jejak.ledger.kinds(case)[-4:] == [
        "CorrectionRequested",
        "PeopleCorrected",
        "LetterDrafted",
        "ParafGiven",
    ]
    letter = "".join(page.extract_text() for page in PdfReader(BytesIO(draft_of(case))).pages)
    assert "Jorong Contoh Nomor 7" in " ".join(letter.split())


def draft_of(case: Berkas) -> bytes:
    """The draft of the letter."""
    return case.office.get("staf-1", f"/cases/{case.id}/letters/rekomendasi/draft").content


@pytest.fixture
def budi(contoh: Office) -> Berkas:
    return apply(
        contoh, "2022-07-04 09:00", SITI, participant=BUDI, names=FIVE_AND_BIRTH_CERTIFICATE, clerk="staf-contoh-1"
    )


def test_an_office_that_looks_itself_and_signs_by_pen_records_it_all_without_script(
    jejak: Jejak, contoh: Office, budi: Berkas, signed_in: SignedIn
) -> None:
    staf, kasi, kabid = (
        Desk(contoh, signed_in("13.99", who, java_script_enabled=False))
        for who in ("staf-contoh-1", "kasi-contoh", "kabid-contoh")
    )
    staf.open(budi, "Pemeriksaan dokumen")
    staf.begin("09:05")
    staf.press("Lengkap dan benar", at="09:05:50")
    looks_into_the_registers(kasi, budi)
    budi.until_due("draft_letter")
    numbered_and_signed_on_paper(staf, kabid, budi)
    on_to_the_active_card(staf, budi)

    assert budi.now()["status"] == "aktif"
    signed = jejak.ledger.event(budi, "LetterSigned")
    assert (signed.actor, signed.recorder, signed.payload["method"]) == ("kadis-contoh", "staf-contoh-1", "basah")
    assert signed.occurred_at == contoh.instant("2022-07-04 11:00")
    sent = jejak.ledger.event(budi, "SubmissionSent")
    assert sent.payload["via"] == "dibawa_pemohon"
    assert [evidence["document"] for evidence in sent.payload["evidence"]] == ["BUKTI"]
    seen = {
        listing["register_name"]: listing["listed"]
        for listing in jejak.ledger.event(budi, "DtksVerified").payload["listings"]
    }
    assert seen == {"PBDT": False, "DTKS": True}
    assert budi.now()["surat"][0]["nomor"] == "460/117/Dinsos-Contoh/VII/2022"


def looks_into_the_registers(kasi: Desk, budi: Berkas) -> None:
    kasi.open(budi, "Pengecekan daftar")
    kasi.begin("09:10")
    kasi.page.get_by_role("group", name="PBDT").get_by_label("Tidak").check()
    dtks = kasi.page.get_by_role("group", name="DTKS", exact=True)
    dtks.get_by_label("Ya").check()
    dtks.get_by_label("Nomor peserta pada daftar itu").fill("1399DTKS000001")
    kasi.press("Simpan hasil", at="09:12")
    kasi.open(budi, "Pengecekan kepesertaan")
    kasi.begin("09:12:30")
    kasi.page.get_by_label("Tidak", exact=True).check()
    kasi.page.get_by_label("Segmen").fill("PBI APBN")
    kasi.page.get_by_label("Nonaktif sejak").fill("2022-02-04")
    kasi.page.get_by_label("Nomor kartu JKN").fill(BUDI["card"])
    kasi.press("Simpan hasil", at="09:14")


def numbered_and_signed_on_paper(staf: Desk, kabid: Desk, budi: Berkas) -> None:
    staf.open(budi, "Penyusunan surat")
    staf.begin("09:30")
    staf.page.get_by_label("Nomor surat rekomendasi").fill("460/117/Dinsos-Contoh/VII/2022")
    staf.press("Susun konsep surat", at="09:34")
    kabid.open(budi, "Paraf")
    kabid.begin("10:00")
    kabid.press("Paraf", at="10:02")

    staf.open(budi, "Penandatanganan")
    staf.office.at("11:15")
    staf.page.get_by_label("Yang menandatangani").select_option("kadis-contoh")
    staf.page.get_by_label("Kapan itu terjadi").first.fill("2022-07-04T11:00")
    scan = pdf("scan-surat", f"Surat bertanda tangan dan bercap {budi.kode}")
    staf.page.get_by_label("Pindaian surat").set_input_files(chosen(scan))
    staf.press("Catat surat yang sudah ditandatangani", at="11:15")
    staf.open(budi, "Penyerahan surat")
    staf.begin("13:10")
    staf.press("Surat sudah diserahkan", at="13:11")
    staf.open(budi, "Pengarsipan")
    staf.begin("13:11:30")
    staf.press("Surat sudah diarsipkan", at="13:12")


def on_to_the_active_card(staf: Desk, budi: Berkas) -> None:
    staf.office.at("2022-07-06 08:00")
    staf.open(budi, "Pengajuan ke BPJS")
    staf.page.get_by_label("Cara dikirim").select_option("dibawa_pemohon")
    staf.page.get_by_label("Kapan itu terjadi").fill("2022-07-05T09:00")
    staf.page.get_by_label("Bukti").set_input_files(chosen(jpeg("tanda-terima", f"Tanda terima {budi.kode}")))
    staf.press("Catat sudah dikirim", at="2022-07-06 08:00")
    staf.office.at("2022-07-08 08:15")
    staf.open(budi, "Jawaban BPJS")
    answer = staf.page.locator("form", has=staf.page.get_by_role("button", name="BPJS menerima"))
    answer.get_by_label("Nomor surat jawaban").fill("BPJS/PDG/0707/2022")
    answer.get_by_label("Bukti").set_input_files(chosen(pdf("jawaban", f"Jawaban BPJS atas {budi.kode}")))
    staf.press("BPJS menerima", at="2022-07-08 08:15")
    staf.office.at("2022-07-11 08:05")
    staf.open(budi, "Pengecekan status kartu")
    staf.page.get_by_label("Ya", exact=True).check()
    staf.page.get_by_label(re.compile("^Aktif sejak")).fill("2022-07-08")
    staf.page.get_by_label("Bukti").set_input_files(chosen(png("layar", f"Status aktif {budi.kode}")))
    staf.press("Simpan hasil", at="2022-07-11 08:05")


def test_missing_documents_are_recorded_one_by_one(jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn) -> None:
    case = apply(pesisir_selatan, "2024-02-06 09:00", DESMAWATI, names=("KIS", "KK", "KTP", "SKTM", "FOTO"))
    staf = Desk(pesisir_selatan, signed_in("13.01", "staf-1"), script=True)
    staf.open(case, "Pemeriksaan dokumen")
    staf.begin("09:10")
    sktm = staf.page.get_by_role("group", name="Surat Keterangan Tidak Mampu")
    sktm.locator("summary").click()
    expect(sktm.locator("iframe")).to_be_visible()
    sktm.get_by_label("Hasil pemeriksaan").select_option(label="Tidak benar; seharusnya diketahui Camat")
    sktm.get_by_label("Keterangan").fill("Kolom Camat kosong.")
    staf.press("Belum lengkap atau belum benar", at="09:11")

    problems = jejak.ledger.event(case, "DocumentsMissing").payload["problems"]
    assert problems == [
        {"document": "SPTJM", "problem": "tidak_ada"},
        {"document": "SKTM", "expected": "diketahui Camat", "problem": "tidak_benar"},
    ]

    pesisir_selatan.at("2024-02-07 08:00")
    staf.open(case, "Melengkapi dokumen")
    brought = staf.page.get_by_label("Surat Pernyataan Tanggung Jawab Mutlak")
    brought.set_input_files(chosen(pdf("sptjm", f"SPTJM {case.kode}")))
    staf.press("Simpan dokumen yang dibawa", at="2024-02-07 08:05")
    assert jejak.ledger.kinds(case)[-1] == "DocumentsAdded"
