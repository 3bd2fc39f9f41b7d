"""The start page, signing in and out, and what every page has."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from jejak.web.problem_page import KEPT
from jejak.web.requests.browser import COOKIE
from jejak.web.requests.forms import csrf
from jejak_local.child import Child
from jejak_local.environment import of_service
from jejak_local.files import free_port
from tests.pages.conftest import NewPage, SignedIn
from tests.pages.looks import FIRST_PAGE_BYTES, axe, complaints, keyboard_walk, no_sideways_scroll, weight
from tests.servers import NOBODY_SIGNS_IN
from tests.stories import Jejak

OFFICE = "13.01"
DAY = "2022-07-04 08:00"


def test_a_stranger_finds_where_to_type_the_code_of_his_receipt(browser_page: Page) -> None:
    complained = complaints(browser_page)

    browser_page.goto("/")

    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Di mana berkas saya?")
    assert keyboard_walk(browser_page)[:4] == [
        "a Langsung ke isi",
        "a Jejak",
        "input Kode pada tanda terima",
        "button Lacak",
    ]
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []
    assert complained == []


def test_the_first_page_is_light(browser_page: Page) -> None:
    assert 1_000 < weight(browser_page, "/") < FIRST_PAGE_BYTES


def test_typing_a_code_leads_to_its_case_without_script(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_label("Kode pada tanda terima").fill(" 7k3m-9qxa-2bcd ")
    plain_page.get_by_role("button", name="Lacak").click()

    expect(plain_page).to_have_url(re.compile(r"/cases/7k3m-9qxa-2bcd$"))


def test_every_official_of_an_office_can_sign_in(jejak: Jejak, browser_page: Page) -> None:
    office = jejak.office(OFFICE)
    today = office.kantor.calendar.local_date(office.at(DAY))

    browser_page.goto("/masuk")
    assert axe(browser_page) == []
    browser_page.locator(f'a[href="/masuk?kantor={OFFICE}"]', has_text=office.kantor.nama).click()

    shown = browser_page.locator('input[name="pejabat"]').evaluate_all("all => all.map(one => one.value)")
    assert shown == [official.kode for official in office.kantor.officials_at(today)]
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []


def test_an_official_signs_in_finds_his_name_and_signs_out(jejak: Jejak, signed_in: SignedIn) -> None:
    jejak.office(OFFICE).at(DAY)
    staf = next(official for official in jejak.office(OFFICE).kantor.pejabat if official.kode == "staf-1")

    page = signed_in(OFFICE, "staf-1", java_script_enabled=False)
    page.goto("/masuk")
    expect(page.get_by_role("banner")).to_contain_text(f"{staf.nama}, {staf.jabatan}")

    page.get_by_role("button", name="Keluar").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Di mana berkas saya?")
    assert page.context.cookies() == []


def test_the_session_is_kept_from_scripts_and_from_other_sites(jejak: Jejak, signed_in: SignedIn) -> None:
    jejak.office(OFFICE).at(DAY)
    [cookie] = signed_in(OFFICE, "staf-1").context.cookies()

    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (COOKIE, True, "Strict")


def test_an_official_signs_in_to_no_post_of_others(jejak: Jejak) -> None:
    jejak.office(OFFICE).at(DAY)
    form = {"kantor": OFFICE, "pejabat": "staf-1", "jabatan": "kadis"}

    answer = httpx.post(f"{jejak.installation.url}/masuk", data=form)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("kept", ["[" * 20_000, '{"alamat":"/","isian":[["a",' + "[" * 18_000, "[]", "1"])
def test_a_form_brought_along_that_no_page_of_ours_wrote_is_refused(jejak: Jejak, kept: str) -> None:
    answer = httpx.post(f"{jejak.installation.url}/masuk", data={KEPT: kept}, headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "Isian yang dibawa tidak dapat dibaca. Isi lagi formulirnya." in answer.text


def test_another_site_signs_no_one_in(jejak: Jejak) -> None:
    jejak.office(OFFICE).at(DAY)
    staf = next(official for official in jejak.office(OFFICE).kantor.pejabat if official.kode == "staf-1")
    form = {"kantor": OFFICE, "pejabat": staf.kode, "jabatan": staf.jabatan}

    answer = httpx.post(f"{jejak.installation.url}/masuk", data=form, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_a_forged_form_signs_nobody_out(jejak: Jejak, signed_in: SignedIn) -> None:
    jejak.office(OFFICE).at(DAY)
    page = signed_in(OFFICE, "staf-1")
    [cookie] = page.context.cookies()
    forged = csrf(b"another key", cookie.get("value", ""))

    answer = page.request.post("/keluar", form={"_tanda": forged})

    assert answer.status == 403
    assert page.context.cookies() == [cookie]


def test_a_forged_form_submits_nothing(jejak: Jejak, signed_in: SignedIn) -> None:
    jejak.office(OFFICE).at(DAY)
    page = signed_in(OFFICE, "staf-1")
    before = jejak.ledger.caused(OFFICE)

    answer = page.request.post("/cases", form={"_tanda": "0" * 64, "layanan": "kis-pbi"})

    assert answer.status == 403
    assert "bukan dari halaman Anda" in answer.text()
    assert jejak.ledger.caused(OFFICE) == before


def test_in_production_the_sign_in_page_offers_no_choice_of_officials(jejak: Jejak, tmp_path: Path) -> None:
    shared = jejak.installation.environment
    production = Child("ledger", of_service(shared, "ledger", free_port()) | NOBODY_SIGNS_IN, tmp_path)
    production.start()
    try:
        production.wait_ready()
        with httpx.Client(base_url=production.url, headers={"Accept": "text/html"}, trust_env=False) as client:
            page = client.get("/masuk?lanjut=/worklist")
            assert page.status_code == 503
            assert 'name="pejabat"' not in page.text
            assert 'href="/masuk?lanjut=/worklist"' in page.text
            form = {"kantor": OFFICE, "pejabat": "staf-1", "jabatan": "staf"}
            kept = {"_isian": '{"alamat":"/cases","isian":[["_kunci","k"],["pemohon.name","Contoh <Warga>"]]}'}
            entered = client.post("/masuk", data=form)
            assert (entered.status_code, "set-cookie" in entered.headers) == (401, False)
            waiting = client.post("/masuk", data=kept)
            assert (waiting.status_code, "set-cookie" in waiting.headers) == (503, False)
            assert "Contoh &lt;Warga&gt;" in waiting.text
            assert client.post("/masuk", data={"_isian": '{"alamat":"//lain","isian":[]}'}).status_code == 422
            assert 'href="/masuk"' in client.get("/").text
    finally:
        production.stop()


def test_the_stylesheet_is_fetched_once(new_page: NewPage) -> None:
    page = new_page()
    first = page.request.get("/gaya.css")
    again = page.request.get("/gaya.css", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-type"].startswith("text/css")
    assert "max-age=" in first.headers["cache-control"]
    assert (again.status, again.body()) == (304, b"")
