"""Lists with script on: the desk is renewed each minute, older cases are added below the others."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from jejak.web.pages.layout import HTMX
from jejak_tools.play import Office
from tests.node import npm_ci
from tests.pages.conftest import SignedIn
from tests.pages.desk import Desk, drafted
from tests.pages.looks import complaints

_NODE: Final = Path(__file__).parent / "node"


def test_the_desk_shows_what_came_since_and_the_keyboard_stays_where_it_was(
    pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    before = drafted(pesisir_selatan, "2024-09-09")
    desk = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"), script=True)
    complained = complaints(desk.page)
    desk.page.clock.install()
    desk.page.goto("/worklist?limit=1000")
    here = desk.row(before).get_by_role("link", name="Paraf", exact=True)
    here.focus()

    came = drafted(pesisir_selatan, "2024-09-10")
    expect(desk.row(came)).to_have_count(0)
    desk.page.clock.fast_forward(61_000)

    expect(desk.row(came)).to_have_count(1)
    expect(here).to_be_focused()
    desk.look()
    assert complained == []


def test_a_desk_whose_session_has_ended_keeps_what_it_showed(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    case = drafted(pesisir_selatan, "2024-09-11")
    desk = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"))
    desk.page.clock.install()
    desk.page.goto("/worklist?limit=1000")
    desk.page.context.clear_cookies()

    with desk.page.expect_response(lambda answer: "/worklist" in answer.url) as answered:
        desk.page.clock.fast_forward(61_000)

    assert not answered.value.ok
    expect(desk.row(case)).to_have_count(1)


def test_older_cases_come_below_those_that_are_shown(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    drafted(pesisir_selatan, "2024-09-12")
    drafted(pesisir_selatan, "2024-09-13")
    page = signed_in("13.01", "staf-1")
    complained = complaints(page)
    page.goto("/cases?limit=1")
    first = page.locator("#berkas tr").first.inner_text()

    page.get_by_role("link", name="Berkas sebelumnya").click()

    expect(page.locator("#berkas tr")).to_have_count(2)
    assert page.locator("#berkas tr").first.inner_text() == first
    page.get_by_role("link", name="Berkas sebelumnya").click()
    expect(page.locator("#berkas tr")).to_have_count(3)
    assert complained == []


def test_our_copy_of_htmx_is_the_one_that_was_published() -> None:
    published = npm_ci(_NODE) / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
    assert (files("jejak.web.pages") / "static" / HTMX).read_bytes() == published.read_bytes()
