"""The leader's clocks in a browser: the figures of the JSON, the sheet as a flowchart, and the cases behind them."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.pesisir import to_an_active_card
from tests.flow.test_query import wait_until
from tests.pages.conftest import SignedIn
from tests.pages.looks import DESK, FIRST_PAGE_BYTES, PHONE, axe, complaints, keyboard_walk, no_sideways_scroll, weight
from tests.stories import Jejak

DAYS: Final = {"from": "2022-07-01", "to": "2023-06-29"}
"""Days before the present one, on which the automatic tasks of other tests' cases fall."""
QUERY: Final = "&".join(f"{name}={day}" for name, day in DAYS.items())
NUMBER: Final = "67/68/SOP/DSPP/PA-PS/2022"
STYLESHEET_BYTES: Final = 20_000
"""The most that the stylesheet and the icon weigh."""
PARAF: Final = "Mengoreksi dan mamaraf surat rekomendasi"


@pytest.fixture(scope="module")
def sheet(jejak: Jejak, pesisir_selatan: Office, lismar: Berkas) -> str:
    """The sheet of one case with an active card, and of another that lay in a drawer for three weeks."""
    cases = [to_an_active_card(pesisir_selatan), lismar]
    pesisir_selatan.at("2023-06-30 10:00")
    offered = pesisir_selatan.get("kadis-1", "/timings/lembar").json()["lembar"]
    [sop] = [offer["sop"] for offer in offered if (offer["kantor"], offer["nomor"]) == ("13.01", NUMBER)]

    def codes(address: str) -> set[str]:
        return {case["kode"] for case in pesisir_selatan.get("kadis-1", address, sop=sop, **DAYS).json()["berkas"]}

    wait_until(lambda: cases[0].kode in codes("/timings/cases?kind=aktif"))
    wait_until(lambda: cases[1].kode in codes("/timings/cases?slot=main&langkah=4"))
    return str(sop)


@pytest.fixture
def leader(sheet: str, signed_in: SignedIn) -> Page:
    return signed_in("13.01", "kadis-1")


def open_clocks(page: Page, sheet: str, more: str = "") -> None:
    page.goto(f"/timings?sop={sheet}&{QUERY}{more}")


def figures_of(office: Office, sheet: str, **more: str) -> dict[str, Any]:
    figures: dict[str, Any] = office.get("kadis-1", "/timings", sop=sheet, **DAYS, **more).json()
    return figures


def open_and_read(office: Office, page: Page, sheet: str) -> dict[str, Any]:
    """Opens the page; gives the JSON figures, which are the same before and after.

    Cases of other tests in this office are in the figures too, and may be added at any time.
    """
    read: list[dict[str, Any]] = []

    def same() -> bool:
        before = figures_of(office, sheet)
        open_clocks(page, sheet)
        read.append(figures_of(office, sheet))
        return before == read[-1]

    wait_until(same)
    return read[-1]


def test_the_page_and_a_program_get_the_same_figures(pesisir_selatan: Office, leader: Page, sheet: str) -> None:
    figures = open_and_read(pesisir_selatan, leader, sheet)
    for title, name in (("SOP selesai", "sop_selesai"), ("Kartu aktif", "kartu_aktif")):
        card = leader.locator(".kotak", has=leader.get_by_role("heading", name=title, exact=True))
        expect(card.locator(".angka-besar")).to_have_text(str(figures[name][0]["jumlah"]))
    lines = leader.get_by_role("table", name=re.compile("^Langkah yang selesai")).locator("tbody tr")
    expect(lines).to_have_count(len(figures["langkah"]))
    for line in figures["langkah"]:
        shown = lines.filter(has=leader.get_by_role("link", name=line["kegiatan"])).filter(
            has_text=re.compile(rf"Kali:? ?|{line['jumlah']}")
        )
        text = " ".join(shown.first.inner_text().split())
        assert str(line["jumlah"]) in text
        for held in (line["mutu_baku"], line["batas_tunggu"]):
            if held and held["dinilai"]:
                assert f"({held['dalam']} dari {held['dinilai']})" in text
    expect(leader.get_by_role("link", name=re.compile("^Terlambat saat ini"))).to_have_text(
        f"Terlambat saat ini: {figures['terlambat_kini']['jumlah']}"
    )


def test_three_weeks_in_a_drawer_colour_the_step_though_its_paraf_took_minutes(leader: Page, sheet: str) -> None:
    leader.goto(f"/timings?sop={sheet}&from=2023-06-09&to=2023-06-09")
    step = leader.locator("svg.alur a", has_text=PARAF)
    expect(step).to_contain_text("sering terlambat")
    expect(step).to_contain_text("100 % dalam Mutu")
    expect(step.locator(".alur-buruk")).to_have_count(1)
    leader.locator("summary", has_text="Alur yang sama sebagai daftar").click()
    listed = leader.get_by_role("listitem").filter(has=leader.get_by_role("link", name=PARAF))
    expect(listed).to_contain_text("sering terlambat")
    expect(listed).to_contain_text("dapat juga: kembali ke langkah 3")


