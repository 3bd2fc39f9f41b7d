"""The page behind a letter's QR code: genuine, revoked or unknown; and the Daftar Kontrol to be printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.people import DESMAWATI, ROSNA
from tests.pages.looks import axe, no_sideways_scroll
from tests.stories import Jejak

PERSONAL = ("nik", "kk", "name", "phone", "address")


@pytest.fixture(scope="module")
def letter(pesisir_selatan: Office) -> Berkas:
    return pesisir.with_the_letter_in_her_hands(pesisir_selatan)


@pytest.fixture
def revoked(pesisir_selatan: Office) -> Berkas:
    case = pesisir.with_the_letter_in_her_hands(pesisir_selatan)
    body = {"surat": ["rekomendasi"], "catatan": "Salah menyebut peserta."}
    pesisir_selatan.player.answered(pesisir_selatan.send("kadis-1", f"/cases/{case.id}/letters/revoke", body), "revoke")
    return case


def test_a_genuine_letter_is_known_by_number_date_and_office(
    letter: Berkas, browser_page: Page, plain_page: Page
) -> None:
    for page in (plain_page, browser_page):
        page.goto(f"/periksa/{letter.kode}/rekomendasi")
        expect(page.get_by_role("status")).to_have_text(
            "✓ Surat ini asli: dibuat dan ditandatangani oleh kantor di bawah."
        )
        expect(page.locator("main")).to_contain_text(letter.now()["surat"][0]["nomor"])
        expect(page.locator("main")).to_contain_text("4 Juli 2022")
        assert not any(ROSNA[field] in page.content() for field in PERSONAL)
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []


def test_the_check_of_a_revoked_letter_says_not_to_use_it(revoked: Berkas, browser_page: Page) -> None:
    browser_page.goto(f"/periksa/{revoked.kode}/rekomendasi")
    expect(browser_page.get_by_role("status")).to_have_text("✗ Surat ini sudah DICABUT dan tidak berlaku lagi.")
    expect(browser_page.locator("main")).to_contain_text("Jangan terima dan jangan pakai surat ini.")
    assert "Salah menyebut" not in browser_page.content()
    assert axe(browser_page) == []

    browser_page.goto(f"/cases/{revoked.kode}")
    expect(browser_page.locator("main")).to_contain_text("sudah dicabut, tidak berlaku lagi. Tanyakan di kantor.")
    expect(browser_page.locator("main")).not_to_contain_text("Bawa surat ke kantor BPJS")


@pytest.mark.parametrize("name", ["0000-0000-0000/rekomendasi", "bukan/rekomendasi", "{kode}/lain"])
def test_a_letter_that_is_not_known_is_not_called_genuine(letter: Berkas, browser_page: Page, name: str) -> None:
    answer = browser_page.goto(f"/periksa/{name.format(kode=letter.kode)}")

    assert answer is not None
    assert answer.status == 404
    expect(browser_page.get_by_role("status")).to_have_text("✗ Surat ini tidak dikenal.")
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []


def test_the_daftar_kontrol_is_reached_from_the_case_and_printed(jejak: Jejak, browser_page: Page) -> None:
    case = pesisir.missing_and_not_right(jejak.office("13.01"))
    browser_page.goto(f"/cases/{case.kode}")
    browser_page.get_by_role("link", name="Daftar Kontrol untuk dicetak").click()

    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Daftar Kontrol Berkas")
    expect(browser_page.get_by_role("status")).to_contain_text("2 dokumen perlu dibawa atau diperbaiki")
    assert not any(DESMAWATI[field] in browser_page.content() for field in PERSONAL)
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []
    browser_page.emulate_media(media="print")
    expect(browser_page.get_by_text("Yang benar: diketahui Camat")).to_be_visible()
