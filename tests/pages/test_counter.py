"""The counter in a browser: from an empty form to the receipt, by keyboard, on a phone, and without script."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Final

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pypdf import PdfReader

from jejak_local.files import wait_until
from jejak_tools.papers import Paper
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import people
from jejak_tools.stories import siantar as stories
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import AISYAH, ROSNA, Person
from tests.pages.conftest import SignedIn
from tests.pages.looks import DESK, FIRST_PAGE_BYTES, PHONE, axe, complaints, no_sideways_scroll, weight
from tests.stories import Jejak
from tests.waits import PATIENCE

NEW: Final = "/cases/baru"
_FIELDS: Final = ("name", "nik", "kk", "birthplace", "born", "address", "phone", "card")
"""In the order of the form."""


def chosen(page: Page, brought: Mapping[str, Paper]) -> None:
    """Chooses the documents as files, without the machine's own picker."""
    for name, paper in brought.items():
        payload: FilePayload = {"name": paper.name, "mimeType": paper.media_type, "buffer": paper.data}
        page.locator(f'input[type="file"][name="{name}"]').set_input_files(payload)


def filled(page: Page, prefix: str, person: Person) -> None:
    for field in _FIELDS:
        if field in person:
            page.locator(f'[name="{prefix}.{field}"]').fill(person[field])


def typed(page: Page, person: Person) -> None:
    """Types the applicant with the keyboard alone, from the field that has the focus."""
    for field in _FIELDS:
        if field == "born":
            _type_date(page, person[field])
        elif field in person:
            page.keyboard.type(person[field])
        to = f"[name='pemohon.{field}']"
        while page.evaluate("to => document.activeElement.matches(to)", to):
            page.keyboard.press("Tab")


