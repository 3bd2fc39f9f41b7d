"""The inspector's pages in Chromium: search, trace, chain and evidence."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest
from playwright.sync_api import Page, expect

from jejak.cli import main
from jejak.eventstore.integrity.evidence_check import examine
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive
from jejak_tools.stories.people import EVERYONE, ROSNA
from tests.evidence import faults_of
from tests.flow.test_query import has_nothing_of
from tests.pages.conftest import NewPage, SignedIn
from tests.pages.looks import FIRST_PAGE_BYTES, axe, complaints, keyboard_walk, no_sideways_scroll, weight
from tests.servers import run
from tests.stories import Jejak

WHY: Final = "Nama peserta keliru."
YEAR: Final = "2026"


@pytest.fixture(scope="module")
def case(pesisir_selatan: Office) -> Berkas:
    """A letter that was signed, handed over, archived and then revoked, in a year of no other story."""
    case = checked(apply(pesisir_selatan, f"{YEAR}-05-06 08:00", ROSNA), "08:05", "08:05:30")
    case.work("draft_letter", by="staf-1", begun="08:10", ended="08:12")
    case.work("paraf", by="kabid-1", begun="08:20", ended="08:21")
    case.work("sign", by="kadis-1", begun="08:30", ended="08:31")
    hand_over_and_archive(case, "08:40", "08:41", "08:42", ROSNA)
    pesisir_selatan.at(f"{YEAR}-05-07 09:00")
    body = {"surat": ["rekomendasi"], "catatan": WHY}
    answer = pesisir_selatan.send("kadis-1", f"/cases/{case.id}/letters/revoke", body)
    pesisir_selatan.player.answered(answer, "revoke")
    return case


@pytest.fixture
def page(case: Berkas, pesisir_selatan: Office, signed_in: SignedIn) -> Page:
    """The page of an official of the case's office, on a phone."""
    pesisir_selatan.at(f"{YEAR}-05-08 09:00")
    return signed_in("13.01", "kabid-1")


def look(page: Page) -> None:
    """The page has no barrier and does not scroll sideways."""
    assert no_sideways_scroll(page) + axe(page) == []


def search(page: Page, text: str) -> None:
    page.goto("/search")
    page.get_by_role("textbox").fill(text)
    page.get_by_role("button", name="Cari", exact=True).click()
    page.wait_for_load_state()


def number_of(case: Berkas) -> str:
    return str(case.now()["surat"][0]["nomor"])


def test_a_case_is_found_by_code_number_nik_and_name_and_leads_to_its_trace(
    case: Berkas, page: Page, jejak: Jejak
) -> None:
    number = number_of(case)
    for text, way in (
        (case.kode.lower(), "kode berkas"),
        (number, "nomor surat"),
        (number.rpartition("/")[0], "nomor surat"),
        (ROSNA["nik"], "NIK"),
        (f"contoh {ROSNA['name'].split()[0].upper()}", "nama"),
    ):
        search(page, text)
        expect(page.locator("main")).to_contain_text(f"Dicari sebagai {way}")
        expect(page.locator("tr", has_text=case.kode)).to_contain_text(ROSNA["name"])
        assert page.url.endswith("/search")
        look(page)
    page.get_by_role("link", name=f"Jejak berkas {case.kode}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Jejak berkas {case.kode}")
    logs = b"".join(log.read_bytes() for log in (jejak.installation.data / "logs").glob("*.log"))
    assert b"/search" in logs
    assert ROSNA["nik"].encode() not in logs


