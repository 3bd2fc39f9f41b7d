"""An old sign-in signs no letter: the official signs in again at the issuer, and the form comes back."""

from __future__ import annotations

import html
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from jejak.cases.decision import Actor
from jejak.eventstore.store import Store
from jejak.web.access.step_up import SignIn
from jejak.web.requests.forms import CSRF, csrf
from ledger import app as ledger
from letters import app as letters
from tests.keycloak import Realm
from tests.procedure import office as an_office
from tests.servers import Database
from tests.store.bpjs import OFFICE
from tests.store.lives import Lives, lives_of
from tests.visitor import TOKEN_KEY, Desk, Visitor, asked, desk_of, forms, leads_to, production

KADIS: Final = Actor(OFFICE, "kadis-1", "kadis")
OWN_PAGE: Final = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Place:
    """The office whose case waits for its signature; ledger and letters with the issuer, and a browser."""

    lives: Lives
    ledger: Desk
    letters: Desk
    visitor: Visitor
    case: uuid.UUID

    @property
    def path(self) -> str:
        return f"/cases/{self.case}/tasks/sign?slot=main"

    async def old_session(self) -> str:
        """A session whose sign-in was an hour ago."""
        return await self.session(age=3600)

    async def session(self, *, age: int) -> str:
        """A session whose sign-in was so many seconds ago."""
        return await self.ledger.runtime.sessions.begin(KADIS, SignIn(int(time.time()) - age), None)

    async def send(self, session: str, form: dict[str, str]) -> Any:
        headers = OWN_PAGE | {"Cookie": f"jejak={session}"}
        return await self.letters.http.post(self.path, data=form, headers=headers)

    async def types(self) -> list[str]:
        return await self.lives.town.types(self.case)


@pytest.fixture
async def place(
    database: Database, keycloak: Realm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """Development, for its certificate and its clock; who signs in goes to the issuer all the same."""
    monkeypatch.setenv("SSL_CERT_FILE", str(keycloak.authority))
    more = {"JEJAK_ENV": "development", "JEJAK_DATA": str(tmp_path)}
    async with AsyncExitStack() as stack:
        lives = await stack.enter_async_context(lives_of(database))
        case = await lives.town.submit()
        await lives.lead(case, "sign")
        desks = [
            await stack.enter_async_context(desk_of(production(database, name, keycloak.issuer, **more), build))
            for name, build in (("ledger", ledger.build), ("letters", letters.build))
        ]
        issuer = await stack.enter_async_context(keycloak.client())
        yield Place(lives, desks[0], desks[1], Visitor(desks[0].http, issuer), case)


async def test_the_official_signs_in_again_and_the_form_comes_back(place: Place) -> None:
    first = await place.visitor.sign_in("kadis")
    assert leads_to(first) == "/worklist"
    session = await place.old_session()
    typed = {CSRF: csrf(TOKEN_KEY, session), "_kunci": "k-1", "catatan": "Sudah saya periksa, silakan."}

    refused = await place.send(session, typed)

    assert refused.status_code == 401
    assert "Sebelum menandatangani, masuklah sekali lagi." in refused.text
    assert "LetterSigned" not in await place.types()
    sign_in, _ = forms(refused.text)
    page = await place.visitor.http.post(sign_in[0], data=sign_in[1], headers=OWN_PAGE)
    address = leads_to(page)
    assert asked(address)["prompt"] == "login"
    login = await place.visitor.issuer.get(address)
    assert "kc-form-login" in login.text, "the issuer asks for the password, though the account is signed in"

    answer = await place.visitor.come_back(await place.visitor.at_issuer(address, "kadis"))

    [(action, form)] = forms(answer.text)
    assert (action, form["_kunci"], form["catatan"]) == (place.path, "k-1", "Sudah saya periksa, silakan.")
    renewed = str(place.visitor.session)
    signed = await place.send(renewed, form)
    assert signed.status_code == 303, signed.text
    assert "LetterSigned" in await place.types()


@pytest.mark.parametrize("several", [False, True])
async def test_the_page_offers_to_sign_in_before_anything_is_filled_in(place: Place, *, several: bool) -> None:
    path = "/worklist/sign" if several else place.path
    old, fresh = await place.old_session(), await place.session(age=10)

    asks, done = [
        (await place.letters.http.get(path, headers={"Cookie": f"jejak={each}"})).text for each in (old, fresh)
    ]

    [link] = re.findall(r'href="(/masuk\?segar=1&amp;lanjut=[^"]+)"', asks)
    assert "/masuk?segar=1" not in done
    begun = await place.visitor.http.get(html.unescape(link))
    returned = await place.visitor.at_issuer(begun.headers["location"], "kadis")
    assert leads_to(await place.visitor.come_back(returned)) == path


async def test_several_letters_are_signed_after_signing_in_again(place: Place) -> None:
    session = await place.old_session()
    typed = {CSRF: csrf(TOKEN_KEY, session), "_kunci": "k-2", "berkas[]": str(place.case)}
    headers = OWN_PAGE | {"Cookie": f"jejak={session}"}

    refused = await place.letters.http.post("/tasks/sign", data=typed, headers=headers)

    assert refused.status_code == 401
    assert "masuklah sekali lagi" in refused.text
    assert "LetterSigned" not in await place.types()


async def test_a_program_learns_what_is_missing(place: Place) -> None:
    bearer = {"Authorization": f"Bearer {await place.old_session()}", "Accept": "application/json"}

    answer = await place.letters.http.post(place.path, json={}, headers=bearer)

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:jejak:masalah:masuk_lagi")
    challenge = 'Bearer error="insufficient_user_authentication", max_age="300"'
    assert answer.headers["www-authenticate"] == challenge
    correction = {"hasil": "perbaiki", "catatan": "Nama belum benar."}
    assert (await place.letters.http.post(place.path, json=correction, headers=bearer)).status_code == 200


async def test_what_a_pen_signed_is_recorded_without_signing_in_again(database: Database, place: Place) -> None:
    pen = b'tanda_tangan = "basah"\npencatat_tanda_tangan = "staf"'
    by_pen = an_office().text.replace(b'tanda_tangan = "elektronik"', pen)
    async with await Store.connect(database.url, size=1) as admin:
        await admin.put_kantor(OFFICE, date(2017, 1, 2), by_pen)
    bearer = {"Authorization": f"Bearer {await place.old_session()}", "Accept": "application/json"}

    answer = await place.letters.http.post(place.path, json={}, headers=bearer)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:scan_perlu")
