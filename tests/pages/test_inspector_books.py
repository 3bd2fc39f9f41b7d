"""An office's books in Chromium: its registers as tables, and what was inferred from its sheets and confirmed."""

from __future__ import annotations

import io
import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from python_calamine import load_workbook

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.people import SITI
from ledger.audit.registers.api import LINES
from tests.pages.conftest import SignedIn
from tests.pages.looks import DESK, axe, no_sideways_scroll
from tests.stories import Jejak, command, office_like

OFFICE = "13.94"
INSPECTOR = """
[[pejabat]]
kode = "inspektur-1"
nama = "Contoh Inspektur, S.H."
jabatan = "inspektur"
dari = 2017-01-02
"""


@pytest.fixture(scope="module")
def office(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office of this module with an inspector: an official whose post none of its sheets names."""
    folder = tmp_path_factory.mktemp(OFFICE)
    office_like(jejak, "13.99", OFFICE, folder)
    for file in folder.glob("kantor*.toml"):
        file.write_text(file.read_text(encoding="utf-8") + INSPECTOR, encoding="utf-8")
    command(jejak, "office", "load", str(folder))
    return jejak.player.office(folder)


@pytest.fixture(scope="module")
def case(office: Office) -> Berkas:
    """A case with look-ups by hand and a letter signed by pen, handed over and archived."""
    return pesisir.recommended_by_hand_and_by_pen(office, agenda="021")


@pytest.fixture(scope="module")
def revoked(office: Office, case: Berkas) -> Berkas:
    """Another case, whose letter its signer revoked."""
    letter = pesisir.recommended_by_hand_and_by_pen(office, agenda="022")
    body = {"surat": ["rekomendasi"], "catatan": "Salah menyebut peserta."}
    answer = office.send("kadis-contoh", f"/cases/{letter.id}/letters/revoke", body)
    office.player.answered(answer, "revoke")
    return letter


@pytest.fixture
def inspector(office: Office, case: Berkas, signed_in: SignedIn) -> Page:
    office.at("2022-07-06 09:00")
    return signed_in(OFFICE, "inspektur-1")


def look(page: Page) -> None:
    """The page has no barrier and does not scroll sideways."""
    assert no_sideways_scroll(page) + axe(page) == []


def test_a_register_is_read_on_a_phone_and_what_was_revoked_is_struck_through(
    case: Berkas, revoked: Berkas, inspector: Page
) -> None:
    page = inspector
    page.goto("/worklist")
    page.get_by_role("link", name="Register", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Register Dinas Sosial Kabupaten Contoh")
    look(page)
    page.get_by_role("link", name="Buku Rekomendasi", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buku Rekomendasi 2022")
    expect(page.locator("main")).to_contain_text("Disimpulkan, tidak tercetak pada lembar: isi, kolom.")
    good_line, struck = (page.locator("tbody tr", has_text=entered.kode) for entered in (case, revoked))
    expect(good_line.locator("s")).to_have_count(0)
    expect(struck.locator("s").filter(has_text="460/022/Dinsos-Contoh/VII/2022")).to_have_count(1)
    expect(struck).to_contain_text("dicabut")
    expect(struck.locator("s").filter(has_text="Salah menyebut peserta.")).to_have_count(0)
    look(page)
    page.set_viewport_size(DESK)
    look(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Unduh setahun (XLSX)").click()
    rows = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).get_sheet_by_name("buku").to_python()
    assert any("460/022/Dinsos-Contoh/VII/2022" in row for row in rows)
    struck.get_by_role("link", name=revoked.kode).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Berkas {revoked.kode}")


def test_a_register_goes_on_page_by_page_and_year_by_year(jejak: Jejak, case: Berkas, inspector: Page) -> None:
    numbers = """INSERT INTO view.number
        SELECT $1::text::uuid, 'surat-' || n, $2, 2021, n, 'LAMA/' || n || '/2021',
               '2021-07-01'::timestamptz + n * interval '1 minute'
        FROM generate_series(1, $3::int) AS n"""
    jejak.ledger.fetch(numbers, case.id, OFFICE, LINES + 3)
    page = inspector
    page.goto(f"/registers/{OFFICE}/buku?tahun=2022")
    page.get_by_role("link", name="Tahun 2021").click()
    expect(page.locator("tbody tr")).to_have_count(LINES)
    page.get_by_role("link", name="Baris berikutnya").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").last).to_contain_text(f"LAMA/{LINES + 3}/2021")
    expect(page.get_by_role("link", name="Baris berikutnya")).to_have_count(0)
    look(page)
    page.get_by_role("link", name="Kembali ke awal tahun").click()
    expect(page.locator("tbody tr").first).to_contain_text("LAMA/1/2021")
    page.goto(f"/registers/{OFFICE}/buku?tahun=2020")
    expect(page.locator(".kosong")).to_contain_text("Belum ada yang tercatat pada 2020")
    look(page)


def test_an_inspector_reads_everything_of_his_office_and_changes_nothing(
    office: Office, case: Berkas, inspector: Page
) -> None:
    page = inspector
    page.goto(f"/cases/{case.kode}")
    expect(page.locator("main")).to_contain_text(SITI["name"])
    expect(page.get_by_role("link", name=re.compile("^Buka tugas"))).to_have_count(0)
    page.get_by_role("link", name="Jejak lengkap dan bukti").click()
    expect(page.locator("main")).to_contain_text(
        "Terjadi Senin, 4 Jul 2022 11.00 WIB menurut pencatatnya; tercatat Senin, 4 Jul 2022 11.15 WIB."
    )
    expect(page.get_by_role("link", name="Unduh berkas bukti (ZIP)")).to_be_visible()
    assert office.get("inspektur-1", f"/cases/{case.id}/evidence").headers["content-type"] == "application/zip"

    [due] = [task["tugas"] for task in case.now()["jatuh_tempo"]]
    [sheet, *_] = office.get("inspektur-1", "/inferred").json()["lembar"]
    code = office.get("inspektur-1", sheet["lihat"]).json()["simpulan"][0]["kode"]
    before = case.now()["versi"]
    for path, body in (
        (f"/cases/{case.id}/tasks/{due}/start", {}),
        (f"/cases/{case.id}/tasks/{due}", {}),
        (f"/cases/{case.id}/withdraw", {"catatan": "Dicoba."}),
        (f"/cases/{case.id}/letters/revoke", {"surat": ["rekomendasi"]}),
        ("/cases", {"layanan": "reaktivasi-kis-pbi", "pemohon": SITI}),
        (sheet["lihat"], {"jawaban": {code: "benar"}}),
    ):
        assert office.send("inspektur-1", path, body).status_code == 403, path
    assert case.now()["versi"] == before
    page.goto(sheet["lihat"])
    expect(page.get_by_role("radio")).to_have_count(0)
    look(page)


def test_an_official_confirms_or_denies_what_was_inferred_from_a_sheet_and_is_named(
    jejak: Jejak, office: Office, inspector: Page, signed_in: SignedIn
) -> None:
    kabid = signed_in(OFFICE, "kabid-contoh")
    kabid.goto("/inferred")
    look(kabid)
    kabid.locator("tbody a").first.click()
    look(kabid)
    sheet = kabid.url.rpartition("/")[2]
    right, wrong = (kabid.locator("fieldset").nth(number) for number in (0, 1))
    right.get_by_label("Benar", exact=True).check()
    wrong.get_by_label("Tidak benar").check()
    office.at("2022-07-06 09:14")
    kabid.get_by_role("button", name="Simpan jawaban").click()
    expect(right).to_contain_text("dibenarkan")
    expect(wrong).to_contain_text("disanggah")
    name = next(official.nama for official in office.kantor.pejabat if official.kode == "kabid-contoh")
    expect(wrong).to_contain_text(f"oleh {name}")
    expect(wrong).to_contain_text("Rabu, 6 Jul 2022 09.14 WIB")
    look(kabid)

    office.at("2022-07-07 10:00")
    code = office.get("kasi-contoh", f"/inferred/{sheet}").json()["simpulan"][1]["kode"]
    answer = {"jawaban": {code: "benar"}}
    answers = [office.send("kasi-contoh", f"/inferred/{sheet}", answer, key="satu") for _ in range(2)]
    assert [repeated.json()["dijawab"] for repeated in answers] == [1, 1]
    assert office.send("kasi-contoh", f"/inferred/{sheet}", answer).json()["dijawab"] == 0
    other = office.send("kasi-contoh", f"/inferred/{sheet}", {"jawaban": {code: "salah"}}, key="satu")
    assert other.status_code == 422
    assert office.send("kasi-contoh", f"/inferred/{sheet}", {"jawaban": {"0" * 16: "benar"}}).status_code == 404

    rows = jejak.ledger.fetch(
        "SELECT e.actor, e.type FROM es.event e JOIN es.stream s ON s.stream_no = e.stream_no"
        " WHERE s.kind = 'sheet' AND s.sop = $1 AND s.office = $2 ORDER BY e.version", sheet, OFFICE,
    )  # fmt: skip
    assert [(row["actor"], row["type"]) for row in rows] == [
        ("kabid-contoh", "ReadingAnswered"), ("kabid-contoh", "ReadingAnswered"), ("kasi-contoh", "ReadingAnswered"),
    ]  # fmt: skip
    inspector.goto(f"/inferred/{sheet}")
    second = inspector.locator("section.kotak").nth(1)
    expect(second.locator(".tanda")).to_have_text(["dibenarkan", "disanggah"])
    expect(inspector.locator("section.kotak").nth(2)).to_contain_text("belum dijawab")
    listed = office.get("inspektur-1", "/inferred").json()["lembar"]
    assert [(line["benar"], line["salah"]) for line in listed if line["sha256"] == sheet] == [(2, 0)]


def test_another_offices_sheet_and_register_are_not_shown(office: Office, contoh: Office, case: Berkas) -> None:
    [sheet, *_] = office.get("inspektur-1", "/inferred").json()["lembar"]
    headers = {"Authorization": f"Bearer {contoh.token('kabid-contoh')}", "Accept": "text/html"}
    for path in (sheet["lihat"], f"/registers/{OFFICE}/buku", f"/cases/{case.id}/evidence"):
        assert httpx.get(f"{office.player.url}{path}", headers=headers).status_code == 403
    assert contoh.send("kabid-contoh", sheet["lihat"], {"jawaban": {"0" * 16: "benar"}}).status_code == 403
