"""Signing in with the office's account at a real Keycloak, in production's settings, and what an attacker gets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest

from jejak.cases import procedure_registry
from jejak.web.requests.browser import COOKIE
from jejak.web.requests.forms import CSRF, csrf
from ledger.desk.signin.answers import HINT, UNDER_WAY
from ledger.desk.signin.attempt import opened_attempt, sealed
from tests.flow.conftest import MORE, OFFICE, put_office
from tests.keycloak import PUBLIC_URL, Realm
from tests.procedure import office as an_office
from tests.servers import Database, served
from tests.visitor import TOKEN_KEY, Desk, Visitor, asked, forms, leads_to

NOT_UNDER_WAY: Final = "Masuk ini sudah usang"


def cookies_of(answer: httpx.Response) -> Mapping[str, str]:
    """The cookies that an answer sets, with their attributes."""
    return {each.partition("=")[0]: each for each in answer.headers.get_list("set-cookie")}


async def is_signed_in(desk: Desk, session: str) -> bool:
    """Whether a session opens a page, in a browser and in a program's header."""
    transport = httpx.ASGITransport(desk.app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=desk.http.headers) as http:
        by_cookie = await http.get("/worklist", headers={"Cookie": f"{COOKIE}={session}"})
        by_header = await http.get("/worklist", headers={"Authorization": f"Bearer {session}"})
    assert {by_cookie.status_code, by_header.status_code} in ({200}, {401}, {401, 403}), "both ways alike"
    return by_cookie.status_code == 200