def _type_date(page: Page, date: str) -> None:
    """Types a date day first or month first, as the browser's own language demands."""
    year, month, day = date.split("-")
    for order in (f"{day}{month}{year}", f"{month}{day}{year}"):
        for _ in range(2):
            page.keyboard.press("ArrowLeft")
        page.keyboard.type(order)
        if page.evaluate("document.activeElement.value") == date:
            return
    raise AssertionError("the date could not be typed")


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the element has the focus."""
    for _ in range(80):
        if page.evaluate("to => document.activeElement.matches(to)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def receipt_of(jejak: Jejak, office: Office, person: str, page: Page) -> Mapping[str, object]:
    """The receipt as JSON, once the browser shows its page."""
    page.wait_for_url("**/tanda-terima")
    receipt: Mapping[str, object] = office.get(person, page.url.removeprefix(jejak.installation.url)).json()
    return receipt


def test_a_whole_application_of_the_2022_sheet_by_keyboard_on_a_phone(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-02-07 09:00")
    page = signed_in("13.01", "staf-1")
    complained = complaints(page)
    page.goto(NEW)
    assert axe(page) == []
    assert no_sideways_scroll(page) == []
    tab_to(page, "[name='pemohon.name']")
    typed(page, ROSNA)
    tab_to(page, "[name='keperluan']")
    page.keyboard.type("Cuci darah dua kali seminggu.")
    chosen(page, papers(ROSNA))
    tab_to(page, "#permohonan > button")
    page.keyboard.press("Enter")
    receipt = receipt_of(jejak, pesisir_selatan, "staf-1", page)
    assert receipt["pemohon"] == ROSNA["name"]
    assert receipt["dokumen_belum"] == []
    assert receipt["periksa_lagi"] == []
    assert axe(page) == []
    assert no_sideways_scroll(page) == []
    assert complained == []


def test_the_kelurahan_enters_its_citizen_without_script(jejak: Jejak, signed_in: SignedIn) -> None:
    siantar = jejak.office("12.72")
    siantar.at("2022-08-03 08:00")
    page = signed_in("12.72", "pengelola_data-1", java_script_enabled=False)
    page.goto(NEW)
    filled(page, "pemohon", people.ROMA)
    page.locator("summary").first.click()
    page.get_by_label("Pemohon adalah").select_option("orang tua")
    filled(page, "peserta", {**AISYAH, "nik": "1272015503109011"})
    chosen(page, papers(people.ROMA, ("SKTM", "KK")))
    page.get_by_role("button", name="Simpan").click()
    receipt = receipt_of(jejak, siantar, "pengelola_data-1", page)
    assert [document["kode"] for document in receipt["dokumen_belum"]] == ["KTP"]  # type: ignore[attr-defined]
    names = siantar.get("pengelola_data-1", f"/cases/{receipt['kode']}").json()["pemohon_dan_peserta"]
    assert (names["participant"]["name"], names["relationship"]) == (AISYAH["name"], "orang tua")


def test_a_number_is_checked_while_it_is_typed_and_never_refused(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    pesisir_selatan.at("2024-02-07 09:20")
    page = signed_in("13.01", "staf-1")
    page.goto(NEW)
    nik, says = page.locator("#pemohon-nik"), page.locator("#pemohon-nik-kata")
    nik.press_sequentially("13010152")
    assert says.inner_text() == ""
    nik.blur()
    assert says.inner_text() == "Baru 8 dari 16 angka."
    nik.fill(ROSNA["nik"])
    assert says.inner_text() == ""
    page.locator("#pemohon-born").fill("1978-03-13")
    page.locator("#pemohon-born").blur()
    assert "berbeda dari tanggal lahir" in says.inner_text()
    page.locator("#pemohon-born").fill(ROSNA["born"])
    page.locator("#pemohon-born").blur()
    assert says.inner_text() == ""
    nik.fill("1272015203789001")
    assert "kabupaten atau kota lain" in says.inner_text()
    page.locator("#pemohon-kk").fill("13010101011590x")
    assert page.locator("#pemohon-kk-kata").inner_text() == "Hanya angka."
    assert axe(page) == []


def test_a_family_fills_one_form_and_takes_home_a_receipt_each(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-02-07 09:30")
    page = signed_in("13.01", "staf-1")
    page.goto(NEW)
    page.get_by_label("Untuk berapa peserta?").select_option("1")
    page.get_by_role("button", name="Ubah formulir").click()
    assert axe(page) == []
    assert no_sideways_scroll(page) == []
    filled(page, "pemohon", ROSNA)
    filled(page, "anggota.1.peserta", AISYAH)
    page.get_by_label("Pemohon adalah").select_option("orang tua")
    chosen(page, papers(ROSNA, ("KK", "SKTM")))
    page.get_by_text("Dokumen peserta 1 sendiri").click()
    chosen(page, {"AKTE.1": papers(AISYAH, ("AKTE",))["AKTE"]})
    page.get_by_role("button", name="Simpan").click()
    first = receipt_of(jejak, pesisir_selatan, "staf-1", page)
    assert [document["kode"] for document in first["dokumen_diterima"]] == ["KK", "SKTM"]  # type: ignore[attr-defined]
    assert axe(page) == []
    page.get_by_role("link", name="Tanda terima").click()
    page.wait_for_url(lambda url: str(first["kode"]) not in url)
    second = receipt_of(jejak, pesisir_selatan, "staf-1", page)
    assert second["keluarga"] == [first["kode"]]
    assert [document["kode"] for document in second["dokumen_diterima"]] == ["KK", "SKTM", "AKTE"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("paper", ["A5", "A4"])
def test_a_receipt_fits_one_sheet(pesisir_selatan: Office, browser_page: Page, paper: str) -> None:
    pesisir_selatan.at("2024-02-07 09:40")
    case = pesisir_selatan.submit("staf-1", {"pemohon": ROSNA}, {})
    browser_page.goto(f"/cases/{case.kode}/tanda-terima")
    margin = {"top": "12mm", "bottom": "12mm", "left": "12mm", "right": "12mm"}
    printed = PdfReader(BytesIO(browser_page.pdf(format=paper, margin=margin, print_background=False)))  # type: ignore[arg-type]
    assert len(printed.pages) == 1
    text = printed.pages[0].extract_text()
    assert case.kode in "".join(text.split())
    assert ROSNA["name"] not in text


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_counters_pages_are_light_and_open_to_all(
    contoh: Office, signed_in: SignedIn, size: dict[str, int]
) -> None:
    contoh.at("2026-05-05 09:00")
    page = signed_in("13.99", "staf-contoh-1", viewport=size)
    for path in (NEW, f"{NEW}?layanan=reaktivasi-kis-pbi&sekeluarga=10"):
        assert weight(page, path) < FIRST_PAGE_BYTES
        assert axe(page) == []
        assert no_sideways_scroll(page) == []


def test_a_list_is_uploaded_and_reported_on_a_phone(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    pesisir_selatan.at("2024-02-20 09:00")
    page = signed_in("13.01", "staf-1", java_script_enabled=False)
    page.goto("/cases/daftar")
    header = ("NIK", "Nomor KK", "Nama", "Tanggal lahir", "Alamat")
    row = (ROSNA["nik"], ROSNA["kk"], ROSNA["name"], "12/03/1978", ROSNA["address"])
    text = "\n".join(";".join(cells) for cells in (header, row, ("123", *row[1:])))
    page.get_by_label("Berkas daftar").set_input_files(
        {"name": "daftar.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Unggah").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Laporan daftar")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row").nth(2)).to_contain_text("NIK harus 16 angka")
    assert no_sideways_scroll(page) == []


def until_listed(siantar: Office, case: Berkas) -> None:
    """Waits until the case is among the notifications of its kelurahan."""

    def listed() -> bool:
        return case.kode in {
            notification["kode"] for notification in siantar.get("pengelola_data-2", "/cases/kabar").json()["kabar"]
        }

    assert wait_until(listed, seconds=PATIENCE)


def test_the_pages_around_the_form_are_open_to_all(jejak: Jejak, signed_in: SignedIn) -> None:
    siantar = jejak.office("12.72")
    until_listed(siantar, stories.of_another_kelurahan(siantar))
    page = signed_in("12.72", "pengelola_data-2")
    complained = complaints(page)
    for path in ("/cases/kabar", "/cases/daftar"):
        page.goto(path)
        assert axe(page) == []
        assert no_sideways_scroll(page) == []
        assert page.locator("main p.kosong").count() == 0
    assert complained == []


def test_that_an_applicant_was_notified_is_recorded_from_the_list_without_script(
    jejak: Jejak, signed_in: SignedIn
) -> None:
    siantar = jejak.office("12.72")
    unsigned = stories.of_another_kelurahan(siantar)
    until_listed(siantar, unsigned)
    page = signed_in("12.72", "pengelola_data-2", java_script_enabled=False)
    page.goto("/cases/kabar")
    row = page.get_by_role("row").filter(has_text=unsigned.kode)
    row.get_by_label("Belum. Dengan cara apa?").select_option("telepon")
    row.get_by_role("button", name=f"Catat sudah diberi tahu: {unsigned.kode}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kabar bagi pemohon")
    expect(row).to_contain_text("lewat telepon, oleh")
    expect(row.get_by_role("button")).to_have_count(0)