def test_every_figure_leads_to_its_cases_and_each_case_to_its_trace_without_script(
    sheet: str, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    page = signed_in("13.01", "kadis-1", java_script_enabled=False)
    figures = open_and_read(pesisir_selatan, page, sheet)
    [figure] = [step for step in figures["langkah"] if (step["slot"], step["langkah"]) == ("main", "4")]
    page.locator("svg.alur a", has_text=PARAF).locator("polygon").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Langkah 4: ")
    page.get_by_role("link", name=str(figure["jumlah"]), exact=True).first.click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(figure["jumlah"])
    page.go_back()
    page.locator('a[href*="only=lewat_batas_tunggu"]').first.click()
    expect(page.locator("tbody tr").first).to_contain_text("lewat batas tunggu")
    page.get_by_role("link", name=re.compile("^Jejak ")).first.click()
    assert re.search(r"/cases/[0-9a-f-]{36}/timeline$", page.url)
    page.go_back()
    code = page.locator("tbody tr th a").first.inner_text()
    page.locator("tbody tr th a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(code)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_of_the_clocks_are_light_and_open_to_all(
    sheet: str, signed_in: SignedIn, size: dict[str, int]
) -> None:
    page = signed_in("13.01", "kadis-1", viewport=size)
    complained = complaints(page)
    assert weight(page, "/timings") < FIRST_PAGE_BYTES
    query = f"sop={sheet}&{QUERY}"
    for path in (
        f"/timings?{query}",
        f"/timings?{query}&slot=main&langkah=4",
        f"/timings?{query}&slot=aktif&langkah=aktif",
        "/timings?from=2019-01-01&to=2019-01-31",
        f"/timings/cases?{query}&slot=main&langkah=4",
        f"/timings/cases?{query}&kind=selesai",
        "/timings/cases?from=2019-01-01&to=2019-01-31",
        "/timings/terlambat",
        f"/timings/kantor?{QUERY}",
        "/timings/lembar",
        f"/timings/lembar?satu={sheet}&lain={sheet}&{QUERY}",
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        assert len(answer.body()) < FIRST_PAGE_BYTES - STYLESHEET_BYTES
        assert axe(page) == []
        assert no_sideways_scroll(page) == []
    assert complained == []


def test_on_a_phone_the_flowchart_scrolls_within_its_own_box(leader: Page, sheet: str) -> None:
    open_clocks(leader, sheet)
    box = leader.get_by_role("region", name="Bagan alur, dapat digulung")
    assert box.evaluate("one => [one.scrollWidth > one.clientWidth, one.clientWidth <= 360]") == [True, True]
    assert box.evaluate("one => { one.focus(); return document.activeElement === one }")


def test_the_keyboard_reaches_every_step_and_opens_it(leader: Page, sheet: str) -> None:
    open_clocks(leader, sheet)
    walked = keyboard_walk(leader)
    assert {"a Bandingkan kantor", "a Bandingkan dua lembar", "summary Rentang lain"} <= set(walked)
    steps = leader.locator("svg.alur a")
    for _ in range(100):
        leader.keyboard.press("Tab")
        if steps.first.evaluate("one => one === document.activeElement"):
            break
    leader.keyboard.press("Enter")
    expect(leader.get_by_role("heading", level=1)).to_contain_text("Langkah ")


def test_another_stretch_of_days_is_chosen_by_link_or_by_hand(leader: Page, sheet: str) -> None:
    leader.goto("/timings")
    expect(leader.get_by_role("heading", level=1)).to_have_text("Waktu: Juni 2023")
    leader.get_by_role("link", name="Sebelumnya: Mei 2023").click()
    expect(leader.get_by_role("heading", level=1)).to_have_text("Waktu: Mei 2023")
    leader.get_by_role("link", name="Triwulan ini").click()
    expect(leader.get_by_role("heading", level=1)).to_have_text("Waktu: Triwulan II 2023")
    leader.locator("summary", has_text="Rentang lain").click()
    leader.get_by_label("Dari tanggal").fill("2022-07-04")
    leader.get_by_label("Sampai tanggal").fill("2022-07-04")
    leader.get_by_role("button", name="Tampilkan").click()
    expect(leader.get_by_role("heading", level=1)).to_have_text("Waktu: 4 Juli 2022")
    leader.goto("/timings?from=2023-02-01&to=2023-01-01")
    expect(leader.get_by_role("alert")).to_contain_text("Tanggal awal harus sebelum tanggal akhir.")


def test_two_editions_are_put_side_by_side_in_words(leader: Page, sheet: str) -> None:
    open_clocks(leader, sheet)
    leader.get_by_role("link", name="Bandingkan dua lembar").click()
    older = leader.locator("#lain option", has_text=re.compile(r"^13\.01 .*21/SOP/DSPPrPA-PS/2017"))
    leader.get_by_label("Lembar kedua").select_option(value=older.get_attribute("value"))
    leader.get_by_role("button", name="Bandingkan").click()
    expect(leader.get_by_role("heading", level=3)).to_have_text(["Lembar pertama", "Lembar kedua"])
    expect(leader.locator("li.beda").filter(has_text="tanggal_efektif")).to_have_text(
        "lembar: tanggal_efektif 2022-01-03 → 2017-05-21"
    )


def test_the_head_of_the_province_begins_with_his_offices_and_sees_no_case(
    jejak: Jejak, sheet: str, signed_in: SignedIn
) -> None:
    page = signed_in("13", "kadis-provinsi")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kantor berdampingan: Juni 2023")
    expect(page.locator(".kepala nav a")).to_have_text(["Waktu"])
    page.goto(f"/timings/kantor?{QUERY}")
    row = page.locator("tbody tr", has_text=NUMBER).filter(has_text=re.compile(r"13\.01(?!-)"))
    expect(row).to_contain_text(re.compile(r"\d,\d\d kali, tidak lebih lama"))
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Waktu: ")
    hrefs = page.locator("main a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert hrefs
    assert not [href for href in hrefs if "/cases" in href or "terlambat" in href]
    assert axe(page) == []
    assert no_sideways_scroll(page) == []
    page.goto("/timings/cases")
    expect(page.get_by_role("alert")).to_contain_text("Provinsi melihat angka waktu")
