"""An application entered without a network is kept in the browser and sent once, with its own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Route, expect

from jejak_tools.play import Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import BASRI, ROSNA, ZULFAN, Person
from tests.pages.conftest import SignedIn
from tests.pages.looks import axe, no_sideways_scroll
from tests.pages.test_counter import NEW, chosen, filled
from tests.stories import Jejak

DRAFTS = "#daftar-draf > li"
SENT = "#terkirim a"


def cases_of(jejak: Jejak, person: Person) -> list[datetime | None]:
    """When the cases of a person were received, as the official entered it."""
    rows = jejak.ledger.fetch(
        "SELECT stream::text AS case, occurred_at FROM es.event_json WHERE type = 'ApplicationSubmitted'"
    )
    office = jejak.office("13.01")
    received = []
    for row in rows:
        people = office.get("staf-1", f"/cases/{row['case']}").json().get("pemohon_dan_peserta")
        if people and people["applicant"]["nik"] == person["nik"]:
            received.append(row["occurred_at"])
    return received


def at_the_counter(office: Office, signed_in: SignedIn, official: str = "staf-1") -> Page:
    """A page on a device whose clock stands at 09.05 WIB, while the server's runs from 09.00."""
    page = signed_in("13.01", official)
    page.clock.set_fixed_time(office.instant("09:05"))
    page.goto(NEW)
    return page


def written(page: Page, person: Person) -> None:
    filled(page, "pemohon", person)
    chosen(page, papers(person, ("KK", "KTP")))
    page.get_by_role("button", name="Simpan").click()


def test_what_was_entered_without_a_line_is_sent_once_when_it_is_back(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-02-14 09:00")
    page = at_the_counter(pesisir_selatan, signed_in)
    before = {person["nik"]: cases_of(jejak, person) for person in (ROSNA, ZULFAN)}
    page.context.set_offline(True)
    written(page, ROSNA)
    expect(page.locator(DRAFTS)).to_have_count(1)
    assert page.locator("#pemohon-nik").input_value() == ""
    written(page, ZULFAN)
    expect(page.locator(DRAFTS)).to_have_count(2)
    expect(page.locator(DRAFTS).first).to_contain_text("Contoh")
    assert axe(page) == []
    assert no_sideways_scroll(page) == []

    received = pesisir_selatan.instant("09:05")
    pesisir_selatan.at("10:30")
    page.context.set_offline(False)
    expect(page.locator(SENT)).to_have_count(2)
    expect(page.locator(DRAFTS)).to_have_count(0)
    for person in (ROSNA, ZULFAN):
        [new] = [at for at in cases_of(jejak, person) if at not in before[person["nik"]]]
        assert new == received
    receipt = page.locator(SENT).first.get_attribute("href")
    assert receipt
    answer = pesisir_selatan.get("staf-1", receipt).json()
    assert [document["kode"] for document in answer["dokumen_diterima"]] == ["KK", "KTP"]
    assert answer["diterima"] == "Rabu, 14 Feb 2024 09.05 WIB"


def test_a_draft_whose_answer_was_lost_is_not_entered_twice(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-02-15 09:00")
    page = at_the_counter(pesisir_selatan, signed_in)
    before = len(cases_of(jejak, BASRI))
    page.context.set_offline(True)
    written(page, BASRI)
    expect(page.locator(DRAFTS)).to_have_count(1)
    pesisir_selatan.at("10:00")
    arrived: list[int] = []

    def swallow(route: Route) -> None:
        arrived.append(route.fetch(max_redirects=0).status)
        route.abort()

    page.route("**/cases", swallow)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/cases")):
        page.context.set_offline(False)
    expect(page.locator(DRAFTS)).to_have_count(1)
    assert arrived == [303]
    assert len(cases_of(jejak, BASRI)) == before + 1
    page.unroute("**/cases")
    page.get_by_role("button", name="Kirim draf sekarang").click()
    expect(page.locator(SENT)).to_have_count(1)
    assert len(cases_of(jejak, BASRI)) == before + 1


def test_a_draft_is_its_makers_can_be_thrown_away_and_does_not_stay(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    pesisir_selatan.at("2024-02-16 09:00")
    page = at_the_counter(pesisir_selatan, signed_in)
    before = [cases_of(jejak, person) for person in (ROSNA, ZULFAN)]
    page.context.set_offline(True)
    for number, who in enumerate((ROSNA, ZULFAN), start=1):
        written(page, who)
        expect(page.locator(DRAFTS)).to_have_count(number)
    page.get_by_role("button", name=f"Hapus draf {ROSNA['name']}").click()
    expect(page.locator(DRAFTS)).to_have_count(1)
    page.get_by_role("button", name=f"Buka draf {ZULFAN['name']}").click()
    assert page.locator("#pemohon-nik").input_value() == ZULFAN["nik"]
    assert page.locator('input[name="KTP"]').evaluate("one => one.files.length") == 1

    page.context.set_offline(False)
    page.get_by_role("button", name="Keluar").click()
    page.goto("/masuk?kantor=13.01")
    page.locator('form:has(input[name="pejabat"][value="staf-2"])').get_by_role("button").click()
    page.goto(NEW)
    expect(page.locator(DRAFTS)).to_have_count(1)
    assert ZULFAN["name"] not in page.locator("#draf").inner_text()
    assert page.get_by_role("button", name="Buka draf").count() == 0

    page.clock.set_fixed_time(datetime.now(UTC).replace(year=2024, month=2, day=16) + timedelta(days=9))
    page.reload()
    expect(page.locator("#draf")).to_be_hidden()
    assert [cases_of(jejak, person) for person in (ROSNA, ZULFAN)] == before


def test_a_draft_that_cannot_be_taken_says_why_and_stays(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    pesisir_selatan.at("2024-02-19 09:00")
    page = at_the_counter(pesisir_selatan, signed_in)
    page.context.set_offline(True)
    written(page, {**ROSNA, "nik": "1301015213789001"})
    expect(page.locator(DRAFTS)).to_have_count(1)
    pesisir_selatan.at("09:30")
    page.context.set_offline(False)
    expect(page.locator(DRAFTS)).to_contain_text("NIK pemohon tidak benar")
    assert page.locator(SENT).count() == 0
