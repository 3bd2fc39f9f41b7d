"""A form becomes the request of a program; the answer becomes a redirect, or a page that keeps the form."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData
from starlette.middleware import Middleware

from jejak.cases.decision import Actor
from jejak.platform.settings import Clients
from jejak.uploads import MAX_FILES
from jejak.web.access.clients import ClientVerifier
from jejak.web.access.service_tokens import ServiceVerifier
from jejak.web.access.tokens import Verifier, issue
from jejak.web.http_app import RequestGate, create_app
from jejak.web.requests.bodies import UPLOAD_BYTES, may_send
from jejak.web.requests.browser import COOKIE, Browser
from jejak.web.requests.forms import Form, csrf

KEY = b"k" * 32
SESSION = issue(KEY, Actor("13.01", "staf-1", "staf"))
DOOR = RequestGate(
    Verifier(KEY, development=True), KEY, ClientVerifier(Clients(), KEY, development=True), ServiceVerifier(KEY, "")
)
PROGRAM = f"Bearer {issue(KEY, Actor('13.01', 'program', 'staf'))}"
OWN = {"_tanda": csrf(KEY, SESSION)}


def body(*fields: tuple[str, str]) -> dict[str, Any]:
    return Form.of(FormData(list(fields))).body()


def test_names_with_dots_nest_and_names_with_brackets_are_lists() -> None:
    fields = body(
        ("pemohon.nik", "1399010101800001"),
        ("pemohon.name", " Contoh "),
        ("jawaban[]", "gawat"),
        ("jawaban[]", "anak"),
        ("masalah[KK]", '{"document":"KK","problem":"tidak_ada"}'),
        ("masalah[KTP]", ""),
        ("catatan", ""),
    )

    assert fields == {
        "pemohon": {"nik": "1399010101800001", "name": "Contoh"},
        "jawaban": ["gawat", "anak"],
        "masalah": [{"document": "KK", "problem": "tidak_ada"}],
    }


def test_a_time_without_its_zone_gets_the_offices() -> None:
    assert body(("_zona", "+08:00"), ("waktu_kejadian", "2026-02-01T09:14")) == {
        "waktu_kejadian": "2026-02-01T09:14:00+08:00"
    }


def test_a_brace_that_is_no_json_is_text() -> None:
    assert body(("catatan", "{belum")) == {"catatan": "{belum"}


async def ready() -> None:
    """Always."""


def service() -> FastAPI:
    """A service to which browsers post forms."""
    app = create_app("uji", "", ready)
    app.user_middleware.append(Middleware(Browser, key=KEY, verifier=DOOR.verifier))
    return app


@pytest.fixture
def received() -> list[dict[str, Any]]:
    """The commands that reached the service."""
    return []


@pytest.fixture
def client(received: list[dict[str, Any]]) -> httpx.AsyncClient:
    app = service()

    @app.api_route("/cases/7/tasks/paraf", methods=["GET", "POST"])
    async def paraf(request: Request) -> JSONResponse:
        await DOOR.actor(request)
        may_send(request, UPLOAD_BYTES)
        data = await request.body()
        received.append({"headers": dict(request.headers), "body": data})
        if b"salah" in data:
            return JSONResponse({"detail": "Isi catatan dengan benar."}, 422)
        return JSONResponse({"berkas": "7", "kode": "K"}, 201)

    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://jejak", cookies={COOKIE: SESSION})


async def test_a_form_reaches_the_service_as_json_with_token_key_and_version(
    client: httpx.AsyncClient, received: list[dict[str, Any]]
) -> None:
    form = OWN | {"_kunci": "k-1", "_versi": "7", "_lanjut": "/cases/{kode}", "catatan": "Sudah saya baca"}

    answer = await client.post("/cases/7/tasks/paraf", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/cases/K")
    [command] = received
    assert json.loads(command["body"]) == {"catatan": "Sudah saya baca"}
    sent = command["headers"]
    assert (sent["authorization"], sent["idempotency-key"], sent["if-match"]) == (f"Bearer {SESSION}", "k-1", "7")
    assert "cookie" not in sent


async def test_files_go_along_and_an_empty_file_field_is_none(
    client: httpx.AsyncClient, received: list[dict[str, Any]]
) -> None:
    files = {"KK": ("kk.pdf", b"%PDF-1.7 isi", "application/pdf"), "KTP": ("", b"", "application/octet-stream")}

    await client.post("/cases/7/tasks/paraf", data=OWN | {"catatan": "x"}, files=files)

    data = received[0]["body"]
    assert received[0]["headers"]["content-type"].startswith("multipart/form-data")
    assert b'name="KK"; filename="berkas"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7 isi' in data
    assert b"KTP" not in data
    assert b'{"catatan": "x"}' in data


@pytest.mark.parametrize(("count", "status"), [(MAX_FILES, 303), (MAX_FILES + 1, 422)])
async def test_only_files_that_were_chosen_count(
    client: httpx.AsyncClient, received: list[dict[str, Any]], count: int, status: int
) -> None:
    chosen = [("KK", ("kk.pdf", b"%PDF-1.7 isi", "application/pdf"))] * count
    left = [(f"X{n}", ("", b"", "application/octet-stream")) for n in range(60)]

    answer = await client.post("/cases/7/tasks/paraf", data=OWN | {"catatan": "x"}, files=[*chosen, *left])

    assert (answer.status_code, len(received)) == (status, int(status == 303))
    assert status == 303 or "<dd>x</dd>" in answer.text


async def test_a_page_names_the_fault_and_keeps_what_was_typed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data=OWN | {"catatan": "salah <b>tebal</b>"})

    assert answer.status_code == 422
    assert "Isi catatan dengan benar." in answer.text
    assert "salah &lt;b&gt;tebal&lt;/b&gt;" in answer.text
    assert "script" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("sign", [{}, {"_tanda": "0" * 64}, {"_tanda": csrf(KEY, "lain")}])
async def test_a_form_of_another_page_reaches_nothing(
    client: httpx.AsyncClient, received: list[dict[str, Any]], sign: dict[str, str]
) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data=sign | {"catatan": "x"})

    assert answer.status_code == 403
    assert received == []


async def test_what_is_no_form_reaches_nothing_by_a_cookie(
    client: httpx.AsyncClient, received: list[dict[str, Any]]
) -> None:
    answer = await client.post("/cases/7/tasks/paraf", json={"catatan": "x"})

    assert answer.status_code == 415
    assert received == []


@pytest.mark.parametrize("place", ["https://lain.example/", "//lain.example/", "/\\lain.example", "lain"])
async def test_the_next_page_is_on_this_site(client: httpx.AsyncClient, place: str) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data=OWN | {"_lanjut": place})

    assert answer.headers["location"] == "/"


async def test_reading_takes_the_cookie_for_the_token_and_a_program_is_left_alone(
    client: httpx.AsyncClient, received: list[dict[str, Any]]
) -> None:
    await client.get("/cases/7/tasks/paraf")
    await client.post("/cases/7/tasks/paraf", json={"a": 1}, headers={"Authorization": PROGRAM})

    assert [command["headers"]["authorization"] for command in received] == [f"Bearer {SESSION}", PROGRAM]
    assert json.loads(received[1]["body"]) == {"a": 1}


@pytest.mark.parametrize("name", ['x"\r\nX: y', "a\\b"])
async def test_a_name_cannot_break_out_of_its_header(
    client: httpx.AsyncClient, received: list[dict[str, Any]], name: str
) -> None:
    files = [(name, ("f", b"isi", "text/plain"))]

    await client.post("/cases/7/tasks/paraf", data=OWN, files=files)

    assert b"\r\nX: y" not in received[0]["body"]


def test_a_name_with_brackets_before_a_dot_fills_one_of_a_list() -> None:
    assert body(
        ("daftar[PBDT].daftar", "PBDT"),
        ("daftar[DTKS].daftar", "DTKS"),
        ("daftar[PBDT].terdaftar", "false"),
        ("daftar[DTKS].terdaftar", "true"),
    ) == {"daftar": [{"daftar": "PBDT", "terdaftar": "false"}, {"daftar": "DTKS", "terdaftar": "true"}]}


STALE = {
    "detail": "Berkas ini sudah berubah sejak Anda membukanya.",
    "versi": 9,
    "sejak": [
        {"kalimat": "Konsep ke-2 <b> disusun.", "oleh": "Contoh Staf", "setempat": "Senin, 4 Jul 2022 10.02 WIB"}
    ],
}


@pytest.fixture
def stale() -> httpx.AsyncClient:
    """A service whose case has changed, and that carries out a bulk task for some cases only."""
    app = service()

    @app.post("/cases/7/tasks/paraf")
    async def paraf() -> JSONResponse:
        return JSONResponse(STALE, 412)

    @app.post("/tasks/paraf")
    async def several() -> JSONResponse:
        case = "36d0ac9f-be22-522c-ba41-42524fdde8a0"
        return JSONResponse({"selesai": 1, "gagal": 1, "berkas": [{"berkas": case, "sebab": "Belum <waktunya>."}]})

    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://jejak", cookies={COOKIE: SESSION})


async def test_a_stale_form_comes_back_with_what_was_typed_what_happened_and_the_new_version(
    stale: httpx.AsyncClient,
) -> None:
    typed = {"_versi": "7", "_kunci": "k", "hasil": "paraf", "catatan": 'Sudah "baca"', "masalah[KK]": '{"a":"b_c"}'}

    answer = await stale.post("/cases/7/tasks/paraf?slot=main", data=OWN | typed)

    assert answer.status_code == 412
    page = answer.text
    assert "Konsep ke-2 &lt;b&gt; disusun." in page
    assert "Contoh Staf, Senin, 4 Jul 2022 10.02 WIB" in page
    assert 'action="/cases/7/tasks/paraf?slot=main"' in page
    assert '<input type="hidden" name="_versi" value="9">' in page
    assert f'name="_tanda" value="{OWN["_tanda"]}"' in page
    assert 'name="_kunci" value="k"' in page
    assert 'name="hasil" value="paraf"' in page
    assert ">Sudah &#34;baca&#34;</textarea>" in page
    assert 'name="masalah[KK]" value="{&#34;a&#34;:&#34;b_c&#34;}"' in page
    assert "<dd>b c</dd>" in page


async def test_a_stale_form_with_files_keeps_what_was_typed_to_be_copied(stale: httpx.AsyncClient) -> None:
    files = {"scan": ("s.pdf", b"%PDF-", "application/pdf")}

    answer = await stale.post("/cases/7/tasks/paraf", data=OWN | {"catatan": "Sudah"}, files=files)

    assert "<dd>Sudah</dd>" in answer.text
    assert "Berkas yang Anda pilih harus dipilih lagi." in answer.text
    assert "<form" not in answer.text
    assert '<a href="/cases/7">' in answer.text


async def test_of_several_cases_those_that_were_not_done_are_named(stale: httpx.AsyncClient) -> None:
    answer = await stale.post("/tasks/paraf", data=OWN | {"_lanjut": "/worklist"})

    assert answer.status_code == 200
    assert "1 berkas tersimpan, 1 belum." in answer.text
    assert (
        'href="/cases/36d0ac9f-be22-522c-ba41-42524fdde8a0">6V8A-S7XY-4992</a>: Belum &lt;waktunya&gt;.' in answer.text
    )
    assert 'href="/worklist"' in answer.text


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html,*/*", "text/html; charset=utf-8"), ("*/*", "application/problem+json")]
)
async def test_people_read_a_page_where_programs_read_a_problem_document(accept: str, kind: str) -> None:
    transport = httpx.ASGITransport(app=service())
    async with httpx.AsyncClient(transport=transport, base_url="http://jejak") as browser:
        answer = await browser.get("/tidak/ada", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["content-type"]) == (404, kind)
    assert "Alamat ini tidak ada." in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([("pemohon", "x"), ("pemohon.nik", "1")], id="a text that is an object"),
        pytest.param([("a", "1"), ("a[x]", "2")], id="a text that is a list"),
        pytest.param([("a.b", "1"), ("a[x]", "2")], id="an object that is a list"),
        pytest.param([("a[x]", "1"), ("a.b", "2")], id="a list that is an object"),
        pytest.param([("." * 5000, "1")], id="a name of dots"),
        pytest.param([("a." * 5000 + "a", "1")], id="a name that goes deep"),
        pytest.param([("_kunci", "ключ")], id="a key that is no header"),
        pytest.param([("_kunci", "a\r\nx: y")], id="a key of two lines"),
        pytest.param([("_versi", "٣")], id="a version in other digits"),
    ],
)
async def test_a_form_that_no_page_makes_is_refused_and_reaches_nothing(
    client: httpx.AsyncClient, received: list[dict[str, Any]], fields: list[tuple[str, str]]
) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data=OWN | dict(fields) | {"catatan": "Sudah"})

    assert (answer.status_code, received) == (422, [])
    assert "Formulir ini rusak. Muat ulang halamannya" in answer.text
    assert "<dd>Sudah</dd>" in answer.text


@pytest.mark.parametrize("text", ['{"a":' * 5000, '{"a":' * 5000 + "1" + "}" * 5000, '{"a":"\\ud800"}'])
async def test_a_brace_that_goes_too_deep_or_holds_half_a_letter_reaches_the_service_as_it_can(
    client: httpx.AsyncClient, received: list[dict[str, Any]], text: str
) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data=OWN | {"catatan": text})

    assert answer.status_code == 303
    assert len(received) == 1


@pytest.mark.parametrize(("kind", "text"), [("undefined", "Sudah"), ("utf-7", "+2AA-")])
async def test_a_form_in_an_unusual_charset_is_refused(
    client: httpx.AsyncClient, received: list[dict[str, Any]], kind: str, text: str
) -> None:
    form = f'--x\r\nContent-Disposition: form-data; name="catatan"\r\n\r\n{text}\r\n--x--\r\n'.encode()
    headers = {"Content-Type": f"multipart/form-data; charset={kind}; boundary=x"}

    answer = await client.post("/cases/7/tasks/paraf", content=form, headers=headers)

    assert (answer.status_code, received) == (415, [])


@pytest.mark.parametrize(
    ("onward", "place"),
    [
        ("/cases/€", "/cases/%E2%82%AC"),
        ("/cases/{kode}?a=b%20c#d", "/cases/K?a=b%20c#d"),
        ("/a\r\nSet-Cookie: x=y", "/a%0D%0ASet-Cookie:%20x=y"),
        ("//lain.example/", "/"),
        ("/\\lain.example/", "/"),
    ],
)
async def test_the_address_of_the_next_page_is_fit_for_a_header(
    client: httpx.AsyncClient, received: list[dict[str, Any]], onward: str, place: str
) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data=OWN | {"_lanjut": onward})

    assert (answer.status_code, answer.headers["location"], len(received)) == (303, place, 1)


async def test_a_foreign_token_of_a_form_is_refused_in_any_letters(client: httpx.AsyncClient) -> None:
    answer = await client.post("/cases/7/tasks/paraf", data={"_tanda": "ключ", "catatan": "Sudah"})

    assert (answer.status_code, "<dd>Sudah</dd>" in answer.text) == (403, True)


async def test_a_foreign_session_is_not_shown_the_form_and_an_ended_one_is(
    client: httpx.AsyncClient, received: list[dict[str, Any]]
) -> None:
    answers = []
    for session in (issue(bytes(32), Actor("13.01", "staf-1", "staf")), issue(KEY, Actor("13.01", "s", "t"), hours=-1)):
        client.cookies.set(COOKIE, session)
        form = {"_tanda": csrf(KEY, session), "catatan": "Sudah"}
        answers.append(await client.post("/cases/7/tasks/paraf", data=form))
        client.cookies.clear()

    assert [answer.status_code for answer in answers] == [401, 401]
    assert ["<dd>Sudah</dd>" in answer.text for answer in answers] == [False, True]
    assert received == []