def test_a_search_without_a_match_says_what_to_try(page: Page) -> None:
    search(page, "Tidakadaorangnya")
    expect(page.get_by_role("status")).to_have_text("Tidak ditemukan")
    expect(page.locator(".kosong")).to_contain_text("nama cukup satu kata")
    look(page)
    search(page, "!?")
    expect(page.get_by_role("alert")).to_contain_text("NIK 16 angka")
    expect(page.get_by_role("textbox")).to_have_value("!?")
    expect(page.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    look(page)


def test_another_office_finds_nobody_elses_case(case: Berkas, contoh: Office, signed_in: SignedIn) -> None:
    contoh.at(f"{YEAR}-05-08 09:00")
    page = signed_in("13.99", "staf-contoh-1")
    for text in (case.kode, number_of(case), ROSNA["nik"]):
        search(page, text)
        expect(page.locator("tr", has_text=case.kode)).to_have_count(0)


def test_a_search_without_the_forms_mark_is_refused_and_a_program_gets_json(
    case: Berkas, pesisir_selatan: Office
) -> None:
    office = pesisir_selatan
    url = f"{office.player.url}/search"
    cookies = {"jejak": office.token("kabid-1")}
    forged = httpx.post(url, data={"cari": case.kode}, cookies=cookies, headers={"Accept": "text/html"})
    assert forged.status_code == 403
    assert f"/cases/{case.kode}" not in forged.text
    answer = office.player.answered(office.send("kabid-1", "/search", {"cari": case.kode}), "search").json()
    assert (answer["dicari_sebagai"], [match["kode"] for match in answer["berkas"]], answer["lebih"]) == (
        ["kode berkas"], [case.kode], False,
    )  # fmt: skip
    assert office.send("kabid-1", "/search", {"cari": ""}).status_code == 422
    assert httpx.get(url).status_code == 401
    assert "POST" in office.get("kabid-1", "/search").json()["cara"]


def test_the_trace_says_each_event_in_a_sentence_with_its_hash(case: Berkas, page: Page, jejak: Jejak) -> None:
    complained = complaints(page)
    page.goto(f"/cases/{case.kode}/timeline")
    stored = jejak.ledger.fetch(
        "SELECT version, encode(hash, 'hex') AS hash FROM es.event WHERE stream = $1::text::uuid ORDER BY 1", case.id
    )
    lines = page.locator("ol.jejak > li")
    expect(lines).to_have_count(len(stored))
    assert [line.locator("code").inner_text() for line in lines.all()] == [row["hash"] for row in stored]
    whole = page.locator("main")
    for words in (
        "Permohonan diajukan dengan 6 dokumen.",
        "Oleh Pemohon; dicatat oleh Contoh Staf Satu, A.Md",
        re.compile(r"Mutu Baku: 1 menit; menunggu \d+ menit.*, dikerjakan \d+ detik"),
        "dalam baku",
        f"{WHY}",
    ):
        expect(whole).to_contain_text(words)
    look(page)
    assert complained == []


def test_strangers_read_the_trace_without_anybodys_data_and_take_nothing_away(
    case: Berkas, new_page: NewPage, pesisir_selatan: Office
) -> None:
    stranger = new_page()
    stranger.goto(f"/cases/{case.kode}/timeline")
    expect(stranger.locator("ol.jejak")).to_contain_text("Permohonan diajukan dengan 6 dokumen.")
    expect(stranger.get_by_role("link", name="Unduh berkas bukti")).to_have_count(0)
    assert has_nothing_of(stranger.content(), *EVERYONE)
    assert WHY not in stranger.content()
    look(stranger)
    http = pesisir_selatan.player.http
    assert http.get(f"/cases/{case.kode}/evidence").status_code == 401
    answer = http.get(f"/cases/{case.kode}/timeline")
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {
        "berkas", "kode", "kantor", "sop", "versi", "status", "diterima", "peristiwa", "langkah", "total",
    }  # fmt: skip


@contextmanager
def tampered(jejak: Jejak, case: Berkas, version: int) -> Iterator[None]:
    """An event has another official, as a superuser of the database could write it, until the block is left."""

    before = "SELECT actor FROM es.event WHERE stream = $1::text::uuid AND version = $2"
    [row] = jejak.ledger.fetch(before, case.id, version)
    run(_rewritten(jejak.ledger.url, "orang-lain", case.id, version))
    try:
        yield
    finally:
        run(_rewritten(jejak.ledger.url, row["actor"], case.id, version))


async def _rewritten(url: str, actor: str, case: str, version: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        change = "UPDATE es.event SET actor = $1 WHERE stream = $2::text::uuid AND version = $3"
        await connection.execute(change, actor, case, version)
    finally:
        await connection.close()


def test_the_chain_is_recomputed_at_a_click_and_says_where_it_breaks(
    case: Berkas, page: Page, jejak: Jejak, pesisir_selatan: Office
) -> None:
    page.goto(f"/cases/{case.kode}/timeline")
    page.get_by_role("link", name="Periksa keutuhan catatan").click()
    expect(page.get_by_role("status")).to_contain_text("✓ Utuh")
    look(page)
    [row] = jejak.ledger.fetch("SELECT encode(head, 'hex') AS h FROM es.stream WHERE key = $1::text::uuid", case.id)
    expect(page.locator("main code")).to_have_text(row["h"])

    with tampered(jejak, case, 3):
        page.get_by_role("link", name="Periksa lagi").click()
        expect(page.get_by_role("status")).to_contain_text("✗ TIDAK UTUH pada peristiwa ke-3")
        look(page)
        answer = httpx.get(f"{jejak.installation.url}/cases/{case.kode}/chain").json()
        taken = pesisir_selatan.get("kabid-1", f"/cases/{case.kode}/evidence").content
    assert faults_of(examine(io.BytesIO(taken))) == [("peristiwa.jsonl", "peristiwa ke-3: isi atau sidiknya berubah")]
    assert (answer["utuh"], answer["putus"]["versi"]) == (False, 3)
    page.get_by_role("link", name="Periksa lagi").click()
    expect(page.get_by_role("status")).to_contain_text("✓ Utuh")


def test_the_evidence_is_taken_away_and_checked_without_a_server(
    case: Berkas, page: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto(f"/cases/{case.kode}/timeline")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Unduh berkas bukti (ZIP)").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name == f"bukti-{case.kode}.zip"

    assert main(["verify", str(file)]) == 0
    printed = capsys.readouterr().out
    assert f"Berkas {case.kode}" in printed
    assert "UTUH. Sidik penutup" in printed
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    assert examine(io.BytesIO(bytes(damaged))).faults


def test_searching_needs_neither_script_nor_mouse_and_little_of_the_line(
    case: Berkas, page: Page, signed_in: SignedIn
) -> None:
    plain = signed_in("13.01", "kabid-1", java_script_enabled=False)
    search(plain, case.kode)
    expect(plain.locator("tr", has_text=case.kode)).to_be_visible()

    page.goto("/search")
    page.get_by_role("textbox").focus()
    page.keyboard.type(case.kode)
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text=case.kode)).to_be_visible()
    assert {f"a {case.kode}", f"a Jejak berkas {case.kode}", "button Cari"} <= set(keyboard_walk(page))
    for path in ("/search", f"/cases/{case.kode}/timeline", f"/cases/{case.kode}/chain", "/registers", "/inferred"):
        assert 1_000 < weight(page, path) < FIRST_PAGE_BYTES