async def test_an_official_signs_in_with_the_account_of_the_office(visitor: Visitor) -> None:
    stranger = await visitor.http.get("/worklist?limit=50")
    assert stranger.status_code == 401
    assert 'href="/masuk?lanjut=%2Fworklist%3Flimit%3D50"' in stranger.text
    assert 'href="/masuk"' in (await visitor.http.get("/")).text

    answer = await visitor.sign_in("kabid", "/worklist?limit=50")

    assert (answer.status_code, leads_to(answer)) == (200, "/worklist?limit=50")
    page = await visitor.http.get("/worklist?limit=50")
    assert page.status_code == 200
    assert "kabid-1, kabid" in page.text
    kept = cookies_of(answer)
    assert all(word in kept[COOKIE] for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/;"))
    assert all(word in kept[HINT] for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/keluar"))
    assert "Max-Age=0" in kept[UNDER_WAY]


async def test_who_holds_two_posts_chooses_and_gets_no_other(desk: Desk, visitor: Visitor) -> None:
    choice = await visitor.sign_in("rangkap", "/search")
    assert visitor.session is None
    assert [form["jabatan"] for _, form in forms(choice.text)] == ["kasi", "kabid"]

    stolen = {"kantor": OFFICE, "pejabat": "kadis-1", "jabatan": "kadis"}
    assert (await visitor.http.post("/masuk", data=stolen)).status_code == 403
    assert visitor.session is None

    action, form = forms(choice.text)[1]
    entered = await visitor.http.post(action, data=form)
    assert leads_to(entered) == "/search"
    assert "Contoh Rangkap, kabid" in (await visitor.http.get("/worklist")).text
    again = await visitor.http.post(action, data=form)
    assert NOT_UNDER_WAY in again.text, "a choice counts once"


async def test_who_has_no_nip_is_found_by_the_code(visitor: Visitor) -> None:
    await visitor.sign_in("lurah")

    assert "Contoh Lurah, staf" in (await visitor.http.get("/worklist")).text


@pytest.mark.parametrize(
    ("username", "sentence"), [("asing", "tidak tercatat sebagai pejabat"), ("tanpa_kantor", "belum diberi kantor")]
)
async def test_an_account_that_the_kantor_file_does_not_know_is_nobody(
    visitor: Visitor, username: str, sentence: str
) -> None:
    answer = await visitor.sign_in(username)

    assert (answer.status_code, visitor.session) == (403, None)
    assert sentence in answer.text
    assert "/protocol/openid-connect/logout?client_id=jejak" in answer.text, "the way to another account"


async def test_in_production_nobody_is_chosen_from_a_list(desk: Desk) -> None:
    form = {"kantor": OFFICE, "pejabat": "staf-1", "jabatan": "staf"}
    answer = await desk.http.post("/masuk", data=form)

    assert answer.status_code == 401
    assert COOKIE not in cookies_of(answer)


async def test_a_return_in_another_browser_signs_nobody_in(visitor: Visitor, another: Visitor) -> None:
    """Login CSRF: the attacker's own return is opened by a victim."""
    begun = await another.http.get("/masuk")
    attackers = await another.at_issuer(begun.headers["location"], "staf")

    fresh = await visitor.come_back(attackers)
    assert (fresh.status_code, visitor.session) == (401, None)
    assert NOT_UNDER_WAY in fresh.text

    await visitor.http.get("/masuk")
    under_way = await visitor.come_back(attackers)
    assert (under_way.status_code, visitor.session) == (401, None)


async def test_a_return_counts_once(visitor: Visitor) -> None:
    begun = await visitor.http.get("/masuk")
    cookie = str(visitor.http.cookies.get(UNDER_WAY))
    await visitor.come_back(await visitor.at_issuer(begun.headers["location"], "staf"))
    first = visitor.session

    replayed = await visitor.come_back(visitor.last)
    assert replayed.status_code == 401
    assert NOT_UNDER_WAY in replayed.text

    visitor.under_way(cookie)
    with_cookie = await visitor.come_back(visitor.last)
    assert (with_cookie.status_code, visitor.session) == (401, first), "the issuer refuses the code"
    assert COOKIE not in cookies_of(with_cookie)


@pytest.mark.parametrize("changed", ["nonce", "verifier"])
async def test_a_code_of_another_sign_in_is_refused(desk: Desk, visitor: Visitor, changed: str) -> None:
    begun = await visitor.http.get("/masuk")
    place = await visitor.at_issuer(begun.headers["location"], "staf")
    attempt = opened_attempt(TOKEN_KEY, visitor.http.cookies.get(UNDER_WAY))
    assert attempt is not None
    of_another: dict[str, Any] = {changed: "x" * 43}
    visitor.under_way(sealed(TOKEN_KEY, replace(attempt, **of_another), time.time()))

    answer = await visitor.come_back(place)

    assert (answer.status_code, visitor.session) == (401, None)


async def test_a_return_that_the_person_broke_off_is_said_in_a_sentence(visitor: Visitor) -> None:
    begun = await visitor.http.get("/masuk")
    state = asked(begun.headers["location"])["state"]

    answer = await visitor.come_back(f"{PUBLIC_URL}/masuk/kembali?error=access_denied&state={state}")

    assert answer.status_code == 401
    assert "layanan akun membatalkannya" in answer.text


@pytest.mark.parametrize("place", ["//lain.example/", "https://lain.example/", "/\\lain.example", "lain"])
async def test_a_sign_in_leads_to_no_other_site(visitor: Visitor, place: str) -> None:
    assert leads_to(await visitor.sign_in("staf", place)) == "/worklist"


async def test_a_sign_in_makes_a_new_session_and_ends_the_one_that_the_browser_had(
    desk: Desk, visitor: Visitor
) -> None:
    """Session fixation: an attacker's session in the browser never becomes the victim's."""
    await visitor.sign_in("staf")
    planted = str(visitor.session)
    assert await is_signed_in(desk, planted)

    visitor.issuer.cookies.clear()
    await visitor.sign_in("kabid")

    assert visitor.session != planted
    assert not await is_signed_in(desk, planted)
    assert await is_signed_in(desk, str(visitor.session))


async def test_an_issuer_of_the_same_site_renews_a_session_as_well(desk: Desk, visitor: Visitor) -> None:
    await visitor.sign_in("staf")
    before = str(visitor.session)

    begun = await visitor.http.get("/masuk?segar=1")
    returned = await visitor.at_issuer(begun.headers["location"], "staf")
    answer = await visitor.come_back(returned, same_site=True)

    assert (answer.status_code, visitor.session == before) == (200, False)
    assert await is_signed_in(desk, str(visitor.session))
    assert not await is_signed_in(desk, before)


async def test_signing_out_ends_the_session_here_and_at_the_issuer(desk: Desk, visitor: Visitor) -> None:
    await visitor.sign_in("staf")
    session = str(visitor.session)
    forged = await visitor.http.post("/keluar", data={CSRF: "0" * 64})
    assert (forged.status_code, await is_signed_in(desk, session)) == (403, True)

    answer = await visitor.http.post("/keluar", data={CSRF: csrf(TOKEN_KEY, session)})

    assert visitor.session is None
    assert not await is_signed_in(desk, session), "the cookie is of no use to whom kept it"
    assert "Max-Age=0" in cookies_of(answer)[UNDER_WAY], "nor is a choice of posts left for the next person"
    left = await visitor.issuer.get(leads_to(answer))
    assert (left.status_code, left.headers["location"]) == (302, f"{PUBLIC_URL}/")
    begun = await visitor.http.get("/masuk")
    assert "kc-form-login" in (await visitor.issuer.get(begun.headers["location"])).text, "the issuer asks again"


async def test_an_official_who_is_taken_out_of_the_kantor_file_is_out_at_once(
    database: Database, desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procedure_registry, "_FRESH_SECONDS", 0.0)
    await visitor.sign_in("lurah")
    assert await is_signed_in(desk, str(visitor.session))

    await put_office(
        database, an_office(acting=MORE.replace("dari = 2017-01-02\n", "dari = 2017-01-02\nsampai = 2020-01-01\n")).text
    )

    assert not await is_signed_in(desk, str(visitor.session))
    assert "tidak tercatat sebagai pejabat" in (await visitor.sign_in("lurah")).text


async def test_the_issuer_ends_the_sessions_of_an_account(desk: Desk, visitor: Visitor, keycloak: Realm) -> None:
    await visitor.sign_in("kabid")
    assert await is_signed_in(desk, str(visitor.session))
    [client] = await keycloak.administer("GET", "/clients", params={"clientId": "jejak"})
    [user] = await keycloak.administer("GET", "/users", params={"username": "kabid", "exact": "true"})
    async with served(desk.app) as address:
        reached = {**client["attributes"], "backchannel.logout.url": f"{address}/keluar/penerbit"}
        await keycloak.administer("PUT", f"/clients/{client['id']}", json={**client, "attributes": reached})
        try:
            await keycloak.administer("POST", f"/users/{user['id']}/logout")
        finally:
            await keycloak.administer("PUT", f"/clients/{client['id']}", json=client)

    assert not await is_signed_in(desk, str(visitor.session))


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
async def test_nobody_else_ends_the_sessions_of_an_account(desk: Desk, visitor: Visitor, token: str) -> None:
    await visitor.sign_in("staf")
    hint = str(visitor.http.cookies.get(HINT))

    for forged in (token, hint):
        answer = await desk.http.post("/keluar/penerbit", data={"logout_token": forged})
        assert answer.status_code in (400, 422)
    assert await is_signed_in(desk, str(visitor.session))
