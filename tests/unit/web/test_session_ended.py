"""A form after the end of its session: the sender signs in, finds the typed values, and sends; no page names tokens."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData
from starlette.middleware import Middleware

from jejak.cases.decision import Actor
from jejak.platform.errors import SignInAgain
from jejak.web.access.tokens import issue
from jejak.web.http_app import create_app
from jejak.web.problem_page import KEPT
from jejak.web.requests.bodies import PUBLIC_BYTES
from jejak.web.requests.browser import COOKIE, Browser, place_here
from jejak.web.requests.forms import Form, csrf
from tests.unit.web.test_bodies import DOOR, KEY

STAFF = Actor("13.01", "staf-1", "staf")
ENDED, FRESH = issue(KEY, STAFF, hours=-1), issue(KEY, STAFF)
PATH = "/cases/7/tasks/paraf?slot=main"
PAGE = {"Accept": "text/html,*/*", "Sec-Fetch-Site": "same-origin"}
TYPED = {
    "_tanda": csrf(KEY, ENDED),
    "_kunci": "k-1",
    "_versi": "7",
    "pemohon.name": 'Contoh "Warga" <b>',
    "catatan": "Sudah saya baca\nbaris kedua",
}
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture
def received() -> list[dict[str, Any]]:
    """The commands that reached the service."""
    return []


@pytest.fixture
def client(received: list[dict[str, Any]]) -> httpx.AsyncClient:
    """A service with a command and a page."""

    async def ready() -> None:
        return

    app: FastAPI = create_app("uji", "", ready)

    @app.post("/cases/7/tasks/paraf")
    async def paraf(request: Request) -> JSONResponse:
        await DOOR.actor(request)
        received.append({"key": request.headers.get("idempotency-key"), "body": json.loads(await request.body())})
        return JSONResponse({"berkas": "7", "kode": "K"}, 201)

    @app.post("/cases/7/tasks/sign")
    async def sign(request: Request) -> JSONResponse:
        await DOOR.actor(request)
        raise SignInAgain("Masuklah sekali lagi.", 300)

    @app.get("/worklist")
    async def command_handler(request: Request) -> str:
        return (await DOOR.actor(request)).code

    app.user_middleware.append(Middleware(Browser, key=KEY, verifier=DOOR.verifier))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://jejak", headers=PAGE)


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """The target of each form of a page, and its values, as a browser without script sends them."""
    read = []
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        sent = {name: html.unescape(value) for name, value in _HIDDEN.findall(form)}
        words = re.findall(r'<textarea[^>]*name="([^"]+)">(.*?)</textarea>', form, re.DOTALL)
        [action] = re.findall(r'action="([^"]+)"', form)
        read.append((html.unescape(action), sent | {name: html.unescape(text) for name, text in words}))
    return read


def spoken(answer: httpx.Response) -> str:
    assert not re.search("Authorization|Bearer|token", answer.text, re.IGNORECASE)
    return answer.text


@pytest.mark.parametrize("cookie", [None, ENDED])
async def test_what_was_typed_stands_on_the_page_and_is_sent_after_signing_in_in_another_tab(
    client: httpx.AsyncClient, received: list[dict[str, Any]], cookie: str | None
) -> None:
    if cookie:
        client.cookies.set(COOKIE, cookie)
    answer = await client.post(PATH, data=TYPED)
    assert answer.status_code == 401
    assert "Contoh &#34;Warga&#34; &lt;b&gt;" in spoken(answer)
    assert received == []

    _, (action, again) = forms(answer.text)
    client.cookies.set(COOKIE, FRESH)
    looked_over = await client.post(action, data=again)
    assert received == []
    [(action, final)] = forms(spoken(looked_over))
    done = await client.post(action, data=final)

    assert done.status_code == 303
    assert received == [
        {"key": "k-1", "body": {"pemohon": {"name": 'Contoh "Warga" <b>'}, "catatan": "Sudah saya baca\nbaris kedua"}}
    ]


async def test_an_act_that_needs_a_fresh_sign_in_keeps_the_form_and_asks_for_one(client: httpx.AsyncClient) -> None:
    client.cookies.set(COOKIE, FRESH)
    answer = await client.post("/cases/7/tasks/sign", data=TYPED | {"_tanda": csrf(KEY, FRESH)})

    assert answer.status_code == 401
    assert "Sebelum menandatangani, masuklah sekali lagi." in spoken(answer)
    (action, hidden), _ = forms(answer.text)
    assert (action, hidden["segar"]) == ("/masuk", "1")
    assert json.loads(hidden[KEPT])["alamat"] == "/cases/7/tasks/sign"


async def test_the_form_goes_along_through_the_sign_in_itself_whole(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, data=TYPED)

    (action, hidden), _ = forms(answer.text)
    carried = json.loads(hidden[KEPT])
    form = Form.of(FormData([tuple(field) for field in carried["isian"]]))
    assert (action, carried["alamat"]) == ("/masuk", PATH)
    assert {**form.hidden, **dict(form.fields)} == TYPED


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("pemohon.name", "Nama pemohon"),
        ("pemohon.kk", "Nomor KK pemohon"),
        ("peserta.born", "Tanggal lahir peserta"),
        ("anggota.2.peserta.card", "Nomor kartu JKN-KIS peserta 2"),
        ("anggota.2.hubungan", "Anggota 2 hubungan"),
        ("masalah[KK]", "Masalah KK"),
        ("name", "Nama"),
    ],
)
async def test_what_was_typed_is_named_as_on_the_form(client: httpx.AsyncClient, name: str, label: str) -> None:
    answer = await client.post(PATH, data={"_tanda": csrf(KEY, ENDED), name: "Contoh"})

    assert f"<dt>{label}</dt><dd>Contoh</dd>" in answer.text


async def test_a_text_of_nothing_but_brackets_is_kept_as_it_was_typed(client: httpx.AsyncClient) -> None:
    deep = '{"a":' + "[" * 18_000
    answer = await client.post(PATH, data=TYPED | {"catatan": deep})

    assert answer.status_code == 401
    assert deep in html.unescape(answer.text)


async def test_of_a_form_too_long_to_go_along_its_sender_is_told_to_fill_it_in_again(
    client: httpx.AsyncClient, received: list[dict[str, Any]]
) -> None:
    files = {"KTP": ("ktp.png", bytes(PUBLIC_BYTES), "image/png")}

    answer = await client.post(PATH, data=TYPED, files=files)

    assert (answer.status_code, received) == (401, [])
    assert "Isian ini terlalu panjang untuk dibawa, jadi tidak tersimpan. Masuk, lalu isi lagi" in spoken(answer)
    assert 'href="/masuk"' in answer.text
    assert "kB" not in answer.text


async def test_files_are_chosen_anew_and_the_page_says_so(client: httpx.AsyncClient) -> None:
    files = [("KK", ("kk.pdf", b"%PDF-", "application/pdf")), ("KTP", ("k.png", b"x", "image/png"))]
    ended = await client.post(PATH, data=TYPED, files=files)
    assert "pilihlah lagi" in ended.text

    client.cookies.set(COOKIE, FRESH)
    _, (action, again) = forms(ended.text)
    looked_over = await client.post(action, data=again)

    assert re.findall(r'type="file" id="[^"]+" name="([^"]+)"', looked_over.text) == ["KK", "KTP"]
    assert 'enctype="multipart/form-data"' in looked_over.text
    assert "pilihlah lagi" in looked_over.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
@pytest.mark.parametrize("cookie", [None, FRESH])
async def test_a_form_of_a_foreign_page_is_not_offered_to_be_sent(
    client: httpx.AsyncClient, received: list[dict[str, Any]], site: str | None, cookie: str | None
) -> None:
    if cookie:
        client.cookies.set(COOKIE, cookie)
    headers = {"Sec-Fetch-Site": site} if site else {}
    del client.headers["sec-fetch-site"]

    answer = await client.post(PATH, data=TYPED, headers=headers)

    assert (answer.status_code, forms(spoken(answer)), received) == (403, [], [])
    assert "Sudah saya baca" in answer.text


async def test_a_page_asks_to_sign_in_and_comes_back_and_a_program_reads_what_is_missing(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/worklist?limit=50&tersimpan=A%20B")
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert 'href="/masuk?lanjut=%2Fworklist%3Flimit%3D50%26tersimpan%3DA%2520B"' in spoken(page)

    program = await client.get("/worklist", headers={"Accept": "application/json"})
    assert (program.status_code, program.headers["content-type"]) == (401, "application/problem+json")
    assert "Authorization: Bearer" in program.json()["detail"]


async def test_a_program_that_posts_parts_without_a_token_is_answered_as_before(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, data={"data": "{}"}, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    "place", ["//lain.example/", "/\\lain.example", "https://lain.example/", "lain", "", "/a\r\nX: y", None]
)
def test_a_sign_in_does_not_lead_to_another_site(place: str | None) -> None:
    assert place_here(place) is None


def test_a_sign_in_leads_back_to_a_page_of_this_site() -> None:
    assert place_here("/cases/K?slot=main") == "/cases/K?slot=main"
