"""An applicant withdraws the application: the clerk records it on the page of the case."""

from __future__ import annotations

from playwright.sync_api import expect

from jejak_tools.play import Office
from jejak_tools.stories.people import IRWAN
from tests.pages.conftest import SignedIn
from tests.pages.desk import drafted
from tests.pages.looks import axe, no_sideways_scroll
from tests.stories import Jejak


def test_a_withdrawal_is_recorded_with_its_reason_and_ends_the_case(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    case = drafted(pesisir_selatan, "2022-07-12", IRWAN)
    page = signed_in("13.01", "staf-1")
    page.goto(f"/cases/{case.id}")
    page.get_by_text("Pemohon menarik permohonannya").click()
    assert axe(page) == []
    assert no_sideways_scroll(page) == []
    page.get_by_label("Alasan pemohon").fill("Pemohon sudah ditanggung perusahaan.")
    page.get_by_role("button", name="Catat penarikan").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("ditarik pemohon")
    expect(page.get_by_role("button", name="Catat penarikan")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Pemohon sudah ditanggung perusahaan.")
    assert jejak.ledger.event(case, "ApplicationWithdrawn").actor == "staf-1"
