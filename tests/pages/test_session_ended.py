"""A session that ends in the middle of work: it goes on after signing in again, and no citizen reads of tokens."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import FilePayload, Page, expect

from jejak_tools.play import Office
from jejak_tools.stories.counter import SIX, apply, checked, papers
from jejak_tools.stories.people import ROSNA, ZULFAN
from tests.pages.conftest import NewPage, SignedIn
from tests.pages.looks import axe, no_sideways_scroll
from tests.stories import Jejak

OFFICE: Final = "13.01"
STAFF: Final = 'form:has(input[name="pejabat"][value="staf-1"])'
_INSIDE: Final = re.compile("Authorization|Bearer|token", re.IGNORECASE)


def says_nothing_of_tokens(page: Page) -> None:
    assert not _INSIDE.search(page.locator("body").inner_text())


@pytest.mark.parametrize("path", ["/worklist", "/cases", "/search", "/timings", "/cases/baru", "/cases/kabar"])
def test_a_page_of_the_office_asks_to_sign_in_and_then_opens(
    jejak: Jejak, new_page: NewPage, pesisir_selatan: Office, path: str
) -> None:
    pesisir_selatan.at("2024-05-06 09:00")
    page = new_page(java_script_enabled=False)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_role("heading", level=1)).to_have_text("Masuk dahulu")
    says_nothing_of_tokens(page)
    assert no_sideways_scroll(page) == []

    page.get_by_role("link", name="Masuk", exact=True).click()
    page.locator(f'a[href^="/masuk?kantor={OFFICE}&"]').click()
    page.locator(STAFF).get_by_role("button").click()

    expect(page).to_have_url(re.compile(f"{re.escape(path)}$"))


def test_a_code_that_is_blank_is_asked_for_again(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_label("Kode pada tanda terima").fill("  ")
    plain_page.get_by_role("button", name="Lacak").click()

    expect(plain_page.get_by_role("alert")).to_have_text("Kode belum diisi. Ketik dahulu kode pada tanda terima.")
    expect(plain_page.get_by_label("Kode pada tanda terima")).to_be_visible()
    says_nothing_of_tokens(plain_page)


def filled(page: Page) -> None:
    """Fills in an application, with one document."""
    page.goto("/cases/baru")
    for name, text in ROSNA.items():
        page.locator(f'[name="pemohon.{name}"]').fill(text)
    page.locator('[name="keperluan"]').fill("Cuci darah dua kali seminggu.")
    paper = papers(ROSNA, SIX)["KTP"]
    file: FilePayload = {"name": paper.name, "mimeType": paper.media_type, "buffer": paper.data}
    page.locator('input[type="file"][name="KTP"]').set_input_files([file])


def test_an_application_is_found_again_after_signing_in_and_becomes_one_case(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-05-06 10:00")
    page = signed_in(OFFICE, "staf-1", java_script_enabled=False)
    filled(page)
    page.context.clear_cookies()
    page.locator("#permohonan button").last.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Masuk lagi")
    says_nothing_of_tokens(page)
    assert ROSNA["name"] in page.locator("main").inner_text()
    assert no_sideways_scroll(page) == []
    page.get_by_role("button", name="Masuk, lalu lanjutkan").click()
    expect(page.get_by_role("status")).to_contain_text("Isian Anda ikut dibawa")
    page.locator(f'button[name="kantor"][value="{OFFICE}"]').click()
    page.locator(STAFF).get_by_role("button").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kirim isian Anda")
    assert ROSNA["name"] in page.locator("main").inner_text()
    assert "pilihlah lagi" in page.locator("main").inner_text()
    expect(page.locator('input[type="file"][name="KTP"]')).to_be_visible()
    assert no_sideways_scroll(page) == []
    page.get_by_role("button", name="Kirim").click()

    page.wait_for_url(re.compile("tanda-terima"))
    code = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page.url)[0]
    answer = pesisir_selatan.get("staf-1", f"/cases/{code}").json()
    assert answer["pemohon_dan_peserta"]["applicant"]["nik"] == ROSNA["nik"]


def test_an_application_with_photographs_after_the_session_ended_has_to_be_filled_in_again(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-05-06 10:30")
    page = signed_in(OFFICE, "staf-1", java_script_enabled=False)
    filled(page)
    photo: FilePayload = {"name": "ktp.png", "mimeType": "image/png", "buffer": bytes(3 * 1024 * 1024)}
    page.locator('input[type="file"][name="KTP"]').set_input_files([photo])
    page.context.clear_cookies()
    page.locator("#permohonan button").last.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Masuk lagi")
    expect(page.get_by_role("alert")).to_contain_text("terlalu panjang untuk dibawa, jadi tidak tersimpan")
    says_nothing_of_tokens(page)
    assert no_sideways_scroll(page) == []
    page.get_by_role("link", name="Masuk", exact=True).click()
    expect(page).to_have_url(re.compile("/masuk$"))


def test_what_was_typed_of_a_task_is_sent_after_signing_in_on_another_tab(
    pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    case = checked(apply(pesisir_selatan, "2024-05-06 11:00", ZULFAN), "11:05", "11:05:30")
    case.until_due("draft_letter")
    page = signed_in(OFFICE, "staf-1")
    page.goto(f"/cases/{case.id}")
    page.locator('form[action$="/withdraw"] [name="catatan"]').evaluate("one => one.closest('details').open = true")
    page.locator('form[action$="/withdraw"] [name="catatan"]').fill("Pemohon pindah ke kota lain.")
    page.context.clear_cookies()
    page.locator('form[action$="/withdraw"] button').click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Masuk lagi")

    other = page.context.new_page()
    other.goto(f"/masuk?kantor={OFFICE}")
    other.locator(STAFF).get_by_role("button").click()
    other.wait_for_url(re.compile("worklist"))
    page.get_by_role("button", name="Saya sudah masuk pada tab lain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kirim isian Anda")
    assert axe(page) == []
    page.get_by_role("button", name="Kirim").click()

    case.until(lambda now: now["berakhir"] == "ditarik", "it is withdrawn")


def test_the_words_of_a_search_are_not_lost(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    pesisir_selatan.at("2024-05-06 12:00")
    page = signed_in(OFFICE, "staf-1", java_script_enabled=False)
    page.goto("/search")
    page.locator("#cari").fill(ROSNA["name"])
    page.context.clear_cookies()
    page.get_by_role("button", name="Cari").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Masuk lagi")
    assert ROSNA["name"] in page.locator("main").inner_text()
    assert ROSNA["name"] not in page.url
