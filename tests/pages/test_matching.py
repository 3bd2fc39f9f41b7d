"""Pencocokan on a phone without script: a list is uploaded, its progress shown, its result read."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import NewPage, SignedIn
from tests.pages.looks import axe, no_sideways_scroll
from tests.stories import Jejak

LIST = "NIK;Penyakit\n1398011203850001;penyakit kronis\n1398011203850002;\n12;\n"


@pytest.mark.parametrize("script", [True, False])
def test_an_official_uploads_a_list_and_reads_who_is_urgent(
    jejak: Jejak, signed_in: SignedIn, new_page: NewPage, tmp_path: Path, script: bool
) -> None:
    jejak.office("13.98")
    path = tmp_path / "sk.csv"
    path.write_text(LIST, encoding="utf-8")
    page = signed_in("13.98", "staf-semisal", java_script_enabled=script)
    page.get_by_role("link", name="Pencocokan").click()
    if script:
        assert axe(page) == []
        assert no_sideways_scroll(page) == []
    page.get_by_label("Berkas daftar").set_input_files(path)
    page.get_by_label("Judul kolom kebutuhan").fill("Penyakit")
    page.get_by_role("button", name="Unggah dan cocokkan").click()

    expect(page.get_by_role("heading", name="Hasil pencocokan")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("impor")  # this office has no DTSEN: the way out is said
    if script:
        assert axe(page) == []
        assert no_sideways_scroll(page) == []
