"""Chromium at the run's installation: Indonesian, as wide as a phone, with and without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import chromium
from tests.pages.looks import PHONE
from tests.servers import start_or_skip
from tests.stories import Jejak
from tests.waits import PATIENCE

expect.set_options(timeout=1000 * PATIENCE)

type NewPage = Callable[..., Page]
type SignedIn = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all page tests.

    Playwright keeps an event loop in this thread while it runs, so that tests of other folders could start none:
    it ends with this folder's last test.
    """
    with ExitStack() as stack:
        yield start_or_skip("Chromium", lambda: stack.enter_context(chromium()))


@pytest.fixture
def new_page(browser: Browser, jejak: Jejak) -> Iterator[NewPage]:
    """Makes a page of a fresh browser, without a session or cookies.

    Keyword arguments are Playwright's for a context, e.g. `viewport=DESK` or `java_script_enabled=False`.
    """
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        given = {"locale": "id-ID", "timezone_id": "Asia/Jakarta", "viewport": PHONE, **options}
        context = browser.new_context(base_url=jejak.installation.url, **given)
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(new_page: NewPage) -> Page:
    """A page without a session on a phone, 360 px wide."""
    return new_page()


@pytest.fixture
def plain_page(new_page: NewPage) -> Page:
    """The same with script switched off."""
    return new_page(java_script_enabled=False)


@pytest.fixture
def signed_in(new_page: NewPage) -> SignedIn:
    """`signed_in("13.01", "staf-1")`: the start page of an official who has signed in by the form.

    "sekdis-1 sebagai kadis" names one of several posts; keyword arguments are `new_page`'s.
    """

    def enter(office: str, official: str, **options: Any) -> Page:
        page = new_page(**options)
        code, _, post = official.partition(" sebagai ")
        form = f'form:has(input[name="pejabat"][value="{code}"])'
        if post:
            form += f':has(input[name="jabatan"][value="{post}"])'
        page.goto(f"/masuk?kantor={office}")
        page.locator(form).first.get_by_role("button").click()
        page.wait_for_url(lambda url: "/masuk" not in url)
        return page

    return enter
