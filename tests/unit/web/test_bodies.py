"""The size of a body, the number of named faults, and the answer of a route without a check of the sender."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Form, Request
from pydantic import BaseModel, ConfigDict
from starlette.types import Message

from jejak.cases.decision import Actor
from jejak.platform.settings import Clients
from jejak.web.access.clients import ClientVerifier
from jejak.web.access.service_tokens import ServiceVerifier
from jejak.web.access.tokens import Verifier, issue
from jejak.web.commands.bulk_tasks import VALUES, Cases
from jejak.web.http_app import RequestGate, create_app
from jejak.web.requests.bodies import COMMAND_BYTES, PUBLIC_BYTES, UPLOAD_BYTES, Incoming

KEY = b"k" * 32
DOOR = RequestGate(
    Verifier(KEY, development=True), KEY, ClientVerifier(Clients(), KEY, development=True), ServiceVerifier(KEY, "")
)
TOKEN = f"Bearer {issue(KEY, Actor('13.01', 'staf-1', 'staf'))}"


class Many(BaseModel):
    """A command as long as the longest."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    berkas: Cases = ()
    nilai: tuple[int, ...] = ()
    catatan: str = ""


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """An official at a service with a route of each kind."""

    async def ready() -> None:
        """Always."""

    app = create_app("uji", "", ready, public={"/masuk": "who signs in has no token yet"})

    @app.post("/perintah")
    async def command(request: Request) -> dict[str, int]:
        _, body, _ = await DOOR.take(request, Many, values=VALUES)
        return {"berkas": len(body.berkas)}

    @app.post("/dokumen")
    async def documents(request: Request) -> dict[str, int]:
        _, _, files = await DOOR.take(request, Many, files=True)
        return {"dokumen": len(files)}

    @app.post("/lupa")
    async def forgetful(request: Request) -> int:
        return len(await request.body())

    @app.post("/lupa/isian")
    async def forgetful_too(body: Many) -> int:
        return len(body.berkas)

    @app.post("/masuk")
    async def sign_in(nama: Annotated[str, Form()]) -> str:
        return nama

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://uji", headers={"Authorization": TOKEN}
    ) as http:
        yield http


async def refusal(client: httpx.AsyncClient, path: str, content: bytes | AsyncIterator[bytes]) -> tuple[int, str]:
    answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert len(answer.content) < 4_000
    return answer.status_code, answer.json()["type"].removeprefix("urn:jejak:masalah:")


async def flowing(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000 + 1):
        yield b" " * 1000


async def test_the_longest_command_there_is_fits(client: httpx.AsyncClient) -> None:
    cases = [str(uuid.uuid4()) for _ in range(5_000)]
    answer = await client.post("/perintah", json={"berkas": cases, "catatan": "x" * 2_000})
    assert answer.json() == {"berkas": 5_000}


@pytest.mark.parametrize("path", ["/perintah", "/dokumen"])
async def test_a_longer_command_is_refused_declared_or_not(client: httpx.AsyncClient, path: str) -> None:
    assert await refusal(client, path, b" " * (COMMAND_BYTES + 1)) == (413, "terlalu_besar")
    assert await refusal(client, path, flowing(COMMAND_BYTES)) == (413, "terlalu_besar")


async def test_only_a_route_for_documents_takes_them(client: httpx.AsyncClient) -> None:
    scan = {"KK": ("kk.png", b"\x89PNG" * COMMAND_BYTES, "image/png")}
    assert (await client.post("/perintah", files=scan)).status_code == 413
    assert (await client.post("/dokumen", files=scan)).json()["type"] == "urn:jejak:masalah:jenis_berkas_salah"
    longest = await client.post("/dokumen", content=b"", headers={"Content-Length": str(UPLOAD_BYTES + 1)})
    assert longest.status_code == 413


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"berkas": ["x"] * 5_000}, "isian_salah", id="no numbers of cases"),
        pytest.param({"berkas": ["x"] * (COMMAND_BYTES // 6)}, "isian_terlalu_banyak", id="as many as fit"),
        pytest.param({"nilai": ["x"] * 5_000}, "isian_salah", id="no numbers"),
        pytest.param({f"k{number}": 0 for number in range(5_000)}, "isian_salah", id="unknown fields"),
        pytest.param({"k" * 200_000: 0}, "isian_salah", id="a long name"),
        pytest.param({"nilai": ["x"] * 150}, "isian_salah", id="more than are named"),
    ],
)
async def test_an_answer_to_many_faults_is_short(client: httpx.AsyncClient, body: object, code: str) -> None:
    content = json.dumps(body).encode()
    assert len(content) <= COMMAND_BYTES
    assert await refusal(client, "/perintah", content) == (422, code)


async def test_at_most_twenty_faults_are_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/perintah", json={f"k{number}": 0 for number in range(60)})
    assert len(answer.json()["isian"]) == 20


async def test_a_route_that_does_not_check_the_sender_reads_nothing(client: httpx.AsyncClient) -> None:
    for path in ("/lupa", "/lupa/isian"):
        assert await refusal(client, path, b"{}") == (401, "token_perlu")


CHARSETS = (
    "punycode",
    "utf-7",
    "unicode_escape",
    "raw_unicode_escape",
    "latin-1",
    "utf-16",
    "utf-8-sig",
    "",
    '"utf-7"',
)
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'


@pytest.mark.parametrize("path", ["/masuk", "/dokumen", "/perintah"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
async def test_a_sender_cannot_choose_the_codec_of_a_text(client: httpx.AsyncClient, path: str, kind: str) -> None:
    content = PART % (b"nama", b"\\ud800 +2AA-")
    parameters = [f"charset={charset}" for charset in CHARSETS]
    parameters += [
        "charset=utf-8; charset=punycode",
        "charset=punycode; charset=utf-8",
        "charset*=utf-8''utf-7",
        "Charset =x",
    ]
    answers = [await client.post(path, content=content, headers={"Content-Type": f"{kind}; {p}"}) for p in parameters]

    assert [answer.status_code for answer in answers] == [415] * len(parameters)
    assert {answer.json()["type"] for answer in answers} == {"urn:jejak:masalah:bukan_utf_8"}


@pytest.mark.parametrize(
    "named", ["", "; charset=utf-8", "; Charset=UTF-8", '; charset="utf-8"', "; charset=utf8; a=b"]
)
async def test_text_in_utf_8_is_read_with_and_without_its_charset(client: httpx.AsyncClient, named: str) -> None:
    kind = {"Content-Type": f"multipart/form-data; boundary=x{named}"}
    assert (await client.post("/masuk", content=PART % (b"nama", "Añu".encode()), headers=kind)).json() == "Añu"


@pytest.mark.parametrize("order", [1, -1])
async def test_a_body_of_undeclared_length_counts_as_a_body(order: int) -> None:
    headers = [(b"transfer-encoding", b"chunked"), (b"content-length", b"0")][::order]

    async def receive() -> Message:
        raise AssertionError

    received = Incoming.of({"path": "/", "headers": headers}, receive, {})
    assert (received.declared, received.known) == (1, False)


async def test_a_public_address_takes_a_short_form_without_a_token(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    assert (await client.post("/masuk", data={"nama": "Contoh"})).json() == "Contoh"
    long = await client.post("/masuk", data={"nama": "x" * PUBLIC_BYTES})
    assert (long.status_code, long.json()["detail"]) == (
        413,
        "Isi permintaan lebih dari 64 kB. Kirim bertahap, atau perkecil fotonya.",
    )
