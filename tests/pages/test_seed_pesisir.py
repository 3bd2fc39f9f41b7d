"""Kabupaten Pesisir Selatan by hand, from the counter to the active card: by the sheets of 2017 and 2022."""

from __future__ import annotations

from playwright.sync_api import Page

from jejak_tools.papers import jpeg, pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import SIX, papers
from jejak_tools.stories.people import BETRIWATI, ROSNA, Person
from tests.pages.conftest import SignedIn
from tests.pages.hands import Hands
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak


def recommended(hands: Hands, case: Berkas, receiver: Person) -> None:
    """The tasks of one morning, from the counter to the archived letter."""
    hands.does("staf-1", case, "Pemeriksaan dokumen", "Lengkap dan benar", begun="09:05", ended="09:06")
    hands.does("staf-1", case, "Penyusunan surat", "Susun konsep surat", begun="09:10", ended="09:13")
    hands.does("kabid-1", case, "Paraf", "Paraf", begun="09:30", ended="09:32")
    hands.does("kadis-1", case, "Penandatanganan", "Tandatangani", begun="10:00", ended="10:02")
    given = {"Diserahkan kepada": receiver["name"]}
    hands.does("staf-1", case, "Penyerahan surat", "Surat sudah diserahkan", begun="10:10", ended="10:11", filled=given)
    hands.does("staf-1", case, "Pengarsipan", "Surat sudah diarsipkan", begun="10:12", ended="10:13")


def carried_to_bpjs_until_it_is_on(hands: Hands, case: Berkas, month: str) -> None:
    """The applicant takes the letter to BPJS on the 15th; the clerk records it and the answer later, by evidence."""
    sent = {
        "Cara dikirim": "Dibawa sendiri oleh pemohon",
        "Kapan itu terjadi": f"{month}-15T09:00",
        "Bukti": jpeg("tanda-terima", f"Tanda terima BPJS {case.kode}"),
    }
    hands.does("staf-1", case, "Pengajuan ke BPJS", "Catat sudah dikirim", ended=f"{month}-15 13:00", filled=sent)
    accepted = {
        "Nomor surat jawaban": f"BPJS/PDG/{case.kode}",
        "Kapan itu terjadi": f"{month}-17T10:00",
        "Bukti": pdf("jawaban", f"Jawaban BPJS atas {case.kode}"),
    }
    hands.does("staf-1", case, "Jawaban BPJS", "BPJS menerima", ended=f"{month}-17 13:00", filled=accepted)
    seen = {
        "Kepesertaan aktif?": "Ya",
        "Aktif sejak": f"{month}-18",
        "Bukti": png("layar", f"Status aktif {case.kode}"),
    }
    hands.does("staf-1", case, "Pengecekan status kartu", "Simpan hasil", ended=f"{month}-18 08:30", filled=seen)


def test_by_the_sheet_of_2017_with_the_number_of_the_register(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn, browser_page: Page
) -> None:
    hands = Hands(pesisir_selatan, signed_in)
    brought = papers(BETRIWATI, ("KK", "KTP", "SKM"))
    case = hands.applies("staf-1", "2021-11-09 09:00", BETRIWATI, brought, purpose="Rawat inap di RSUD.")
    recommended(hands, case, BETRIWATI)
    carried_to_bpjs_until_it_is_on(hands, case, "2021-11")

    assert case.now()["sop"]["nomor"] == "21/SOP/DSPPrPA-PS/2017"
    [number] = jejak.ledger.event(case, "DtksVerified").payload["listings"]
    assert (number["register_name"], number["listed"]) == ("PBDT", True)
    assert "PBDT" in text_of(case.letter())
    hands.sees_it_active(browser_page, case)


def test_by_the_sheet_of_2022(pesisir_selatan: Office, signed_in: SignedIn, browser_page: Page) -> None:
    hands = Hands(pesisir_selatan, signed_in)
    case = hands.applies("staf-1", "2022-07-04 09:00", ROSNA, papers(ROSNA, SIX), purpose="Cuci darah di RSUD.")
    recommended(hands, case, ROSNA)
    carried_to_bpjs_until_it_is_on(hands, case, "2022-07")

    assert case.now()["sop"]["nomor"] == "67/68/SOP/DSPP/PA-PS/2022"
    hands.sees_it_active(browser_page, case)
