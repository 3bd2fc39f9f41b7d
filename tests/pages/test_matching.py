"""Pencocokan in a browser: a list is uploaded, its progress shown, its result read and taken away as a table."""

from __future__ import annotations

import csv
import io
from typing import Final

import pytest
from playwright.sync_api import FilePayload, ViewportSize, expect

from jejak_tools.play import Office
from jejak_tools.stories.people import ROSNA, ZULFAN
from tests.pages.conftest import SignedIn
from tests.pages.looks import DESK, PHONE, axe, no_sideways_scroll

LIST: Final[FilePayload] = {
    "name": "sk.csv",
    "mimeType": "text/csv",
    "buffer": f"NIK;Penyakit\n{ROSNA['nik']};penyakit kronis\n1301011203850002;\n{ZULFAN['nik']};\n12;\n".encode(),
}
"""Two people of the office's made-up registers, one who is in none, and a number that is no NIK."""


@pytest.mark.parametrize(("script", "size"), [(True, DESK), (True, PHONE), (False, PHONE)])
def test_an_official_uploads_a_list_reads_who_is_served_and_takes_the_table_away(
    pesisir_selatan: Office, signed_in: SignedIn, script: bool, size: ViewportSize
) -> None:
    pesisir_selatan.at("2022-07-29 09:00")
    page = signed_in("13.01", "staf-1", java_script_enabled=script, viewport=size)

    def looked_over() -> None:
        assert no_sideways_scroll(page) == []
        assert not script or axe(page) == []

    page.goto("/worklist")
    page.get_by_role("link", name="Pencocokan", exact=True).click()
    looked_over()
    page.get_by_label("Berkas daftar").set_input_files(LIST)
    page.get_by_label("Judul kolom kebutuhan").fill("Penyakit")
    page.get_by_role("button", name="Unggah dan cocokkan").click()

    expect(page.get_by_role("heading", name="Hasil pencocokan")).to_be_visible()
    expect(page.locator("main")).to_contain_text("2 dari 3 orang terdaftar")
    expect(page.locator("main")).to_contain_text("1 baris salah tidak dicocokkan")
    expect(page.locator("main li.kotak")).to_have_count(4)
    looked_over()

    with page.expect_download() as taken:
        page.get_by_role("link", name="Unduh semuanya (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(taken.value.path().read_text(encoding="utf-8-sig")), delimiter=";"))
    assert sorted(int(row["baris"]) for row in rows) == [2, 3, 4, 5]
    assert ROSNA["nik"] not in taken.value.path().read_text(encoding="utf-8-sig")
    page.locator("main").get_by_role("link", name="Pencocokan").click()
    expect(page.get_by_role("listitem").filter(has_text="3 orang").first).to_be_visible()
