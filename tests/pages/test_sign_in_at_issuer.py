"""Signing in and out at the real issuer, in Chromium without script: its rules for cookies and forms hold the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from jejak.eventstore.store import Store
from jejak_local.child import Child
from jejak_local.files import LOOPBACK, free_port
from tests.keycloak import PASSWORD, Realm
from tests.procedure import office as an_office
from tests.servers import Database, run
from tests.store.bpjs import OFFICE
from tests.visitor import environment
from tests.waits import PATIENCE


async def _prepared(database: Database, keycloak: Realm, url: str) -> None:
    async with await Store.connect(database.url, size=1) as admin:
        await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office().text)
    [client] = await keycloak.administer("GET", "/clients", params={"clientId": "jejak"})
    client["redirectUris"].append(f"{url}/masuk/kembali")
    client["attributes"]["post.logout.redirect.uris"] += f"##{url}/"
    await keycloak.administer("PUT", f"/clients/{client['id']}", json=client)


@pytest.fixture
def address(database: Database, keycloak: Realm, tmp_path: Path) -> Iterator[str]:
    """The ledger as a process of its own, at its own address."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    run(_prepared(database, keycloak, url))
    more = {
        "JEJAK_ENV": "development",
        "JEJAK_DATA": str(tmp_path),
        "JEJAK_PORT": str(port),
        "JEJAK_PUBLIC_URL": url,
        "SSL_CERT_FILE": str(keycloak.authority),
        "PATH": os.environ["PATH"],
    }
    ledger = Child("ledger", environment(database, "ledger", keycloak.issuer) | more, tmp_path)
    ledger.start()
    try:
        ledger.wait_ready()
        yield url
    finally:
        ledger.stop()


def test_an_official_signs_in_at_the_issuer_and_out_of_both(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="id-ID", ignore_https_errors=True, java_script_enabled=False)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()

    page.goto(f"{address}/worklist")
    page.get_by_role("link", name="Masuk", exact=True).click()
    page.locator("#username").fill("staf")
    page.locator("#password").fill(PASSWORD)
    page.locator("#kc-login").click()

    page.wait_for_url(f"{address}/worklist")
    expect(page.get_by_role("banner")).to_contain_text("staf-1, staf")
    [session] = [cookie for cookie in context.cookies() if cookie.get("name") == "jejak"]
    assert (session.get("httpOnly"), session.get("sameSite")) == (True, "Strict")

    page.get_by_role("button", name="Keluar").click()

    page.wait_for_url(f"{address}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Di mana berkas saya?")
    assert not [cookie for cookie in context.cookies() if str(cookie.get("name")).startswith("jejak")]
    page.goto(f"{address}/masuk")
    expect(page.locator("#username")).to_be_visible()
    context.close()
