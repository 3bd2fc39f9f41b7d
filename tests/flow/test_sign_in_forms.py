"""A form that waits while an official signs in again: it comes back filled in, also after a sign-in that fails."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

from jejak.web.problem_page import kept_text
from jejak.web.requests.forms import CSRF, csrf
from ledger import app as ledger
from tests.flow.conftest import put_office
from tests.keycloak import PUBLIC_URL
from tests.procedure import office as an_office
from tests.servers import Database
from tests.visitor import TOKEN_KEY, Desk, Visitor, desk_of, forms, leads_to, production

FORM: Final = kept_text([("catatan", "Sudah saya <b>baca</b>")], "/cases/7/tasks/paraf?slot=main", {"_kunci": "k-1"})


async def test_a_form_that_waits_comes_back_from_the_issuer(visitor: Visitor) -> None:
    page = await visitor.http.post("/masuk", data={"_isian": FORM}, headers={"Sec-Fetch-Site": "same-origin"})
    address = leads_to(page)
    assert urlsplit(address).netloc != urlsplit(PUBLIC_URL).netloc
    assert "catatan" not in address

    answer = await visitor.come_back(await visitor.at_issuer(address, "kabid"))

    [(action, form)] = forms(answer.text)
    assert action == "/cases/7/tasks/paraf?slot=main"
    assert (form["catatan"], form["_kunci"]) == ("Sudah saya <b>baca</b>", "k-1")
    assert form[CSRF] == csrf(TOKEN_KEY, str(visitor.session))


async def test_a_form_that_waits_outlasts_the_choice_of_a_post(visitor: Visitor) -> None:
    page = await visitor.http.post("/masuk", data={"_isian": FORM})
    choice = await visitor.come_back(await visitor.at_issuer(leads_to(page), "rangkap"))
    action, chosen = forms(choice.text)[0]

    answer = await visitor.http.post(action, data=chosen)

    [(_, form)] = forms(answer.text)
    assert (form["_kunci"], form[CSRF]) == ("k-1", csrf(TOKEN_KEY, str(visitor.session)))


async def test_a_form_too_long_for_a_cookie_stays_on_its_page(desk: Desk) -> None:
    noise = secrets.token_urlsafe(15_000)
    kept = kept_text([("catatan", noise)], "/cases/7/tasks/paraf", {"_kunci": "k-1"})

    page = await desk.http.post("/masuk", data={"_isian": kept, "segar": "1"})

    assert 'href="/masuk?segar=1" target="_blank"' in page.text
    assert forms(page.text) == [("/cases/7/tasks/paraf", {"_kunci": "k-1", "catatan": noise})]


async def test_a_form_survives_a_sign_in_that_fails(visitor: Visitor) -> None:
    page = await visitor.http.post("/masuk", data={"_isian": FORM})
    answer = await visitor.come_back(await visitor.at_issuer(leads_to(page), "asing"))

    assert answer.status_code == 403
    assert forms(answer.text) == [("/masuk", {"_isian": FORM})]


async def test_while_the_issuer_is_down_one_sentence_says_so_and_nothing_is_lost(database: Database) -> None:
    await put_office(database, an_office().text)
    down = production(database, "ledger", "https://127.0.0.1:1/realms/jejak")
    async with desk_of(down, ledger.build) as desk:
        read = await desk.http.get("/masuk?lanjut=/search")
        sent = await desk.http.post("/masuk", data={"_isian": FORM, "segar": "1"})
        program = await desk.http.get("/worklist", headers={"Authorization": "Bearer x.y.z", "Accept": "*/*"})

    for answer in (read, sent):
        assert answer.status_code == 503
        assert answer.text.count("Layanan akun sedang tidak menjawab. Ulangi sebentar lagi.") == 1
    assert 'href="/masuk?lanjut=/search"' in read.text
    assert forms(sent.text) == [("/masuk", {"_isian": FORM, "segar": "1"})]
    assert (program.status_code, program.json()["status"]) == (503, 503)
